package import Experiments

extension Value {
  /// A number, or an estimate where it has an error or is not known.
  package init(_ estimate: Estimate) { self = estimate.isExact ? .real(estimate.value) : .estimate(estimate) }
}

extension AxisVector {
  /// What stands at a place: a number, or whether a condition holds there, as far as that is known.
  package func value(at index: Int) -> Value {
    let point = points[index]
    return holdsTruth && !point.isOpen ? .boolean(point.value == 1) : Value(point)
  }

  /// What stands at all places.
  package var placeValues: [Value] { points.indices.map(value) }
}
