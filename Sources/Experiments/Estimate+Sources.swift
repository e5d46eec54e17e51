/// The error of what several sources make together.
extension Estimate {
  /// A number whose error comes from sources, of which each contributes in proportion to its slope.
  ///
  /// - What comes from one source is one contribution: p + p is 2p, p − p is exact.
  /// - Means over one window of one run, and slopes over the same positions, are paired: their error is that of the series
  ///   Σ slope · values, and at least that which the correlation of their batch means says, each with its own error. So are
  ///   those of several runs of one seed, which may see the same samples at the same steps; that is right whether they do
  ///   or not.
  /// - Means over runs are paired by seed, see `seedError`.
  /// - Of other quantities of one run nobody knows what they have in common: their errors are added up, the worst case.
  /// - Of runs of one seed over different windows nobody knows either: they are taken as independent, and a remark says so.
  /// - The rest is independent: errors add in squares, with Welch–Satterthwaite degrees of freedom
  ///   ν = error⁴ / Σ (contributionᵢ⁴ / νᵢ).
  ///
  /// - Reference: B. L. Welch, "The generalization of 'Student's' problem …", Biometrika 34 (1947).
  init(_ value: Double, of parts: [ErrorPart], remarks: [EstimateRemark] = []) {
    let merged = Self.merged(parts)
    self.init(value)
    // A constant has no source of its own worth naming: the first part with a spread speaks.
    guard let first = merged.first else {
      self.remarks = remarks.filter(\.concernsMean)
      return
    }
    self.remarks = remarks
    source = first.source.estimate.source
    runs = merged.map(\.source.estimate.runs).min() ?? 1
    let units = Self.addedUp(Self.paired(merged).map { Unit($0) }, remarks: &self.remarks)
    if units.count == 1 {
      source = units[0].estimate.source
      take(units[0].estimate)
    } else {
      take(independent: units.map(\.estimate))
    }
    self.parts = merged
  }

  private mutating func take(_ only: Estimate) {
    error = only.error
    degreesOfFreedom = only.degreesOfFreedom
    allowance = only.allowance
    shortage = only.shortage
    trend = only.trend
    for remark in only.remarks where !remarks.contains(remark) { remarks.append(remark) }
  }

  private mutating func take(independent units: [Estimate]) {
    var variance = 0.0
    var weighted = 0.0
    for unit in units {
      allowance += unit.allowance
      shortage += unit.shortage
      if let own = unit.trend { trend = trend?.adding(own) ?? own }
      for remark in unit.remarks where !remarks.contains(remark) { remarks.append(remark) }
      guard let error = unit.error else { continue }
      variance += error * error
      weighted += error * error * error * error / unit.degreesOfFreedom
    }
    guard units.contains(where: { $0.error != nil }) else { return }
    error = variance.squareRoot()
    degreesOfFreedom = weighted > 0 ? variance * variance / weighted : .infinity
  }

  /// One part for each source, in the order in which they first appear; what cancels is gone.
  private static func merged(_ parts: [ErrorPart]) -> [ErrorPart] {
    guard parts.count > 1 else { return parts.filter { $0.slope != 0 } }
    var places: [ErrorSource: Int] = [:]
    var sums: [(part: ErrorPart, size: Double)] = []
    for part in parts {
      if let place = places[part.source] {
        sums[place].part.slope += part.slope
        sums[place].size += part.slope.magnitude
      } else {
        places[part.source] = sums.count
        sums.append((part, part.slope.magnitude))
      }
    }
    // What rounding leaves of what cancels is not a contribution.
    return sums.filter { $0.part.slope.magnitude > 1e-9 * $0.size }.map(\.part)
  }

  /// Parts that are measured together.
  private static func paired(_ parts: [ErrorPart]) -> [[ErrorPart]] {
    var groups: [[ErrorPart]] = []
    for part in parts {
      let place = groups.firstIndex { group in
        let other = group[0].source
        guard part.source.kind == other.kind else { return false }
        switch other.kind {
        case .seeds, .pooled: return true
        case .mean, .slope: return part.source.sharesChance(with: other) && part.source.positions == other.positions
        case .recorded, .other: return false
        }
      }
      if let place { groups[place].append(part) } else { groups.append([part]) }
    }
    return groups
  }

  /// What was measured together, with what it depends on.
  private struct Unit {
    var estimate: Estimate
    var dependence: ErrorSource.Dependence?

    init(_ parts: [ErrorPart]) {
      dependence = parts[0].source.dependence
      if parts.count == 1 {
        estimate = parts[0].alone
        return
      }
      switch parts[0].source.kind {
      case .mean: estimate = .joint(means: parts)
      case .slope: estimate = .joint(slopes: parts)
      case .pooled: estimate = .joint(pooled: parts)
      default: estimate = .joint(seeds: parts)
      }
    }
  }

