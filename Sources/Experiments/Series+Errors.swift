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
    if error.isFinite {
      result.error = error
      if let count = sampleCounts?[index], count > 1 { result.degreesOfFreedom = count - 1 }
    } else {
      result.shortage = .infinity
    }
    var window = Series(name: name, axis: axis, positions: [positions[index]], values: [values[index]])
    window.run = run
    return result.read(off: window, .recorded(positions[index]))
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
    result.allowance = picked(among: errors)
    return result.read(off: self, .other("order statistic"))
  }

  private func picked(among errors: [Double]) -> Double {
    let largest = errors.allSatisfy(\.isFinite) ? Statistics.maximum(errors) : .infinity
    return largest * (2 * log(Double(values.count))).squareRoot()
  }

  /// The quantile of order p of what the series fluctuates by, estimated by that of its values.
  ///
  /// The share of values at or below it is a mean with the error e of `MeanError`; the quantiles of orders p ± 2e are two
  /// errors away. Where those orders leave [0, 1], or the values are worth fewer than eight independent ones, no error can
  /// be given and ten times the range of the values stands for it.
  ///
  /// - Edge cases: the smallest and the largest value, p = 0 and 1, are facts of the run and have no such error; equal values
  ///   have none either.
  package func quantileEstimate(_ order: Double) -> Estimate {
    let value = quantile(order)
    guard order > 0, order < 1, value.isFinite, values.allSatisfy(\.isFinite), minimum < maximum else {
      return orderStatistic(value)
    }
    var result = Estimate(value, source: "a quantile of \(values.count) values")
    let share = MeanError(values.map { $0 <= value ? 1 : 0 })
    let reach = 2 * (share?.value ?? .infinity)
    if let share, share.worth >= MeanError.worthMin, order - reach >= 0, order + reach <= 1 {
      result.error = max(quantile(order + reach) - value, value - quantile(order - reach)) / 2
      result.degreesOfFreedom = share.degreesOfFreedom
    } else {
      result.remarks.append(.tooFew(values.count))
      result.shortage = Trend.horizon * (maximum - minimum)
    }
    takeTrend(into: &result)
    if let errors { result.allowance = picked(among: errors) }
    return result.read(off: self, .other("quantile \(order)"))
  }

  /// The mean squared deviation from the mean as an estimate of the variance, with the error of a mean of squares.
  ///
  /// - Parameter value: that mean, as it was computed.
  package func varianceEstimate(_ value: Double) -> Estimate {
    let mean = Statistics.mean(values)
    var squares = self
    squares.companions = []
    squares.values = values.map { ($0 - mean) * ($0 - mean) }
    var result = squares.correlatedMean()
    result.value = value
    return result.read(off: squares, .other("variance"))
  }

  private func takeTrend(into result: inout Estimate) {
    let mean = correlatedMean()
    result.trend = mean.trend
    for remark in mean.remarks {
      if case .drifting = remark { result.remarks.append(remark) }
    }
  }

  /// The series under a function of its values, with errors by its differences over ± one error.
  package func mapped<E: Error>(_ change: (Double) throws(E) -> Double) throws(E) -> Series {
    var result = self
    for index in values.indices { result.values[index] = try change(values[index]) }
    result.companions = []
    result.holdsTruth = false
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
    result.holdsTruth = false
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
    result.holdsTruth = true
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

  /// Where a condition does not hold.
  package var negated: Series {
    var result = self
    result.values = values.map { 1 - $0 }
    result.companions = companions.map { companion in
      // What surely holds is what its opposite does not possibly.
      var other = companion
      other.name = companion.name.hasSuffix(".surely") ? "\(name).possibly" : "\(name).surely"
      other.values = companion.values.map { 1 - $0 }
      return other
    }
    return result
  }

  /// Where both of two conditions at the same positions hold; it holds surely where each does, possibly where each may.
  package func both(_ other: Series) -> Series { joined(other, by: min) }

  /// Where one of two conditions at the same positions holds.
  package func either(_ other: Series) -> Series { joined(other, by: max) }

  /// A condition at the same positions that holds everywhere, or nowhere.
  package func constant(_ holds: Bool) -> Series {
    var result = condition { _ in holds }
    result.companions = []
    return result
  }

  private func joined(_ other: Series, by choice: (Double, Double) -> Double) -> Series {
    var result = self
    result.values = zip(values, other.values).map(choice)
    result.companions = []
    guard !companions.isEmpty || !other.companions.isEmpty else { return result }
    for word in ["surely", "possibly"] {
      func flags(_ series: Series) -> [Double] {
        series.companions.first { $0.name == "\(series.name).\(word)" }?.values ?? series.values
      }
      result.companions.append(
        Series(
          name: "\(name).\(word)", axis: axis, positions: positions,
          values: zip(flags(self), flags(other)).map(choice)))
    }
    return result
  }

  /// The first position at which a condition holds; where errors leave it open, the value reaches from where it first may
  /// hold to where it first surely does.
  ///
  /// Where it never holds within the run the value is infinite, and all that is known is that the event came later: the
  /// estimate has where the run ended as its floor. In a plain vector there is no later: its value is infinite and exact.
  package var firstPositionOfTruth: Estimate {
    let found = firstPosition(where: { $0 != 0 }) ?? .infinity
    func first(_ word: String) -> Double? {
      companions.first { $0.name == "\(name).\(word)" }.map { $0.firstPosition(where: { $0 != 0 }) ?? .infinity }
    }
    let (earliest, latest) = (first("possibly") ?? found, first("surely") ?? found)
    var result = Estimate(found, source: "the first position at which it holds")
    if !found.isFinite {
      guard axis != .index, let last = positions.last else { return result }
      let end = positions.last { $0 < earliest } ?? -.infinity
      result.floor = [Estimate(end)]
      result.remarks = [.censored(1, of: 1, by: "\(NumberFormat.standard.text(last)) \(axis.plural)")]
      return result.read(off: self, .other("first"))
    }
    guard earliest < latest else { return result }
    result.source += ", two errors either way"
    result.allowance = max(found - earliest, latest - found)
    return result.read(off: self, .other("first"))
  }
}
