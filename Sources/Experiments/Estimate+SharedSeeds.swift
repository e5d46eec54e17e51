import Glibc

/// Functions of several statistics over the same seeds.
///
/// Note [Functions over shared seeds]
/// A ratio of two means that move together is known far better than either of them: how they move together is known, seed by
/// seed. So the function is followed along the directions in which the statistics really move, the columns of a Cholesky
/// factor L of their covariance
///
///     Σᵢⱼ = (n − 1)/n Σₖ (xᵢ₋ₖ − xᵢ)(xⱼ₋ₖ − xⱼ),   xᵢ₋ₖ the statistic without seed k of n,
///
/// which are independent of each other. To first order the error is that of the jackknife, whose pseudo-values pair the
/// result with other statistics over these seeds; what the function bends by within two errors along a column, or by two
/// columns together, is a source of its own, so that an error does not vanish at a kink or a minimum.
extension Estimate {
  /// More directions than this are not looked at in pairs.
  private static let pairedMax = 8

  /// f(x₁, …, xₙ) of statistics over one set of seeds; nil where they are none, or one mean alone.
  ///
  /// - Edge cases: where the function has no finite value within two errors, no error can be given.
  static func applyingOverSeeds<E: Error>(
    _ operands: [Estimate], name: String, _ f: ([Double]) throws(E) -> Double
  ) throws(E) -> Estimate? {
    let sources = Set(operands.flatMap { $0.sources.map(\.source) }.filter { !$0.isBend })
    guard let first = sources.first, sources.count > 1 || !first.replicates.isEmpty,
      sources.allSatisfy({ $0.kind == .seeds && Set($0.labels) == Set(first.labels) }), first.labels.count > 1,
      Set(first.labels).count == first.labels.count, operands.allSatisfy({ $0.lacksError == false }),
      let found = try jackknife(
        operands, source: "what is given to `\(name)`", name: name, { (x) throws(E) in [try f(x)] })
    else { return nil }
    var result = found[0]
    result.source = operands.first { !$0.isExact }?.source ?? result.source
    guard !result.lacksError else { return unbounded(result.value, result.remarks, name) }
    let directions = Directions(operands, labels: operands.flatMap(\.sources)[0].source.labels)
    guard let bend = try directions.bend(around: result.value, pairedMax: pairedMax, f) else {
      return unbounded(result.value, result.remarks, name)
    }
    guard bend > 1e-9 * (result.error ?? 0) else { return result }
    return result.bent(by: bend, degreesOfFreedom: Double(first.labels.count - 1))
  }

  /// The same with an error in which no seed has a share.
  func bent(by error: Double, degreesOfFreedom: Double) -> Estimate {
    var rest = Estimate(0, error: error, source: source)
    rest.degreesOfFreedom = degreesOfFreedom
    rest.runs = runs
    let part = ErrorPart(source: ErrorSource(rest, identity: Identity(), isBend: true), slope: 1)
    var result = Estimate(value, of: sources + [part], remarks: remarks)
    result.allowance = max(result.allowance, allowance)
    result.shortage = max(result.shortage, shortage)
    return result
  }

  private static func unbounded(_ value: Double, _ remarks: [EstimateRemark], _ name: String) -> Estimate {
    var result = Estimate(value, source: "what is given to `\(name)`").withoutError(.outside(name))
    result.remarks = remarks + result.remarks.filter { !remarks.contains($0) }
    return result
  }
}

/// The independent directions in which statistics over the same seeds move, one error each.
private struct Directions {
  var operands: [Estimate]
  var columns: [[Double]]

  init(_ operands: [Estimate], labels: [String]) {
    self.operands = operands
    let share = (Double(labels.count - 1) / Double(labels.count)).squareRoot()
    let influences = Estimate.leavingOut(labels, of: operands).map { row in
      zip(row, operands).map { share * ($0 - $1.value) }
    }
    columns = Self.factor(influences, size: operands.count)
  }

  /// Columns whose outer products add up to those of the rows, by pivoted Cholesky; what rounding leaves is none.
  private static func factor(_ rows: [[Double]], size: Int) -> [[Double]] {
    var rest = (0..<size).map { i in (0..<size).map { j in rows.reduce(0) { $0 + $1[i] * $1[j] } } }
    let scale = (0..<size).map { rest[$0][$0] }
    var columns: [[Double]] = []
    while columns.count < size {
      let shares = (0..<size).map { scale[$0] > 0 ? rest[$0][$0] / scale[$0] : 0 }
      guard let pivot = Statistics.indexOfMaximum(shares), shares[pivot] > 1e-12 else { break }
      let root = rest[pivot][pivot].squareRoot()
      let column = (0..<size).map { rest[$0][pivot] / root }
      for i in 0..<size { for j in 0..<size { rest[i][j] -= column[i] * column[j] } }
      columns.append(column)
    }
    return columns
  }

  /// How far the function is from a straight line within two errors, as a standard error; nil where it has no finite value.
  func bend<E: Error>(around centre: Double, pairedMax: Int, _ f: ([Double]) throws(E) -> Double) throws(E)
    -> Double?
  {
    var total = 0.0
    for column in columns {
      let (up, down) = (try f(moved([(column, 2)])) - centre, try f(moved([(column, -2)])) - centre)
      guard up.isFinite, down.isFinite else { return nil }
      let near = 1e-3
      let flat = (try f(moved([(column, near)])) - f(moved([(column, -near)]))) / (2 * near)
      let steep = max(up.magnitude, down.magnitude) / 2
      if steep > 1.01 * flat.magnitude { total += steep * steep - flat * flat }
    }
    guard columns.count <= pairedMax else { return total.squareRoot() }
    for (index, first) in columns.enumerated() {
      for second in columns.dropFirst(index + 1) {
        let both = try f(moved([(first, 1), (second, 1)]))
        let alone = (try f(moved([(first, 1)])), try f(moved([(second, 1)])))
        let effect = (both - alone.0) - (alone.1 - centre)
        let size = max(centre.magnitude, both.magnitude, alone.0.magnitude, alone.1.magnitude)
        // Rounding leaves something of what is linear.
        if effect.magnitude > 1e-9 * size { total += effect * effect }
      }
    }
    return total.isFinite ? total.squareRoot() : nil
  }

  /// The operands after so many errors along each column; one that varies by factors does so.
  private func moved(_ moves: [(column: [Double], errors: Double)]) -> [Double] {
    operands.indices.map { place in
      let operand = operands[place]
      let distance = moves.reduce(0) { $0 + $1.errors * $1.column[place] }
      guard case .logarithmic(let origin) = operand.shape, operand.value != origin else {
        return operand.value + distance
      }
      let size = operand.value - origin
      return origin + size * exp(distance / size)
    }
  }
}
