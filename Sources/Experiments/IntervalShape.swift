import Glibc

/// How the interval of an estimate lies around its value.
package enum IntervalShape: Sendable, Hashable {
  /// Value ± quantile · error, with doubts.
  case symmetric
  /// Symmetric in the logarithm of value − origin, for which error / (value − origin) is the standard error.
  case logarithmic(origin: Double)
  /// Between two of these increasing values, which bound their law's quantile of this order.
  case ordered([Double], order: Double)
  /// This range, whatever the level.
  case range(Interval)

  /// The interval of an estimate of this shape; nil where it is symmetric.
  ///
  /// - Edge cases: where the values cannot bound a quantile on one side, the interval has no end there.
  func interval(of estimate: Estimate, level: Double) -> Interval? {
    switch self {
    case .symmetric: return nil
    case .range(let range): return range
    case .logarithmic(let origin):
      let size = estimate.value - origin
      guard size != 0, size.isFinite, let error = estimate.error, error > 0 else { return nil }
      let quantile = StudentDistribution(degreesOfFreedom: estimate.degreesOfFreedom).twoSidedQuantile(level)
      let reach = quantile * error / size.magnitude
      let ends = [origin + size * exp(-reach), origin + size * exp(reach)]
      return Interval(low: ends.min() ?? .nan, high: ends.max() ?? .nan)
    case .ordered(let values, let order):
      let places = Self.places(boundingQuantile: order, of: values.count, level: level)
      return Interval(
        low: places.low.map { values[$0] } ?? -.infinity, high: places.high.map { values[$0] } ?? .infinity)
    }
  }

  /// The shape of a multiple.
  ///
  /// - Precondition: `factor` is not 0.
  func scaled(by factor: Double) -> IntervalShape {
    switch self {
    case .symmetric: .symmetric
    case .logarithmic(let origin): .logarithmic(origin: factor * origin)
    case .ordered(let values, let order):
      factor > 0
        ? .ordered(values.map { factor * $0 }, order: order)
        : .ordered(values.reversed().map { factor * $0 }, order: 1 - order)
    case .range(let range):
      .range(
        Interval(
          low: factor > 0 ? factor * range.low : factor * range.high,
          high: factor > 0 ? factor * range.high : factor * range.low))
    }
  }

  /// The shape of a sum with a number.
  func moved(by distance: Double) -> IntervalShape {
    switch self {
    case .symmetric: .symmetric
    case .logarithmic(let origin): .logarithmic(origin: origin + distance)
    case .ordered(let values, let order): .ordered(values.map { $0 + distance }, order: order)
    case .range(let range): .range(Interval(low: range.low + distance, high: range.high + distance))
    }
  }

  // MARK: Order statistics

  /// The places of the order statistics between which the quantile of order p lies with probability `level`, (1 − level)/2
  /// on either side.
  ///
  /// The number of n values below the quantile is binomial, so that the k-th smallest (from 0) is above it with
  /// probability P(B ≤ k). A side is nil where no value bounds it.
  static func places(boundingQuantile order: Double, of count: Int, level: Double) -> (low: Int?, high: Int?) {
    let tail = (1 - level) / 2
    var below = 0.0
    var (low, high): (Int?, Int?) = (nil, nil)
    for successes in 0..<max(0, count) {
      below += binomial(successes, of: count, order)
      if below <= tail { low = successes }
      if high == nil, 1 - below <= tail { high = successes }
    }
    return (low, high)
  }

  /// How many values it takes to bound the quantile of order p on both sides.
  static func countBounding(quantile order: Double, level: Double = 0.95) -> Int {
    let rarest = min(order, 1 - order)
    return Int((log((1 - level) / 2) / log1p(-rarest)).rounded(.up))
  }

  private static func binomial(_ successes: Int, of count: Int, _ chance: Double) -> Double {
    let (k, n) = (Double(successes), Double(count))
    let ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return exp(ways + k * log(chance) + (n - k) * log1p(-chance))
  }
}
