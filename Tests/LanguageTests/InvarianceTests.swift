import Data
import Diagnostics
import Language
import Syntax
import Testing
import Values

/// Files that scripts have written into memory.
enum MemoryFiles {
  static var host: MemoryHost { MemoryHost() }

  static func text(_ name: String, _ host: MemoryHost) -> String? {
    (try? host.read("/out/" + name, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// What must not change a number: metrics, threads, formatting; and what a seed fixes.
@Suite struct InvarianceTests {
  private static let training = """
    let D = data([[sin(3 * i + j) for j in 0..<5] for i in 0..<40], [mod(i, 3) for i in 0..<40])
    network net(n) { param A: [8, n] ~ kaiming
     param B: [3, 8] ~ kaiming
     apply(x) = B @ tanh(A @ x) }
    problem fit(D) { param f = net(D.features); sample (x, y) from D; loss = cross_entropy(f(x), y) }

    """

  private static func path(_ body: String, seed: Int = 1, threads: Int = 1, precision: String = "f64") -> String {
    var options = SessionOptions()
    options.threads = threads
    let script =
      training
      + "run r = fit(D) with adam(lr = 0.01) batch 7 seed \(seed) precision \(precision) for 60 steps { \(body) }\nprint r.f.A, r.f.B"
    let result = outcome(of: script, options: options)
    #expect(result.codes == [], "\(result.words)")
    return result.lines.joined()
  }

  private static func numbers(_ text: String) -> [Double] {
    text.split { " ,[]".contains($0) }.compactMap { Double($0) }
  }

  @Test(arguments: [
    "record loss", "record norm(g), norm(hvp(g)) every 3", "record loss every 1\n record mean(f.A) at end",
    "record loss when loss < 1\n stop when loss < 0",
  ])
  func metricsChangeNoNumber(body: String) {
    #expect(Self.path(body) == Self.path(""))
  }

  /// At each of many steps the metrics of the first kind of run are evaluated together with the update after it.
  @Test(arguments: ["f64", "f32"]) func metricsOfEveryStepShareTheWorkOfTheStep(precision: String) {
    func lines(_ body: String) -> [String] {
      let result = outcome(
        of: Self.training
          + """
          run r = fit(D) with heavy_ball(lr = 0.05, momentum = 0.9) seed 1 precision \(precision) for 700 steps {
            \(body)
            at step 350 { lr = 0.02 }
          }
          print r.f.A, r.f.B, final(r.loss), max(r.loss)
          """)
      #expect(result.codes == [], "\(result.words)")
      return result.lines
    }
    let apart = lines("record loss every 2")
    let cases = [
      "record loss; record norm(g), sharpness when step < 3; stop when loss < -1", "record loss, live.loss",
      "record loss when 1 > 0",
    ]
    for body in cases {
      let together = lines(body.replacing("; ", with: "\n  "))
      #expect(!apart.isEmpty && together == apart, "\(body)")
    }
  }

  @Test(arguments: [2, 3]) func threadsChangeNoNumber(count: Int) {
    #expect(Self.path("record loss", threads: count) == Self.path("record loss"))
  }

  @Test func seedsReproduceAndDiffer() {
    #expect(Self.path("", seed: 5) == Self.path("", seed: 5))
    #expect(Self.path("", seed: 5) != Self.path("", seed: 6))
  }

  @Test func singlePrecisionIsClose() {
    let (double, single) = (Self.numbers(Self.path("")), Self.numbers(Self.path("", precision: "f32")))
    #expect(double.count == 64 && single.count == 64)
    let distance = zip(double, single).map { abs($0 - $1) }.max() ?? 1
    #expect(distance < 2e-4 && distance > 0)
  }

  /// A formatted script prints what the script as written prints.
  @Test(arguments: MutationTests.scripts.indices)
  func formattingChangesNothing(index: Int) throws {
    let script = MutationTests.scripts[index].text
    let formatted = Formatter.format(Parser.parse(SourceText(name: "t.opt", script)), SourceText(name: "t.opt", script))
    let (before, after) = (outcome(of: script, host: dataHost), outcome(of: formatted, host: dataHost))
    #expect(before.codes == after.codes && before.lines == after.lines && before.claims == after.claims)
  }

  @Test func setReplacesAnInput() {
    var options = SessionOptions()
    options.overrides = [(name: "eta", text: "0.5")]
    #expect(outcome(of: "input η > 0 = 0.1\nprint η", options: options).lines == ["0.5"])
    options.overrides = [(name: "η", text: "-1")]
    #expect(outcome(of: "input η > 0 = 0.1\nprint η", options: options).codes == ["E0601"])
    options.overrides = [(name: "eta", text: "many")]
    #expect(outcome(of: "input η > 0 = 0.1\nprint η", options: options).outcome == .rejected)
    options.overrides = [(name: "etta", text: "1")]
    #expect(outcome(of: "input η > 0 = 0.1\nprint η", options: options).codes == ["E0316"])
  }
}
