import Arithmetic
package import Diagnostics
import Messages
package import Syntax
import Tensors
package import Values

// Constraints and named sizes of parameters.
extension Evaluator {
  func check(_ value: Value, _ parameter: Parameter, of owner: DefinitionValue, in scope: Scope, at span: Span)
    throws(Diagnostic)
  {
    if let sizes = parameter.shape {
      try unify(value, sizes, of: owner.definition.name.text, owner.code, in: scope, at: span)
    }
    guard let constraint = parameter.constraint else { return }
    try check(
      value, constraint, name: parameter.name.text, callee: owner.definition.name.text, code: owner.code, in: scope,
      at: span, zeroIsAllowed: owner.definition.kind == .optimizer)
  }

  /// Checks a constraint as far as the value is known.
  package func check(
    _ value: Value, _ constraint: Constraint, name: String, callee: String, code: Code, in scope: Scope, at span: Span,
    zeroIsAllowed: Bool = false
  ) throws(Diagnostic) {
    if case .unknown(let kind) = value { return try require(kind, "a number for `\(name)`", at: span, \.isNumbers) }
    try requireNumbers(value, "a number for `\(name)`", at: span)
    if value.isSymbolic { return }
    guard let x = scalar(value) else {
      if case .tensor = value { return }
      throw .expected("a number for `\(name)`", found: value.kind, at: span)
    }
    let holds: Bool
    let text: String
    switch constraint {
    case .compare(let operation, let bound):
      let limit = try within(code) { () throws(Diagnostic) in
        try number(evaluate(bound, in: scope), what: "a bound", at: span)
      }
      holds = Scalar.holds(operation, x, limit)
      text = "\(name) \(operation.rawValue) \(NumberText.short(limit))"
      if zeroIsAllowed, !holds, x == 0, limit == 0, operation == .greater {
        report(.zeroStep(name, at: span))
        return
      }
    case .inside(let range):
      (holds, text) = try within(code) { () throws(Diagnostic) in
        try isInside(x, range, name: name, in: scope, at: span)
      }
    }
    if !holds || !x.isFinite {
      let wanted = holds ? text + " and be finite" : text
      throw .constraintViolated(name, of: callee, constraint: wanted, found: NumberText.short(value), at: span)
    }
  }

  private func isInside(_ x: Double, _ range: ExpressionID, name: String, in scope: Scope, at span: Span)
    throws(Diagnostic) -> (Bool, String)
  {
    guard case .range(let lower, let upper, let closed) = code.tree[range] else {
      throw .expected("a range such as `0..<1`", found: "something else", at: code.tree.span(range))
    }
    let low = try number(evaluate(lower, in: scope), what: "a bound", at: span)
    let high = try number(evaluate(upper, in: scope), what: "a bound", at: span)
    let text = "\(NumberText.short(low)) ≤ \(name) \(closed ? "≤" : "<") \(NumberText.short(high))"
    return (x >= low && (closed ? x <= high : x < high), text)
  }

  /// Checks `x: [n, d]` against a value; names not yet bound take the actual size.
  func unify(
    _ value: Value, _ sizes: [ExpressionID], of owner: String, _ code: Code, in scope: Scope, at span: Span
  ) throws(Diagnostic) {
    guard let shape = shape(of: value) else {
      // How large it is, only a run knows.
      guard value.holdsUnknown else { return }
      for case .name(let size) in sizes.map({ code.tree[$0] }) where scope.lookup(size) == nil {
        scope.define(size, .unknown(.whole))
      }
      return
    }
    try within(code) { () throws(Diagnostic) in
      guard shape.rank == sizes.count else {
        throw Diagnostic.unsuitableShape(owner, shape, expected: "a tensor of rank \(sizes.count)", at: span)
      }
      for (axis, id) in sizes.enumerated() {
        if case .name(let name) = code.tree[id], scope.local(name) == nil, scope.lookup(name) == nil {
          scope.define(name, .integer(shape[axis]))
          continue
        }
        let expected = try evaluate(id, in: scope)
        guard case .integer(let size) = expected else { continue }
        guard size != shape[axis] else { continue }
        if case .integer = code.tree[id] {
          let wanted = axis == 0 && shape.rank == 1 ? "\(size) elements" : "a size of \(size) along axis \(axis)"
          throw Diagnostic.unsuitableShape(owner, shape, expected: wanted, at: span)
        }
        throw Diagnostic.sizeConflict(session.sources.text(code.tree.span(id)), size, shape[axis], at: span)
      }
    }
  }
}
