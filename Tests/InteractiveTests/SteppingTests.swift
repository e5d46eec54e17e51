import Data
import Diagnostics
import Interactive
import Language
import Testing
import Values

/// Runs that are stepped: exactly, in any order, and with nothing lost by mistakes.
@Suite struct SteppingTests {
  private static let start = "start r = rosenbrock() with heavy_ball(lr = 1e-3, momentum = 0.5)"
  private static let noisy = [
    "let D = chebyshev(degree = 3, points = 16)",
    "problem fit(D) { param net = mlp([1, 8, 1], activation = tanh); sample (x, y) from D; loss = norm2(net(x) - y) / 2 }",
    "start r = fit(D) with sgd(lr = 0.05) batch 3",
  ]

  private func screen(_ lines: [String]) -> Screen {
    let screen = Screen()
    screen.play(lines)
    return screen
  }

  /// What is printed last.
  private func last(_ lines: [String]) -> String {
    screen(lines).text.split(separator: "\n").last.map(String.init) ?? ""
  }

  @Test(arguments: [
    ["step 100"], ["step 60", "step", "step 39"], ["step 2500", "goto 100"], ["step 150", "back 50"],
    ["step 40", "watch norm(g)", "step 60"], ["step 30", "record norm(x) every 1", "step 70"],
    ["step until step >= 100"], ["step 50", "fork r as s { lr = 0.2 }", "step r, s 50"],
    ["step 120", ":undo", "step 100"],
    ["step 10", "let a = 1 // 0; step 10", "step 90"], ["step 10", "step 5; let a = 1 // 0", "step 90"],
  ]) func everyWayToAStepGivesTheSameBits(way: [String]) {
    let straight = last(Self.noisy + ["goto 100", "print r.net.layer1.W, r.net.layer2.W"])
    #expect(straight.contains("["))
    #expect(last(Self.noisy + way + ["print r.net.layer1.W, r.net.layer2.W"]) == straight)
  }

  @Test func steppingIsTheSameAsRunning() {
    let run = "run r = fit(D) with sgd(lr = 0.05) batch 3 for 100 steps"
    let ran = last(Array(Self.noisy.dropLast()) + [run, "print r.net.layer1.W"])
    #expect(last(Self.noisy + ["step 100", "print r.net.layer1.W"]) == ran)
  }

  @Test func differenceFindsTheStepWhereForksPart() {
    let text = screen(Self.noisy + ["step 57", "fork r as s { lr = 0.01 }", "step r, s 200", "diff r, s"]).text
    #expect(text.contains("the states first differ at step 58"))
    #expect(text.contains("differs by at most"))
  }

  @Test func forksWithoutAChangeStayEqual() {
    let text = screen(Self.noisy + ["step 57", "fork r as s", "step r, s 200", "diff r s"]).text
    #expect(text.contains("the same state at step 257"))
  }

  @Test func whenFindsTheFirstStepOfWhatWasNeverRecorded() {
    let lines = [Self.start, "step 300", "when loss < 3.9", "goto 0", "step until loss < 3.9"]
    let text = screen(lines).text
    let found = text.firstMatch(of: /first at step (\d+)/)?.1
    #expect(found != nil)
    #expect(text.split(separator: "\n").last?.hasPrefix("r  step \(found ?? "")  ") == true, "\(text)")
  }

  @Test func recordingAfterwardsIsRecordingFromTheStart() {
    let late = last([Self.start, "step 200", "record norm(x) as n every 20", "print r.n.values"])
    let body = " { record norm(x) as n every 20 }"
    #expect(last([Self.start + body, "step 200", "print r.n.values"]) == late)
  }

