import Diagnostics

/// Characters beyond ASCII: which belong to names, which look like an operator, which must never be shown raw.
extension Lexer {
  func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  /// Whether a character may stand in a name: Latin letters with accents, Greek ones, ℓ, and subscripts
  /// after the first place.
  func isNameScalar(_ scalar: Unicode.Scalar, isFirst: Bool) -> Bool {
    switch scalar.value {
    case 0x2080...0x2089, 0x2090...0x209C, 0x1D62...0x1D6A: !isFirst
    case 0x2113: true
    case 0xC0...0x24F, 0x370...0x3FF, 0x1E00...0x1EFF: scalar.properties.isAlphabetic
    default: false
    }
  }

  func startsName(at offset: Int) -> Bool {
    guard offset < bytes.count, bytes[offset] >= 0x80, let (scalar, _) = decode(at: offset) else { return false }
    return isNameScalar(scalar, isFirst: true)
  }

  /// Decodes one character, or gives nil where the bytes are not UTF-8.
  func decode(at offset: Int) -> (scalar: Unicode.Scalar, length: Int)? { UTF8Reader.scalar(bytes, at: offset) }

  /// Steps over one character of a comment or a string, and reports it when it must not stand there.
  mutating func checkTextByte() {
    let first = bytes[position]
    if first >= 0x20 && first < 0x7F || first == 0x09 {
      position += 1
      return
    }
    guard let (scalar, length) = decode(at: position) else { return lexInvalidBytes() }
    let place = span(position, position + length)
    position += length
    if scalar.value == 0 {
      report(.nulByte(at: place))
    } else if isControl(scalar) {
      report(.controlCharacter(scalar, at: place))
    } else if isBidirectional(scalar) {
      report(.bidirectionalControl(scalar, at: place))
    }
  }

  /// Reports a stretch of bytes that are not UTF-8.
  private mutating func lexInvalidBytes() {
    let lower = position
    while position < bytes.count, bytes[position] >= 0x80, decode(at: position) == nil { position += 1 }
    let line = source.line(at: lower)
    let before = bytes[source.lineStarts[line]..<lower]
    let column = before.count { $0 & 0xC0 != 0x80 } + 1
    report(
      .notUTF8(Array(bytes[lower..<position]), line: line + 1, column: column, at: span(lower, position)))
  }

  /// A character beyond ASCII outside strings and comments.
  mutating func lexScalar() {
    guard let (scalar, length) = decode(at: position) else {
      let lower = position
      lexInvalidBytes()
      return emit(.unreadable, from: lower)
    }
    if isNameScalar(scalar, isFirst: true) { return lexName() }
    let place = span(position, position + length)
    if scalar.value == 0x2248 { return emit(.approximately, length: length) }
    if scalar.value == 0x201C || scalar.value == 0x201D || scalar.value == 0x201E {
      return beginString(length: length, isCurly: true)
    }
    if scalar.value == 0x2018 || scalar.value == 0x2019 { return lexSingleQuoted(length: length) }
    if let here = Self.lookAlikes.first(where: { $0.scalar == scalar })?.here {
      return lexLookAlike(scalar, here: here, length: length)
    }
    if isBidirectional(scalar) {
      report(.bidirectionalControl(scalar, at: place))
    } else if isInvisible(scalar) {
      report(.invisibleCharacter(scalar, at: place))
    } else if scalar.properties.canonicalCombiningClass != .notReordered {
      report(.strayMark(scalar, at: place))
    } else if scalar.properties.numericType == .decimal {
      return lexForeignDigits()
    } else if isControl(scalar) {
      report(.controlCharacter(scalar, at: place))
    } else {
      return lexUnreadable(length: length)
    }
    position += length
  }

  private mutating func lexLookAlike(_ scalar: Unicode.Scalar, here: String, length: Int) {
    let lower = position
    position += length
    report(.lookAlike(scalar, here: here, at: span(lower, position)))
    switch here {
    case "-": emit(.minus, from: lower)
    case "*": emit(.star, from: lower)
    case "/": emit(.slash, from: lower)
    case "<=": emit(.lessEqual, from: lower)
    case ">=": emit(.greaterEqual, from: lower)
    case "!=": emit(.notEqual, from: lower)
    case "=>": emit(.arrow, from: lower)
    case "...": emit(.closedRange, from: lower)
    case "'": emit(.prime, from: lower)
    case "(": emit(.leftParenthesis, from: lower)
    case ")": emit(.rightParenthesis, from: lower)
    case ",": emit(.comma, from: lower)
    case ":": emit(.colon, from: lower)
    case "=": emit(.assign, from: lower)
    case "^2", "^3": emitPower(here, from: lower)
    case ";": emit(.semicolon, from: lower)
    case " ": break
    default: emitWord(here, from: lower)
    }
  }

  private mutating func emitPower(_ here: String, from lower: Int) {
    emit(.caret, from: lower)
    lexed.integers.append(here == "^2" ? 2 : 3)
    emit(.integer, from: lower, payload: lexed.integers.count - 1)
  }

  private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 && scalar.value != 0x09 || (0x7F...0x9F).contains(scalar.value)
  }

  /// Characters that reorder what is seen: U+061C, U+200E, U+200F, U+202A–202E, U+2066–2069.
  private func isBidirectional(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0xAD, 0x200B...0x200D, 0x2028, 0x2029, 0x2060...0x2064, 0xFEFF, 0xFE00...0xFE0F: true
    default: false
    }
  }

  /// Characters often pasted from papers and chat programs, with what is written here.
  private static let lookAlikes: [(scalar: Unicode.Scalar, here: String)] = [
    ("\u{2212}", "-"), ("\u{2013}", "-"), ("\u{2014}", "-"), ("\u{2010}", "-"), ("\u{2011}", "-"),
    ("\u{D7}", "*"), ("\u{B7}", "*"), ("\u{22C5}", "*"), ("\u{2217}", "*"), ("\u{2219}", "*"), ("\u{F7}", "/"),
    ("\u{2215}", "/"), ("\u{2044}", "/"), ("\u{2264}", "<="), ("\u{2A7D}", "<="), ("\u{2265}", ">="),
    ("\u{2A7E}", ">="), ("\u{2260}", "!="), ("\u{21D2}", "=>"), ("\u{21A6}", "=>"), ("\u{2192}", "=>"),
    ("\u{2026}", "..."), ("\u{2032}", "'"), ("\u{2208}", "in"), ("\u{2227}", "and"), ("\u{2228}", "or"),
    ("\u{AC}", "not"), ("\u{221E}", "inf"), ("\u{221A}", "sqrt"), ("\u{2211}", "sum"), ("\u{2207}", "grad"),
    ("\u{B2}", "^2"), ("\u{B3}", "^3"), ("\u{FF08}", "("), ("\u{FF09}", ")"), ("\u{FF0C}", ","), ("\u{FF1A}", ":"),
    ("\u{FF1D}", "="), ("\u{A0}", " "), ("\u{2002}", " "), ("\u{2003}", " "), ("\u{2007}", " "), ("\u{2009}", " "),
    ("\u{200A}", " "), ("\u{202F}", " "), ("\u{3000}", " "), ("\u{37E}", ";"),
  ]
}
