/// The mean of a correlated series, with an error that knows of the correlation.
extension Series {
  /// The mean of the last `fraction` of the values: where the series has settled, if it has.
  ///
  /// The standard error comes from batch means. Batches grow from one value by doubling until neighbouring batch
  /// means are hardly correlated (|r₁| ≤ 2/√b for b batches), but b never falls below eight; then
  ///
  ///     error² = s²(batch means) / b · (1 + 2 max(0, r₁ + 1/b)),   with b − 1 degrees of freedom,
  ///
  /// where the last factor makes up for the correlation that is left (1/b: the bias of r₁).
  ///
  /// A straight line is fitted to ten batch means. If its slope differs from 0 at the 1% level and the change C
  /// across the window exceeds 2% of the mean, the series has not settled: a remark says so and |C|/2, the distance
  /// from the mean to the fitted end of the window, is added as allowance.
  ///
  /// - Edge cases: fewer than eight values give no error; a value that is not finite makes the mean so and is counted
  ///   in a remark; equal values have error 0.
  /// - Complexity: O(values in the window).
  /// - Reference: H. Flyvbjerg, H. G. Petersen, "Error estimates on averages of correlated data", J. Chem. Phys. 91
  ///   (1989). Differs in: the stopping rule is the correlation test, not the eye.
  package func plateau(last fraction: Double = 0.2) -> Estimate { tail(fraction).correlatedMean() }

  /// The mean of all values, with an error that knows of their correlation, and a remark if they drift.
  package func correlatedMean() -> Estimate {
    var result = Estimate(Statistics.mean(values), source: windowText)
    let bad = values.count { !$0.isFinite }
    if bad > 0 {
      result.remarks.append(.notFinite(bad, of: values.count))
      return result
    }
    guard values.count >= batchCountMin else {
      result.remarks.append(.tooFew(values.count))
      return result
    }
    let (means, isCorrelated) = uncorrelatedBatchMeans(of: values)
    let count = Double(means.count)
    let inflation = 1 + 2 * max(0, neighbourCorrelation(of: means) + 1 / count)
    result.error = Statistics.standardDeviation(means) * (inflation / count).squareRoot()
    result.degreesOfFreedom = count - 1
    if isCorrelated { result.remarks.append(.correlated) }
    if result.value != 0, let change = significantDrift(of: values),
      change.magnitude > 0.02 * result.value.magnitude
    {
      result.remarks.append(.drifting(change / result.value.magnitude))
      result.allowance = change.magnitude / 2
    }
    return result
  }

  private var windowText: String {
    guard let first = positions.first, let last = positions.last else { return "no values" }
    let format = NumberFormat.standard
    if values.count == 1 { return "the value at \(axis.rawValue) \(format.text(first))" }
    return "mean of \(values.count) values over \(axis.rawValue)s \(format.text(first)) to \(format.text(last))"
  }
}

/// Below this many batches a standard deviation is too uncertain to be worth its name.
private let batchCountMin = 8

/// Means of consecutive batches of equal size; the earliest values that fill no batch are left out.
private func batchMeans(of values: [Double], size: Int) -> [Double] {
  let count = values.count / size
  let start = values.count - count * size
  return (0..<count).map { Statistics.mean(Array(values[(start + $0 * size)..<(start + ($0 + 1) * size)])) }
}

private func uncorrelatedBatchMeans(of values: [Double]) -> (means: [Double], isCorrelated: Bool) {
  var size = 1
  while true {
    let means = batchMeans(of: values, size: size)
    let bound = 2 / Double(means.count).squareRoot()
    if neighbourCorrelation(of: means).magnitude <= bound { return (means, false) }
    if values.count / (2 * size) < batchCountMin { return (means, true) }
    size *= 2
  }
}

/// The correlation r₁ of neighbours, Σ (xᵢ − m)(xᵢ₊₁ − m) / Σ (xᵢ − m)²; 0 for equal values.
private func neighbourCorrelation(of values: [Double]) -> Double {
  let mean = Statistics.mean(values)
  let deviations = values.map { $0 - mean }
  let scale = Statistics.sum(deviations.map { $0 * $0 })
  guard scale > 0 else { return 0 }
  return Statistics.sum(zip(deviations, deviations.dropFirst()).map { $0 * $1 }) / scale
}

/// The change of a fitted line across the values, if its slope differs from 0 at the 1% level.
private func significantDrift(of values: [Double]) -> Double? {
  let means = batchMeans(of: values, size: max(1, values.count / 10))
  guard
    let line = LineFit(x: means.indices.map(Double.init), y: means, lag: 0),
    line.slope != 0
  else { return nil }
  let student = StudentDistribution(degreesOfFreedom: Double(means.count - 2))
  guard line.slope.magnitude > student.twoSidedQuantile(0.99) * line.slopeError else { return nil }
  return line.slope * Double(means.count)
}
