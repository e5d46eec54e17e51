import Glibc

/// The standard error of the mean of values that depend on their neighbours.
///
/// The larger of two:
///
/// - that of a first-order autoregression: with r₁ the correlation of neighbours and φ = max(0, (n r₁ + 1)/(n − 4)), which
///   takes away the bias of r₁ (Kendall),
///
///       g = (1 + φ)/((1 − φ) n) − 2 φ (1 − φⁿ)/((1 − φ)² n²),     error² = m₂ g/(1 − g)
///
///   for the mean squared deviation m₂, whose expectation the correlation lowers by the factor 1 − g;
/// - that of batch means: batches grow by doubling until neighbouring batch means are hardly correlated (|r₁| ≤ 2/√b for
///   b ≥ 8 batches), error² = s²(means)/b · (1 + 2 max(0, r₁ + 1/b)). It sees what is slower than an autoregression.
///
/// The values are worth N = min(n, (m₂ + error²)/error²) independent ones, and 0.8 (N − 1) degrees of freedom cover what is
/// not known of φ. Measured coverage of 95% intervals: `CoverageTests`.
///
/// - Reference: M. G. Kendall, "Note on bias in the estimation of autocorrelation", Biometrika 41 (1954); H. Flyvbjerg,
///   H. G. Petersen, "Error estimates on averages of correlated data", J. Chem. Phys. 91 (1989).
struct MeanError {
  /// Fewer independent values than this do not tell their own correlation: 95% intervals would cover less.
  static let worthMin = 8.0

  private(set) var value: Double
  private(set) var worth: Double
  private(set) var degreesOfFreedom: Double
  /// Batches whose means are hardly correlated.
  private(set) var batchCount: Int

  /// Nil for fewer than six values, and where all are equal.
  init?(_ values: [Double]) {
    let count = Double(values.count)
    let mean = Statistics.mean(values)
    let scatter = Statistics.sum(values.map { ($0 - mean) * ($0 - mean) }) / count
    guard values.count >= 6, scatter > 0, scatter.isFinite else { return nil }
    let phi = autoregression(neighbourCorrelation(of: values), count, fitted: 1)
    let share = min(0.99, meanVarianceShare(phi, count))
    let autoregressive = scatter * share / (1 - share)
    let means = uncorrelatedBatchMeans(of: values)
    let batches = Double(means.count)
    batchCount = means.count
    let inflation = 1 + 2 * max(0, neighbourCorrelation(of: means) + 1 / batches)
    let deviation = means.count > 1 ? Statistics.standardDeviation(means) : 0
    let batched = deviation * deviation * inflation / batches
    value = max(autoregressive, batched).squareRoot()
    worth = min(count, (scatter + value * value) / (value * value))
    let free = batched > autoregressive ? min(worth, batches) - 1 : worth - 1
    degreesOfFreedom = max(1, 0.8 * free)
  }

  /// The error of a sum of means over one window from the error of each, with its sign, and the correlations ρ of their
  /// batch means, in batches that are long enough for the slowest: √Σ errorᵢ ρᵢⱼ errorⱼ.
  ///
  /// A slow part that is small beside a fast one is lost in the correlation of neighbours of their sum, and is not here.
  static func joint(_ errors: [Double], _ series: [[Double]]) -> Double {
    let batches = series.compactMap { MeanError($0)?.batchCount }.min() ?? 1
    let means = series.map { values in
      let means = batchMeans(of: values, size: values.count / max(1, batches))
      let centre = Statistics.mean(means)
      return means.map { $0 - centre }
    }
    func product(_ a: [Double], _ b: [Double]) -> Double { Statistics.sum(zip(a, b).map { $0 * $1 }) }
    let squares = means.map { product($0, $0) }
    var total = 0.0
    for one in errors.indices {
      for other in errors.indices {
        let scale = (squares[one] * squares[other]).squareRoot()
        let correlation = one == other ? 1 : scale > 0 ? product(means[one], means[other]) / scale : 0
        total += errors[one] * correlation * errors[other]
      }
    }
    return max(0, total).squareRoot()
  }
}

