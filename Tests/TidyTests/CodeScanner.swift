/// Blanks what is not code in a Swift text: comments, and strings with what is interpolated in them.
///
/// Line breaks stay where they are, so line numbers still hold.
struct CodeScanner {
  private let input: [UInt8]
  private var output: [UInt8]
  private var position = 0

  static func blank(_ text: String) -> [String] {
    var scanner = CodeScanner(text)
    scanner.scanCode(until: nil)
    return String(decoding: scanner.output, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  private init(_ text: String) {
    input = Array(text.utf8)
    output = input
  }

  private func starts(with text: StaticString) -> Bool {
    guard position + text.utf8CodeUnitCount <= input.count else { return false }
    return text.withUTF8Buffer { $0.elementsEqual(input[position..<position + $0.count]) }
  }

  /// Passes over bytes that are not code, keeping line breaks.
  private mutating func skip(_ count: Int) {
    for _ in 0..<count where position < input.count {
      if input[position] != UInt8(ascii: "\n") { output[position] = UInt8(ascii: " ") }
      position += 1
    }
  }

  /// Scans code up to the end, or to the parenthesis that closes an interpolation.
  private mutating func scanCode(until closing: UInt8?) {
    var depth = 0
    while position < input.count {
      let byte = input[position]
      if starts(with: "//") {
        skipLine()
      } else if starts(with: "/*") {
        skipBlockComment()
      } else if byte == UInt8(ascii: "\"") || (byte == UInt8(ascii: "#") && hashesBeforeQuote() > 0) {
        skipString(hashes: byte == UInt8(ascii: "#") ? hashesBeforeQuote() : 0)
      } else if let closing {
        if byte == UInt8(ascii: "(") { depth += 1 }
        if byte == closing {
          if depth == 0 { return }
          depth -= 1
        }
        skip(1)
      } else {
        position += 1
      }
    }
  }

  private mutating func skipLine() {
    while position < input.count, input[position] != UInt8(ascii: "\n") { skip(1) }
  }

  private mutating func skipBlockComment() {
    var depth = 0
    repeat {
      if starts(with: "/*") {
        depth += 1
        skip(2)
      } else if starts(with: "*/") {
        depth -= 1
        skip(2)
      } else {
        skip(1)
      }
    } while depth > 0 && position < input.count
  }

  private func hashesBeforeQuote() -> Int {
    var end = position
    while end < input.count, input[end] == UInt8(ascii: "#") { end += 1 }
    return end < input.count && input[end] == UInt8(ascii: "\"") ? end - position : 0
  }

  private mutating func skipString(hashes: Int) {
    skip(hashes)
    let quotes = starts(with: "\"\"\"") ? 3 : 1
    skip(quotes)
    let close =
      [UInt8](repeating: UInt8(ascii: "\""), count: quotes) + [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
    let escape = [UInt8(ascii: "\\")] + [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
    while position < input.count {
      if input[position...].starts(with: close) { return skip(close.count) }
      if input[position...].starts(with: escape) {
        skip(escape.count)
        let interpolates = position < input.count && input[position] == UInt8(ascii: "(")
        skip(1)
        if interpolates {
          scanCode(until: UInt8(ascii: ")"))
          skip(1)
        }
      } else {
        if quotes == 1, input[position] == UInt8(ascii: "\n") { return }
        skip(1)
      }
    }
  }
}
