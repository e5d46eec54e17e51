import Glibc

/// What is read off a series whose values have errors of their own, recorded beside them.
extension Series {
  /// The recorded standard error of each value; nil where none was recorded.
  package var errors: [Double]? {
    companions.first { $0.name == "\(name).error" && $0.values.count == values.count }?.values
  }

  private var sampleCounts: [Double]? {
    companions.first { $0.name == "\(name).samples" && $0.values.count == values.count }?.values
  }

  /// The value at a place with the error that was recorded beside it; exact where there is none.
  package func estimate(at index: Int) -> Estimate {
    var result = Estimate(values[index])
    guard let error = errors?[index], error != 0 else { return result }
    let place = "\(axis.rawValue) \(NumberFormat.standard.text(positions[index]))"
    result.source = "`\(name)` at \(place), with the error recorded beside it"
    guard error.isFinite else {
      result.shortage = .infinity
      return result
    }
    result.error = error
    if let count = sampleCounts?[index], count > 1 { result.degreesOfFreedom = count - 1 }
    return result
  }

  /// An order statistic of values that have errors: chance picks among n of them, so that it may be off by as much as
  /// the largest of n errors, about √(2 ln n) of them, which stands as allowance.
  ///
  /// - Parameter value: the statistic of the values.
  package func orderStatistic(_ value: Double) -> Estimate {
    guard let errors, errors.contains(where: { $0 != 0 }) else { return Estimate(value) }
    let nearest = values.indices.min { (values[$0] - value).magnitude < (values[$1] - value).magnitude } ?? 0
    var result = estimate(at: nearest)
    result.value = value
    let largest = errors.allSatisfy(\.isFinite) ? Statistics.maximum(errors) : .infinity
    result.allowance = largest * (2 * log(Double(values.count))).squareRoot()
    return result
  }

  /// The series under a function of its values, with errors by its differences over ± one error.
  package func mapped<E: Error>(_ change: (Double) throws(E) -> Double) throws(E) -> Series {
    var result = self
    for index in values.indices { result.values[index] = try change(values[index]) }
    result.companions = []
    guard let errors else { return result }
    var spread = [Double](repeating: 0, count: values.count)
    for index in values.indices where errors[index] != 0 {
      spread[index] =
        (try change(values[index] + errors[index]) - change(values[index] - errors[index])).magnitude / 2
    }
    result.take(errors: spread, counts: sampleCounts)
    return result
  }

  /// The series under a function of its values and another's at the same positions; errors are those of independent
  /// values, and of one where both are the same series.
  package func combined<E: Error>(_ other: Series, _ change: (Double, Double) throws(E) -> Double) throws(E) -> Series {
    var result = self
    for index in values.indices { result.values[index] = try change(values[index], other.values[index]) }
    result.companions = []
    guard errors != nil || other.errors != nil else { return result }
    let none = [Double](repeating: 0, count: values.count)
    let (mine, others) = (errors ?? none, other.errors ?? none)
    let isSame = name == other.name && values == other.values && mine == others
    var spread = none
    for index in values.indices {
      let (a, b, e, f) = (values[index], other.values[index], mine[index], others[index])
      if isSame {
        spread[index] = (try change(a + e, b + f) - change(a - e, b - f)).magnitude / 2
      } else {
        let first = (try change(a + e, b) - change(a - e, b)) / 2
        let second = (try change(a, b + f) - change(a, b - f)) / 2
        spread[index] = (first * first + second * second).squareRoot()
      }
    }
    result.take(errors: spread, counts: other.errors == nil ? sampleCounts : errors == nil ? other.sampleCounts : nil)
    return result
  }

  private mutating func take(errors: [Double], counts: [Double]?) {
    companions = [Series(name: "\(name).error", axis: axis, positions: positions, values: errors)]
    if let counts {
      companions.append(Series(name: "\(name).samples", axis: axis, positions: positions, values: counts))
    }
  }

  // MARK: Conditions

  /// Whether a relation to a number holds at each position, 1 or 0; where the values have errors, the companions
  /// `NAME.surely` and `NAME.possibly` say where it holds whatever the error, and where it may, at two errors.
  package func condition(_ holds: (Double) -> Bool) -> Series {
    var result = self
    result.values = values.map { holds($0) ? 1 : 0 }
    result.companions = []
    guard let errors else { return result }
    func ends(_ index: Int) -> [Bool] {
      let reach = errors[index].isNaN ? .infinity : 2 * errors[index]
      return [holds(values[index] - reach), holds(values[index]), holds(values[index] + reach)]
    }
    for (word, test) in [("surely", { $0.allSatisfy { $0 } }), ("possibly", { $0.contains(true) })]
      as [(String, ([Bool]) -> Bool)]
    {
      result.companions.append(
        Series(
          name: "\(name).\(word)", axis: axis, positions: positions,
          values: values.indices.map { test(ends($0)) ? 1 : 0 }))
    }
    return result
  }

  /// The first position at which a condition holds, infinite where it never does; where errors leave it open, the value
  /// reaches from where it first may hold to where it first surely does.
  package var firstPositionOfTruth: Estimate {
    let found = firstPosition { $0 != 0 } ?? .infinity
    var result = Estimate(found)
    func first(_ word: String) -> Double? {
      companions.first { $0.name == "\(name).\(word)" }.map { $0.firstPosition { $0 != 0 } ?? .infinity }
    }
    guard let earliest = first("possibly"), let latest = first("surely"), earliest < latest else { return result }
    result.source = "the first position at which it holds, two errors either way"
    result.allowance = max(found - earliest, latest - found)
    if !found.isFinite || result.allowance.isNaN { result.allowance = .infinity }
    return result
  }
}
