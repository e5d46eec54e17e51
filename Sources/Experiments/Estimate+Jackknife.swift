import Glibc

/// Smooth functions of estimates that rest on seeds.
extension Estimate {
  /// The values of estimates without each of the seeds, a row for each; their own where they do not rest on it.
  ///
  /// Of a mean of n values it is (n·mean − value) / (n − 1), and of what was computed from means the same to first order.
  ///
  /// - Parameter seeds: labels, no two of which are the same.
  static func leavingOut(_ seeds: [String], of operands: [Estimate]) -> [[Double]] {
    var rows = seeds.map { _ in operands.map(\.value) }
    var numbers: [String: Int]?
    for (place, operand) in operands.enumerated() {
      for part in operand.sources where part.source.labels.count > 1 {
        if part.source.labels == seeds {
          for row in rows.indices { rows[row][place] += part.slope * part.source.change(without: row) }
          continue
        }
        let known = numbers ?? Dictionary(uniqueKeysWithValues: zip(seeds, seeds.indices))
        numbers = known
        var seen: Set<Int> = []
        for (member, label) in part.source.labels.enumerated() {
          guard let row = known[label], seen.insert(row).inserted else { continue }
          rows[row][place] += part.slope * part.source.change(without: member)
        }
      }
    }
    return rows
  }

  /// The seeds that estimates rest on, in the order in which they first appear; nil where an error comes from elsewhere.
  static func seeds(of operands: [Estimate]) -> [String]? {
    var labels: [String] = []
    var known: Set<String> = []
    for part in operands.flatMap(\.sources) where !part.source.isBend {
      guard part.source.kind == .seeds else { return nil }
      for label in part.source.labels where known.insert(label).inserted { labels.append(label) }
    }
    return labels
  }

  /// Smooth functions of estimates that rest on seeds, by the jackknife; nil where they do not, or on fewer than two.
  ///
  /// With T the value and T₋ₖ that without seed k of n, the pseudo-values pₖ = nT − (n − 1)T₋ₖ stand for the members of a
  /// mean: its error is their spread / √n, with n − 1 degrees of freedom, and what is computed from it is paired with other
  /// statistics over the same seeds. What no seeds average away is followed to where it may lie.
  ///
  /// - Parameter source: what is said of where the value comes from.
  /// - Edge cases: where T or some T₋ₖ is not finite, no error can be given.
  /// - Reference: R. G. Miller, "The jackknife – a review", Biometrika 61 (1974).
  package static func jackknife<E: Error>(
    _ operands: [Estimate], source: String, name: String, _ f: ([Double]) throws(E) -> [Double]
  ) throws(E) -> [Estimate]? {
    guard let labels = seeds(of: operands), labels.count > 1, operands.allSatisfy(\.floor.isEmpty) else { return nil }
    let values = operands.map(\.value)
    let all = try f(values)
    var replicates: [[Double]] = []
    for values in leavingOut(labels, of: operands) { replicates.append(try f(values)) }
    let allowances = try doubts(of: operands, around: all, f), bends = try bends(of: operands, around: all, f)
    let remarks = joined(operands)
    return all.indices.map { index in
      let left = replicates.map { index < $0.count ? $0[index] : .nan }
      var result = overSeeds(all[index], left, labels, source: source, name: name)
      result.allowance += allowances[index]
      if operands.contains(where: { $0.shortage > 0 }) { result.shortage = .infinity }
      for remark in remarks where !result.remarks.contains(remark) { result.remarks.append(remark) }
      guard bends[index] > 1e-9 * (result.error ?? 0) else { return result }
      return result.bent(by: bends[index], degreesOfFreedom: Double(labels.count - 1))
    }
  }

