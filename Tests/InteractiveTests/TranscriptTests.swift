import Foundation
import Testing

/// Every transcript in `Tests/Scripts/repl` is what the session gives; `UPDATE_GOLDENS=1` rewrites them instead.
@Suite struct TranscriptTests {
  static let folder: String = {
    let here = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    return here.deletingLastPathComponent().deletingLastPathComponent().path + "/Scripts/repl"
  }()

  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    .filter { $0.hasSuffix(".txt") }.sorted()

  @Test func theTranscriptsAreFound() { #expect(Self.names.count >= 4) }

  @Test(arguments: names) func sessionLooksAsPinned(name: String) throws {
    let transcript = try Transcript(path: Self.folder + "/" + name)
    let played = transcript.played()
    if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1" {
      return try played.write(toFile: transcript.path, atomically: true, encoding: .utf8)
    }
    let expected = transcript.text.split(separator: "\n", omittingEmptySubsequences: false)
    let found = played.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, (left, right)) in zip(expected, found).enumerated() where left != right {
      Issue.record("\(name):\(number + 1): expected \(left)\n   found \(right)")
      return
    }
    #expect(expected.count == found.count, "\(name): the session gives \(found.count) lines")
  }

  @Test(arguments: names) func transcriptsStartWithASentence(name: String) throws {
    #expect(try Transcript(path: Self.folder + "/" + name).title.hasPrefix("# "))
  }

  @Test func thereAreTranscripts() { #expect(Self.names.count >= 3) }
}
