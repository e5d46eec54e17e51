import Diagnostics

/// Strings: text with escapes, and values between braces with an optional format.
extension Lexer {
  /// Begins a string at its opening quote.
  mutating func beginString(length: Int, isCurly: Bool) {
    strings.append(OpenString(quote: span(position, position + length), isCurly: isCurly, value: nil))
    emit(.stringStart, length: length)
  }

  /// Reads text up to the closing quote, a value, or the end of the line.
  mutating func lexStringText() {
    let lower = position
    var decoded = ""
    while position < bytes.count, byte() != 0x0A, byte() != 0x0D {
      if let length = closingQuoteLength() {
        emitText(decoded, from: lower)
        return endString(length: length)
      }
      switch byte() {
      case UInt8(ascii: "{"):
        emitText(decoded, from: lower)
        return beginValue()
      case UInt8(ascii: "\\"): decoded += lexEscape()
      default:
        let start = position
        while position < bytes.count, isPlainText(bytes[position]) { position += 1 }
        if position == start { checkTextByte() }
        decoded += text(start, position)
      }
    }
    emitText(decoded, from: lower)
    breakStrings()
  }

  /// Whether a byte of a string stands for itself and needs no look.
  private func isPlainText(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "\\"): false
    case 0x20...0x7E: true
    default: false
    }
  }

  private mutating func emitText(_ decoded: String, from lower: Int) {
    guard position > lower else { return }
    lexed.texts.append(decoded)
    emit(.stringText, from: lower, payload: lexed.texts.count - 1)
  }

  /// The length of the quote here when it closes the innermost string.
  private func closingQuoteLength() -> Int? {
    if byte() == UInt8(ascii: "\"") { return 1 }
    guard strings.last?.isCurly == true, byte() == 0xE2, byte(1) == 0x80, byte(2) == 0x9D || byte(2) == 0x9C else {
      return nil
    }
    return 3
  }

  private mutating func endString(length: Int) {
    if let open = strings.popLast(), open.isCurly {
      report(.curlyQuotes(open: open.quote, close: span(position, position + length)))
    }
    emit(.stringEnd, length: length)
  }

  private mutating func beginValue() {
    strings[strings.count - 1].value = position
    strings[strings.count - 1].depth = 0
    emit(.valueStart, length: 1)
  }

  /// At the brace that closes a value.
  mutating func endValue() {
    strings[strings.count - 1].value = nil
    emit(.valueEnd, length: 1)
  }

  /// At the colon before a format: everything up to the brace.
  mutating func lexFormat() {
    let lower = position
    position += 1
    while position < bytes.count, byte() != 0x0A, byte() != 0x0D, byte() != UInt8(ascii: "}"),
      byte() != UInt8(ascii: "\"")
    {
      checkTextByte()
    }
    let format = text(lower + 1, position)
    lexed.texts.append(format)
    emit(.valueFormat, from: lower, payload: lexed.texts.count - 1)
    if let fault = FormatSpecification.fault(in: format, precisionMax: limits.formatPrecisionMax) {
      report(.unknownFormat(format, fault: fault, at: span(lower + 1, max(position, lower + 2))))
    }
  }

  /// Ends all open strings where their line ends.
  mutating func breakStrings() {
    if let brace = strings.first(where: { $0.value != nil })?.value {
      report(.valueNeverClosed(at: span(brace, brace + 1)))
    } else if let open = strings.last {
      report(.unterminatedString(at: open.quote))
    }
    strings.removeAll()
    emit(.stringBroken, from: position)
  }

  /// A text in single quotes: reported, then read as a string.
  mutating func lexSingleQuoted(length: Int) {
    let lower = position
    let quote = Array(bytes[lower..<lower + length])
    var end = lower + length
    var closing: Int?
    while end < bytes.count, bytes[end] != 0x0A {
      closing = singleQuoteLength(at: end, isCurly: length == 3)
      if closing != nil { break }
      end += 1
    }
    guard let closing, end > lower + length else {
      report(.strayQuote(String(decoding: quote, as: UTF8.self), at: span(lower, lower + length)))
      position += length
      return
    }
    report(.singleQuotes(open: span(lower, lower + length), close: span(end, end + closing)))
    emit(.stringStart, length: length)
    while position < end { checkTextByte() }
    lexed.texts.append(text(lower + length, end))
    emit(.stringText, from: lower + length, payload: lexed.texts.count - 1)
    emit(.stringEnd, length: closing)
  }

  /// The length of the quote here when it closes a text in single quotes; only whole characters count, so that what is
  /// between the quotes ends where it does.
  private func singleQuoteLength(at offset: Int, isCurly: Bool) -> Int? {
    if bytes[offset] == UInt8(ascii: "'") { return 1 }
    guard isCurly, let (scalar, length) = decode(at: offset), scalar == "\u{2018}" || scalar == "\u{2019}" else {
      return nil
    }
    return length
  }

  // MARK: - Escapes

  /// At a backslash: the text that the escape stands for.
  private mutating func lexEscape() -> String {
    let lower = position
    position += 2
    switch byte(-1) {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "0"): return "\0"
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "{"): return "{"
    case UInt8(ascii: "}"): return "}"
    case UInt8(ascii: "x"): return lexHexEscape(from: lower)
    case UInt8(ascii: "u") where byte() == UInt8(ascii: "{"): return lexScalarEscape(from: lower)
    case 0x0A, 0x0D:
      position -= 1
      return ""
    default: break
    }
    if lower + 1 >= bytes.count {
      position = bytes.count
      return ""
    }
    position = lower + 1 + max(1, decode(at: lower + 1)?.length ?? 1)
    report(.unknownEscape(text(lower, position), at: span(lower, position)))
    return ""
  }

  private mutating func lexHexEscape(from lower: Int) -> String {
    var value: UInt32 = 0
    for _ in 0..<2 {
      guard let digit = hexValue(byte()) else {
        report(.malformedEscape(text(lower, position), at: span(lower, position)))
        return ""
      }
      value = value * 16 + digit
      position += 1
    }
    return Unicode.Scalar(value).map { String($0) } ?? ""
  }

  private mutating func lexScalarEscape(from lower: Int) -> String {
    position += 1
    var value: UInt32 = 0
    var count = 0
    while let digit = hexValue(byte()), count < 8 {
      value = count < 6 ? value * 16 + digit : UInt32.max
      count += 1
      position += 1
    }
    let isClosed = byte() == UInt8(ascii: "}")
    if isClosed { position += 1 }
    guard isClosed, count > 0, let scalar = Unicode.Scalar(value) else {
      report(.malformedEscape(text(lower, position), at: span(lower, position)))
      return ""
    }
    return String(scalar)
  }

  private func hexValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}

