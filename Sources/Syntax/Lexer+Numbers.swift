import Diagnostics

/// Numbers, by the project's own grammar: `12`, `1_000`, `0.5`, `1e-3`, `20%`.
///
/// The standard library's parsers accept `nan`, `0x1p3` and `1e400`; they see a text only after it has passed here.
extension Lexer {
  mutating func lexNumber() {
    let lower = position
    if byte() == UInt8(ascii: "0"), "xXbBoO".utf8.contains(byte(1)) { return lexOtherBase() }
    var isSound = scanDigits()
    let integerEnd = position
    var isReal = scanFraction(from: lower, isSound: &isSound)
    if scanExponent(from: lower, isSound: &isSound) { isReal = true }
    if isSound, integerEnd - lower > 1, bytes[lower] == UInt8(ascii: "0") {
      isSound = false
      report(.leadingZeros(text(lower, position), at: span(lower, position)))
    }
    if isSound, scanDigitSeparators(lower, position) == false {
      isSound = false
      report(.misplacedUnderscore(text(lower, position), at: span(lower, position)))
    }
    let digits = isSound ? text(lower, position).filter { $0 != "_" } : "0"
    if endsPercent() {
      emitReal(.percent, digits, exponent: -2, from: lower, length: 1)
    } else if isReal {
      emitReal(.real, digits, exponent: 0, from: lower, length: 0)
    } else {
      emitInteger(digits, from: lower)
    }
    lexRunOn(from: lower, isReported: !isSound)
  }

  /// `.5`, or the second point of `1.2.3`.
  mutating func lexLeadingPoint() {
    let lower = position
    position += 1
    _ = scanDigits()
    let digits = text(lower, position)
    if let last = lexed.tokens.last, Int(last.upper) == lower, last.kind == .real || last.kind == .integer {
      report(.secondPoint(at: span(lower, position)))
      return
    }
    report(.leadingPoint(digits, at: span(lower, position)))
    emitReal(.real, "0" + digits, exponent: 0, from: lower, length: 0)
  }

  /// Digits of another script, such as `٣`.
  mutating func lexForeignDigits() {
    let lower = position
    var ascii = ""
    while position < bytes.count, let (scalar, length) = decode(at: position), scalar.value >= 0x80,
      scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue
    {
      ascii += String(Int(value))
      position += length
    }
    report(.foreignDigits(text(lower, position), ascii: ascii, at: span(lower, position)))
    emitInteger("0", from: lower)
  }

  // MARK: - Pieces

  /// Digits and underscores; false when there is none.
  private mutating func scanDigits() -> Bool {
    let lower = position
    while isDigit(byte()) || byte() == UInt8(ascii: "_") && position < bytes.count { position += 1 }
    return position > lower
  }

  private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  /// Whether every underscore stands between two digits.
  private func scanDigitSeparators(_ lower: Int, _ upper: Int) -> Bool {
    for index in lower..<upper where bytes[index] == UInt8(ascii: "_") {
      guard index > lower, index + 1 < upper, isDigit(bytes[index - 1]), isDigit(bytes[index + 1]) else { return false }
    }
    return true
  }

  private mutating func scanFraction(from lower: Int, isSound: inout Bool) -> Bool {
    guard byte() == UInt8(ascii: ".") else { return false }
    if isDigit(byte(1)) {
      position += 1
      return scanDigits()
    }
    if byte(1) == UInt8(ascii: ".") { return false }
    let digits = text(lower, position)
    position += 1
    report(.trailingPoint(digits, at: span(lower, position)))
    isSound = false
    return true
  }

  private mutating func scanExponent(from lower: Int, isSound: inout Bool) -> Bool {
    guard byte() | 0x20 == UInt8(ascii: "e") else { return false }
    let sign = "+-".utf8.contains(byte(1)) ? 1 : 0
    if isDigit(byte(1 + sign)) {
      position += 1 + sign
      return scanDigits()
    }
    // `2exp(x)` is a number that runs into a name, `1e` and `1e+` lack their exponent.
    if isWordByte(byte(1)) || sign == 0 && byte(1) >= 0x80 { return false }
    let digits = text(lower, position)
    position += 1 + sign
    if isSound { report(.exponentWithoutDigits(digits, at: span(lower, position))) }
    isSound = false
    return true
  }

  /// A percent sign belongs to the number unless an operand follows it: `7%2` is meant as a remainder.
  private func endsPercent() -> Bool {
    guard byte() == UInt8(ascii: "%") else { return false }
    let next = byte(1)
    return !(isWordByte(next) || next >= 0x80 || next == UInt8(ascii: "("))
  }

  /// A number that a name follows at once: `2x` is read as `2 * x`.
  private mutating func lexRunOn(from lower: Int, isReported: Bool) {
    let upper = position
    guard isWordByte(byte()) || startsName(at: position) else { return }
    let number = text(lower, upper)
    lexed.tokens.append(Token(.star, upper, upper))
    lexName()
    if isReported { return }
    report(.numberRunsIntoName(number, text(upper, position), at: span(lower, position)))
  }

  private mutating func lexOtherBase() {
    let lower = position
    let point = UInt8(ascii: ".")
    while isWordByte(byte()) || byte() == point && isWordByte(byte(1)) { position += 1 }
    report(.otherBase(text(lower, position), at: span(lower, position)))
    emitInteger("0", from: lower)
  }

  private mutating func emitInteger(_ digits: String, from lower: Int) {
    let value = Int(digits)
    if value == nil { report(.integerTooLarge(digits, at: span(lower, position))) }
    lexed.integers.append(value ?? 0)
    emit(.integer, from: lower, payload: lexed.integers.count - 1)
  }

  /// - Parameters:
  ///   - exponent: Added to the decimal exponent, so that `0.1%` is the real nearest to 0.001.
  ///   - length: Bytes that still belong to the token.
  private mutating func emitReal(
    _ kind: Token.Kind, _ digits: String, exponent: Int, from lower: Int, length: Int
  ) {
    let parts = digits.split(whereSeparator: { $0 == "e" || $0 == "E" })
    let written = parts.count > 1 ? parts[1] : "0"
    let power = Int(written).map { String($0 + exponent) } ?? String(written)
    let value = Double(parts[0] + "e" + power) ?? 0
    let place = span(lower, position + length)
    if value.isInfinite { report(.realTooLarge(text(lower, position + length), at: place)) }
    if value == 0, parts[0].contains(where: { $0 != "0" && $0 != "." }) {
      report(.realRoundsToZero(text(lower, position + length), at: place))
    }
    lexed.reals.append(value.isInfinite ? 0 : value)
    position += length
    emit(kind, from: lower, payload: lexed.reals.count - 1)
  }
}
