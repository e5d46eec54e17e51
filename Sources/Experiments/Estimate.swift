/// A measured number together with what is known of its error.
///
/// `value` ± `error` is mean and standard error. Beside chance, an estimate may carry an `allowance` for what more
/// measurements would not average away, a `trend` where it still moves, and a `shortage` where too little was measured
/// to give an error; each widens every interval. A number with none of these is exact and is judged as a plain number:
/// an error that cannot be given is a shortage, never a missing error.
///
/// `parts` say where the error comes from, source by source and with signs, so that what is computed from estimates knows
/// what its operands have in common: p − p is 0 ± 0.
package struct Estimate: Sendable, Hashable {
  package var value: Double
  /// Standard error; nil where nothing was there to estimate it from.
  package var error: Double?
  /// Of Student's t for `error`; infinite for the normal distribution.
  package var degreesOfFreedom: Double
  /// Half-width that stands for systematic doubt, ≥ 0.
  package var allowance: Double
  /// Half-width that stands for an error that too few values cannot give, ≥ 0, infinite where nothing bounds it.
  ///
  /// Independent runs give the error after all: their mean has none.
  package var shortage: Double
  /// How it moves over the window it was taken from; nil for what has no window.
  package var trend: Trend?
  /// Where value and error come from, as a phrase: "mean of 5 runs".
  package var source: String
  /// Independent runs behind the error; 1 where it was taken from the fluctuations within one run.
  package var runs: Int
  /// What a reader must know before believing the value.
  package var remarks: [EstimateRemark]
  /// What an event that did not happen is known to exceed; empty for anything else.
  ///
  /// The value is infinite then, and this is where its run ended, or the mean of such ends over runs.
  package var floor: [Estimate] = []
  /// How the interval lies around the value, where that is not symmetric.
  package var shape: IntervalShape = .symmetric
  /// The sources of its error; empty for what is a source itself.
  package internal(set) var parts: [ErrorPart] = []
  /// What it is known by where it is a source without a content; nil for an exact number.
  private(set) var identity: Identity?

  package init(
    _ value: Double, error: Double? = nil, degreesOfFreedom: Double = .infinity, source: String = "one value"
  ) {
    self.value = value
    self.error = error
    self.degreesOfFreedom = degreesOfFreedom
    self.allowance = 0
    self.shortage = 0
    self.source = source
    self.runs = 1
    self.remarks = []
    self.identity = error == nil ? nil : Identity()
  }

  /// True when chance and allowance leave no room: comparisons are then those of plain numbers.
  package var isExact: Bool {
    (error ?? 0) == 0 && doubt.low == 0 && doubt.high == 0 && floor.isEmpty && shape == .symmetric
  }

  /// Whether its error is that of draws, or of paths, at one place, and not of fluctuations along a series.
  var isOfDraws: Bool {
    !parts.isEmpty && parts.allSatisfy { if case .recorded = $0.source.kind { true } else { false } }
  }

  /// Whether nothing at all is known of it, as it was computed of an event that did not happen.
  package var isOpen: Bool { floor.first?.value == -.infinity }

  /// Whether no error can be given: too little was measured, or what was computed from it may be anything.
  package var lacksError: Bool { shortage > 0 || !floor.isEmpty || (error.map { !$0.isFinite } ?? false) }

  /// What chance has no part in: how far below (≤ 0) and above (≥ 0) the value the truth may lie besides.
  package var doubt: Interval { doubt(level: 0.95) }

  /// The same for one of several judgements: whether it moves is then tested at their level, too.
  func doubt(level: Double) -> Interval {
    let wide = allowance + shortage
    let reach = trend?.reach(level: level) ?? Interval(low: 0, high: 0)
    return Interval(low: reach.low - wide, high: reach.high + wide)
  }

  /// The interval that covers the true value with probability `level`, doubt included.
  ///
  /// - Edge cases: without spread the interval is the value itself; a non-finite value gives itself, or everything where
  ///   something is known of it, from its floor up.
  package func interval(level: Double = 0.95) -> Interval {
    if isExact { return Interval(low: value, high: value) }
    if let interval = shape.interval(of: self, level: level) { return interval }
    guard value.isFinite else {
      return Interval(low: floor.first?.interval(level: level).low ?? -.infinity, high: .infinity)
    }
    var halfWidth = 0.0
    if let error, error > 0 {
      halfWidth = error * StudentDistribution(degreesOfFreedom: degreesOfFreedom).twoSidedQuantile(level)
    }
    let doubt = doubt(level: level)
    return Interval(low: value - halfWidth + doubt.low, high: value + halfWidth + doubt.high)
  }

  /// Takes it to lie within a range, whatever the level; what is computed of it may be off as far.
  package mutating func take(range: Interval) {
    shape = .range(range)
    allowance = max(range.high - value, value - range.low, 0)
    identity = Identity()
  }

  // MARK: Over runs

  /// The mean of independent measurements, one a run or seed, with its standard error s/√n.
  ///
  /// - Edge cases: of one value the error is nil; without values, or with one that is not finite, the mean is not
  ///   a number (or infinite, when all are the same infinity) and a remark counts the culprits.
  package static func mean(of values: [Double], unit: String = "run") -> Estimate {
    let count = values.count
    let mean = Statistics.mean(values)
    var result = Estimate(mean, source: count == 1 ? "one \(unit)" : "mean of \(count) \(unit)s")
    let bad = values.count { !$0.isFinite }
    result.runs = max(1, count)
    if bad > 0 { result.remarks.append(.notFinite(bad, of: count)) }
    guard count > 1, bad == 0 else { return result }
    result.error = Statistics.standardDeviation(values) / Double(count).squareRoot()
    result.degreesOfFreedom = Double(count - 1)
    result.identity = Identity()
    return result
  }

  /// The mean over members that are estimates themselves: their spread says the error, their allowances add up, and
  /// whether it moves is judged by all of them together.
  ///
  /// A single member is returned as it is, with its own error from within the run. Where an event did not happen in some
  /// members the mean is infinite, and not below that of where those ended and the others are.
  ///
  /// - Parameter labels: the seeds of the members, by which this mean is paired with others; nil where they have none.
  package static func mean(of members: [Estimate], labels: [String]? = nil, unit: String = "run") -> Estimate {
    if members.count == 1, let only = members.first { return only }
    if members.contains(where: { !$0.floor.isEmpty }) { return censoredMean(of: members, unit: unit) }
    var result = mean(of: members.map(\.value), unit: unit)
    result.allowance = Statistics.mean(members.map(\.allowance))
    if members.isEmpty { result.allowance = 0 }
    for member in members {
      for remark in member.remarks where !result.remarks.contains(remark) && remark.concernsMean {
        result.remarks.append(remark)
      }
    }
    result.judgeTrend(of: members.compactMap(\.trend))
    if let labels, result.error != nil {
      result.parts = [ErrorPart(source: ErrorSource(result, members: members, labels: labels), slope: 1)]
    }
    return result
  }

  private static func censoredMean(of members: [Estimate], unit: String) -> Estimate {
    let ends = members.map { $0.floor.first ?? $0 }
    var result = Estimate(.infinity, source: "mean of \(members.count) \(unit)s")
    result.runs = members.count
    result.floor = [mean(of: ends, unit: unit)]
    result.remarks = [.censored(members.count { !$0.floor.isEmpty }, of: members.count, by: latestEnd(of: members))]
    return result
  }

  private static func latestEnd(of members: [Estimate]) -> String? {
    for case .censored(_, _, let end?) in members.flatMap(\.remarks) { return end }
    return nil
  }

  /// Takes the trend of members that are averaged, with the remark that goes with it.
  private mutating func judgeTrend(of members: [Trend]) {
    guard members.count > 1 else { return }
    let joint = Trend.mean(of: members)
    trend = joint
    if joint.isMoving() { remarks.append(.drifting(joint.change, of: value, settling: nil)) }
  }

  /// The mean of a − b over pairs that share a seed: what both have in common cancels.
  ///
  /// - Precondition: equally many values.
  package static func pairedDifference(_ first: [Double], _ second: [Double], unit: String = "pair") -> Estimate {
    precondition(first.count == second.count, "paired differences need equally many values")
    return mean(of: zip(first, second).map { $0 - $1 }, unit: unit)
  }

  /// The same for members that are estimates themselves; what averaging does not take away adds up.
  package static func pairedDifference(_ first: [Estimate], _ second: [Estimate], unit: String = "pair") -> Estimate {
    pairedSum([(first, 1), (second, -1)], unit: unit)
  }

  /// The mean over runs of Σ slope · member, run by run.
  ///
  /// - Precondition: equally many members on each side, at least one side.
  static func pairedSum(_ sides: [(members: [Estimate], slope: Double)], unit: String = "pair") -> Estimate {
    let count = sides[0].members.count
    let sums = (0..<count).map { place in sides.reduce(0) { $0 + $1.slope * $1.members[place].value } }
    var result = mean(of: sums, unit: unit)
    if count > 0 {
      let allowances = sides.flatMap { side in side.members.map { $0.allowance * side.slope.magnitude } }
      result.allowance = Statistics.sum(allowances) / Double(count)
    }
    result.judgeTrend(
      of: (0..<count).compactMap { place in
        guard sides.contains(where: { $0.members[place].trend != nil }) else { return nil }
        return sides.reduce(Trend(change: 0, error: 0)) { sum, side in
          sum.adding((side.members[place].trend ?? Trend(change: 0, error: 0)).scaled(by: side.slope))
        }
      })
    return result
  }

  // MARK: Sources

  /// The same estimate as a source of its own, read off a series.
  func read(off window: Series, _ kind: ErrorSource.Kind, history: [Double] = []) -> Estimate {
    guard !isExact else { return self }
    var result = self
    result.parts = []
    result.parts = [ErrorPart(source: ErrorSource(result, kind, of: window, history: history), slope: 1)]
    return result
  }

  /// The same value, of which no error can be given for this reason.
  package func withoutError(_ reason: EstimateRemark) -> Estimate {
    var result = self
    result.parts = []
    result.identity = Identity()
    result.shortage = .infinity
    result.remarks.append(reason)
    return result
  }

  /// Where its error comes from; itself where it is not computed from others.
  var sources: [ErrorPart] {
    if !parts.isEmpty { return parts }
    guard !isExact else { return [] }
    var own = self
    if own.identity == nil { own.identity = Identity() }
    return [ErrorPart(source: ErrorSource(own, identity: own.identity ?? Identity()), slope: 1)]
  }
}

/// A closed interval whose ends may be infinite or not numbers.
package struct Interval: Sendable, Hashable {
  package var low: Double
  package var high: Double
  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}