  /// Units of which those of one run are one, with the sum of their errors.
  private static func addedUp(_ units: [Unit], remarks: inout [EstimateRemark]) -> [Unit] {
    var result: [Unit] = []
    for unit in units {
      guard unit.dependence != nil,
        let place = result.firstIndex(where: { $0.dependence == unit.dependence })
      else {
        result.append(unit)
        continue
      }
      let (one, other) = (result[place].estimate, unit.estimate)
      var sum = one
      if let more = other.error { sum.error = (one.error ?? 0) + more }
      sum.degreesOfFreedom = min(one.degreesOfFreedom, other.degreesOfFreedom)
      sum.allowance += other.allowance
      sum.shortage += other.shortage
      if let own = other.trend { sum.trend = one.trend?.adding(own) ?? own }
      result[place].estimate = sum
      if !remarks.contains(.addedUp), (one.error ?? 0) > 0, (other.error ?? 0) > 0 { remarks.append(.addedUp) }
    }
    let seeds = result.compactMap { ($0.estimate.error ?? 0) > 0 ? $0.dependence?.run.seed : nil }
    if Set(seeds).count < seeds.count, !remarks.contains(.oneSeed) { remarks.append(.oneSeed) }
    return result
  }

  // MARK: Together

  /// The error of the mean of Σ slope · values over one window.
  fileprivate static func joint(means parts: [ErrorPart]) -> Estimate {
    let first = parts[0].source
    let count = parts.map(\.source.history.count).min() ?? 0
    let window = Series(
      name: "", axis: .index, positions: first.positions, values: sum(parts) { $0.values[...] })
    var result = window.correlatedMean(after: sum(parts) { $0.history.suffix(count) }[...])
    result.source = first.estimate.source
    result.remarks.removeAll { if case .drifting = $0 { false } else { true } }
    let own = parts.map { ($0.source.estimate.error ?? 0) * $0.slope }
    if parts.contains(where: { $0.source.estimate.error == nil }) {
      let most = parts.reduce(0) { $0 + $1.source.estimate.shortage * $1.slope.magnitude }
      result.shortage = max(result.shortage, most)
    } else if let error = result.error, error > 0 {
      result.error = max(error, MeanError.joint(own, parts.map(\.source.values)))
    }
    return result
  }

  /// The error of the slope of Σ slope · values.
  fileprivate static func joint(slopes parts: [ErrorPart]) -> Estimate {
    let positions = parts[0].source.positions
    return Series.fittedSlope(positions, sum(parts) { $0.values[...] }, isPlain: parts[0].source.run == nil)
  }

  private static func sum(_ parts: [ErrorPart], _ values: (ErrorSource) -> ArraySlice<Double>) -> [Double] {
    var result = [Double](repeating: 0, count: values(parts[0].source).count)
    for part in parts {
      for (place, value) in values(part.source).enumerated() { result[place] += part.slope * value }
    }
    return result
  }

  /// The error of a combination of the parts of one fit's error.
  fileprivate static func joint(pooled parts: [ErrorPart]) -> Estimate {
    var result = parts[0].source.estimate
    result.parts = []
    result.error = Statistics.sum(parts.map { $0.slope * $0.slope }).squareRoot()
    return result
  }

  /// The error of a combination of means over runs.
  ///
  /// Over the same seeds it is that of the mean of the combinations run by run. Otherwise every seed k has the influence
  ///
  ///     Σᵢ slopeᵢ (xᵢₖ − x̄ᵢ) / √(nᵢ (nᵢ − 1))
  ///
  /// through all means it enters, and error² is the sum of their squares: that of independent samples where no seed is
  /// shared, with Welch–Satterthwaite degrees of freedom.
  fileprivate static func joint(seeds parts: [ErrorPart]) -> Estimate {
    let labels = parts[0].source.labels
    if parts.allSatisfy({ $0.source.labels == labels }) {
      return pairedSum(parts.map { ($0.source.members, $0.slope) })
    }
    if parts.allSatisfy({ Set($0.source.labels) == Set(labels) }) {
      return pairedSum(parts.map { ($0.source.members(ordered: labels), $0.slope) })
    }
    var influences: [String: Int] = [:]
    var sums: [Double] = []
    var (variance, weighted) = (0.0, 0.0)
    var result = Estimate(0, error: 0, source: parts[0].source.estimate.source)
    for part in parts {
      let own = part.source
      let count = Double(own.members.count)
      let mean = Statistics.mean(own.values)
      for (label, member) in zip(own.labels, own.members) {
        let influence = part.slope * (member.value - mean) / (count * (count - 1)).squareRoot()
        if let place = influences[label] { sums[place] += influence; continue }
        influences[label] = sums.count
        sums.append(influence)
      }
      let alone = part.alone
      let square = (alone.error ?? 0) * (alone.error ?? 0)
      variance += square
      weighted += square * square / alone.degreesOfFreedom
      result.allowance += alone.allowance
      result.shortage += alone.shortage
      if let trend = alone.trend { result.trend = result.trend?.adding(trend) ?? trend }
    }
    result.error = Statistics.sum(sums.map { $0 * $0 }).squareRoot()
    result.degreesOfFreedom = weighted > 0 ? variance * variance / weighted : .infinity
    return result
  }
}

extension ErrorPart {
  /// The source's own error and doubts, as they enter.
  fileprivate var alone: Estimate {
    let own = source.estimate
    var result = own
    result.parts = []
    result.error = own.error.map { $0 * slope.magnitude }
    result.allowance = own.allowance * slope.magnitude
    result.shortage = own.shortage * slope.magnitude
    result.trend = own.trend?.scaled(by: slope)
    result.remarks = []
    return result
  }
}

extension ErrorSource {
  /// Its members in the order of these labels.
  fileprivate func members(ordered order: [String]) -> [Estimate] {
    let places = Dictionary(zip(labels, labels.indices), uniquingKeysWith: { first, _ in first })
    return order.compactMap { places[$0].map { members[$0] } }
  }
}
