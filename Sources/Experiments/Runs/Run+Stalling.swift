import Tensors

/// Where a run stops because what it records no longer falls: the smallest value is so many records old.
///
/// It is a function of what has been recorded, so that it is the same for a run that was interrupted, taken back or forked.
package struct StallSpec: Sendable, Hashable, Codable {
  /// The series that is looked at.
  package var name: String
  /// Records after the smallest, at which it has stalled.
  package var records: Int

  package init(name: String, records: Int) { (self.name, self.records) = (name, records) }
}

/// The smallest of the first values of a series: the first of equals, and none that is not a number.
package struct BestValue: Sendable {
  package private(set) var count = 0
  package private(set) var place = 0
  private var value = Double.infinity

  package init(of values: [Double] = []) { for value in values { add(value) } }

  /// Takes in the next value.
  package mutating func add(_ next: Double) {
    if next < value { (value, place) = (next, count) }
    count += 1
  }

  /// Records since the smallest.
  package var age: Int { max(0, count - 1 - place) }
}

extension Run {
  /// Whether a series stalls with what is recorded at the present step.
  ///
  /// - Parameter values: those of a group, by its number, with its condition's last; nil where it is not due.
  func isStalled(_ values: (Int) -> [Double]?) -> Bool {
    guard !segment.stalls.isEmpty, ending == nil, step > 0 || length > 0 else { return false }
    var column = 0
    var result = false
    for (number, group) in segment.groups.enumerated() {
      defer { column += group.names.count }
      guard let own = values(number), !own.isEmpty, !group.isConditional || own.last != 0 else { continue }
      for stall in segment.stalls {
        guard let index = group.names.firstIndex(of: stall.name) else { continue }
        if age(of: column + index, adding: own[index]) >= stall.records { result = true }
      }
    }
    return result
  }

  /// Records since the smallest of a series, with one more value.
  private func age(of column: Int, adding next: Double) -> Int {
    let recorded = series[column].values
    var best = bests[column] ?? BestValue()
    // What was taken back is looked through again.
    if best.count > recorded.count { best = BestValue() }
    for value in recorded[best.count...] { best.add(value) }
    bests[column] = best
    best.add(next)
    return best.age
  }
}
