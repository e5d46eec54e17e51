import Glibc

/// Student's t distribution, by which means of few values are judged.
///
/// With ν degrees of freedom P(T ≤ t) = 1 − ½ I(ν / (ν + t²); ν/2, ½) for t ≥ 0, I the regularised incomplete
/// beta function. ν = ∞ is the normal distribution.
///
/// - Accuracy: 1e-10 absolute in the probability, 1e-9 relative in the quantile (tested against tables).
/// - Reference: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 26.5.8, 26.7.1.
package struct StudentDistribution: Sendable {
  package let degreesOfFreedom: Double

  /// - Precondition: `degreesOfFreedom` > 0.
  package init(degreesOfFreedom: Double) {
    precondition(degreesOfFreedom > 0, "Student's t needs a positive number of degrees of freedom")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// P(T > t).
  package func upperTail(_ t: Double) -> Double {
    if t < 0 { return 1 - upperTail(-t) }
    if degreesOfFreedom > 1e7 { return 0.5 * erfc(t / 2.0.squareRoot()) }
    let x = degreesOfFreedom / (degreesOfFreedom + t * t)
    return 0.5 * Self.incompleteBeta(x, degreesOfFreedom / 2, 0.5)
  }

  /// The t with P(|T| ≤ t) = `level`, the half-width of a two-sided interval in standard errors.
  ///
  /// - Edge cases: `level` ≤ 0 gives 0, `level` ≥ 1 gives infinity.
  package func twoSidedQuantile(_ level: Double) -> Double {
    guard level > 0 else { return 0 }
    guard level < 1 else { return .infinity }
    let tail = (1 - level) / 2
    var low = 0.0
    var high = 1.0
    while upperTail(high) > tail, high < 1e150 { high *= 2 }
    for _ in 0..<200 {
      let middle = 0.5 * (low + high)
      if middle == low || middle == high { break }
      if upperTail(middle) > tail { low = middle } else { high = middle }
    }
    return 0.5 * (low + high)
  }

  /// Regularised incomplete beta function, by its continued fraction on the side where that converges fast.
  private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    let logFront = logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x)
    let front = exp(logFront)
    if x < (a + 1) / (a + b + 2) { return front * continuedFraction(x, a, b) / a }
    return 1 - front * continuedFraction(1 - x, b, a) / b
  }

  /// Lentz's evaluation of the continued fraction 26.5.8.
  private static func continuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    // Keeps a vanishing denominator from dividing by zero; any tiny number serves.
    let tiny = 1e-300
    var c = 1.0
    var d = 1 / guarded(1 - (a + b) * x / (a + 1), tiny)
    var result = d
    for index in 1...500 {
      let m = Double(index)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / guarded(1 + even * d, tiny)
      c = guarded(1 + even / c, tiny)
      result *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / guarded(1 + odd * d, tiny)
      c = guarded(1 + odd / c, tiny)
      result *= d * c
      if (d * c - 1).magnitude < 1e-15 { break }
    }
    return result
  }

  private static func guarded(_ value: Double, _ tiny: Double) -> Double {
    value.magnitude < tiny ? tiny : value
  }

  /// ln Γ(x) for x > 0: Stirling's series after shifting x above 10.
  private static func logGamma(_ x: Double) -> Double {
    var shifted = x
    var product = 1.0
    while shifted < 10 {
      product *= shifted
      shifted += 1
    }
    let inverse = 1 / (shifted * shifted)
    let series = (1.0 / 12 - inverse * (1.0 / 360 - inverse * (1.0 / 1260 - inverse / 1680))) / shifted
    return (shifted - 0.5) * log(shifted) - shifted + 0.5 * log(2 * Double.pi) + series - log(product)
  }
}
