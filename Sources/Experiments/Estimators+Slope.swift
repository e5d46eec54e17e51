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
  /// `logspaced` for an even fit. The standard error is that of `CorrelatedSlope`. Points that are worth fewer than eight
  /// independent ones give none: the range of the slopes of the three thirds of the points stands for it, or everything
  /// below six points. Points of a plain vector are taken as independent where they are so few: with n − 2 degrees of
  /// freedom from three points on.
  ///
  /// - Edge cases: points with x ≤ 0, y ≤ 0 or a non-finite y are left out and counted; fewer than two points, or all at
  ///   one x, give not a number; points exactly on a line have error 0.
  package func slope(over range: Interval? = nil, scale: SlopeScale = .logLog) -> Estimate {
    let window = range.map { restricted(to: $0) } ?? self
    let points = zip(window.positions, window.values).map { position, value in
      (
        x: scale == .logLog ? log(position) : position,
        y: scale == .linear ? value : log(value)
      )
    }
    let kept = points.filter { $0.x.isFinite && $0.y.isFinite }
    let (x, y) = (kept.map(\.x), kept.map(\.y))
    var result = Self.fittedSlope(x, y, isPlain: axis == .index)
    if kept.count < points.count { result.remarks.insert(.skipped(points.count - kept.count, of: points.count), at: 0) }
    var used = Series(name: name, axis: axis, positions: x, values: y)
    used.run = run
    return result.read(off: used, .slope)
  }

  /// The slope of y along x with its error.
  ///
  /// - Parameter isPlain: whether they are values of a plain vector, which are independent where they are few.
  static func fittedSlope(_ x: [Double], _ y: [Double], isPlain: Bool) -> Estimate {
    var result = Estimate(.nan, source: "least squares on \(x.count) points")
    guard let line = LineFit(x: x, y: y) else { return result }
    result.value = line.slope
    if x.count > 2, line.residualShare < 1e-26 {
      result.error = 0
      return result
    }
    if isPlain, x.count > 2, Double(x.count) < MeanError.worthMin {
      result.error = line.independentError
      result.degreesOfFreedom = Double(x.count - 2)
      return result
    }
    let error = CorrelatedSlope(x: x, y: y, line)
    if let error, error.worth >= MeanError.worthMin {
      result.error = error.value
      result.degreesOfFreedom = max(1, 0.8 * (error.worth - 2))
      return result
    }
    let isFew = Double(x.count) < MeanError.worthMin
    result.remarks.append(isFew ? .tooFew(x.count) : .correlated(worth: error?.worth ?? 1, of: MeanError.worthMin))
    result.shortage = Self.rangeOfThirds(x, y)
    return result
  }

  /// The largest minus the smallest slope of three thirds of the points; infinite where a third has no slope.
  private static func rangeOfThirds(_ x: [Double], _ y: [Double]) -> Double {
    let slopes = (0..<3).compactMap { part in
      let place = part * x.count / 3..<(part + 1) * x.count / 3
      return LineFit(x: Array(x[place]), y: Array(y[place]))?.slope
    }
    return slopes.count == 3 ? Statistics.maximum(slopes) - Statistics.minimum(slopes) : .infinity
  }
}

/// A straight line by least squares.
struct LineFit {
  private(set) var slope: Double
  private(set) var intercept: Double
  /// The standard error of the slope for independent residuals; 0 for two points.
  private(set) var independentError = 0.0
  /// Σ residual² in Σ (y − mean)².
  private(set) var residualShare = 0.0

  /// Fits y ≈ intercept + slope · x; nil for fewer than two distinct x.
  init?(x: [Double], y: [Double]) {
    guard x.count >= 2 else { return nil }
    let xMean = Statistics.mean(x)
    let yMean = Statistics.mean(y)
    let xCentred = x.map { $0 - xMean }
    let spread = Statistics.sum(xCentred.map { $0 * $0 })
    guard spread > 0 else { return nil }
    slope = Statistics.sum(zip(xCentred, y).map { $0 * ($1 - yMean) }) / spread
    intercept = yMean - slope * xMean
    guard x.count > 2 else { return }
    let line = slope
    let left = Statistics.sum(
      zip(xCentred, y).map { place, value in
        let residual = value - yMean - line * place
        return residual * residual
      })
    let total = Statistics.sum(y.map { ($0 - yMean) * ($0 - yMean) })
    independentError = (left / Double(x.count - 2) / spread).squareRoot()
    residualShare = total > 0 ? left / total : 0
  }
}

