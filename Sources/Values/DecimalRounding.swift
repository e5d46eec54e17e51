import Experiments

/// Numbers that a reader would write with few digits.
package enum DecimalRounding {
  /// The number of at most six digits that lies within four units in the last place of `x`, else `x` itself.
  ///
  /// A power of ten that was computed by way of logarithms is off by its rounding; it is meant to be equal to the number
  /// that is written so.
  package static func nearby(_ x: Double) -> Double {
    guard x.isFinite, x != 0, let short = Double(NumberFormat.significant(6).text(x)) else { return x }
    return (short - x).magnitude <= 4 * x.ulp ? short : x
  }
}
