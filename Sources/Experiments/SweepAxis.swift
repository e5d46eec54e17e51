import Glibc

/// An axis of a sweep along which the values of a series stand, with what is known of each of them.
package struct SweepAxis: Sendable {
  /// "d", or "lr, b" for combinations of several.
  package var name: String
  /// How its places are written; those of the seeds tell the runs apart.
  package var labels: [String]
  /// Whether the positions are the axis's own numbers, not places in a list.
  package var isNumeric: Bool
  /// The numbers of each place, one for each axis; nil where one is no number.
  package var coordinates: [[Double]]?
  /// Whether those are whole.
  package var isWhole: Bool
  /// Each value with its error: the mean over the seeds, or the value of one run.
  package var points: [Estimate]
  /// Whether it is the axis of the seeds, whose values are independent repetitions.
  package var isSample: Bool
  /// How many runs diverged, of how many: where one did the value is beyond every number.
  package var diverged: (count: Int, total: Int)

  package init(
    name: String, labels: [String], isNumeric: Bool, coordinates: [[Double]]?,
    isWhole: Bool, points: [Estimate], isSample: Bool,
    diverged: (count: Int, total: Int)
  ) {
    self.name = name
    self.labels = labels
    self.isNumeric = isNumeric
    self.coordinates = coordinates
    self.isWhole = isWhole
    self.points = points
    self.isSample = isSample
    self.diverged = diverged
  }

  /// The places of a range.
  package subscript(places: Range<Int>) -> SweepAxis {
    var part = self
    part.labels = Array(labels[places])
    part.coordinates = coordinates.map { Array($0[places]) }
    part.points = Array(points[places])
    return part
  }

  /// "d = 8".
  package func title(_ index: Int) -> String { "\(name) = \(labels[index])" }
}

extension Estimate {
  /// What stands at a place of which a run diverged: beyond every number, whatever is computed of it.
  package static let diverged = Estimate(.infinity, source: "a run that diverged")

  /// Whether it stands for a run that diverged.
  package var isDiverged: Bool { value == .infinity && source == Self.diverged.source }
}

/// Statistics over seeds, of one value for each.
extension Series {
  /// The mean over the seeds.
  package func meanOverSeeds() -> Estimate {
    guard let across else { return Estimate(Statistics.mean(values)) }
    return Estimate.mean(of: across.points, labels: across.labels)
  }

  /// The variance over seeds, Σ (x − mean)² / (n − 1), as an estimate of that of their law, or its root.
  ///
  /// The jackknife of its logarithm, with n − 1 degrees of freedom, gives the interval: of 20,000 samples of normal numbers
  /// it covers 94 to 96% from five values on, where the variance itself would cover 83 to 90%.
  ///
  /// - Edge cases: fewer than two values give not a number, fewer than five no error; equal values 0, exactly.
  package func varianceOverSeeds(isRoot: Bool) -> Estimate {
    let labels = across?.labels ?? values.indices.map { "\($0)" }
    func power(_ variance: Double) -> Double { isRoot ? variance.squareRoot() : variance }
    let deviation = Statistics.standardDeviation(values)
    let value = power(deviation * deviation)
    guard value > 0, value.isFinite else { return Estimate(value) }
    let what = (isRoot ? "standard deviation" : "variance") + " over \(values.count) seeds"
    guard values.count >= 5 else {
      return Estimate(value, source: what).withoutError(.fewForVariance(values.count))
    }
    let left = values.indices.map { index in
      var others = values
      others.remove(at: index)
      let own = Statistics.standardDeviation(others)
      return value * (1 + log(power(own * own) / value))
    }
    var result = Estimate.overSeeds(value, left, labels, source: what, name: isRoot ? "std" : "var")
    if !result.lacksError { result.shape = .logarithmic(origin: 0) }
    result.remarks.append(.variance)
    return result
  }

