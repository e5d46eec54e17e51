import Arithmetic
import Diagnostics
import Evaluation
import Graph
import Messages
import Syntax
import Tensors
import Values

/// An operator of a rule at one of its calls.
struct PointKey: Hashable {
  var operation: String
  var expression: ExpressionID
}

/// An operator of a rule at a point that one value for each unit gives: `grad`, `hvp`, `loss`.
struct PointOperator {
  /// As it is called: `next.grad`.
  var name: String
  /// Whether it gives one number, and not a tensor for each parameter.
  var isNumber = false
  var body: ([Value], Span) throws(Diagnostic) -> [NodeID]
}

extension StepStager {
  /// `grad(p)`, `hvp(v)` and `loss(p)` of the step's own batch.
  func defineOperators(in unit: RuleUnit) {
    let operators = [
      PointOperator(name: StepName.grad.rawValue) { [unowned self] (points, span) throws(Diagnostic) in
        try gradients(at: points, span)
      },
      PointOperator(name: StepName.hvp.rawValue) { [unowned self] (vectors, span) throws(Diagnostic) in
        try products(with: vectors, span)
      },
      PointOperator(name: StepName.loss.rawValue, isNumber: true) { [unowned self] (points, span) throws(Diagnostic) in
        [try loss(at: points, span)]
      },
    ]
    for one in operators { define(one, as: one.isNumber ? StepName.lossAtPoint : one.name, in: unit.scope, of: unit) }
  }

  /// Defines an operator in a scope of a unit; nil where points are all parameters as one vector.
  func define(_ operation: PointOperator, as name: String, in scope: Scope, of unit: RuleUnit?) {
    guard let unit else {
      let native = NativeFunction(name: operation.name) { [unowned self] (_, values, span) throws(Diagnostic) in
        guard values.count == 1 else { throw .takes("`\(operation.name)`", "one argument", at: span) }
        return try ofAll(operation, values[0], span)
      }
      return scope.define(name, .function(.native(native)))
    }
    let native = NativeFunction(
      name: operation.name,
      body: { [unowned self] (_, values, span) throws(Diagnostic) in try pointwise(operation, values, unit, span) },
      lazy: { [unowned self] (id, scope, span) throws(Diagnostic) in try jointly(id, scope, unit, span, operation) })
    scope.define(name, .function(.native(native)))
  }

  /// An operator at a point that is all parameters as one vector.
  private func ofAll(_ operation: PointOperator, _ value: Value, _ span: Span) throws(Diagnostic) -> Value {
    let shapes = problem.leaves.map(\.shape), total = shapes.reduce(0) { $0 + $1.count }
    let found = try pointShape(value, span)
    guard found == [total] else { throw .updateShape("x", expected: [total], found: found, at: span) }
    let parts = try evaluator.split(evaluator.node(evaluator.asReal(value, at: span), at: span), into: shapes, at: span)
    // A unit takes a vector where its rule is over all, and else the tensor.
    let points = try units.map { (unit) throws(Diagnostic) in try joined(unit.leaves.map { parts[$0] }, unit, span) }
    let result = try operation.body(points, span)
    return operation.isNumber ? .node(result[0]) : try evaluator.flattened(result, at: span)
  }

  /// An operator at a point that is known for one unit only: fine when there is no other.
  private func pointwise(_ operation: PointOperator, _ values: [Value], _ unit: RuleUnit, _ span: Span)
    throws(Diagnostic) -> Value
  {
    guard values.count == 1 else { throw .takes("`\(operation.name)`", "one argument", at: span) }
    guard units.count == 1 else {
      throw .requires(
        "`\(operation.name)` of several parameter tensors", "its argument written in place", at: span,
        help: ["call it directly in an equation or `let` of the optimizer, or declare the optimizer `over all`"])
    }
    return try value(of: operation.body(values, span), operation, unit, span)
  }

  private func value(of result: [NodeID], _ operation: PointOperator, _ unit: RuleUnit, _ span: Span)
    throws(Diagnostic) -> Value
  {
    operation.isNumber ? .node(result[0]) : try joined(unit.leaves.map { result[$0] }, unit, span)
  }

  /// An operator whose argument is evaluated for every unit, so that all parameter tensors move together.
  private func jointly(_ id: ExpressionID, _ scope: Scope, _ unit: RuleUnit, _ span: Span, _ operation: PointOperator)
    throws(Diagnostic) -> Value?
  {
    guard scope === unit.scope, units.count > 1 else { return nil }
    let definition = unit.rule.instance.definition.name
    guard units.allSatisfy({ $0.rule.instance.definition.name == definition }) else {
      throw .requires(
        "a moved point", "one update rule for all parameters", at: span, help: ["use one optimizer for all parameters"])
    }
    let key = PointKey(operation: operation.name, expression: id)
    if pointResults[key] == nil {
      var points: [Value] = []
      for other in units { points.append(try evaluator.evaluate(id, in: other.scope)) }
      pointResults[key] = try operation.body(points, span)
    }
    guard let all = pointResults[key] else { return nil }
    return try value(of: all, operation, unit, span)
  }
}
