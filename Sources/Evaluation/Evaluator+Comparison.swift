import Arithmetic
package import Diagnostics
import Experiments
import Graph
import Messages
package import Syntax
import Tensors
package import Values

// Comparisons, and what combines conditions.

extension Evaluator {
  /// The value of one comparison: a condition, element by element.
  package func compare(_ operation: ComparisonOperator, _ left: Value, _ right: Value, at place: OperandPlaces)
    throws(Diagnostic) -> Value
  {
    switch (left, right) {
    case (.unknown, _), (_, .unknown):
      // Definitions and calls of them are equal or not; what is smaller than another is a number or a text.
      let isOrder = operation != .equal && operation != .notEqual
      return try byKind([left, right], isOperator: isOrder) { (known) throws(Diagnostic) in
        try compare(operation, known[0], known[1], at: place)
      }
    case (.group, _), (_, .group):
      return try overMembers([left, right], at: place.whole) { (parts) throws(Diagnostic) in
        try self.compare(operation, parts[0] ?? .unknown(.any), parts[1] ?? .unknown(.any), at: place)
      }
    case (.integer(let a), .integer(let b)): return .boolean(Scalar.holds(operation, a, b))
    case (.integer(let a), .real(let b)): return .boolean(Scalar.holds(operation, a, b))
    case (.real(let a), .integer(let b)): return .boolean(Scalar.holds(operation.mirrored, b, a))
    case (.text(let a), .text(let b)): return .boolean(Scalar.holds(operation, a, b))
    case (.boolean(let a), .boolean(let b)) where operation == .equal || operation == .notEqual:
      return .boolean((a == b) == (operation == .equal))
    case (.instance, .instance), (.function, .function):
      guard operation == .equal || operation == .notEqual else { break }
      return .boolean(try isSame(left, right, at: place.whole) == (operation == .equal))
    case (.instance, .function(let named)), (.function(let named), .instance):
      throw .callAgainstName(operation.rawValue, left.kind, right.kind, name: named.name, at: place.whole)
    default: break
    }
    if let known = try comparedCensored(operation, left, right, at: place) { return known }
    if let a = scalar(left), let b = scalar(right) { return .boolean(Scalar.holds(operation, a, b)) }
    if left.isTensorSeries || right.isTensorSeries {
      return try overElements([left, right], at: place.whole) { (parts) throws(Diagnostic) in
        try compare(operation, parts[0], parts[1], at: place)
      }
    }
    if left.isAcross || right.isAcross { return try acrossCompared(operation, left, right, at: place) }
    switch (left, right) {
    case (.series(let series), let other) where scalar(other) != nil:
      let b = scalar(other) ?? .nan
      return .series(series.condition { Scalar.holds(operation, $0, b) })
    case (let other, .series(let series)) where scalar(other) != nil:
      return .series(series.condition { Scalar.holds(operation, scalar(other) ?? .nan, $0) })
    case (.series(let a), .series(let b)):
      let difference = try combined(a, b, at: place) { (x, y) in .real(x - y) }
      var result = difference.condition { Scalar.holds(operation, $0, 0) }
      // A difference may round to 0, or be none for two that are infinite.
      for index in a.values.indices {
        result.values[index] = Scalar.holds(operation, a.values[index], b.values[index]) ? 1 : 0
      }
      return .series(result)
    default: break
    }
    if left.holdsUnknown || right.holdsUnknown { return .unknown(.any) }
    guard left.isNumeric, right.isNumeric else {
      throw .unsuitableOperands(operation.rawValue, left.kind, right.kind, at: place.whole)
    }
    try requireBroadcast(operation.rawValue, left, right, at: place)
    if let exact = try wholeComparison(operation, left, right, at: place) { return exact }
    return asTruth(try compareElements(operation, left, right, at: place))
  }

  /// A comparison with an event that did not happen: what its end decides; nil where there is none.
  private func comparedCensored(
    _ operation: ComparisonOperator, _ left: Value, _ right: Value, at place: OperandPlaces
  ) throws(Diagnostic) -> Value? {
    guard let a = estimate(left), let b = estimate(right), !a.floor.isEmpty || !b.floor.isEmpty,
      let relation = Relation(rawValue: operation.rawValue)
    else { return nil }
    switch Judgement.comparison(a, relation, b).verdict {
    case .supported: return .boolean(true)
    case .refuted: return .boolean(false)
    case .undecided:
      let name = session.sources.text(a.floor.isEmpty ? place.right : place.left)
      throw .eventToCome("`\(session.sources.text(place.whole))`", name, at: place.whole)
    }
  }