  /// The quantile of order p over seeds, between order statistics whatever the law.
  ///
  /// - Edge cases: p = 0 and 1, the smallest and the largest value, are facts of these runs and have no error; where the
  ///   values do not bound it on both sides, no error is given, and the interval ends on one side at most.
  package func quantileOverSeeds(_ order: Double) -> Estimate {
    let value = quantile(order)
    let sorted = values.sorted()
    guard order > 0, order < 1, !value.isNaN, let least = sorted.first, let most = sorted.last, least < most else {
      return Estimate(value)
    }
    var result = Estimate(value, source: "a quantile of \(values.count) seeds")
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

  // MARK: Places

  /// Where along the axis the best value stands, with those that are as good at this noise.
  ///
  /// As good is every value whose difference to the best one may be 0, each at level 1 − 5%/(m − 1) of m values.
  package func bestPlaces(isMaximum: Bool) -> (best: Int, ties: [Int])? {
    guard let across, !values.isEmpty, !values.contains(where: \.isNaN) else { return nil }
    let place = isMaximum ? Statistics.indexOfMaximum(values) : Statistics.indexOfMinimum(values)
    guard let best = place else { return nil }
    let level = 1 - Judgement.standardRisk / Double(max(1, values.count - 1))
    let ties = values.indices.filter { index in
      guard index != best, values[index].isFinite, values[best].isFinite else { return false }
      let difference = across.points[index] - across.points[best]
      let interval = difference.interval(level: level)
      return interval.low <= 0 && interval.high >= 0
    }
    return (best, ties)
  }

  /// A condition along the axis from a comparison of each value, with where it surely and where it possibly holds.
  package func condition(_ judgements: [Judgement], _ holds: [Bool]) -> Series {
    var result = self
    result.values = holds.map { $0 ? 1 : 0 }
    result.across?.points = result.values.map { Estimate($0) }
    result.holdsTruth = true
    let surely = zip(judgements, holds).map { $0.risk == nil ? $1 : $0.verdict == .supported }
    let possibly = zip(judgements, holds).map { $0.risk == nil ? $1 : $0.verdict != .refuted }
    result.companions = [("surely", surely), ("possibly", possibly)].map { word, flags in
      Series(name: "\(name).\(word)", axis: axis, positions: positions, values: flags.map { $0 ? 1 : 0 })
    }
    return result
  }

  /// How the values of a condition change along the axis: once they hold, whether they cease to.
  package var returns: Bool {
    guard let first = values.firstIndex(of: 1) else { return false }
    return values[first...].contains(0)
  }

  /// The first place along an axis at which a condition holds, in the axis's order.
  ///
  /// - Edge cases: where it holds nowhere the value is infinite, and all that is known is that it lies beyond the last
  ///   place; where it holds at once, that it lies at the first or before.
  package func firstPlaceOfTruth() -> Estimate {
    func first(_ word: String) -> Int? {
      companions.first { $0.name == "\(name).\(word)" }?.values.firstIndex(of: 1)
    }
    let found = values.firstIndex(of: 1)
    let (earliest, latest) = (first("possibly"), first("surely"))
    let last = positions.last ?? .nan
    guard let found else {
      var result = Estimate(.infinity, source: "the first place at which it holds")
      let end = earliest.map { $0 == 0 ? -.infinity : positions[$0 - 1] } ?? last
      result.floor = [Estimate(end)]
      result.shape = .range(Interval(low: end, high: .infinity))
      result.remarks = [.censored(1, of: 1, by: across.map { "\($0.name) = \($0.labels.last ?? "")" })]
      return result
    }
    var result = Estimate(positions[found], source: "the first place at which it holds")
    let low = earliest ?? found
    let high = latest.map { positions[$0] } ?? .infinity
    guard low != latest || low == 0 else { return result }
    result.shape = .range(Interval(low: low == 0 ? -.infinity : positions[low], high: high))
    if low == 0, latest == 0 { result.allowance = 0 }
    return result
  }
}
