import Diagnostics
import Foundation

/// A script that carries what it must give.
///
///     #> a line of output
///     #! E0301 4:20 start of the message
///     #~ 1e-6
///
/// `#>` lines are the whole standard output in order; `#!` lines all messages in order; after `#~` numbers in `#>` lines
/// may differ by that much, relative to their size or absolutely where they are smaller than 1.
struct Golden {
  struct Message: Equatable {
    var code: String
    var place: String
    var start: String
  }

  let path: String
  let lines: [String]

  init(path: String) throws {
    self.path = path
    let text = try String(contentsOfFile: path, encoding: .utf8)
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// Expected lines of output, each with the tolerance of its numbers.
  var output: [(text: String, tolerance: Double)] {
    var tolerance = 0.0
    var expected: [(String, Double)] = []
    for line in lines {
      if line.hasPrefix("#~") { tolerance = Double(line.dropFirst(2).filter { $0 != " " }) ?? 0 }
      if line.hasPrefix("#>") { expected.append((Self.content(of: line), tolerance)) }
    }
    return expected
  }

  /// Expected messages.
  var messages: [Message] {
    lines.filter { $0.hasPrefix("#!") }.map { line in
      let parts = Self.content(of: line).split(separator: " ", maxSplits: 2).map(String.init)
      return Message(
        code: parts.first ?? "", place: parts.count > 1 ? parts[1] : "", start: parts.count > 2 ? parts[2] : "")
    }
  }

  private static func content(of line: String) -> String {
    String(line.dropFirst(line.hasPrefix("#> ") || line.hasPrefix("#! ") ? 3 : 2))
  }

  /// What is wrong with the output, line by line.
  func differences(from found: [String]) -> [String] {
    let expected = output
    var differences: [String] = []
    for index in 0..<max(expected.count, found.count) {
      guard index < expected.count else {
        differences.append("unexpected output: \(found[index])")
        continue
      }
      guard index < found.count else {
        differences.append("missing output: \(expected[index].text)")
        continue
      }
      if !Self.agree(expected[index].text, found[index], within: expected[index].tolerance) {
        differences.append("expected \(expected[index].text)\n   found \(found[index])")
      }
    }
    return differences
  }

  /// Whether two lines are equal but for numbers that differ little.
  static func agree(_ expected: String, _ found: String, within tolerance: Double) -> Bool {
    if expected == found { return true }
    guard tolerance > 0 else { return false }
    let left = words(of: expected)
    let right = words(of: found)
    guard left.count == right.count else { return false }
    return zip(left, right).allSatisfy { a, b in
      if a == b { return true }
      guard let x = Double(a), let y = Double(b) else { return false }
      return abs(x - y) <= tolerance * max(1, abs(x))
    }
  }

  /// Numbers and what is between them.
  private static func words(of text: String) -> [Substring] {
    text.split { " ,()[]=±%".contains($0) }
  }

  /// The file with other outputs and messages, the script itself untouched.
  func updated(output: [String], messages: [Message]) -> String {
    let isSameCount = output.count == self.output.count
    var remaining = output[...]
    var kept: [String] = []
    for line in lines {
      if line.hasPrefix("#!") { continue }
      guard line.hasPrefix("#>") else {
        kept.append(line)
        continue
      }
      if isSameCount, let next = remaining.popFirst() { kept.append(Self.outputLine(next)) }
    }
    while kept.last?.isEmpty == true { kept.removeLast() }
    kept += remaining.map(Self.outputLine)
    kept += messages.map { "#! \($0.code) \($0.place) \($0.start)" }
    return kept.joined(separator: "\n") + "\n"
  }

  private static func outputLine(_ text: String) -> String { text.isEmpty ? "#>" : "#> " + text }
}
