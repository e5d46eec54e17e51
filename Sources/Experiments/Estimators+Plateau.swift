/// The mean of a correlated series, with an error that knows of the correlation.
extension Series {
  /// The mean of the last `fraction` of the values: where the series has settled, if it has.
  ///
  /// Its error is that of `MeanError`, by Student's t. Where the window is worth fewer than eight independent values no
  /// error can be given: ten times the range of the window stands for it (what a longer run may add to so short a look),
  /// or everything for a single value.
  ///
  /// Whether the series still moves is seen by a straight line, through up to five windows that end with this one as far
  /// back as one line describes them (see `SettlingTest`). One that moves is no plateau: a remark says so, and the
  /// interval reaches to where ten more windows would take it.
  ///
  /// - Edge cases: a value that is not finite makes the mean so and is counted in a remark; equal values have error 0.
  /// - Complexity: O(values).
  package func plateau(last fraction: Double = 0.2) -> Estimate {
    let window = tail(fraction)
    let history = values.dropLast(window.values.count)
    return window.correlatedMean(after: history).read(off: window, .mean, history: Array(history))
  }

  /// The mean of all values, with an error that knows of their correlation, and a remark if they drift.
  package func correlatedMean() -> Estimate { correlatedMean(after: []).read(off: self, .mean) }

  /// The same beside what came before, by which it is seen whether the series still moves.
  func correlatedMean(after history: ArraySlice<Double>) -> Estimate {
    var result = Estimate(Statistics.mean(values), source: windowText)
    let bad = values.count { !$0.isFinite }
    if bad > 0 {
      result.remarks.append(.notFinite(bad, of: values.count))
      return result
    }
    guard let first = values.first else { return result }
    guard values.count > 1 else {
      result.remarks.append(.tooFew(1))
      result.shortage = .infinity
      return result
    }
    if values.allSatisfy({ $0 == first }) {
      result.error = 0
      result.trend = Trend(change: 0, error: 0)
      return result
    }
    let error = MeanError(values)
    let isLong = error.map { $0.worth >= MeanError.worthMin } ?? false
    if isLong, let error {
      result.error = error.value
      result.degreesOfFreedom = error.degreesOfFreedom
    } else {
      let reason: EstimateRemark? = error.map { .correlated(worth: $0.worth, of: MeanError.worthMin) }
      result.remarks.append(
        Double(values.count) < MeanError.worthMin ? .tooFew(values.count) : reason ?? .tooFew(values.count))
      result.shortage = Trend.horizon * (maximum - minimum)
    }
    let test = SettlingTest(values, after: history)
    result.trend = test.trend
    if test.trend.isMoving() {
      let settling = test.settling(to: result.error ?? 0.01 * result.value.magnitude)
      result.remarks.append(.drifting(test.trend.change, of: result.value, settling: settling))
    }
    return result
  }

  private var windowText: String {
    guard let first = positions.first, let last = positions.last else { return "no values" }
    let format = NumberFormat.standard
    if values.count == 1 { return "the value at \(axis.rawValue) \(format.text(first))" }
    return "mean of \(values.count) values over \(axis.plural) \(format.text(first)) to \(format.text(last))"
  }
}
