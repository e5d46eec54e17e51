/// The places along one or several axes: values of a sweep's axes, or the elements of a tensor.
package struct AxisPlaces: Sendable, Hashable {
  /// The axis along which the paths of an ensemble stand.
  package static let pathAxis = "path"

  /// Names of the axes, in their order.
  package var axes: [String]
  /// How each place is written, a text for each axis; those of the seeds tell the runs apart.
  package var labels: [[String]]
  /// The numbers of each place, one for each axis; nil where one is no number.
  package var coordinates: [[Double]]?
  /// Whether the numbers of the first axis are whole.
  package var isWhole: Bool
  /// Whether it is an axis of independent repetitions, such as the seeds.
  package var isSample: Bool

  package init(
    axes: [String], labels: [[String]], coordinates: [[Double]]?, isWhole: Bool = false, isSample: Bool = false
  ) {
    self.axes = axes
    self.labels = labels
    self.coordinates = coordinates
    self.isWhole = isWhole
    self.isSample = isSample
  }

  package var count: Int { labels.count }

  /// Whether a place is one number.
  package var isNumeric: Bool { axes.count == 1 && coordinates != nil }

  /// Where each place stands along its axis; its number in the list where that has none.
  package var positions: [Double] {
    guard isNumeric, let coordinates else { return labels.indices.map(Double.init) }
    return coordinates.map { $0[0] }
  }

  /// "d", or "lr, b" for combinations of several.
  package var title: String { axes.joined(separator: ", ") }

  /// "8", or "0.1, 4".
  package func label(_ index: Int) -> String { labels[index].joined(separator: ", ") }

  /// "d = 8".
  package func title(_ index: Int) -> String { "\(title) = \(label(index))" }

  /// The places of a range.
  package subscript(places: Range<Int>) -> AxisPlaces {
    var part = self
    part.labels = Array(labels[places])
    part.coordinates = coordinates.map { Array($0[places]) }
    return part
  }

  /// For each place where it stands among those of another vector along the same axes, in whatever order; nil where a place
  /// is missing on either side.
  package func order(in other: AxisPlaces) -> [Int]? {
    guard axes.count == other.axes.count, count == other.count else { return nil }
    let columns = axes.compactMap { other.axes.firstIndex(of: $0) }
    guard columns.count == axes.count else { return nil }
    let theirs = other.labels.map { labels in columns.map { labels[$0] } }
    let places = Dictionary(zip(theirs, theirs.indices), uniquingKeysWith: { first, _ in first })
    let order = labels.compactMap { places[$0] }
    return order.count == count && Set(order).count == count ? order : nil
  }
}