/// The standard error of a slope whose residuals are a first-order autoregression in the order of the points.
///
/// With R(φ) the matrix φ^|i−j| of correlations, M the projection that takes residuals and L half the sum of both shifts,
/// φ ∈ [0, 1) is chosen so that tr(MLMR)/tr(MR), the ratio of expectations, is the measured correlation of neighbouring
/// residuals, which frees it of the bias that fitting brings. Then error² = q'Rq · RSS/tr(MR) / Σ (x − x̄)² for the unit
/// vector q along x − x̄. The points are worth n (1 − φ)/(1 + φ) independent ones.
///
/// - Complexity: O(n) for each of some thirty values of φ.
/// - Reference: for the mean alone this is Kendall's correction; see `MeanError`.
struct CorrelatedSlope {
  private(set) var value: Double
  private(set) var worth: Double

  /// Nil for fewer than six points.
  init?(x: [Double], y: [Double], _ line: LineFit) {
    guard x.count >= 6 else { return nil }
    let residuals = zip(x, y).map { $1 - line.intercept - line.slope * $0 }
    let measured = neighbourCorrelation(of: residuals, about: 0)
    let basis = Self.basis(x)
    var (low, high) = (0.0, 0.9999)
    if Self.moments(basis, low).correlation < measured {
      for _ in 0..<30 where high - low > 1e-5 {
        let middle = 1 - ((1 - low) * (1 - high)).squareRoot()
        if Self.moments(basis, middle).correlation < measured { low = middle } else { high = middle }
      }
    } else {
      high = 0
    }
    let moments = Self.moments(basis, high)
    let mean = Statistics.mean(x)
    let spread = Statistics.sum(x.map { ($0 - mean) * ($0 - mean) })
    let left = Statistics.sum(residuals.map { $0 * $0 })
    value = (moments.slopeVariance * left / spread).squareRoot()
    worth = Double(x.count) * (1 - high) / (1 + high)
  }

  /// Orthonormal vectors of a constant and of x.
  private static func basis(_ x: [Double]) -> [[Double]] {
    let mean = Statistics.mean(x)
    let centred = x.map { $0 - mean }
    let length = Statistics.sum(centred.map { $0 * $0 }).squareRoot()
    return [x.map { _ in 1 / Double(x.count).squareRoot() }, centred.map { $0 / length }]
  }

  /// The expected correlation of neighbouring residuals, and q'Rq/tr(MR).
  private static func moments(_ basis: [[Double]], _ phi: Double) -> (correlation: Double, slopeVariance: Double) {
    let count = Double(basis[0].count)
    let correlated = basis.map { correlating($0, phi) }
    let shifted = basis.map(shifting)
    let expected = count - dot(basis[0], correlated[0]) - dot(basis[1], correlated[1])
    var neighbours = (count - 1) * phi
    for one in 0..<2 {
      neighbours -= 2 * dot(shifted[one], correlated[one])
      for other in 0..<2 { neighbours += dot(basis[one], shifted[other]) * dot(basis[other], correlated[one]) }
    }
    return (neighbours / expected, dot(basis[1], correlated[1]) / expected)
  }

  /// Rv, by one recursion from each end.
  private static func correlating(_ v: [Double], _ phi: Double) -> [Double] {
    var result = v
    var before = 0.0
    for index in v.indices {
      result[index] += before
      before = phi * (before + v[index])
    }
    var after = 0.0
    for index in v.indices.reversed() {
      result[index] += after
      after = phi * (after + v[index])
    }
    return result
  }

  private static func shifting(_ v: [Double]) -> [Double] {
    v.indices.map { ((0 < $0 ? v[$0 - 1] : 0) + ($0 + 1 < v.count ? v[$0 + 1] : 0)) / 2 }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double { Statistics.sum(zip(a, b).map { $0 * $1 }) }
}
