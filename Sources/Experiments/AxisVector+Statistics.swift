import Glibc

extension Estimate {
  /// What stands at a place of which a run diverged: beyond every number, whatever is computed of it.
  package static let diverged = Estimate(.infinity, source: "a run that diverged")

  /// Whether it stands for a run that diverged.
  package var isDiverged: Bool { value == .infinity && source == Self.diverged.source }
}

/// Statistics over independent repetitions, of one value for each.
extension AxisVector {
  /// The mean over the seeds.
  package func meanOverSeeds() -> Estimate {
    Estimate.mean(of: points, labels: points.indices.map(places.label))
  }

  /// The variance over seeds, Σ (x − mean)² / (n − 1), as an estimate of that of their law, or its root.
  ///
  /// The jackknife of its logarithm, with n − 1 degrees of freedom, gives the interval: of 20,000 samples of normal numbers
  /// it covers 94 to 96% from five values on, where the variance itself would cover 83 to 90%. Sums and differences take
  /// the same error; what is computed of it otherwise is computed of the variances without one seed each.
  ///
  /// - Edge cases: fewer than two values give not a number, fewer than five no error; equal values 0, exactly.
  package func varianceOverSeeds(isRoot: Bool) -> Estimate {
    let values = values
    func power(_ variance: Double) -> Double { isRoot ? variance.squareRoot() : variance }
    let deviation = Statistics.standardDeviation(values)
    let value = power(deviation * deviation)
    guard value > 0, value.isFinite else { return Estimate(value) }
    let what = (isRoot ? "standard deviation" : "variance") + " over \(values.count) seeds"
    guard values.count >= 5 else {
      return Estimate(value, source: what).withoutError(.fewForVariance(values.count))
    }
    let without = values.indices.map { index in
      var others = values
      others.remove(at: index)
      let own = Statistics.standardDeviation(others)
      return power(own * own)
    }
    var result = Estimate.overSeeds(
      value, without.map { value * (1 + log($0 / value)) }, points.indices.map(places.label), source: what,
      name: isRoot ? "std" : "var", replicates: without)
    if !result.lacksError { result.shape = .logarithmic(origin: 0) }
    result.remarks.append(.variance)
    return result
  }

  /// The quantile of order p over seeds, between order statistics whatever the law.
  ///
  /// - Edge cases: p = 0 and 1, the smallest and the largest value, are facts of these runs and have no error; where the
  ///   values do not bound it on both sides, no error is given, and the interval ends on one side at most.
  package func quantileOverSeeds(_ order: Double) -> Estimate {
    let value = series.quantile(order)
    let sorted = values.sorted()
    guard order > 0, order < 1, !value.isNaN, let least = sorted.first, let most = sorted.last, least < most else {
      return Estimate(value)
    }
    var result = Estimate(value, source: "a quantile of \(values.count) \(places.title)s")
    result.runs = values.count
    result.shape = .ordered(sorted, order: order)
    let interval = result.interval()
    if interval.low.isFinite, interval.high.isFinite {
      result.error = (interval.high - interval.low) / (2 * 1.96)
    } else {
      result.shortage = .infinity
      let needed = IntervalShape.countBounding(quantile: order)
      if needed > values.count { result.remarks.append(.unbounded(order: order, values.count, needed: needed)) }
    }
    return result
  }
}
