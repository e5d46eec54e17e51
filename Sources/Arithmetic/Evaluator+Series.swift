package import Diagnostics
package import Experiments
import Messages
import Tensors
package import Values

extension Evaluator {
  /// A series with each number changed; where the change gives no number, NaN.
  package func mapped(_ series: Series, _ change: (Double) throws(Diagnostic) -> Value) throws(Diagnostic) -> Series {
    try series.mapped { (x) throws(Diagnostic) in scalar(try change(x)) ?? .nan }
  }

  /// Two series of the same positions, number by number.
  package func combined(
    _ a: Series, _ b: Series, at place: OperandPlaces, _ change: (Double, Double) throws(Diagnostic) -> Value
  )
    throws(Diagnostic) -> Series
  {
    guard a.positions == b.positions else {
      throw .differentSteps(a.positions.count, b.positions.count, at: place.whole)
    }
    return try a.combined(b) { (x, y) throws(Diagnostic) in scalar(try change(x, y)) ?? .nan }
  }

  /// The numbers of a series as a vector; other values as they are.
  package func withoutAxis(_ value: Value) -> Value {
    switch value {
    case .series(let series): return .tensor(series.tensor)
    case .along(let vector):
      if vector.holdsTruth, vector.isCensored { return .list(vector.placeValues) }
      let numbers = Tensor(vector.values, shape: [vector.count])
      if vector.holdsTruth { return .tensor(numbers.holdingTruth()) }
      return vector.isExact ? .tensor(numbers) : .list(vector.points.map { self.value(of: $0) })
    default: return value
    }
  }

  /// Conditions as 0 and 1.
  package func asMask(_ value: Value, at span: Span) throws(Diagnostic) -> Value {
    try requireTruth(value, at: span)
    if case .boolean(let flag) = value { return .real(flag ? 1 : 0) }
    try requireKnown(value, "this", at: span)
    return withoutAxis(value)
  }

  /// Refuses conditions of events that did not happen, where all must be known.
  func requireKnown(_ condition: Value, _ what: String, at span: Span) throws(Diagnostic) {
    guard case .along(let vector) = condition, vector.isCensored else { return }
    throw .eventToCome(what, vector.name, count: vector.points.count { !$0.floor.isEmpty }, at: span)
  }
}
