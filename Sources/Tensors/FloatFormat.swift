/// A format of binary floating-point numbers: some bits behind the point, some bits of exponent.
///
/// With m bits of mantissa and w of exponent its finite numbers are those k · 2^(e − m) with whole |k| < 2^(m+1) and
/// 2 − 2^(w−1) ≤ e < 2^(w−1): as in IEEE 754, with numbers below the normal ones, infinities and what is no number.
package struct FloatFormat: Hashable, Sendable, Codable {
  /// Bits behind the point, without the first of a normal number.
  package var mantissa: Int
  package var exponentBits: Int

  package init(mantissa: Int, exponentBits: Int) { (self.mantissa, self.exponentBits) = (mantissa, exponentBits) }

  package static let bf16 = FloatFormat(mantissa: 7, exponentBits: 8)
  package static let f16 = FloatFormat(mantissa: 10, exponentBits: 5)

  /// The range of an element type, with fewer bits behind the point.
  package init(mantissa: Int, in dtype: DType) {
    self.init(mantissa: mantissa, exponentBits: dtype == .f32 ? 8 : 11)
  }

  // MARK: As a number

  /// The format as one number, for kernels.
  package var code: Double { Double(mantissa + 64 * exponentBits) }

  /// The format that a code or its negative stands for.
  package init(code: Double) {
    let whole = Int(abs(code).rounded())
    self.init(mantissa: whole % 64, exponentBits: max(2, whole / 64))
  }

  // MARK: Rounding

  private var leastExponent: Int { 2 - 1 << (exponentBits - 1) }
  private var largestExponent: Int { 1 << (exponentBits - 1) - 1 }

  /// The distance of neighbouring numbers around x, with its sign; 0 where x is not finite.
  package func spacing(at x: Double) -> Double {
    guard x.isFinite else { return x.sign == .minus ? -0.0 : 0 }
    let exponent = x == 0 ? leastExponent : max(leastExponent, Int(x.exponent))
    return Double(sign: x.sign, exponent: exponent - mantissa, significand: 1)
  }

  /// x rounded once, to the nearest number, of two that are as near to the one whose last bit is 0.
  package func rounded(_ x: Double) -> Double { rounded(x, .toNearestOrEven) }

  /// x rounded towards 0; infinite above the largest number.
  package func truncated(_ x: Double) -> Double { rounded(x, .towardZero) }

  private func rounded(_ x: Double, _ rule: FloatingPointRoundingRule) -> Double {
    guard x.isFinite, x != 0 else { return x }
    // Exact: the spacing is a power of 2, and the quotient has at most 53 bits.
    let unit = spacing(at: x).magnitude
    let result = (x / unit).rounded(rule) * unit
    let largest = Double(
      sign: .plus, exponent: largestExponent, significand: 2 - Double(sign: .plus, exponent: -mantissa, significand: 1))
    return abs(result) > largest ? Double(signOf: x, magnitudeOf: .infinity) : result
  }
}
