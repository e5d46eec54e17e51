/// A measured number together with what is known of its error.
///
/// `value` ± `error` is mean and standard error. Beside chance, an estimate may carry an `allowance` for what more
/// measurements would not average away (a plateau that still drifts); it widens every interval on both sides.
/// A number without spread has `error` nil or 0 and is judged exactly.
package struct Estimate: Sendable, Hashable {
  package var value: Double
  /// Standard error; nil where nothing was there to estimate it from.
  package var error: Double?
  /// Of Student's t for `error`; infinite for the normal distribution.
  package var degreesOfFreedom: Double
  /// Half-width that stands for systematic doubt, ≥ 0.
  package var allowance: Double
  /// Where value and error come from, as a phrase: "mean of 5 runs".
  package var source: String
  /// Independent runs behind the error; 1 where it was taken from the fluctuations within one run.
  package var runs: Int
  /// What a reader must know before believing the value.
  package var remarks: [EstimateRemark]

  package init(
    _ value: Double, error: Double? = nil, degreesOfFreedom: Double = .infinity, source: String = "one value"
  ) {
    self.value = value
    self.error = error
    self.degreesOfFreedom = degreesOfFreedom
    self.allowance = 0
    self.source = source
    self.runs = 1
    self.remarks = []
  }

  /// True when chance and allowance leave no room: comparisons are then those of plain numbers.
  package var isExact: Bool { (error ?? 0) == 0 && allowance == 0 }

  /// The interval that covers the true value with probability `level`, allowance included.
  ///
  /// - Edge cases: without spread the interval is the value itself; a non-finite value gives itself.
  package func interval(level: Double = 0.95) -> Interval {
    guard value.isFinite, !isExact else { return Interval(low: value, high: value) }
    var halfWidth = allowance
    if let error, error > 0 {
      halfWidth += error * StudentDistribution(degreesOfFreedom: degreesOfFreedom).twoSidedQuantile(level)
    }
    return Interval(low: value - halfWidth, high: value + halfWidth)
  }

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
    return result
  }

  /// The mean over members that are estimates themselves: their spread says the error, their allowances add up.
  ///
  /// A single member is returned as it is, with its own error from within the run.
  package static func mean(of members: [Estimate], unit: String = "run") -> Estimate {
    if members.count == 1, let only = members.first { return only }
    var result = mean(of: members.map(\.value), unit: unit)
    result.allowance = Statistics.mean(members.map(\.allowance))
    if members.isEmpty { result.allowance = 0 }
    for member in members {
      for remark in member.remarks where !result.remarks.contains(remark) && remark.concernsMean {
        result.remarks.append(remark)
      }
    }
    return result
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
    var result = pairedDifference(first.map(\.value), second.map(\.value), unit: unit)
    if !first.isEmpty {
      result.allowance = Statistics.sum((first + second).map(\.allowance)) / Double(first.count)
    }
    return result
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

/// Something a reader must know before believing an estimate.
package enum EstimateRemark: Sendable, Hashable {
  /// The window's fitted trend changes the value by this fraction of it.
  case drifting(Double)
  /// Neighbouring batch means still depend on each other: the error is a lower bound.
  case correlated
  /// Too few values for an error.
  case tooFew(Int)
  /// So many values are infinite or not numbers.
  case notFinite(Int, of: Int)
  /// So many points could not enter a fit on logarithmic axes.
  case skipped(Int, of: Int)
  /// So many runs diverged and did not enter a mean.
  case leftOut(Int, of: Int)

  /// The remark as a sentence without a full stop.
  package var text: String {
    switch self {
    case .drifting(let change):
      let percent = NumberFormat.significant(2).text(change.magnitude * 100)
      return "the series still \(change < 0 ? "falls" : "rises") by \(percent)% over the window"
    case .correlated: return "values stay correlated across the whole window, so the error is a lower bound"
    case .tooFew(let count): return "\(count) value\(count == 1 ? "" : "s") in the window: no error can be given"
    case .notFinite(let count, let total): return "\(count) of \(total) values are not finite"
    case .skipped(let count, let total): return "\(count) of \(total) points have no logarithm and were left out"
    case .leftOut(let count, let total): return "\(count) of \(total) runs diverged and were left out"
    }
  }

  /// Whether the remark about one member also weakens a mean over members.
  var concernsMean: Bool {
    switch self {
    case .drifting, .notFinite, .skipped, .leftOut: true
    case .correlated, .tooFew: false
    }
  }
}
