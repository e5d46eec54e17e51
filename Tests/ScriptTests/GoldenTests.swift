import Diagnostics
import Foundation
import Testing

/// Every script below `Tests/Scripts` gives what it says it gives; `UPDATE_GOLDENS=1` rewrites the scripts instead.
@Suite struct GoldenTests {
  static let root: String = {
    let here = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    return here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  }()

  static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1"

  /// Paths of the scripts, from the root; those of the papers say by claims what they must give.
  static let scripts = paths(below: "Tests/Scripts", ending: ".opt").filter { !$0.contains("/papers/") }

  @Test func theScriptsAreFound() {
    #expect(Self.scripts.count > 100)
    #expect(Self.paths(below: "Tests/Scripts/bad", ending: ".txt").count > 50)
  }

  static func paths(below folder: String, ending: String) -> [String] {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder)) ?? []
    return names.filter { $0.hasSuffix(ending) }.sorted().map { folder + "/" + $0 }
  }

  @Test(arguments: scripts) func scriptGivesWhatItSays(path: String) throws {
    let golden = try Golden(path: Self.root + "/" + path)
    let run = try ScriptRun(path: golden.path)
    let output = run.outputLines
    let found = run.messages.map { message in
      Golden.Message(code: message.code, place: message.place, start: message.text)
    }
    if Self.isUpdating {
      let text = golden.updated(output: output, messages: found)
      return try text.write(toFile: golden.path, atomically: true, encoding: .utf8)
    }
    for difference in golden.differences(from: output) { Issue.record("\(path): \(difference)") }
    let expected = golden.messages
    let agree =
      expected.count == found.count
      && zip(expected, found).allSatisfy { expected, found in
        expected.code == found.code && expected.place == found.place && found.start.hasPrefix(expected.start)
      }
    #expect(agree, "\(path): expected \(expected)\nfound \(found)\n\(run.rendered)")
  }

  /// The whole text of a message, carets and all, once for each script in `bad`.
  @Test(arguments: paths(below: "Tests/Scripts/bad", ending: ".opt"))
  func messageLooksAsPinned(path: String) throws {
    let run = try ScriptRun(path: Self.root + "/" + path)
    let pinned = Self.root + "/" + path.dropLast(".opt".count) + ".txt"
    if Self.isUpdating { return try run.rendered.write(toFile: pinned, atomically: true, encoding: .utf8) }
    let expected = try? String(contentsOfFile: pinned, encoding: .utf8)
    #expect(run.rendered == expected, "\(path)")
  }

  @Test(arguments: scripts) func scriptsStartWithASentence(path: String) throws {
    let first = try Golden(path: Self.root + "/" + path).lines.first ?? ""
    #expect(first.hasPrefix("# ") || first.hasPrefix("## "), "\(path) does not say what it shows")
  }

  @Test(arguments: [
    ("loss 0.5", "loss 0.5", 0.0, true),
    ("loss 0.5", "loss 0.50001", 0.0, false),
    ("loss 0.5", "loss 0.50001", 1e-4, true),
    ("loss 0.5", "loss 0.51", 1e-4, false),
    ("[1.0, 2e10]", "[1.0, 2.0000001e10]", 1e-6, true),
    ("loss 0.5 ± 0.1", "loss 0.5 ± 0.2", 1e-4, false),
    ("a 1", "b 1", 1e-4, false),
    ("1 2", "1 2 3", 1e-4, false),
  ])
  func linesAgreeWithinATolerance(expected: String, found: String, tolerance: Double, agree: Bool) {
    #expect(Golden.agree(expected, found, within: tolerance) == agree)
  }
}
