package import Diagnostics
package import Experiments
import Messages
package import Syntax
import Tensors
package import Values

/// What is computed of a vector along an axis, place by place: each place has its error.
extension Evaluator {
  /// A function of each place's value; of conditions it makes a condition.
  ///
  /// A run that diverged stays beyond every number, whatever is computed of it.
  package func acrossMapped(_ vector: AxisVector, at span: Span, _ change: (Value) throws(Diagnostic) -> Value)
    throws(Diagnostic) -> Value
  {
    let changed = try vector.points.map { (point) throws(Diagnostic) in try change(value(of: point)) }
    return .along(vector.holding(changed, estimate, named: session.sources.text(span)))
  }

  /// An operation on two values, of which one stands along an axis.
  func acrossBinary(_ operation: BinaryOperator, _ left: Value, _ right: Value, at place: OperandPlaces)
    throws(Diagnostic) -> Value
  {
    switch (left, right) {
    case (.along(let a), .along(let b)):
      let others = try aligned(b, with: a, at: place.whole)
      let values = try zip(a.points, others.points).map { (x, y) throws(Diagnostic) in
        try binary(operation, value(of: x), value(of: y), at: place)
      }
      var result = a.holding(values, estimate, named: session.sources.text(place.whole))
      for index in others.points.indices where others.points[index].isDiverged { result.points[index] = .diverged }
      result.diverged = a.diverged.count >= others.diverged.count ? a.diverged : others.diverged
      return .along(result)
    case (.along(let a), _) where right.isScalarLike:
      return try acrossMapped(a, at: place.whole) { (x) throws(Diagnostic) in
        try binary(operation, x, right, at: place)
      }
    case (_, .along(let b)) where left.isScalarLike:
      return try acrossMapped(b, at: place.whole) { (x) throws(Diagnostic) in
        try binary(operation, left, x, at: place)
      }
    case (.along(let a), .series), (.series, .along(let a)):
      throw .differentMembers([a.places.title], ["a series"], at: place.whole)
    default: throw .unsuitableOperands(operation.rawValue, left.kind, right.kind, at: place.whole)
    }
  }

  /// The vector with its places in the order of those of another one.
  package func aligned(_ other: AxisVector, with vector: AxisVector, at span: Span) throws(Diagnostic) -> AxisVector {
    guard let order = vector.places.order(in: other.places) else {
      func words(_ places: AxisPlaces) -> String {
        places.title + " in " + places.labels.indices.map(places.label).joined(separator: ", ")
      }
      throw .differentMembers([words(vector.places)], [words(other.places)], at: span)
    }
    return other.ordered(order, as: vector.places)
  }

  /// A comparison place by place, each with what its error allows to say.
  package func acrossCompared(_ operation: ComparisonOperator, _ left: Value, _ right: Value, at place: OperandPlaces)
    throws(Diagnostic) -> Value
  {
    var kept: AxisVector?
    for case .along(let vector) in [left, right] { kept = kept ?? vector }
    guard var vector = kept, let relation = Relation(rawValue: operation.rawValue) else { return .unknown(.any) }
    func side(_ value: Value, _ span: Span) throws(Diagnostic) -> [Estimate] {
      if case .along(let other) = value { return try aligned(other, with: vector, at: place.whole).points }
      guard let number = estimate(value) else {
        throw .unsuitableOperands(operation.rawValue, left.kind, right.kind, at: place.whole)
      }
      return vector.points.map { _ in number }
    }
    let (a, b) = (try side(left, place.left), try side(right, place.right))
    vector.name = session.sources.text(place.whole)
    let judged = zip(a, b).map { Judgement.comparison($0, relation, $1) }
    let mayLieBelow = [left, right].contains { if case .along(let other) = $0 { other.mayLieBelow } else { false } }
    var result = vector.conditions(judged, zip(a, b).map { relation.holds($0.value, $1.value) })
    // Where an event did not happen, nobody knows whether what is beyond its end holds.
    for index in judged.indices where judged[index].verdict == .undecided {
      if !a[index].floor.isEmpty || !b[index].floor.isEmpty {
        result.open(index, remarks: a[index].remarks + b[index].remarks)
      }
    }
    // Of values of either sign nobody knows on which side of a number a run is that diverged.
    for index in judged.indices where mayLieBelow && (a[index].isDiverged || b[index].isDiverged) {
      result.open(index, remarks: [])
    }
    return .along(result)
  }

  /// `where(condition, a, b)` place by place.
  func acrossSelected(_ condition: Value, _ yes: Value, _ no: Value, at span: Span) throws(Diagnostic) -> Value {
    var kept: AxisVector?
    for case .along(let vector) in [condition, yes, no] { kept = kept ?? vector }
    guard let vector = kept else { return .unknown(.any) }
    func values(_ value: Value) throws(Diagnostic) -> [Value] {
      if case .along(let other) = value {
        return try aligned(other, with: vector, at: span).placeValues
      }
      return vector.points.map { _ in value }
    }
    try requireTruth(condition, at: span)
    try requireKnown(condition, "`where`", at: span)
    let (flags, a, b) = (try values(condition), try values(yes), try values(no))
    var chosen: [Value] = []
    for index in flags.indices { chosen.append(try select(flags[index], a[index], b[index], at: span)) }
    return .along(vector.holding(chosen, estimate, named: session.sources.text(span), isRevived: true))
  }
}

extension AxisVector {
  /// The same places with these values; where all are conditions, a condition.
  ///
  /// - Parameter isRevived: whether a place of which a run diverged may have a value again, since it was chosen.
  fileprivate func holding(
    _ values: [Value], _ estimate: (Value) -> Estimate?, named name: String, isRevived: Bool = false
  ) -> AxisVector {
    let flags = values.compactMap { if case .boolean(let flag) = $0 { flag } else { nil } }
    var result = self
    result.name = name
    if !flags.isEmpty, flags.count == values.count { return result.conditions(flags, surely: flags, possibly: flags) }
    result.condition = nil
    result.points = zip(points, values).map { point, value in
      point.isDiverged && !isRevived ? .diverged : estimate(value) ?? Estimate(.nan)
    }
    return result
  }
}
