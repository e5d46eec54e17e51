import Foundation
import Testing

/// The README shows a script that is also an example, so that what it says is what runs.
@Suite struct ReadmeTests {
  @Test func firstScriptIsTheExample() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let root = folder.deletingLastPathComponent().deletingLastPathComponent()
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let example = try String(contentsOf: root.appending(path: "examples/minimum-norm.opt"), encoding: .utf8)
    let blocks = readme.components(separatedBy: "```")
    try #require(blocks.count > 1)
    let code = example.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("#") }
    let expected = code.joined(separator: "\n").trimmingCharacters(in: .newlines)
    #expect(blocks[1].trimmingCharacters(in: .newlines) == expected)
  }
}
