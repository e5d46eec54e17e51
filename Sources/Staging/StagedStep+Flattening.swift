import Arithmetic
import Diagnostics
import Graph
import Messages
import Tensors
import Values

// What an optimizer sees of its parameters: each tensor, or `over all` one vector.

extension StepStager {
  /// The value a unit sees for its leaves: the tensor itself, or all of them as one vector.
  func joined(_ nodes: [NodeID], _ unit: RuleUnit, _ span: Span) throws(Diagnostic) -> Value {
    unit.rule.isOverAll ? try evaluator.flattened(nodes, at: span) : .node(nodes[0])
  }

  /// A unit's value split back into its leaves.
  func parts(of value: Value, _ unit: RuleUnit, _ span: Span) throws(Diagnostic) -> [NodeID] {
    try evaluator.requireNumbers(value, "numbers for `x`", at: span)
    let shape = try pointShape(value, span)
    var whole = try evaluator.asReal(value, at: span)
    if shape.rank == 0, unit.shape.rank > 0 {
      whole = try evaluator.apply(BroadcastTo(shape: unit.shape), [.node(evaluator.node(whole, at: span))], at: span)
    }
    guard evaluator.shape(of: whole) == unit.shape else {
      throw .updateShape("x", expected: unit.shape, found: shape, at: span)
    }
    let node = try evaluator.node(whole, at: span)
    guard unit.rule.isOverAll else { return [node] }
    return try evaluator.split(node, into: unit.leaves.map { problem.leaves[$0].shape }, at: span)
  }

  /// The shape of a point, which is numbers.
  func pointShape(_ value: Value, _ span: Span) throws(Diagnostic) -> Shape {
    if let shape = evaluator.shape(of: value) { return shape }
    if case .unknown = value { throw .silent(at: span) }
    throw .expected("numbers for `x`", found: value.kind, at: span)
  }
}
