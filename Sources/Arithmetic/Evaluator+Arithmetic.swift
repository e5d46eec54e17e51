package import Diagnostics
package import Experiments
package import Graph
import Messages
package import Syntax
import Tensors
package import Values

extension Evaluator {
  // MARK: Operators

  /// The value of `-v`.
  package func negate(_ value: Value, at span: Span) throws(Diagnostic) -> Value {
    switch value {
    case .integer(let n):
      let (result, overflow) = 0.subtractingReportingOverflow(n)
      guard !overflow else { throw .integerOverflow("-", at: span) }
      return .integer(result)
    case .real(let x): return .real(-x)
    case .boolean(let flag): return .real(flag ? -1 : -0.0)
    case .unknown:
      return try byKind([value], isOperator: true) { (known) throws(Diagnostic) in try negate(known[0], at: span) }
    case .estimate(let estimate): return .estimate(-1 * estimate)
    case .sparse(var a):
      a.values = try negate(a.values, at: span)
      return .sparse(a)
    case .tensorSeries:
      return try overElements([value], at: span) { (part) throws(Diagnostic) in try negate(part[0], at: span) }
    case .along(let vector):
      return try acrossMapped(vector, at: span) { (x) throws(Diagnostic) in try negate(x, at: span) }
    case .series(let series): return .series(try mapped(series) { (x) in .real(-x) })
    case .group(let group): return .group(try group.map { (m) throws(Diagnostic) in try negate(m.value, at: span) })
    case .list(let values) where values.allSatisfy(\.isScalarLike):
      return .list(try values.map { (x) throws(Diagnostic) in try negate(x, at: span) })
    case .tensor(let tensor) where tensor.dtype == .i64 && tensor.integers().contains(Int.min):
      throw .integerOverflow("-", at: span)
    case .tensor, .node, .condition, .range: return try apply(Negate(), [value], at: span)
    default: throw .unsuitableOperand("-", value.kind, at: span)
    }
  }

  /// `left operation right` for any pair of values.
  package func binary(_ operation: BinaryOperator, _ left: Value, _ right: Value, at place: OperandPlaces)
    throws(Diagnostic)
    -> Value
  {
    if operation == .after { return try composition(left, right, at: place) }
    switch (left, right) {
    case (.integer(let a), .integer(let b)): return try integers(operation, a, b, at: place.whole)
    case (.integer(let a), .real(let b)): return try reals(operation, Double(a), b, at: place)
    case (.real(let a), .integer(let b)): return try reals(operation, a, Double(b), at: place)
    case (.real(let a), .real(let b)): return try reals(operation, a, b, at: place)
    case (.unknown, _), (_, .unknown):
      return try byKind([left, right], isOperator: true) { (known) throws(Diagnostic) in
        try binary(operation, known[0], known[1], at: place)
      }
    case (.group, _), (_, .group):
      return try overMembers([left, right], at: place.whole) { (parts) throws(Diagnostic) in
        try self.binary(operation, parts[0] ?? .unknown(.any), parts[1] ?? .unknown(.any), at: place)
      }
    case (.tensorSeries, _) where operation != .matrix, (_, .tensorSeries) where operation != .matrix:
      return try overElements([left, right], at: place.whole) { (parts) throws(Diagnostic) in
        try binary(operation, parts[0], parts[1], at: place)
      }
    case (.along, _), (_, .along):
      return try acrossBinary(operation, left, right, at: place)
    case (.series, .boolean(let flag)): return try binary(operation, left, .real(flag ? 1 : 0), at: place)
    case (.boolean(let flag), .series): return try binary(operation, .real(flag ? 1 : 0), right, at: place)
    case (.series, _) where operation == .matrix, (_, .series) where operation == .matrix:
      return try binary(operation, withoutAxis(left), withoutAxis(right), at: place)
    case (.series(let series), let other) where other.isScalarLike:
      return .series(
        try mapped(series) { (x) throws(Diagnostic) in try self.binary(operation, .real(x), other, at: place) })
    case (let other, .series(let series)) where other.isScalarLike:
      return .series(
        try mapped(series) { (x) throws(Diagnostic) in try self.binary(operation, other, .real(x), at: place) })
    case (.series(let a), .series(let b)):
      return .series(
        try combined(a, b, at: place) { (x, y) throws(Diagnostic) in
          try self.binary(operation, .real(x), .real(y), at: place)
        })
    case (.boolean, _) where right.countsAsNumber, (_, .boolean) where left.countsAsNumber:
      // As 0 and 1, as conditions that only a run knows.
      return try binary(operation, asReal(left, at: place.left), asReal(right, at: place.right), at: place)
    case (.estimate, _), (_, .estimate): return try estimates(operation, left, right, at: place)
    case (.instance(let a), .instance(let b)) where a.definition.kind == .process && b.definition.kind == .process:
      throw .unsuitableOperands(operation.rawValue, left.kind, right.kind, at: place.whole)
    case (.list(let values), let other) where values.allSatisfy(\.isScalarLike) && other.isScalarLike:
      return .list(try values.map { (value) throws(Diagnostic) in try binary(operation, value, other, at: place) })
    case (let other, .list(let values)) where values.allSatisfy(\.isScalarLike) && other.isScalarLike:
      return .list(try values.map { (value) throws(Diagnostic) in try binary(operation, other, value, at: place) })
    default:
      if left.holdsUnknown || right.holdsUnknown {
        return try byKind([left, right], isOperator: true) { (known) throws(Diagnostic) in
          try binary(operation, known[0], known[1], at: place)
        }
      }
      guard left.isNumeric, right.isNumeric else {
        throw .unsuitableOperands(operation.rawValue, left.kind, right.kind, at: place.whole)
      }
      if let sparse = try sparseScaled(operation, left, right, at: place) { return sparse }
      return try tensors(operation, left, right, at: place)
    }
  }

