import Diagnostics
import Foundation
import Language
import Syntax
import Testing
import Values

/// Sound scripts with one token damaged: nothing traps, and what is said is near the damage and short.
@Suite struct MutationTests {
  /// A script with one token deleted, doubled, or swapped with its neighbour.
  private struct Damage {
    var text: String
    var line: Int
    var words: String
  }

  /// Scripts that cost little to check, so that thousands of them can be.
  static let scripts: [(name: String, text: String)] = {
    let folders = ["examples", "Tests/Scripts/language"].map { root + "/" + $0 }
    var found: [(String, String)] = []
    for folder in folders {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()) ?? []
      where name.hasSuffix(".opt") {
        guard let text = try? String(contentsOfFile: folder + "/" + name, encoding: .utf8) else { continue }
        if name.contains("mnist") || name.contains("large") || name.contains("adaptive") { continue }
        found.append((name, text))
      }
    }
    return found
  }()

  private static func damage(_ text: String, _ random: inout SeededGenerator) -> Damage? {
    let source = SourceText(name: "t.opt", text)
    let tokens = Parser.parse(source).lexed.tokens.map { Span(lower: $0.lower, upper: $0.upper) }.filter {
      $0.upper > $0.lower
    }
    guard tokens.count > 2 else { return nil }
    let index = Int.random(in: 0..<tokens.count - 1, using: &random)
    let (span, next) = (tokens[index], tokens[index + 1])
    let (first, second) = (source.text(span), source.text(next))
    let bytes = source.bytes
    let (words, replacement, upper): (String, String, UInt32)
    switch Int.random(in: 0..<3, using: &random) {
    case 0: (words, replacement, upper) = ("deleted `\(first)`", "", span.upper)
    case 1: (words, replacement, upper) = ("doubled `\(first)`", first + " " + first, span.upper)
    default: (words, replacement, upper) = ("swapped `\(first)` and `\(second)`", second + " " + first, next.upper)
    }
    let head = String(decoding: bytes[..<Int(span.lower)], as: UTF8.self)
    let tail = String(decoding: bytes[Int(upper)...], as: UTF8.self)
    return Damage(text: head + replacement + tail, line: source.line(at: Int(span.lower)) + 1, words: words)
  }

  /// A script with one name or number replaced by another one of the same script: sound for the parser.
  private static func exchange(_ text: String, _ random: inout SeededGenerator) -> Damage? {
    let source = SourceText(name: "t.opt", text)
    let tokens = Parser.parse(source).lexed.tokens.filter { [.name, .integer, .real].contains($0.kind) }
    guard let old = tokens.randomElement(using: &random), let new = tokens.randomElement(using: &random) else {
      return nil
    }
    let replacement = source.text(Span(lower: new.lower, upper: new.upper))
    let head = String(decoding: source.bytes[..<Int(old.lower)], as: UTF8.self)
    let tail = String(decoding: source.bytes[Int(old.upper)...], as: UTF8.self)
    let written = source.text(Span(lower: old.lower, upper: old.upper))
    return Damage(
      text: head + replacement + tail, line: source.line(at: Int(old.lower)) + 1,
      words: "`\(written)` replaced by `\(replacement)`")
  }

  @Test func oneDamagedTokenGivesFewNearMessages() {
    var random = SeededGenerator(2026)
    var (refused, near, few) = (0, 0, 0)
    var far: [String] = []
    for number in 0..<2000 {
      let script = Self.scripts[number % Self.scripts.count]
      guard let damage = Self.damage(script.text, &random) else { continue }
      let result = checking(damage.text, host: dataHost)
      let errors = result.findings.filter { $0.severity == .error }
      guard let place = result.places.first?.split(separator: " ").last.flatMap({ Int($0) }) else { continue }
      refused += 1
      if abs(place - damage.line) <= 1 {
        near += 1
      } else {
        far.append("\(script.name):\(damage.line) \(damage.words): \(result.places)")
      }
      if errors.count <= 3 {
        few += 1
      } else {
        far.append("\(script.name):\(damage.line) \(damage.words): \(result.places)")
      }
    }
    #expect(refused > 1000)
    #expect(Double(near) >= 0.9 * Double(refused), "\(near) of \(refused)\n\(far.joined(separator: "\n"))")
    #expect(Double(few) >= 0.95 * Double(refused), "\(few) of \(refused)\n\(far.joined(separator: "\n"))")
  }

  @Test func whatCheckingAcceptsRunsWithoutMistakesOfNamesTypesAndShapes() {
    var random = SeededGenerator(7)
    var late: [String] = []
    var ran = 0
    for number in 0..<800 {
      let script = Self.scripts[number % Self.scripts.count]
      guard let damage = Self.exchange(script.text, &random) else { continue }
      if damage.text == script.text { continue }
      let options = Self.shortened
      let result = outcome(of: damage.text, host: dataHost, options: options)
      if result.outcome == .rejected { continue }
      ran += 1
      for finding in result.findings where finding.severity == .error {
        if Self.isOfValues(finding.code) { continue }
        if ["E03", "E04", "E05", "E06"].contains(finding.code.prefix(3)) {
          late.append("\(script.name):\(damage.line) \(damage.words): \(finding.code) \(finding.message)")
        }
      }
    }
    #expect(ran > 80)
    // What hangs on a large computation, which checking leaves out, is found by running only.
    #expect(late.count * 20 <= ran, "\(late.count) of \(ran):\n\(late.joined(separator: "\n"))")
  }

  /// Mistakes that only values show: logarithms of what is not positive, indices, sweeps without runs.
  private static func isOfValues(_ code: String) -> Bool { ["E0407", "E0504", "E0505", "E0660"].contains(code) }

  /// A damaged loop may go on for ever.
  private static var shortened: SessionOptions {
    var options = SessionOptions()
    options.limits.seconds = 5
    options.limits.operations = 2_000_000
    return options
  }
}
