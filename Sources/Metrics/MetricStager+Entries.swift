import Arithmetic
package import Diagnostics
import Engine
import Evaluation
package import Experiments
import Graph
import Messages
package import Staging
import Syntax
package import Tensors
package import Values

extension MetricStager {
  /// Stages assignments to states and parameters, all of which read the state before any of them.
  package func stage(
    _ assignments: [StateAssignment], on target: InterventionTarget, real: DType, in scope: Scope
  ) throws(Diagnostic) -> EntrySpec {
    guard let first = assignments.first else { return EntrySpec() }
    return try opened(real: real, in: scope, at: first.place.whole) { (inner) throws(Diagnostic) in
      var entry = EntrySpec()
      var outputs: [NodeID] = []
      for assignment in assignments {
        let slots = evaluator.leavesOrStates(assignment.target, target)
        outputs += try values(of: assignment, for: slots.map { slotNodes[$0] }, in: inner)
        entry.targets += slots
      }
      entry.values =
        finish(
          outputs, names: entry.targets.map { target.slots[$0].path }, isConditional: false, first.place.whole
        ).spec
      return entry
    }
  }

  /// One value for each slot of an assignment: a number for all, a tensor, or all of them as one vector.
  func values(of assignment: StateAssignment, for nodes: [NodeID], in scope: Scope) throws(Diagnostic) -> [NodeID] {
    let place = assignment.place
    let shapes = nodes.map { evaluator.graph.shape($0) }
    var value = try evaluator.within(assignment.thunk.code) { () throws(Diagnostic) in
      let value = try evaluator.evaluate(assignment.thunk.expression, in: scope)
      try evaluator.requireNumbers(value, "numbers for `\(assignment.target)`", at: place.right)
      return try evaluator.asReal(value, at: place.right)
    }
    if case .unknown = value { return nodes }
    if let operation = assignment.operation {
      let old = nodes.count == 1 ? Value.node(nodes[0]) : try evaluator.flattened(nodes, at: place.left)
      value = try evaluator.binary(operation, old, value, at: place)
    }
    let found = evaluator.shape(of: value) ?? .scalar
    if found.rank == 0 {
      var result: [NodeID] = []
      for shape in shapes {
        let spread = shape.rank == 0 ? value : try evaluator.apply(BroadcastTo(shape: shape), [value], at: place.right)
        result.append(try evaluator.node(spread, at: place.right))
      }
      return result
    }
    if shapes.count == 1, found == shapes[0] { return [try evaluator.node(value, at: place.right)] }
    let total = shapes.map(\.count).reduce(0, +)
    guard found == [total] else {
      throw .updateShape(
        assignment.target, expected: shapes.count == 1 ? shapes[0] : [total], found: found, at: place.right)
    }
    return try evaluator.split(evaluator.node(value, at: place.right), into: shapes, at: place.right)
  }
}