/// The format of an interpolated value: `[.precision][f|e|g|d|%]`.
package struct FormatSpecification: Hashable, Sendable {
  /// How a number is written.
  package enum Style: String, Hashable, Sendable {
    case fixed = "f", scientific = "e", general = "g", integer = "d", percent = "%"
  }

  /// Digits after the point (`f`, `e`, `%`) or significant ones (`g`).
  package var precision: Int?
  package var style: Style

  /// Reads a format, or gives nil for one that the lexer has reported.
  package init?(_ text: String) {
    guard Self.fault(in: text, precisionMax: SyntaxLimits().formatPrecisionMax) == nil else { return nil }
    let digits = text.drop { $0 == "." }.prefix { $0.isNumber }
    precision = Int(digits)
    style = text.last.flatMap { Style(rawValue: String($0)) } ?? .general
  }

  /// What is wrong with a format; nil for a good one.
  static func fault(in text: String, precisionMax: Int) -> String? {
    var rest = Substring(text)
    if rest.isEmpty { return "nothing follows the colon" }
    if rest.first == "." {
      let digits = rest.dropFirst().prefix { ("0"..."9").contains($0) }
      rest = rest.dropFirst(1 + digits.count)
      if digits.isEmpty { return "a precision is missing after the point" }
      guard let precision = Int(digits), precision <= precisionMax else {
        return "a precision is at most \(precisionMax)"
      }
      if rest.first == "d" { return "`d` is for integers and has no precision" }
    }
    guard rest.isEmpty || Style(rawValue: String(rest)) != nil else {
      return "`\(rest)` is not a way to write a number"
    }
    return nil
  }
}