  /// The estimate with these values without one seed each.
  ///
  /// - Parameter replicates: those values where `left` says them to first order only.
  static func overSeeds(
    _ value: Double, _ left: [Double], _ labels: [String], source: String, name: String, replicates: [Double] = []
  ) -> Estimate {
    let count = Double(labels.count)
    guard value.isFinite, left.allSatisfy(\.isFinite) else {
      return Estimate(value, source: source).withoutError(.outside(name))
    }
    let pseudo = left.map { count * value - (count - 1) * $0 }
    var base = Estimate(value, error: 0, degreesOfFreedom: count - 1, source: source)
    let spread = Statistics.standardDeviation(pseudo)
    // What rounding leaves of equal values is no spread.
    base.error = spread <= 1e-12 * count * value.magnitude ? 0 : spread / count.squareRoot()
    base.runs = labels.count
    guard base.error != 0 else { return base }
    let made = ErrorSource(base, members: pseudo.map { Estimate($0) }, labels: labels, replicates: replicates)
    return Estimate(value, of: [ErrorPart(source: made, slope: 1)])
  }

  private static func joined(_ operands: [Estimate]) -> [EstimateRemark] {
    var result: [EstimateRemark] = []
    for remark in operands.flatMap(\.remarks) where remark.concernsMean && !result.contains(remark) {
      result.append(remark)
    }
    return result
  }

  /// How far the errors in which no seed has a share move each value.
  private static func bends<E: Error>(
    of operands: [Estimate], around values: [Double], _ f: ([Double]) throws(E) -> [Double]
  ) throws(E) -> [Double] {
    var squares = [Double](repeating: 0, count: values.count)
    for (place, operand) in operands.enumerated() {
      let own = operand.sources.filter(\.source.isBend).map { $0.slope * ($0.source.estimate.error ?? 0) }
      let error = own.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard error > 0 else { continue }
      var (up, down) = (operands.map(\.value), operands.map(\.value))
      up[place] += error
      down[place] -= error
      let (high, low) = (try f(up), try f(down))
      for index in squares.indices where index < min(high.count, low.count) {
        let reach = max((high[index] - values[index]).magnitude, (low[index] - values[index]).magnitude)
        squares[index] += reach * reach
      }
    }
    return squares.map { $0.squareRoot() }
  }

  /// How far the doubts of the operands may move each value.
  private static func doubts<E: Error>(
    of operands: [Estimate], around values: [Double], _ f: ([Double]) throws(E) -> [Double]
  ) throws(E) -> [Double] {
    var sums = [Double](repeating: 0, count: values.count)
    for (place, operand) in operands.enumerated() {
      let reach = operand.allowance + max(-(operand.trend?.reach().low ?? 0), operand.trend?.reach().high ?? 0)
      guard reach > 0, reach.isFinite else { continue }
      for sign in [-1.0, 1] {
        var moved = operands.map(\.value)
        moved[place] += sign * reach
        let there = try f(moved)
        for index in sums.indices where index < there.count {
          sums[index] += (there[index] - values[index]).magnitude / 2
        }
      }
    }
    return sums
  }

  // MARK: Without seeds

  /// The parameters of a fit with the errors that its residuals say: covariance s² (JᵀWJ)⁻¹, s² = Σ w r² / (m − p) of m
  /// points and p parameters, with m − p degrees of freedom.
  ///
  /// - Edge cases: as many parameters as points leave no residuals, and no error can be given; points that are met exactly
  ///   give exact parameters.
  package static func fit(_ solution: LeastSquares.Solution, pointCount: Int, source: String) -> [Estimate] {
    let parameters = solution.parameters
    let rest = Double(pointCount - parameters.count)
    let plain = parameters.map { Estimate($0, source: source) }
    if solution.isMet { return plain }
    guard rest > 0, let covariance = solution.covariance, let root = PositiveMatrix(covariance) else {
      return plain.map { $0.withoutError(.tooFew(pointCount)) }
    }
    let spread = (solution.cost / rest).squareRoot()
    let parts = ErrorSource.pooled(parameters.count, degreesOfFreedom: rest, source: source)
    return parameters.indices.map { row in
      Estimate(
        parameters[row],
        of: (0...row).map { ErrorPart(source: parts[$0], slope: spread * root.factor[row][$0]) })
    }
  }
}