  private func tensors(_ operation: BinaryOperator, _ left: Value, _ right: Value, at place: OperandPlaces)
    throws(Diagnostic) -> Value
  {
    if isCondition(operation, left, right) { return asTruth(try arithmetic(operation, left, right, at: place)) }
    return try arithmetic(operation, left, right, at: place)
  }

  /// Whether arithmetic says what `and` and `not` say: a product of conditions, and 1 less a condition.
  private func isCondition(_ operation: BinaryOperator, _ left: Value, _ right: Value) -> Bool {
    guard holdsTruth(right) else { return false }
    return operation == .multiply && holdsTruth(left) || operation == .subtract && scalar(left) == 1
  }

  private func arithmetic(_ operation: BinaryOperator, _ left: Value, _ right: Value, at place: OperandPlaces)
    throws(Diagnostic) -> Value
  {
    switch operation {
    case .add: return try elementwise(Add(), "+", left, right, at: place)
    case .subtract: return try elementwise(Subtract(), "-", left, right, at: place)
    case .multiply: return try elementwise(Multiply(), "*", left, right, at: place)
    case .divide:
      return try elementwise(Divide(), "/", asReal(left, at: place.left), asReal(right, at: place.right), at: place)
    case .floorDivide: return try elementwise(FloorDivide(), "//", left, right, at: place)
    case .power: return try power(left, right, at: place)
    case .matrix: return try matrixProduct(left, right, at: place)
    case .after: return try composition(left, right, at: place)
    }
  }

  private func integers(_ operation: BinaryOperator, _ a: Int, _ b: Int, at span: Span) throws(Diagnostic) -> Value {
    let result: (partialValue: Int, overflow: Bool)
    switch operation {
    case .add: result = a.addingReportingOverflow(b)
    case .subtract: result = a.subtractingReportingOverflow(b)
    case .multiply: result = a.multipliedReportingOverflow(by: b)
    case .divide: return .real(Double(a) / Double(b))
    case .floorDivide:
      guard b != 0 else { throw .integerDivisionByZero(at: span) }
      let (quotient, overflow) = a.dividedReportingOverflow(by: b)
      guard !overflow else { throw .integerOverflow("//", at: span) }
      return .integer(a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient)
    case .power:
      guard b >= 0 else { return .real(Scalar.power(Double(a), Double(b))) }
      guard let power = Scalar.integerPower(a, b) else { throw .integerOverflow("^", at: span) }
      return .integer(power)
    case .matrix, .after: throw .unsuitableOperands(operation.rawValue, "a whole number", "a whole number", at: span)
    }
    guard !result.overflow else { throw .integerOverflow(operation.rawValue, at: span) }
    return .integer(result.partialValue)
  }

  private func reals(_ operation: BinaryOperator, _ a: Double, _ b: Double, at place: OperandPlaces) throws(Diagnostic)
    -> Value
  {
    switch operation {
    case .add: .real(a + b)
    case .subtract: .real(a - b)
    case .multiply: .real(a * b)
    case .divide: .real(a / b)
    case .floorDivide: .real((a / b).rounded(.down))
    case .power: .real(Scalar.power(a, b))
    case .matrix, .after: throw .unsuitableOperands(operation.rawValue, "a number", "a number", at: place.whole)
    }
  }

  /// Powers with a small whole exponent are products, so that x^2 is x·x to the last bit.
  private func power(_ base: Value, _ exponent: Value, at place: OperandPlaces) throws(Diagnostic) -> Value {
    if let exact = try wholePower(base, exponent, at: place) { return exact }
    let base = try asReal(base, at: place.left)
    if case .integer(let n) = exponent {
      if n == 1 { return base }
      if n == 2 { return try apply(Square(), [base], at: place.whole) }
      if n == -1 { return try apply(Reciprocal(), [base], at: place.whole) }
    }
    if case .real(0.5) = exponent { return try apply(SquareRoot(), [base], at: place.whole) }
    return try elementwise(Power(), "^", base, asReal(exponent, at: place.right), at: place)
  }

