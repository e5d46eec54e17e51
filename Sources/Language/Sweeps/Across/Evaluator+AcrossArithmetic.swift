import Diagnostics
import Experiments
import Syntax
import Tensors

/// What is computed of a vector along an axis of a sweep, place by place: each place has its error.
extension Evaluator {
  /// A function of each place's value.
  func acrossMapped(_ series: Series, _ change: (Value) throws(Diagnostic) -> Value) throws(Diagnostic) -> Value {
    guard let across = series.across else { return .series(series) }
    var result = series
    result.holdsTruth = false
    result.companions = []
    result.across?.points = try across.points.map { (point) throws(Diagnostic) in
      let changed = estimate(try change(value(of: point))) ?? Estimate(.nan)
      return point.isDiverged ? .diverged : changed
    }
    result.values = result.across?.points.map(\.value) ?? []
    return .series(result)
  }

  /// An operation on two values, of which one stands along an axis.
  func acrossBinary(_ operation: BinaryOperator, _ left: Value, _ right: Value, at place: OperandPlaces)
    throws(Diagnostic) -> Value
  {
    switch (left, right) {
    case (.series(let a), .series(let b)):
      let others = try points(of: b, beside: a, at: place.whole)
      var next = others.makeIterator()
      let mapped = try acrossMapped(a.across == nil ? b : a) { (x) throws(Diagnostic) in
        let other = value(of: next.next() ?? Estimate(.nan))
        return try a.across == nil ? binary(operation, other, x, at: place) : binary(operation, x, other, at: place)
      }
      guard case .series(var result) = mapped else { return mapped }
      for (index, other) in others.enumerated() where other.isDiverged {
        result.across?.points[index] = .diverged
        result.values[index] = .infinity
      }
      return .series(result)
    case (.series(let a), _) where right.isScalarLike:
      return try acrossMapped(a) { (x) throws(Diagnostic) in try binary(operation, x, right, at: place) }
    case (_, .series(let b)) where left.isScalarLike:
      return try acrossMapped(b) { (x) throws(Diagnostic) in try binary(operation, left, x, at: place) }
    default: throw .unsuitableOperands(operation.rawValue, left.kind, right.kind, at: place.whole)
    }
  }

  /// The values that stand beside those of a vector along an axis.
  private func points(of other: Series, beside series: Series, at span: Span) throws(Diagnostic) -> [Estimate] {
    guard let mine = series.across, let theirs = other.across else {
      throw .differentMembers([series.across?.name ?? "a series"], [other.across?.name ?? "a series"], at: span)
    }
    guard mine.name == theirs.name, mine.labels == theirs.labels else {
      throw .differentMembers(
        [mine.name + " in " + mine.labels.joined(separator: ", ")],
        [theirs.name + " in " + theirs.labels.joined(separator: ", ")], at: span)
    }
    return theirs.points
  }

  /// A comparison place by place, each with what its error allows to say.
  func acrossCompared(_ operation: ComparisonOperator, _ left: Value, _ right: Value, at place: OperandPlaces)
    throws(Diagnostic) -> Value
  {
    var kept: Series?
    for case .series(let series) in [left, right] where series.across != nil { kept = kept ?? series }
    guard let series = kept, let relation = Relation(rawValue: operation.rawValue) else { return .unknown(.any) }
    func side(_ value: Value, _ span: Span) throws(Diagnostic) -> [Estimate] {
      if case .series(let other) = value { return try points(of: other, beside: series, at: place.whole) }
      guard let number = estimate(value) else {
        throw .unsuitableOperands(operation.rawValue, left.kind, right.kind, at: place.whole)
      }
      return series.values.map { _ in number }
    }
    let (a, b) = (try side(left, place.left), try side(right, place.right))
    let judged = zip(a, b).map { Judgement.comparison($0, relation, $1) }
    return .series(series.condition(judged, zip(a, b).map { relation.holds($0.value, $1.value) }))
  }
}

extension Value {
  /// Whether it stands along an axis of a sweep.
  var isAcross: Bool { if case .series(let series) = self { series.across != nil } else { false } }
}