  /// The points that a replay found are those of a run that recorded from its start.
  @Test func plotsOfWhatWasNeverRecordedAreReplayed() {
    let recorded = screen([Self.start + " { record norm(x) every 1 }", "step 100", "plot norm(x) of r"]).text
    let replayed = screen([Self.start, "step 100", "plot norm(x) of r"]).text
    #expect(plotted(replayed) == plotted(recorded))
    #expect(plotted(replayed).count > 10)
    // It goes on where it was left, also after going back.
    let lines = ["step 60", "plot norm(x) of r", "back 20", "plot norm(x) of r", "step 60", "plot norm(x)"]
    #expect(plotted(screen([Self.start] + lines).text) == plotted(recorded))
  }

  /// The lines of the last plot.
  private func plotted(_ text: String) -> [Substring] {
    let lines = text.split(separator: "\n")
    let start = lines.lastIndex { $0.hasPrefix("> plot") }.map { $0 + 1 } ?? lines.endIndex
    return Array(lines[start...].prefix { !$0.hasPrefix("> ") })
  }

  @Test func plotsChangeNoRun() {
    let way = ["step 50", "plot norm(g), loss of r", "step 50", "print r.net.layer1.W"]
    #expect(last(Self.noisy + way) == last(Self.noisy + ["step 100", "print r.net.layer1.W"]))
  }

  @Test func severalMetricsOfSeveralRunsAreNamed() {
    let text = screen([Self.start, "step 20", "fork r as s { lr *= 2 }", "step r, s 20", "plot loss, norm(g) of r, s"])
      .text
    for name in ["loss of r", "loss of s", "norm(g) of r", "norm(g) of s"] { #expect(text.contains(name)) }
  }

  @Test(arguments: [
    ("stpe 3", "step"), ("bakc", "back"), ("bakc 3", "back"), ("let a = 1; swich r", "switch"), ("plto loss", "plot"),
    ("whatch loss", "watch"), ("exlpain E0301", "explain"), ("stpe until loss < 1", "step"), (":tiem 3", ":time"),
  ]) func misspeltVerbsAreRecognised(line: String, verb: String) {
    let text = screen([Self.start, line]).text
    #expect(text.contains("did you mean `\(verb)`"), "\(text)")
  }

  @Test func timeTellsHowFastRunsGo() {
    var clock = 0.0
    let screen = Screen(now: {
      clock += 0.5
      return clock
    })
    screen.play([Self.start, ":time step 300", ":time 1 + 1", ":time back 10"])
    let lines = screen.text.split(separator: "\n")
    #expect(lines.contains { $0.hasSuffix(" steps/s") })
    #expect(lines.count { $0.hasSuffix(" steps/s") } == 1)
  }

  @Test func changesOfHyperparametersHoldFromTheirStepOn() {
    let changed = last([Self.start, "step 50", "change { momentum = 0.9; lr *= 2 }", "step 50", "print r.x"])
    let script =
      "run r = rosenbrock() with heavy_ball(lr = 1e-3, momentum = 0.5) for 100 steps { at step 50 { momentum = 0.9; lr *= 2 } }"
    #expect(last([script, "print r.x"]) == changed)
    #expect(last([Self.start, "goto 100", "print r.x"]) != changed)
  }

  @Test func undoPutsRunsBack() {
    let screen = screen([Self.start, "step 10", "step 20", ":undo", "fork r as s", ":undo", "switch r"])
    #expect(screen.text.split(separator: "\n").last?.hasPrefix("r  step 10 ") == true)
    #expect(screen.session?.tree == ["r, at step 10  *"])
  }

  @Test func treeShowsWhereForksLeft() {
    let lines = [Self.start, "step 10", "fork r as a", "step 5", "fork r as b", "fork a as c", "switch c", "step 2"]
    #expect(
      screen(lines).session?.tree == [
        "r, at step 15", "├─ a from step 10, at step 10", "│  └─ c from step 10, at step 12  *",
        "└─ b from step 15, at step 15",
      ])
  }

