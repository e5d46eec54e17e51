import Data
import Diagnostics
import Language
import Values

/// What a script gave: its output, its findings, its verdicts.
struct ScriptResult {
  var output: String
  var report: RunReport

  /// Errors as lines, for a failed expectation.
  var errors: [String] {
    report.diagnostics.filter { $0.severity == .error }.map { finding in
      let place = finding.span.map { report.sources.text($0) } ?? ""
      return "\(finding.code) \(finding.message) [\(place)] \(finding.notes.joined(separator: "; "))"
    }
  }

  /// Every number that was printed, in order; the headers of runs are passed over.
  var numbers: [Double] {
    output.split(separator: "\n").filter { !$0.hasPrefix("run ") }
      .flatMap { $0.split { $0 == " " || $0 == "," } }.compactMap { Double($0) }
  }

  /// The largest distance of a printed number from the one expected in its place; infinite when their counts differ.
  func worstError(against expected: [Double]) -> Double {
    let found = numbers
    guard found.count == expected.count else { return .infinity }
    return zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
  }
}

/// Runs scripts in this process, with the repository's bundled data and an output folder of its own.
enum ScriptRunner {
  /// The repository's root, from the place of this file.
  static var root: String {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    return parts.joined(separator: "/")
  }

  static func run(_ text: String, name: String = "script.opt") -> ScriptResult {
    let host = SystemHost(
      currentDirectory: root, outputDirectory: root + "/.build/test-output", allowedDirectories: [],
      dataDirectories: [root + "/data"])
    let collected = Collected()
    let session = Session(
      host: host, options: SessionOptions(), output: { collected.text += $0 }, progress: nil, interrupt: nil)
    let report = session.run(SourceText(name: name, text))
    return ScriptResult(output: collected.text, report: report)
  }

  private final class Collected {
    var text = ""
  }
}
