/// The decimal numbers of data files: `[+-] digits [. digits] [e [+-] digits]`, `inf`, `infinity`.
///
/// Locale plays no part, hexadecimal is refused, and the result is the nearest f64: up to 15 digits with a power of
/// ten up to 22 both are exact in f64, so that one multiplication or division rounds once (W. D. Clinger, "How to
/// Read Floating Point Numbers Accurately", PLDI 1990); everything else takes the exact, slower way.
enum NumberText {
  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// The number that `bytes[range]` spells, or nil where it spells none.
  static func parse(_ bytes: [UInt8], _ range: Range<Int>) -> Double? {
    var index = range.lowerBound
    let end = range.upperBound
    var isNegative = false
    if index < end, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
      isNegative = bytes[index] == UInt8(ascii: "-")
      index += 1
    }
    var significand: UInt64 = 0
    var digits = 0
    var significant = 0
    let whole = index
    while index < end, let digit = digit(bytes[index]) {
      accumulate(digit, &significand, &significant)
      index += 1
    }
    digits = index - whole
    if index == end, digits > 0, significant <= 15 { return Double(significand) * (isNegative ? -1 : 1) }
    var scale = 0
    if index < end, bytes[index] == UInt8(ascii: ".") {
      index += 1
      let fraction = index
      while index < end, let digit = digit(bytes[index]) {
        accumulate(digit, &significand, &significant)
        index += 1
      }
      scale = fraction - index
      digits += index - fraction
    }
    guard digits > 0 else { return infinity(bytes, index..<end, isNegative) }
    if index < end {
      guard let exponent = exponent(bytes, index..<end) else { return nil }
      scale += exponent
    }
    guard significant <= 15, abs(scale) <= 22 else { return slow(bytes, range) }
    let magnitude = Double(significand)
    let value = scale < 0 ? magnitude / powers[-scale] : magnitude * powers[scale]
    return isNegative ? -value : value
  }

  /// Whether `bytes[range]`, which spells `value`, is a whole number in digits alone that f64 does not hold exactly.
  ///
  /// With a point or an exponent it is a measurement, and rounding to the nearest f64 is what reading means.
  static func isInexactWhole(_ bytes: [UInt8], _ range: Range<Int>, _ value: Double) -> Bool {
    let sign = bytes[range].first.map { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") } ?? false
    let digits = bytes[(range.lowerBound + (sign ? 1 : 0))..<range.upperBound].drop { $0 == UInt8(ascii: "0") }
    guard digits.allSatisfy({ digit($0) != nil }) else { return false }
    // The value in decimal, digit by digit: 2^1024 has 309 of them.
    guard digits.count <= 309, value.isFinite else { return true }
    return !digits.elementsEqual(wholeDigits(abs(value)))
  }

  /// The decimal digits of a whole f64, all of them.
  private static func wholeDigits(_ value: Double) -> [UInt8] {
    // significand · 2^exponent, doubled in base 10.
    var digits = String(UInt64(value.significandBitPattern | 1 << 52)).utf8.reversed().map { $0 - UInt8(ascii: "0") }
    for _ in 0..<(Int(value.exponent) - 52) {
      var carry: UInt8 = 0
      for index in digits.indices {
        let doubled = 2 * digits[index] + carry
        digits[index] = doubled % 10
        carry = doubled / 10
      }
      if carry > 0 { digits.append(carry) }
    }
    return digits.reversed().map { $0 + UInt8(ascii: "0") }
  }

  /// Whether a text is a number but for its commas: `1,5`, `1,234`, `1.234,56`.
  static func hasComma(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.contains(UInt8(ascii: ",")), bytes.contains(where: { digit($0) != nil }),
      bytes.last != UInt8(ascii: ",")
    else { return false }
    let number = bytes.filter { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: ".") }
    return parse(number, 0..<number.count) != nil
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    let value = byte &- UInt8(ascii: "0")
    return value < 10 ? UInt64(value) : nil
  }

  /// Appends a digit; leading zeros do not count, and digits beyond 18 only as many.
  private static func accumulate(_ digit: UInt64, _ significand: inout UInt64, _ significant: inout Int) {
    if significant < 18 { significand = significand * 10 + digit }
    if significant > 0 || digit > 0 { significant += 1 }
  }

  /// The exponent that `e`, a sign and digits spell, cut at ±99,999; nil where there is anything else.
  private static func exponent(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
    var index = range.lowerBound
    guard bytes[index] | 0x20 == UInt8(ascii: "e") else { return nil }
    index += 1
    var sign = 1
    if index < range.upperBound, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
      sign = bytes[index] == UInt8(ascii: "-") ? -1 : 1
      index += 1
    }
    guard index < range.upperBound else { return nil }
    var value = 0
    while index < range.upperBound {
      guard let digit = digit(bytes[index]) else { return nil }
      value = min(99_999, value * 10 + Int(digit))
      index += 1
    }
    return sign * value
  }

  private static func infinity(_ bytes: [UInt8], _ range: Range<Int>, _ isNegative: Bool) -> Double? {
    guard range.count == 3 || range.count == 8 else { return nil }
    let text = bytes[range].map { $0 | 0x20 }
    guard text.elementsEqual("inf".utf8) || text.elementsEqual("infinity".utf8) else { return nil }
    return isNegative ? -.infinity : .infinity
  }

  /// The exact way, for text whose grammar was checked; nil beyond the largest f64.
  private static func slow(_ bytes: [UInt8], _ range: Range<Int>) -> Double? {
    Double(String(decoding: bytes[range], as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
  }
}
