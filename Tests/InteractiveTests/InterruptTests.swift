import Foundation
import Glibc
import Testing

/// How long Ctrl-C takes to the prompt, in the middle of everything that lasts, and what it leaves.
///
/// DESCENT_INTERRUPT_TRIALS is the number of trials of each kind; `scripts/interrupt-trials` makes 200 in all.
@Suite(.serialized) struct InterruptTests {
  struct Situation: Sendable, CustomTestStringConvertible {
    var name: String
    /// What is typed before.
    var before: [String] = []
    /// What is interrupted; it lasts for seconds at least.
    var statement: String
    var testDescription: String { name }
  }

  static let situations =
    [
      Situation(
        name: "matrix products", before: ["let A = zeros([700, 700])", "var B = A"],
        statement: "repeat 1000000 { B = A @ B }"),
      Situation(
        name: "eigenvalues", before: ["let A = eye(300)"], statement: "repeat 100000 { let e = eigvalsh(A) }"),
      Situation(name: "sharpness", before: network, statement: "when sharpness > 1000"),
      Situation(name: "stepping", before: network, statement: "step 1000000000"),
      Situation(name: "data", statement: "let D = load(\"long.csv\")"),
      Situation(
        name: "sweep",
        statement: "sweep s over lr in [1e-5, 2e-5, 3e-5] { run rosenbrock() with gd(lr = lr) for 1000000000 steps }"),
      Situation(
        name: "plot", before: ["let v = linspace(0, 1, 5000)"], statement: "repeat 1000 { plot v to \"v.png\" }"),
      Situation(name: "script", statement: ":load long.opt"),
    ] + kernels

  /// Single statements that last for seconds in one kernel, one call of LAPACK, one step or one file.
  private static let kernels = [
    Situation(name: "one product", before: ["let A = zeros([4000, 4000])"], statement: "let B = A @ A"),
    Situation(
      name: "one decomposition", before: ["let A = draw(normal(), [1800, 1800])"], statement: "let s = svd(A)[1]"),
    Situation(name: "sort", before: ["let v = draw(normal(), [8000000])"], statement: "repeat 20 { let w = sort(v) }"),
    Situation(name: "draw", statement: "let w = draw(normal(), [200000000])"),
    Situation(
      name: "quantile", before: ["let v = draw(normal(), [8000000])"],
      statement: "repeat 20 { let q = quantile(v, 0.3) }"),
    Situation(
      name: "one step",
      before: ["use \"step.opt\"", "start r = p() with gd(lr = 0.1)"], statement: "step 1000"),
    Situation(
      name: "save", before: ["let v = linspace(0, 1, 5000000)"], statement: "repeat 20 { save v to \"v.csv\" }"),
    Situation(name: "range", statement: "repeat 100 { print sum(1.0 * (0..<60000000)) }"),
  ]

  private static let network = [
    "let D = mnist5k.scale(1 / 255)", "start r = classifier(D, mlp([784, 16, 10])) with sgd(lr = 0.1) batch 50",
    "step 3",
  ]

  private static let trials = ProcessInfo.processInfo.environment["DESCENT_INTERRUPT_TRIALS"].flatMap { Int($0) } ?? 2
  private static let report = ProcessInfo.processInfo.environment["DESCENT_INTERRUPT_REPORT"]

  /// Whether delays are judged: by `make test-long`, which has the machine for itself.
  private static let measures = ProcessInfo.processInfo.environment["DESCENT_LONG_TESTS"] == "1"

  /// A prompt within a folder that has a long table and a long script.
  private func started(in folder: ScratchFolder) throws -> Terminal {
    let row = (0..<40).map { "\(Double($0) * 0.37)" }.joined(separator: ",") + "\n"
    try folder.write("long.csv", String(repeating: row, count: 100_000))
    try folder.write("long.opt", (0..<40_000).map { "let name_\($0) = 1 + 2 * 3\n" }.joined())
    try folder.write("step.opt", "problem p {\n  param W = eye(1200)\n  loss = norm2(svd(W)[1])\n}\n")
    return try Terminal(folder: folder.path)
  }

  @Test(arguments: situations) func controlCComesBackToThePrompt(situation: Situation) throws {
    let folder = try ScratchFolder()
    let terminal = try started(in: folder)
    try terminal.play(situation.before.map { ($0, "") })
    var delays: [Double] = []
    for trial in 0..<Self.trials {
      terminal.enter(situation.statement)
      try terminal.expect("\u{1B}[?2004l")
      usleep(UInt32(40_000 + 37_000 * (trial % 11)))
      let start = seconds()
      terminal.type("\u{3}")
      let told = try terminal.prompt(within: 120)
      delays.append(seconds() - start)
      #expect(told.contains("interrupted"), "\(told)")
      try terminal.play([("1 + 1", "= 2")])
    }
    delays.sort()
    if let report = Self.report {
      let line = "\(situation.name): " + delays.map { String(format: "%.1f", $0 * 1000) }.joined(separator: " ") + "\n"
      if let file = FileHandle(forWritingAtPath: report) {
        file.seekToEndOfFile()
        file.write(Data(line.utf8))
      }
    }
    // What is promised of a machine that does nothing else is measured there.
    if Self.measures { #expect((delays.last ?? 0) < 0.25, "\(delays)") }
  }

  /// Whatever was interrupted, the run goes on as if nothing had been.
  @Test func interruptedStepsLeaveTheLastCompletedState() throws {
    let folder = try ScratchFolder()
    let terminal = try Terminal(folder: folder.path)
    let start = "start r = rosenbrock() with heavy_ball(lr = 1e-4, momentum = 0.9)"
    try terminal.play([(start, "step 0")])
    var step = 0
    for trial in 0..<Self.trials {
      terminal.enter("step 1000000000")
      try terminal.expect("\u{1B}[?2004l")
      usleep(UInt32(30_000 + 23_000 * (trial % 7)))
      terminal.type("\u{3}")
      let told = try terminal.prompt(within: 120)
      let match = try #require(told.firstMatch(of: /interrupted at step (\d+)/), "\(told)")
      step = try #require(Int(match.1))
    }
    terminal.enter("print r.x")
    let printed = try terminal.prompt()
    let screen = Screen()
    screen.play([start, "goto \(step)", "print r.x"])
    let expected = try #require(screen.text.split(separator: "\n").last)
    #expect(printed.contains(expected))
  }

  private func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
