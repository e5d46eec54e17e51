import Data
import Diagnostics
import Engine
import Language
import Testing
import Values

/// `descent run --profile` and `descent show plan`.
@Suite struct ProfileTests {
  private static let script = """
    let A = draw(normal(), [64, 8])
    problem fit { param w: [8] = 1
      sample a from A
      loss = (dot(a, w) - 1)^2 }
    run r = fit with heavy_ball(0.01, 0.9) batch 4 for 300 steps { record loss every 10 }
    print final(r.loss)

    """

  private static func report(_ script: String, _ options: SessionOptions) -> (report: RunReport, output: String) {
    var output = ""
    let session = Session(host: MemoryHost(), options: options, output: { output += $0 }, progress: nil, interrupt: nil)
    return (session.run(SourceText(name: "t.opt", script)), output)
  }

  private static func options(profiles: Bool, threads: Int = 1) -> SessionOptions {
    var options = SessionOptions()
    options.profiles = profiles
    options.threads = threads
    // Seconds do not matter here.
    options.now = { 0 }
    return options
  }

  @Test func countingChangesNothing() {
    let plain = Self.report(Self.script, Self.options(profiles: false))
    let counted = Self.report(Self.script, Self.options(profiles: true))
    #expect(plain.output == counted.output && !plain.output.isEmpty)
    #expect(plain.report.profile == nil && counted.report.profile != nil)
  }

  /// Instructions count for the line that they come from, as often as there are steps.
  @Test func linesHaveTheirCalls() throws {
    let profile = try #require(Self.report(Self.script, Self.options(profiles: true)).report.profile)
    let loss = profile.entries.filter { $0.line?.number == 4 && $0.line?.file == "t.opt" }
    #expect(loss.contains { $0.calls >= 300 && $0.calls % 1 == 0 && $0.operations > 0 && $0.bytes > 0 }, "\(loss)")
    #expect(profile.entries.contains { $0.line?.file.hasSuffix("heavy_ball.opt") ?? false })
    #expect(profile.statements.map(\.line.number) == [1, 2, 5, 6])
    #expect(profile.phases.map(\.name) == ["checking", "staging", "planning"] && profile.programs >= 2)
  }

  /// What is in the body of a loop counts there, and not once more for the loop.
  @Test func loopsHaveLinesInside() throws {
    let script = """
      fn turns(w) {
        var v = w
        repeat 400 recompute {
          v = sin(v) + w }
        return v }
      problem deep { param w: [300] = 0.5
        loss = norm2(turns(w)) }
      run r = deep with gd(0.01) for 20 steps { record loss at end }

      """
    var options = Self.options(profiles: true)
    options.now = { Double(Profile.now) * 1e-9 }
    let profile = try #require(Self.report(script, options).report.profile)
    #expect(
      profile.entries.contains { $0.line?.number == 4 && $0.instruction == "tiles" && $0.calls >= 400 * 20 },
      "\(profile.entries)")
    #expect(profile.entries.contains { $0.instruction == "loop" && $0.operations == 0 })
    #expect(profile.instructionSeconds > 0 && profile.instructionSeconds <= profile.seconds)
  }

  @Test func theTextHasTheLine() throws {
    let profile = try #require(Self.report(Self.script, Self.options(profiles: true)).report.profile)
    let text = profile.text(of: "t.opt", launch: 0.01)
    for part in ["profile of t.opt", "launch", "planning", "programs", "all else"] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
  }

  @Test(arguments: [
    (0.0, 2, "0.00"), (1.005, 2, "1.00"), (-0.001, 2, "0.00"), (-2.5, 1, "-2.5"), (12.34567, 4, "12.3457"), (7, 0, "7"),
    (.infinity, 1, "-"), (1e15, 1, "-"),
  ])
  func numbersAreRounded(value: Double, digits: Int, text: String) {
    #expect(ProfileReport.fixed(value, digits) == text)
  }

  /// The programs of each run, each instruction with its line.
  @Test func plansAreListed() {
    var options = SessionOptions()
    options.listsPlans = true
    let session = Session(host: MemoryHost(), options: options, output: { _ in }, progress: nil, interrupt: nil)
    let plans = session.check(SourceText(name: "t.opt", Self.script)).plans
    #expect(plans.count == 1)
    let text = plans.first?.text ?? ""
    for part in ["step: ", "record loss: ", "t.opt:4 ", "heavy_ball.opt:"] { #expect(text.contains(part), "\(text)") }
  }
}