/// Whether a series still moves, judged by a straight line through its last windows.
///
/// A drift within one window hides in the error of its slope, which is √12 errors of the mean: one of ten errors a window
/// would be missed one time in four. What came before says more, if the same line describes it: lines through the last
/// m = 5, 4, … windows are tried, and the first is taken from which the means of its 2m half windows do not deviate (χ² with
/// 2m − 2 degrees of freedom at the 20% level); m = 1 is the window alone. Where that does not move, a line through five or
/// four windows is taken after all if it explains 95% of the variance of the means of its half windows. The line's error is that of `MeanError`'s
/// autoregression on its residuals, times √12; the series moves if the slope differs from 0 at the 5% level, or at that
/// which is left to each of several series that one statement is about.
///
/// A window whose residuals too are worth fewer than eight independent values moves where a line explains four fifths of the variance of six or more
/// values, and changes by more than 2% of their mean.
struct SettlingTest {
  private(set) var trend: Trend
  private var windowMeans: [Double] = []

  /// Half windows of a line, and the 80% quantile of χ² with two degrees of freedom fewer.
  private static let spans = [(10, 11.030), (8, 8.558), (6, 5.989), (4, 3.219)]
  /// The share that a line must explain of what deviates from it more than chance does.
  private static let plainShare = 0.95

  init(_ window: [Double], after history: ArraySlice<Double>) {
    let usable = history.suffix(4 * window.count)
    let all = Array(usable.suffix(while: { $0.isFinite })) + window
    let size = window.count
    windowMeans = (0..<min(3, all.count / size)).map { index in
      Statistics.mean(Array(all.dropLast(index * size).suffix(size)))
    }
    for (halves, deviationMax) in Self.spans where all.count * 2 >= halves * size {
      guard let line = CorrelatedLine(Array(all.suffix(halves * size / 2))), line.worth >= MeanError.worthMin,
        line.deviation(batches: halves) <= deviationMax
      else { continue }
      trend = line.trend(windows: Double(halves) / 2)
      return
    }
    if let line = CorrelatedLine(window), line.worth >= MeanError.worthMin {
      trend = line.trend(windows: 1)
      if !trend.isMoving(), let plain = Self.plainTrend(all, size) { trend = plain }
    } else {
      trend = Self.shortTrend(window)
    }
  }

  /// The trend of a line that says nearly all of the last five or four windows.
  private static func plainTrend(_ all: [Double], _ size: Int) -> Trend? {
    for halves in [10, 8] where all.count * 2 >= halves * size {
      let values = Array(all.suffix(halves * size / 2))
      guard let line = CorrelatedLine(values), line.worth >= MeanError.worthMin,
        let means = CorrelatedLine(batchMeans(of: values, size: values.count / halves)), means.explained >= plainShare
      else { continue }
      return line.trend(windows: Double(halves) / 2)
    }
    return nil
  }

  private static func shortTrend(_ window: [Double]) -> Trend {
    guard let line = CorrelatedLine(window) else { return Trend(change: 0) }
    let isPlain = window.count >= 6 && line.explained > 0.8
    let isMoving = isPlain && line.change.magnitude > 0.02 * Statistics.mean(window).magnitude
    return Trend(change: line.change, chance: isMoving ? 0 : 1)
  }

  /// How many windows more it takes until the change over one is as small as `error`, if changes go on to shrink by the
  /// factor by which the last one shrank; nil where they do not.
  func settling(to error: Double) -> Double? {
    guard windowMeans.count == 3, error > 0 else { return nil }
    let (last, before) = (windowMeans[0] - windowMeans[1], windowMeans[1] - windowMeans[2])
    let factor = last / before
    guard factor > 0, factor < 1 else { return nil }
    return max(1, log(error / last.magnitude) / log(factor))
  }
}

/// A straight line through equally spaced values whose residuals are a first-order autoregression.
private struct CorrelatedLine {
  /// What the line gains from the first to the last value.
  private(set) var change: Double
  /// The share of the variance that the line explains.
  private(set) var explained: Double
  private(set) var worth = 0.0
  private var residuals: [Double]
  /// Standard error of a mean of such residuals.
  private var error = 0.0

