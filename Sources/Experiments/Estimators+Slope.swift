import Glibc

/// Which of the two axes are logarithmic in a fitted slope.
package enum SlopeScale: String, Sendable, Hashable {
  /// y ∝ x^slope: a power law.
  case logLog
  /// y ∝ e^(slope · x): linear convergence.
  case logLinear
  /// y = a + slope · x.
  case linear
}

extension Series {
  /// The slope of ln y against ln x by least squares over the recorded points in `range`: the exponent of a power law.
  ///
  /// Every recorded point counts alike, so points spaced evenly on the axis weigh the end of the range; record
  /// `logspaced` for an even fit. The standard error is the larger of that of independent residuals and that of
  /// Newey and West with lag ⌊4 (n/100)^(2/9)⌋ + 1, both with the factor n/(n − 2); n − 2 degrees of freedom.
  ///
  /// - Edge cases: points with x ≤ 0, y ≤ 0 or a non-finite y are left out and counted; fewer than two points, or all at
  ///   one x, give not a number; two points give no error.
  /// - Reference: W. K. Newey, K. D. West, "A simple, positive semi-definite, heteroskedasticity and autocorrelation
  ///   consistent covariance matrix", Econometrica 55 (1987).
  package func slope(over range: Interval? = nil, scale: SlopeScale = .logLog) -> Estimate {
    let window = range.map { restricted(to: $0) } ?? self
    let points = zip(window.positions, window.values).map { position, value in
      (
        x: scale == .logLog ? log(position) : position,
        y: scale == .linear ? value : log(value)
      )
    }
    let kept = points.filter { $0.x.isFinite && $0.y.isFinite }
    let count = Double(kept.count)
    let lag = Int(4 * pow(count / 100, 2.0 / 9)) + 1
    var result = Estimate(.nan, source: "least squares on \(kept.count) points")
    if kept.count < points.count { result.remarks.append(.skipped(points.count - kept.count, of: points.count)) }
    guard let line = LineFit(x: kept.map(\.x), y: kept.map(\.y), lag: lag) else { return result }
    result.value = line.slope
    guard kept.count > 2 else {
      result.remarks.append(.tooFew(kept.count))
      return result
    }
    result.error = line.slopeError
    result.degreesOfFreedom = count - 2
    return result
  }
}

/// A straight line by least squares with the standard error of its slope.
struct LineFit {
  private(set) var slope: Double
  private(set) var intercept: Double
  /// The larger of the classical and the autocorrelation-consistent standard error; 0 for two points.
  private(set) var slopeError = 0.0

  /// Fits y ≈ intercept + slope · x; nil for fewer than two distinct x.
  init?(x: [Double], y: [Double], lag: Int) {
    guard x.count >= 2 else { return nil }
    let xMean = Statistics.mean(x)
    let yMean = Statistics.mean(y)
    let xCentred = x.map { $0 - xMean }
    let spread = Statistics.sum(xCentred.map { $0 * $0 })
    guard spread > 0 else { return nil }
    slope = Statistics.sum(zip(xCentred, y).map { $0 * ($1 - yMean) }) / spread
    intercept = yMean - slope * xMean
    guard x.count > 2 else { return }
    let (slope, factor) = (slope, Double(x.count) / Double(x.count - 2))
    let residuals = zip(xCentred, y).map { $1 - yMean - slope * $0 }
    let classical = Statistics.sum(residuals.map { $0 * $0 }) / Double(x.count - 2) / spread
    let scores = zip(xCentred, residuals).map { $0 * $1 }
    let robust = max(0, Self.longRunVariance(of: scores, lag: lag)) * factor / (spread * spread)
    slopeError = max(classical, robust).squareRoot()
  }

  /// Σ over all pairs within `lag`, weighted by Bartlett's window 1 − k/(lag + 1).
  private static func longRunVariance(of scores: [Double], lag: Int) -> Double {
    var total = Statistics.sum(scores.map { $0 * $0 })
    for shift in 0..<max(0, min(lag, scores.count - 1)) {
      let weight = 1 - Double(shift + 1) / Double(lag + 1)
      total += 2 * weight * Statistics.sum(zip(scores, scores.dropFirst(shift + 1)).map { $0 * $1 })
    }
    return total
  }
}
