import Diagnostics
import Graph
import Tensors

// Both branches of a condition that only a step knows are computed, and one is taken. An index in the branch that is
// not taken reads nothing, so it may be anything.

/// A condition under which something is staged.
struct BranchCondition {
  var node: NodeID
  /// Whether the branch is that of a condition that holds.
  var holds: Bool
}

extension Evaluator {
  /// Stages what is taken only where a condition holds, or does not.
  func inBranch<T>(_ condition: Value, holds: Bool, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    guard stagingDepth > 0, case .node(let node) = condition else { return try body() }
    let outer = branches
    branches.append(BranchCondition(node: node, holds: holds))
    defer { branches = outer }
    return try body()
  }

  /// Whole numbers as they are where their branch is taken, and 0 elsewhere.
  func guarded(_ indices: Value, at span: Span) throws(Diagnostic) -> Value {
    guard case .node = indices, let shape = shape(of: indices) else { return indices }
    var result = indices
    for branch in branches {
      let own = graph.shape(branch.node)
      guard own.rank == 0 || own == shape else { continue }
      let zero = Value.node(graph.filled(0, TensorType(shape, .i64)))
      let mask = Value.node(graph.convert(branch.node, to: .f64))
      let full = own == shape ? mask : try apply(BroadcastTo(shape: shape), [mask], at: span)
      result = try apply(Select(), branch.holds ? [full, result, zero] : [full, zero, result], at: span)
    }
    return result
  }
}
