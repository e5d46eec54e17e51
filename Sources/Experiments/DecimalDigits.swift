/// All decimal digits of a finite number ≥ 0, exact, and the ways to write them.
///
/// A double is m · 2ᵉ. For e ≥ 0 it is a whole number; for e < 0 it is m · 5⁻ᵉ / 10⁻ᵉ. Either way the digits are
/// those of one large whole number, kept in limbs of nine decimal digits while it is multiplied up.
///
/// - Complexity: O(|e|²) at worst, about 770 digits for the smallest number.
struct DecimalDigits {
  /// Most significant first, without a leading zero; empty for 0.
  private(set) var digits: [UInt8] = []
  /// The value is 0.d₁d₂d₃… · 10^point.
  var point = 0

  init(_ magnitude: Double) {
    guard magnitude > 0, magnitude.isFinite else { return }
    let isSubnormal = magnitude.exponentBitPattern == 0
    let fraction = magnitude.significandBitPattern
    let mantissa = isSubnormal ? fraction : fraction | (1 << 52)
    let exponent = (isSubnormal ? 1 : Int(magnitude.exponentBitPattern)) - 1075
    var limbs = [UInt64(mantissa % 1_000_000_000), UInt64(mantissa / 1_000_000_000)]
    let (factor, chunk): (UInt64, Int) = exponent < 0 ? (5, 12) : (2, 29)
    var remaining = exponent.magnitude
    while remaining > 0 {
      let power = min(Int(remaining), chunk)
      Self.multiply(&limbs, by: (0..<power).reduce(1) { product, _ in product * factor })
      remaining -= UInt(power)
    }
    digits = Self.decimal(limbs)
    point = digits.count + min(0, exponent)
  }

  private static func multiply(_ limbs: inout [UInt64], by factor: UInt64) {
    var carry: UInt64 = 0
    for index in limbs.indices {
      let product = limbs[index] * factor + carry
      limbs[index] = product % 1_000_000_000
      carry = product / 1_000_000_000
    }
    if carry > 0 { limbs.append(carry) }
  }

  private static func decimal(_ limbs: [UInt64]) -> [UInt8] {
    var reversed: [UInt8] = []
    for limb in limbs {
      var rest = limb
      for _ in 0..<9 {
        reversed.append(UInt8(rest % 10))
        rest /= 10
      }
    }
    while reversed.last == 0 { reversed.removeLast() }
    return reversed.reversed()
  }

  /// Keeps the first `count` digits, rounding to nearest, ties to even; `count` may be zero or negative.
  private mutating func round(to count: Int) {
    guard count < digits.count else { return }
    guard count >= 0 else {
      digits = []
      return
    }
    let isUp = roundsUp(at: count)
    digits.removeSubrange(count...)
    guard isUp else { return }
    var index = count - 1
    while index >= 0, digits[index] == 9 {
      digits[index] = 0
      index -= 1
    }
    if index >= 0 {
      digits[index] += 1
    } else {
      digits.insert(1, at: 0)
      point += 1
    }
  }

  private func roundsUp(at count: Int) -> Bool {
    guard digits[count] == 5 else { return digits[count] > 5 }
    let isTie = digits[(count + 1)...].allSatisfy { $0 == 0 }
    guard isTie else { return true }
    return count > 0 && digits[count - 1] % 2 == 1
  }

  /// The first digit and the power of ten it counts, once rounded to `count` digits.
  func leading(_ count: Int) -> (first: Int, exponent: Int) {
    var rounded = self
    rounded.round(to: count)
    return (Int(rounded.digits.first ?? 0), rounded.point - 1)
  }

  /// The digit of weight 10^(−index−1) before scaling by `point`, zero beyond the stored ones.
  private func digit(_ index: Int) -> String {
    index >= 0 && index < digits.count ? String(digits[index]) : "0"
  }

  /// `places` digits after the point.
  func fixed(_ places: Int) -> String {
    var rounded = self
    rounded.round(to: point + places)
    let whole = rounded.point > 0 && !rounded.digits.isEmpty ? (0..<rounded.point).map(rounded.digit).joined() : "0"
    guard places > 0 else { return whole }
    let start = rounded.digits.isEmpty ? 0 : rounded.point
    return whole + "." + (start..<start + places).map(rounded.digit).joined()
  }

  /// One digit before the point, `places` after it, and an exponent of at least two digits.
  func scientific(_ places: Int) -> String {
    var rounded = self
    rounded.round(to: places + 1)
    let exponent = rounded.digits.isEmpty ? 0 : rounded.point - 1
    let fraction = places > 0 ? "." + (1...places).map(rounded.digit).joined() : ""
    let magnitude = String(exponent.magnitude)
    return rounded.digit(0) + fraction + (exponent < 0 ? "e-" : "e+") + (magnitude.count < 2 ? "0" : "") + magnitude
  }

  /// `count` significant digits without trailing zeros; scientific outside 10⁻⁴ … 10^count, as C's `%g`.
  func general(_ count: Int) -> String {
    let significant = max(1, count)
    var rounded = self
    rounded.round(to: significant)
    let exponent = rounded.digits.isEmpty ? 0 : rounded.point - 1
    if exponent < -4 || exponent >= significant {
      let text = rounded.scientific(significant - 1)
      guard let mark = text.firstIndex(of: "e") else { return text }
      return Self.trimmed(String(text[..<mark])) + text[mark...]
    }
    return Self.trimmed(rounded.fixed(significant - 1 - exponent))
  }

  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var trimmed = Substring(text)
    while trimmed.last == "0" { trimmed.removeLast() }
    if trimmed.last == "." { trimmed.removeLast() }
    return String(trimmed)
  }
}