  /// A concrete single number, as `Double`.
  package func scalar(_ value: Value) -> Double? {
    switch value {
    case .integer(let n): Double(n)
    case .real(let x): x
    case .estimate(let estimate): estimate.value
    default: nil
    }
  }

  /// The value of `where(condition, yes, no)`, element by element.
  package func select(_ condition: Value, _ yes: Value, _ no: Value, at span: Span) throws(Diagnostic) -> Value {
    if case .boolean(let flag) = condition { return flag ? yes : no }
    if condition.isUnknownValue || yes.isUnknownValue || no.isUnknownValue {
      return try byKind([condition, yes, no]) { (known) throws(Diagnostic) in
        try select(known[0], known[1], known[2], at: span)
      }
    }
    if condition.isAcross || yes.isAcross || no.isAcross { return try acrossSelected(condition, yes, no, at: span) }
    let mask = try asMask(condition, at: span), (yes, no) = (withoutAxis(yes), withoutAxis(no))
    // Of conditions a condition is chosen.
    let isTruth = holdsTruth(yes) && holdsTruth(no)
    guard isTruth || (yes.isNumeric || yes.isSymbolic) && (no.isNumeric || no.isSymbolic) else {
      throw .unsuitableOperands("where", yes.kind, no.kind, at: span)
    }
    // Comparisons of whole numbers are f64 wherever they stand.
    var chosen = try asReal(mask, at: span)
    if chosen.isNode, case let id = try node(chosen, at: span), graph.dtype(id) != realType {
      chosen = try apply(Convert(dtype: realType), [chosen], at: span)
    }
    let result = try apply(Select(), [chosen, asReal(yes, at: span), asReal(no, at: span)], at: span)
    return isTruth ? asTruth(result) : result
  }

  // MARK: Elementwise application with the language's broadcasting rule

  /// Applies an elementwise primitive; a scalar or trailing-suffix operand broadcasts, and whatever would
  /// enlarge both operands is refused.
  package func elementwise(
    _ primitive: some Primitive, _ symbol: String, _ left: Value, _ right: Value, at place: OperandPlaces
  )
    throws(Diagnostic) -> Value
  {
    if left.isUnknownValue || right.isUnknownValue {
      return try byKind([left, right]) { (known) throws(Diagnostic) in
        try elementwise(primitive, symbol, known[0], known[1], at: place)
      }
    }
    try requireBroadcast(symbol, left, right, at: place)
    try checkWhole(symbol, left, right, at: place)
    let (a, b) = try unified(left, right, at: place)
    return try apply(primitive, [a, b], at: place.whole)
  }

  /// Refuses operands of shapes that do not go together, or of which each would be repeated along an axis of the other.
  package func requireBroadcast(_ symbol: String, _ left: Value, _ right: Value, at place: OperandPlaces)
    throws(Diagnostic)
  {
    guard let a = shape(of: left), let b = shape(of: right), a != b, a.rank > 0, b.rank > 0 else { return }
    let labels = [Diagnostic.Label(place.left, "this is \(a)"), Diagnostic.Label(place.right, "this is \(b)")]
    switch Broadcast.relation(a, b) {
    case .fits: return
    case .mismatch: throw .shapeMismatch(symbol, a, b, at: place.whole, labels: labels)
    case .enlargesBoth(let result):
      throw .silentTable(
        symbol, a, b, result: result, leftText: session.sources.text(place.left),
        rightText: session.sources.text(place.right),
        at: place.whole, labels: labels)
    }
  }

  /// Both operands in one element type: whole numbers stay whole only with each other.
  private func unified(_ left: Value, _ right: Value, at place: OperandPlaces) throws(Diagnostic) -> (Value, Value) {
    if isWhole(left), isWhole(right) { return (left, right) }
    return (try ofRun(asReal(left, at: place.left)), try ofRun(asReal(right, at: place.right)))
  }

  /// A node in the element type that is computed with: what a run counts has 64 bits in every run.
  private func ofRun(_ value: Value) -> Value {
    guard case .node(let id) = value, graph.dtype(id) == .f64, realType == .f32 else { return value }
    return .node(graph.convert(id, to: realType))
  }

  /// Whether a value is of whole numbers by its type.
  package func isWhole(_ value: Value) -> Bool {
    switch value {
    case .integer, .range: true
    case .tensor(let tensor): tensor.dtype == .i64
    case .node(let id): graph.dtype(id) == .i64
    case .unknown(let kind): kind.type?.dtype == .i64
    default: false
    }
  }

