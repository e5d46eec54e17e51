import Diagnostics
import Foundation
import Language
import Testing

/// Lines of `Tests/Scripts/checking`: what checking finds before anything runs, and what it lets through.
///
/// Each block has a head; every line below is put alone behind it, with `; ` as a line break. A bad line begins with the code
/// that a run of it gives; in front of that stands `-` where only running finds it, and `?` where only values can tell.
@Suite struct CheckingTests {
  struct Line: CustomStringConvertible, Sendable {
    var file: String
    var script: String
    /// The code that it is refused with; nil for a good one.
    var code: String?
    /// `-`, `?` or nothing.
    var mark: String
    var isFound: Bool { mark.isEmpty }
    var description: String { file + ": " + (script.split(separator: "\n").last.map(String.init) ?? "") }
  }

  static let lines: [Line] = ["behind-a-run", "further", "more", "sizes"].flatMap(read)

  private static func read(_ file: String) -> [Line] {
    guard let text = try? String(contentsOfFile: root + "/Tests/Scripts/checking/\(file).txt", encoding: .utf8) else {
      Issue.record("no \(file).txt")
      return []
    }
    var (head, section, result) = ("", "", [Line]())
    for line in text.split(separator: "\n").map(String.init) where !line.hasPrefix("#") {
      if ["[head]", "[bad]", "[good]"].contains(line) {
        section = line
        if line == "[head]" { head = "" }
        continue
      }
      if section == "[head]" {
        head += line + "\n"
        continue
      }
      let isMissed = line.hasPrefix("- ") || line.hasPrefix("? ")
      let body = isMissed ? String(line.dropFirst(2)) : line
      let isBad = section == "[bad]"
      let script = (isBad ? String(body.dropFirst(6)) : body).replacingOccurrences(of: " ; ", with: "\n")
        .replacingOccurrences(of: "; ", with: "\n")
      result.append(
        Line(
          file: file, script: head + script + "\n", code: isBad ? String(body.prefix(5)) : nil,
          mark: isMissed ? String(line.prefix(1)) : ""))
    }
    return result
  }

  @Test func thereAreEnoughLines() {
    #expect(Self.lines.count { $0.code != nil } > 450)
    #expect(Self.lines.count { $0.code == nil } > 200)
    // Of those that were written before the checker was looked at, 95 in 100 are found, or hang on values.
    let further = Self.lines.filter { $0.file == "further" && $0.code != nil }
    let missed = further.count { $0.mark == "-" }
    #expect(Double(missed) <= 0.05 * Double(further.count))
  }

  @Test(arguments: lines.filter { $0.code != nil && $0.isFound }) func badLinesAreFound(_ line: Line) {
    let found = checking(line.script, host: dataHost).findings.filter { $0.severity == .error }.map(\.code)
    #expect(found.first == line.code, "\(line)")
  }

  @Test(arguments: lines.filter { $0.code == nil }) func goodLinesPassAndRun(_ line: Line) {
    let checked = checking(line.script, host: dataHost)
    #expect(checked.findings.filter { $0.severity == .error }.isEmpty, "\(line): \(checked.words)")
    let ran = outcome(of: line.script, host: dataHost)
    #expect(ran.findings.filter { $0.severity == .error }.isEmpty, "\(line): \(ran.words)")
  }
}