/// A value at each place along axes, with what is known of each: `E over d`.
package struct AxisVector: Sendable {
  /// What its values are, as the script has it.
  package var name: String
  package var places: AxisPlaces
  /// Each value with its error: the mean over the seeds, or the value of one run; 0 and 1 of conditions.
  package var points: [Estimate]
  /// Of conditions, where they hold whatever the errors, and where they may hold; nil for numbers.
  package var condition: Condition?
  /// How many runs diverged, of how many: where one did the value is beyond every number.
  package var diverged: (count: Int, total: Int)

  /// What the errors leave open of a condition at each place.
  package struct Condition: Sendable {
    package var surely: [Bool]
    package var possibly: [Bool]
    package init(surely: [Bool], possibly: [Bool]) {
      self.surely = surely
      self.possibly = possibly
    }
  }

  package init(
    _ name: String, _ places: AxisPlaces, _ points: [Estimate], condition: Condition? = nil,
    diverged: (count: Int, total: Int) = (0, 0)
  ) {
    self.name = name
    self.places = places
    self.points = points
    self.condition = condition
    self.diverged = diverged
  }

  package var count: Int { points.count }
  package var values: [Double] { points.map(\.value) }
  package var holdsTruth: Bool { condition != nil }

  /// Whether none of its values has an error.
  package var isExact: Bool { points.allSatisfy(\.isExact) }

  /// The places of a range.
  package subscript(range: Range<Int>) -> AxisVector {
    var part = self
    part.places = places[range]
    part.points = Array(points[range])
    part.condition = condition.map {
      Condition(surely: Array($0.surely[range]), possibly: Array($0.possibly[range]))
    }
    return part
  }

  /// The same values in another order of their places.
  ///
  /// - Precondition: `order` has each place once.
  package func ordered(_ order: [Int], as places: AxisPlaces) -> AxisVector {
    var result = self
    result.places = places
    result.points = order.map { points[$0] }
    result.condition = condition.map { own in
      Condition(surely: order.map { own.surely[$0] }, possibly: order.map { own.possibly[$0] })
    }
    return result
  }

  /// Its numbers at their positions, for what looks at numbers alone.
  package var series: Series {
    Series(name: name, axis: .index, positions: places.positions, values: values)
  }

  /// The squares of its values.
  package var squared: AxisVector {
    var result = self
    result.points = points.map { $0 * $0 }
    return result
  }

  /// Those at some of its places, of which a statistic says that they are some.
  package func taken(_ kept: [Int]) -> AxisVector {
    var some = places
    some.labels = kept.map { places.labels[$0] }
    some.coordinates = places.coordinates.map { all in kept.map { all[$0] } }
    var result = ordered(kept, as: some)
    let lost = points.count(where: \.isDiverged), left = result.points.count(where: \.isDiverged)
    result.diverged = (left, kept.count)
    if kept.count < count, !result.points.isEmpty {
      let isOfDivergence = lost == count - kept.count && left == 0
      result.points[0].remarks.append(
        isOfDivergence ? .takenOut(lost, of: count) : .chosen(kept.count, of: count))
    }
    return result
  }

  // MARK: Conditions

  /// Conditions at its places, each with what its error leaves open.
  package func conditions(_ holds: [Bool], surely: [Bool], possibly: [Bool]) -> AxisVector {
    var result = self
    result.points = holds.map { Estimate($0 ? 1 : 0) }
    result.condition = Condition(surely: surely, possibly: possibly)
    return result
  }

  /// Takes back what a condition is at a place: nothing is known of it.
  package mutating func open(_ index: Int, remarks: [EstimateRemark]) {
    points[index] = .open("a comparison with an event that did not happen", remarks)
    condition?.surely[index] = false
    condition?.possibly[index] = true
  }

  /// A condition from a comparison of each value, with where it surely and where it possibly holds.
  package func conditions(_ judgements: [Judgement], _ holds: [Bool]) -> AxisVector {
    conditions(
      holds,
      surely: zip(judgements, holds).map { $0.risk == nil ? $1 : $0.verdict == .supported },
      possibly: zip(judgements, holds).map { $0.risk == nil ? $1 : $0.verdict != .refuted })
  }

  /// Where it does not hold.
  package var negated: AxisVector {
    guard let condition else { return self }
    var result = conditions(
      values.map { $0 != 1 }, surely: condition.possibly.map { !$0 }, possibly: condition.surely.map { !$0 })
    result.reopen(as: self)
    return result
  }

  /// Keeps open what is open in another condition at the same places, unless it is decided here.
  private mutating func reopen(as other: AxisVector) {
    guard let condition else { return }
    for index in points.indices where other.points[index].isOpen && condition.surely[index] != condition.possibly[index]
    {
      open(index, remarks: other.points[index].remarks)
    }
  }

  /// Where both hold, or one of them does, of conditions at the same places.
  package func combined(_ other: AxisVector, _ rule: (Bool, Bool) -> Bool) -> AxisVector {
    guard let mine = condition, let theirs = other.condition else { return self }
    var result = conditions(
      zip(values, other.values).map { rule($0 == 1, $1 == 1) },
      surely: zip(mine.surely, theirs.surely).map(rule), possibly: zip(mine.possibly, theirs.possibly).map(rule))
    result.reopen(as: self)
    result.reopen(as: other)
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
    let positions = places.positions
    let found = values.firstIndex(of: 1)
    let (earliest, latest) = (condition?.possibly.firstIndex(of: true), condition?.surely.firstIndex(of: true))
    let last = positions.last ?? .nan
    guard let found else {
      var result = Estimate(.infinity, source: "the first place at which it holds")
      let end = earliest.map { $0 == 0 ? -.infinity : positions[$0 - 1] } ?? last
      result.floor = [Estimate(end)]
      result.shape = .range(Interval(low: end, high: .infinity))
      let ending = count > 0 ? places.title(count - 1) : nil
      result.remarks = [.censored(1, of: 1, by: ending)]
      return result
    }
    var result = Estimate(positions[found], source: "the first place at which it holds")
    let low = earliest ?? found
    let high = latest.map { positions[$0] } ?? .infinity
    guard low != latest || low == 0 else { return result }
    guard low > 0 else {
      result.shape = .range(Interval(low: -.infinity, high: high))
      return result
    }
    result.take(range: Interval(low: positions[low], high: high))
    return result
  }

  // MARK: Places

  /// Where along the axis the best value stands, with those that are as good at this noise.
  ///
  /// As good is every value whose difference to the best one may be 0, each at level 1 − 5%/(m − 1) of m values.
  package func bestPlaces(isMaximum: Bool) -> (best: Int, ties: [Int])? {
    let values = values
    guard !values.isEmpty, !values.contains(where: \.isNaN) else { return nil }
    let place = isMaximum ? Statistics.indexOfMaximum(values) : Statistics.indexOfMinimum(values)
    guard let best = place else { return nil }
    let level = 1 - Judgement.standardRisk / Double(max(1, values.count - 1))
    let ties = values.indices.filter { index in
      guard index != best, values[index].isFinite, values[best].isFinite else { return false }
      let difference = points[index] - points[best]
      let interval = difference.interval(level: level)
      return interval.low <= 0 && interval.high >= 0
    }
    return (best, ties)
  }
}