  /// The same numbers in the real type in use.
  package func asReal(_ value: Value, at span: Span) throws(Diagnostic) -> Value {
    switch value {
    case .integer(let n): return .real(Double(n))
    case .boolean(let flag): return .real(flag ? 1 : 0)
    case .estimate(let estimate): return .real(estimate.value)
    case .range(let range): return .tensor(try counted(range, .f64, at: span) { Double($0) })
    case .tensor(let tensor) where tensor.dtype == .i64: return .tensor(tensor.converted(to: .f64))
    case .node(let id) where graph.dtype(id) == .i64: return try apply(Convert(dtype: realType), [value], at: span)
    default: return value
    }
  }

  // MARK: Products

  /// The value of `left @ right`: products of matrices and vectors, sums of products of vectors.
  package func matrixProduct(_ left: Value, _ right: Value, at place: OperandPlaces) throws(Diagnostic) -> Value {
    let a = try asReal(left, at: place.left)
    let b = try asReal(right, at: place.right)
    if a.isUnknownValue || b.isUnknownValue {
      return try byKind([a, b]) { (known) throws(Diagnostic) in try matrixProduct(known[0], known[1], at: place) }
    }
    guard let shapeA = shape(of: a), let shapeB = shape(of: b) else {
      throw .unsuitableOperands("@", left.kind, right.kind, at: place.whole)
    }
    let labels = [
      Diagnostic.Label(place.left, "this is \(shapeA)"), Diagnostic.Label(place.right, "this is \(shapeB)"),
    ]
    guard shapeA.rank >= 1, shapeB.rank >= 1, shapeA.rank <= 3, shapeB.rank <= 3 else {
      throw .unsuitableShape(
        "@", shapeA.rank == 0 || shapeA.rank > 3 ? shapeA : shapeB, expected: "vectors or matrices", at: place.whole)
    }
    let inner = shapeB.rank == 1 ? shapeB[0] : shapeB[shapeB.rank - 2]
    guard shapeA.sizes.last == inner else { throw .innerSizes(shapeA, shapeB, at: place.whole, labels: labels) }
    if shapeA.rank == 3, shapeB.rank == 3, shapeA[0] != shapeB[0] {
      throw .innerSizes(shapeA, shapeB, at: place.whole, labels: labels)
    }
    let product = Products.matrix(shapeA.rank, shapeB.rank)
    if let exact = try wholeProduct(product, left, right, "@", at: place) { return exact }
    return try apply(product, [a, b], at: place.whole)
  }

  /// The value of `v.T`: rows become columns; a vector stays as it is.
  package func transpose(_ value: Value, at span: Span) throws(Diagnostic) -> Value {
    if value.isUnknownValue {
      return try byKind([value]) { (known) throws(Diagnostic) in try transpose(known[0], at: span) }
    }
    guard let shape = shape(of: value) else {
      throw .unsuitableOperand(".T", value.kind, at: span)
    }
    guard shape.rank >= 2 else { return value }
    var permutation = Array(0..<shape.rank)
    permutation.swapAt(shape.rank - 1, shape.rank - 2)
    return try apply(Transpose(permutation: permutation), [value], at: span)
  }

  // MARK: Estimates

  /// With the errors of both, as far as they are independent of each other.
  private func estimates(_ operation: BinaryOperator, _ left: Value, _ right: Value, at place: OperandPlaces)
    throws(Diagnostic) -> Value
  {
    guard let a = estimate(left), let b = estimate(right) else {
      var finding = Diagnostic.unsuitableOperands(operation.rawValue, left.kind, right.kind, at: place.whole)
      let measured = estimate(left) == nil ? place.right : place.left
      finding.help.append("write `(\(session.sources.text(measured))).value` to go on without its error")
      throw finding
    }
    switch operation {
    case .add: return .estimate(a + b)
    case .subtract: return .estimate(a - b)
    case .multiply: return .estimate(a * b)
    case .divide: return .estimate(a / b)
    case .power: return .estimate(.power(a, b, Scalar.power))
    case .floorDivide, .matrix, .after:
      throw .unsuitableOperands(operation.rawValue, left.kind, right.kind, at: place.whole)
    }
  }

  /// A single number as an estimate; exact when it is a plain number.
  package func estimate(_ value: Value) -> Estimate? {
    switch value {
    case .estimate(let estimate): estimate
    case .integer(let n): Estimate(Double(n))
    case .real(let x): Estimate(x)
    default: nil
    }
  }
}

extension Value {
  /// Whether arithmetic takes it: numbers, and truths as 0 and 1.
  var countsAsNumber: Bool { isNumeric || isBoolean }

  /// A single number that combines with each value of a series.
  var isScalarLike: Bool {
    switch self {
    case .integer, .real, .estimate: true
    default: false
    }
  }
}
