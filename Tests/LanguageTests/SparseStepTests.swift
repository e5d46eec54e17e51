import Data
import Diagnostics
import Engine
import Language
import Testing
import Values

/// A step on sparse rows touches the entries of its rows, from the data to the update.
@Suite struct SparseStepTests {
  private static let (rowCount, width, features) = (40, 75, 47_236)

  /// Rows with 75 of 47,236 entries; some features are in every row.
  private static let file: String = {
    var text = ""
    for row in 0..<rowCount {
      text += row % 3 == 0 ? "1" : "-1"
      for entry in 0..<width {
        let column = entry < 5 ? entry + 1 : 6 + (entry - 5) * 674 + (row * 37 + entry * 11) % 674
        text += " \(column):\(1 + Double((row * 7 + entry * 3) % 10) / 10)"
      }
      text += "\n"
    }
    return text
  }()

  private static let problems = """
    let D = load("rows.libsvm", features = 47236)
    problem plain(D) {
      param w: [47236] = 0
      sample (a, y) from D
      loss = softplus(-y * dot(a, w)) }

    """

  private func outcome(_ script: String, profiles: Bool = false) -> (report: RunReport, lines: [String]) {
    var options = SessionOptions()
    options.profiles = profiles
    options.now = { 0 }
    options.threads = 1
    var output = ""
    let host = MemoryHost(files: ["rows.libsvm": Array(Self.file.utf8)])
    let session = Session(host: host, options: options, output: { output += $0 }, progress: nil, interrupt: nil)
    let report = session.run(SourceText(name: "t.opt", Self.problems + script))
    return (report, output.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("run ") })
  }

  /// Bytes that a step of a run reads and writes.
  private func bytes(_ run: String) throws -> Double {
    let steps = 2000
    let result = outcome("run r = \(run) for \(steps) steps { record loss at end }\n", profiles: true)
    #expect(result.report.diagnostics.isEmpty, "\(result.report.diagnostics)")
    let profile = try #require(result.report.profile)
    return profile.entries.filter { $0.calls >= steps }.reduce(0) { $0 + $1.bytes } / Double(steps)
  }

  @Test func aStepTouchesNothingDense() throws {
    let one = try bytes("plain(D) with sgd(lr = 0.1) batch 1"), four = try bytes("plain(D) with sgd(lr = 0.1) batch 4")
    #expect(one > 75 * 8 && one < 75 * 8 * 30, "\(one)")
    #expect(four > one && four < 5 * one, "\(four)")
    // The same on rows with their zeros: more than the whole of w.
    #expect(try bytes("plain(D.dense()) with sgd(lr = 0.1) batch 1") > 47_236 * 8 * 3)
  }

  /// Also where rows of a batch share features: the same numbers as with rows that have their zeros.
  @Test(arguments: [
    "sgd(lr = 0.1) batch 1", "sgd(lr = 0.1) batch 7", "sgd(lr = 0.3 / sqrt(t)) batch 3", "gd(lr = 0.5)",
    "mem_sgd(lr = 0.1, c = top(10)) batch 1", "mem_sgd(lr = 0.1, c = top(10)) batch 1 workers 3",
    "heavy_ball(lr = 0.1, momentum = 0.5) batch 2",
  ])
  func numbersAreThoseOfDenseRows(_ run: String) {
    let result = outcome(
      """
      run s = plain(D) with \(run) for 40 steps { record loss every 10 }
      run d = plain(D.dense()) with \(run) for 40 steps { record loss every 10 }
      print max(abs(s.w - d.w)) < 1e-13, max(abs(s.w)) > 0.01, count(s.w != 0)

      """)
    #expect(result.report.diagnostics.isEmpty, "\(result.report.diagnostics)")
    #expect(result.lines.first?.hasPrefix("true  true") == true, "\(result.lines)")
  }

  /// Steps that record have the bits of steps that do not, and a fork those of its run.
  @Test func recordingChangesNoBit() {
    let result = outcome(
      """
      run a = plain(D) with sgd(lr = 0.1) batch 2 for 60 steps { record loss every 1 }
      run b = plain(D) with sgd(lr = 0.1) batch 2 for 60 steps { record loss at end }
      fork b at 30 as c { }
      print all(a.w == b.w), all(b.w == c.w)

      """)
    #expect(result.lines.last == "true  true", "\(result.lines) \(result.report.diagnostics)")
  }
}