  private func compareElements(
    _ operation: ComparisonOperator, _ left: Value, _ right: Value, at place: OperandPlaces
  ) throws(Diagnostic) -> Value {
    let mirrored = OperandPlaces(whole: place.whole, left: place.right, right: place.left)
    return switch operation {
    case .less: try elementwise(Less(), "<", left, right, at: place)
    case .lessEqual: try elementwise(LessEqual(), "<=", left, right, at: place)
    case .greater: try elementwise(Less(), ">", right, left, at: mirrored)
    case .greaterEqual: try elementwise(LessEqual(), ">=", right, left, at: mirrored)
    case .equal: try elementwise(Equal(), "==", left, right, at: place)
    case .notEqual: try elementwise(NotEqual(), "!=", left, right, at: place)
    }
  }

  // MARK: Conditions

  /// The value of `not v`.
  package func logicalNot(_ value: Value, at span: Span) throws(Diagnostic) -> Value {
    switch value {
    case .boolean(let flag): return .boolean(!flag)
    case .unknown:
      return try byKind([value], isOperator: true) { (known) throws(Diagnostic) in try logicalNot(known[0], at: span) }
    case .group(let group): return .group(try group.map { (m) throws(Diagnostic) in try logicalNot(m.value, at: span) })
    case .series(let series) where series.holdsTruth: return .series(series.negated)
    case .along(let vector) where vector.holdsTruth: return .along(vector.negated)
    case .tensorSeries(let series) where series.holdsTruth:
      return try overElements([value], at: span) { (part) throws(Diagnostic) in try logicalNot(part[0], at: span) }
    default:
      try requireTruth(value, at: span)
      return asTruth(
        try binary(.subtract, .integer(1), value, at: OperandPlaces(whole: span, left: span, right: span)))
    }
  }

  /// The value of `a and b`, where both are known already.
  package func bothHold(_ a: Value, _ b: Value, at span: Span) throws(Diagnostic) -> Value {
    if a.isGroup || b.isGroup {
      return try overMembers([a, b], at: span) { (parts) throws(Diagnostic) in
        try bothHold(parts[0] ?? .unknown(.any), parts[1] ?? .unknown(.any), at: span)
      }
    }
    if a.isUnknownValue || b.isUnknownValue {
      return try byKind([a, b]) { (known) throws(Diagnostic) in try bothHold(known[0], known[1], at: span) }
    }
    if case .boolean(let x) = a, case .boolean(let y) = b { return .boolean(x && y) }
    try requireTruth(a, at: span)
    try requireTruth(b, at: span)
    if let series = try combinedConditions(a, b, at: span, { $0.both($1) }, { $0 && $1 }) { return series }
    let (x, y) = (try asMask(a, at: span), try asMask(b, at: span))
    return asTruth(
      try elementwise(Multiply(), "and", x, y, at: OperandPlaces(whole: span, left: span, right: span)))
  }

  /// The value of `a or b`, where both are known already.
  package func eitherHolds(_ a: Value, _ b: Value, at span: Span) throws(Diagnostic) -> Value {
    if a.isGroup || b.isGroup {
      return try overMembers([a, b], at: span) { (parts) throws(Diagnostic) in
        try eitherHolds(parts[0] ?? .unknown(.any), parts[1] ?? .unknown(.any), at: span)
      }
    }
    if a.isUnknownValue || b.isUnknownValue {
      return try byKind([a, b]) { (known) throws(Diagnostic) in try eitherHolds(known[0], known[1], at: span) }
    }
    if case .boolean(let x) = a, case .boolean(let y) = b { return .boolean(x || y) }
    try requireTruth(a, at: span)
    try requireTruth(b, at: span)
    if let series = try combinedConditions(a, b, at: span, { $0.either($1) }, { $0 || $1 }) { return series }
    let (x, y) = (try asMask(a, at: span), try asMask(b, at: span))
    return asTruth(
      try elementwise(Maximum(), "or", x, y, at: OperandPlaces(whole: span, left: span, right: span)))
  }
}