  init?(_ values: [Double]) {
    guard let line = LineFit(x: values.indices.map(Double.init), y: values) else { return nil }
    let count = Double(values.count)
    change = line.slope * count
    residuals = values.enumerated().map { $1 - line.intercept - line.slope * Double($0) }
    let scatter = Statistics.sum(residuals.map { $0 * $0 }) / count
    let along = line.slope * line.slope * (count * count - 1) / 12
    explained = scatter + along > 0 ? along / (scatter + along) : 0
    guard values.count > 6 else { return }
    let phi = autoregression(neighbourCorrelation(of: residuals, about: 0), count, fitted: 2)
    let share = min(0.45, meanVarianceShare(phi, count))
    error = (scatter * share / (1 - 2 * share)).squareRoot()
    worth = count * (1 - phi) / (1 + phi)
  }

  func trend(windows: Double) -> Trend {
    let spread = 12.0.squareRoot() * error
    let law = StudentDistribution(degreesOfFreedom: max(1, worth - 2))
    return Trend(change: change / windows, error: spread / windows, chance: Trend.chance(of: change, spread, law))
  }

  /// Σ of the squared means of so many batches of residuals, in their own squared errors.
  func deviation(batches: Int) -> Double {
    let means = batchMeans(of: residuals, size: residuals.count / batches).suffix(batches)
    return Statistics.sum(means.map { $0 * $0 }) / (Double(batches) * error * error)
  }
}

// MARK: Correlation

/// φ of a first-order autoregression of which r₁ was measured on n values after fitting a mean (1) or a line (2):
/// r₁ is too small by about (1 + 4φ)/n for the one and (2 + 6φ)/n for the other; at least 0, below 1.
private func autoregression(_ measured: Double, _ count: Double, fitted: Double) -> Double {
  min(0.9999, max(0, (count * measured + fitted) / (count - (fitted == 1 ? 4 : 6))))
}

/// The variance of the mean of n values of an autoregression, in variances of one value.
private func meanVarianceShare(_ phi: Double, _ count: Double) -> Double {
  ((1 + phi) / (1 - phi) - 2 * phi * (1 - pow(phi, count)) / (count * (1 - phi) * (1 - phi))) / count
}

/// Means of consecutive batches of equal size; the earliest values that fill no batch are left out.
private func batchMeans(of values: [Double], size: Int) -> [Double] {
  let size = max(1, size)
  let count = values.count / size
  let start = values.count - count * size
  return (0..<count).map { Statistics.mean(Array(values[(start + $0 * size)..<(start + ($0 + 1) * size)])) }
}

private func uncorrelatedBatchMeans(of values: [Double]) -> [Double] {
  // Below this many batches a standard deviation is too uncertain to be worth its name.
  let countMin = 8
  var size = 1
  while true {
    let means = batchMeans(of: values, size: size)
    let bound = 2 / Double(means.count).squareRoot()
    if neighbourCorrelation(of: means).magnitude <= bound || values.count / (2 * size) < countMin { return means }
    size *= 2
  }
}

/// The correlation r₁ of neighbours, Σ (xᵢ − m)(xᵢ₊₁ − m) / Σ (xᵢ − m)², about the mean m; 0 for equal values.
func neighbourCorrelation(of values: [Double], about centre: Double? = nil) -> Double {
  let mean = centre ?? Statistics.mean(values)
  let deviations = values.map { $0 - mean }
  let scale = Statistics.sum(deviations.map { $0 * $0 })
  guard scale > 0 else { return 0 }
  return Statistics.sum(zip(deviations, deviations.dropFirst()).map { $0 * $1 }) / scale
}

extension BidirectionalCollection {
  /// The longest end of it whose elements all meet a condition.
  fileprivate func suffix(while condition: (Element) -> Bool) -> SubSequence {
    self[(lastIndex { !condition($0) }.map { index(after: $0) } ?? startIndex)...]
  }
}
