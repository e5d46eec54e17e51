import Syntax

/// Lines of an input that is not complete yet.
struct PendingInput {
  private(set) var bytes: [UInt8] = []
  private var openBrackets = 0
  private var isInText = false

  var isEmpty: Bool { bytes.isEmpty }

  /// Adds a line; true when the input may be run, be it right or wrong.
  ///
  /// - Complexity: the parser looks at the whole input only when the line can have completed it, so that a long block
  ///   that arrives line by line costs no square of its length.
  mutating func add(_ line: [UInt8]) -> Bool {
    let line = Self.withoutPrompt(line, isFirst: bytes.isEmpty)
    if !bytes.isEmpty { bytes.append(0x0A) }
    bytes += line
    let mayClose = openBrackets <= 0 || line.contains { [0x7D, 0x5D, 0x29, 0x22].contains($0) }
    count(line)
    guard mayClose else { return false }
    return Completeness.of(String(decoding: bytes, as: UTF8.self)) != .incomplete
  }

  /// A line that was copied with its prompt, `> ` or `… `, without it: no statement begins with either.
  private static func withoutPrompt(_ line: [UInt8], isFirst: Bool) -> [UInt8] {
    let prompt = Array((isFirst ? "> " : "… ").utf8)
    return line.starts(with: prompt) ? Array(line.dropFirst(prompt.count)) : line
  }

  /// Counts brackets outside of texts and comments; only a hint for `add`.
  private mutating func count(_ line: [UInt8]) {
    var isEscaped = false
    isInText = false
    for byte in line {
      if isInText {
        if isEscaped {
          isEscaped = false
        } else if byte == 0x5C {
          isEscaped = true
        } else if byte == 0x22 {
          isInText = false
        }
        continue
      }
      switch byte {
      case 0x22: isInText = true
      case 0x23: return
      case 0x28, 0x5B, 0x7B: openBrackets += 1
      case 0x29, 0x5D, 0x7D: openBrackets -= 1
      default: break
      }
    }
  }

  mutating func clear() { self = PendingInput() }
}
