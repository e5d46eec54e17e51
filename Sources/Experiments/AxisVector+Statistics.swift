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
    if isCensored { return .open(isRoot ? "standard deviation over seeds" : "variance over seeds", censoring) }
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
  ///
  ///   Events that did not happen come after their ends: where one of those is not above the quantile, it is above that of
  ///   the ends, and nothing more is known. Runs that diverged are beyond every number, as their losses are; of values of either sign they may lie
  ///   on either side of all others, and what both allow is known.
  package func quantileOverSeeds(_ order: Double) -> Estimate {
    if isCensored { return censoredQuantile(order) }
    if mayLieBelow, order > 0, order < 1 { return divergedQuantile(order) }
    return plainQuantile(order)
  }

  /// Whether a run diverged of which it is not known on which side of all others it is: not one of these values is a loss.
  package var mayLieBelow: Bool {
    points.contains(where: \.isDiverged) && points.contains { $0.value < 0 && !$0.isDiverged }
  }

  /// Whether at a place an event did not happen, or nothing is known.
  package var isCensored: Bool { points.contains { !$0.floor.isEmpty } }

  /// What is said of that.
  private var censoring: [EstimateRemark] {
    let remarks = points.filter { !$0.floor.isEmpty }.flatMap(\.remarks)
    for case .censored(_, _, let end) in remarks {
      return [.censored(points.count { !$0.floor.isEmpty }, of: points.count, by: end)]
    }
    return []
  }

  private func replacing(_ change: (Estimate) -> Double) -> AxisVector {
    var result = self
    result.points = points.map { Estimate(change($0)) }
    return result
  }

  private func censoredQuantile(_ order: Double) -> Estimate {
    let ends = replacing { $0.floor.first?.value ?? $0.value }
    var known = plainQuantile(order)
    let nearest = points.compactMap { $0.floor.first?.value }.min() ?? .infinity
    let reach = order > 0 && order < 1 ? known.interval().high : known.value
    if known.value.isFinite, nearest >= known.value {
      if reach > nearest, case .ordered = known.shape {
        // Above the first end the values are not known in their order.
        known.shape = .range(Interval(low: known.interval().low, high: .infinity))
        known.error = nil
      }
      known.remarks += censoring
      return known
    }
    let least = ends.series.quantile(order)
    guard least.isFinite else { return .open("a quantile of \(count) seeds", censoring) }
    var result = Estimate(.infinity, source: "a quantile of \(count) seeds")
    result.floor = [ends.plainQuantile(order)]
    result.remarks = censoring
    return result
  }

  private func divergedQuantile(_ order: Double) -> Estimate {
    let low = replacing { $0.isDiverged ? -.infinity : $0.value }.plainQuantile(order)
    var result = plainQuantile(order)
    result.shape = .range(Interval(low: low.interval().low, high: result.interval().high))
    (result.error, result.shortage) = (nil, 0)
    result.remarks.append(.eitherSide(points.count(where: \.isDiverged), of: count))
    return result
  }

  private func plainQuantile(_ order: Double) -> Estimate {
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