  @Test func savedSessionGivesTheSameBytes() throws {
    let lines =
      Self.noisy + [
        "step 40", "watch norm(g)", "step until norm(g) < 0.5", "back 10", "fork r as s { lr = 0.01 }", "nonsense",
        "step r, s 30", "change s { momentum = 0.3 }", "change s { lr *= 2 }", "switch s", "step 20", "diff r, s",
        "record norm(x) every 5", ":save session.opt",
        "print r.net.layer1.W, s.net.layer1.W, r.net.layer2.W, s.net.layer2.W, s.loss.values",
      ]
    let screen = screen(lines)
    let script = try screen.host.read("/out/session.opt")
    let printed = try #require(screen.text.split(separator: "\n").last)
    let values = "print r.net.layer1.W, s.net.layer1.W, r.net.layer2.W, s.net.layer2.W, s.loss.values\n"
    var output = ""
    let session = Session(
      host: MemoryHost(), options: SessionOptions(), output: { output += $0 }, progress: nil, interrupt: nil)
    let report = session.run(SourceText(name: "session.opt", bytes: script + Array(values.utf8)))
    #expect(report.outcome == .finished, "\(report.diagnostics)")
    #expect(output.split(separator: "\n").last == printed)
  }

  @Test(arguments: [
    ("step", "E0670"), ("watch loss\nstep 3", "E0670"), ("\(start)\nback", "E0671"),
    ("\(start)\nstep 5\nback 6", "E0671"),
    ("\(start) for 10 steps\ngoto 11", "E0671"), ("\(start) for 10 steps\nstep 20\nstep", "E0671"),
    ("\(start)\nfork r as r", "E0307"), ("\(start)\nlet s = 1\nfork r as s", "E0307"), ("let s = 1\nswitch s", "E0403"),
    ("\(start)\nstep until nonsense > 1", "E0301"), ("\(start)\nchange { nonsense = 1 }", "E0309"),
    ("\(start)\nchange { lr = -1 }", "E0601"), ("\(start)\nstep -1", "E"), ("\(start)\ngoto", "E"),
    ("\(start)\nstep 1.5", "E04"),
    ("\(start)\nwatch nonsense", "E0301"), ("\(start)\ndiff r, nonsense", "E0301"),
    ("\(start)\nstep 99999999999999999999", "E"),
    ("\(start)\ngoto 9223372036854775807", "E"), ("\(start)\nwhen x > 1", "E"), ("\(start)\nstep r.x 3", "E"),
  ]) func mistakesAreTold(lines: String, code: String) {
    let screen = Screen()
    let text = screen.play(lines.split(separator: "\n").map(String.init) + ["1 + 1"])
    #expect(text.contains("error \(code)"), "\(text)")
    #expect(text.hasSuffix("_1 = 2\n"))
  }

  @Test(arguments: [
    "let step = 3", "let back = 3", "let watch = 3", "let when = 3", "let change = 3", "let diff = 3", "let start = 3",
    "let goto = 3", "let why = 3", "let inspect = 3", "let spectrum = 3", "let switch = 3", "let unwatch = 3",
    "let record = 3",
  ]) func wordsAreStillNames(line: String) {
    let name = String(line.dropFirst(4).prefix { $0.isLetter })
    let text = screen([line, "print \(name) + 1", "print (\(name)) * 2", name]).text
    #expect(text.contains("4\n"), "\(text)")
    #expect(text.hasSuffix("3\n"), "\(text)")
  }

  @Test func aStoppedRunAndAProcessCanBeStepped() {
    let stopped = screen(["start r = rosenbrock() with gd(lr = 1e-3) { stop when step >= 7 }", "step 20", "back 3"])
    #expect(stopped.text.contains("stopped here"))
    #expect(stopped.text.split(separator: "\n").last?.hasPrefix("r  step 4 ") == true)
    let process = ["process f() { state w = 1\ndw = -w * dt }", "start p = f() dt 0.1", "step 10", "print p.w"]
    #expect(last(process).hasPrefix("0.3"))
  }

  @Test func divergenceIsAnOutcome() {
    let text = screen(["start r = quadratic([1, 10]) with gd(lr = 1)", "step 5000", "back 4000", "step 3"]).text
    #expect(text.contains("W0701"))
    #expect(text.contains("diverged"))
  }
}
