import Arithmetic
package import Diagnostics
import Graph
import Tensors
package import Values

// Both branches of a condition that only a step knows are computed, and one is taken. An index in the branch that is
// not taken reads nothing, so it may be anything, and so may a matrix that is not factorised there.

extension Evaluator {
  /// Stages what is taken only where a condition holds, or does not.
  func inBranch<T>(_ condition: Value, holds: Bool, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    guard stagingDepth > 0, case .condition(let node) = condition else { return try body() }
    builder.branches.append(BranchCondition(node: node, holds: holds))
    defer { builder.branches.removeLast() }
    return try body()
  }

  /// Whole numbers as they are where their branch is taken, and 0 elsewhere.
  package func guarded(_ indices: Value, at span: Span) throws(Diagnostic) -> Value {
    guard case .node = indices, let shape = shape(of: indices) else { return indices }
    return try guarded(indices, shape, mask: .f64, or: .node(graph.filled(0, TensorType(shape, .i64))), at: span)
  }

  /// A matrix as it is where its branch is taken, and one that can be factorised elsewhere: 1 on its diagonal.
  package func guardedMatrix(_ matrix: Value, at span: Span) throws(Diagnostic) -> Value {
    guard case .node(let id) = matrix, !builder.branches.isEmpty, let shape = shape(of: matrix), shape.rank == 2 else {
      return matrix
    }
    let size = max(shape[0], shape[1]), eye = Value.node(graph.identity(size, graph.dtype(id)))
    let rows = shape[0] < size ? try sliced(eye, 0, shape[0], axis: 0, at: span) : eye
    let part = shape[1] < size ? try sliced(rows, 0, shape[1], axis: 1, at: span) : rows
    return try guarded(matrix, shape, mask: graph.dtype(id), or: part, at: span)
  }

  /// A value where its branches are taken, and another of its shape elsewhere.
  private func guarded(
    _ value: Value, _ shape: Shape, mask dtype: DType, or other: Value, at span: Span
  ) throws(Diagnostic) -> Value {
    var result = value
    for branch in builder.branches {
      let own = graph.shape(branch.node)
      guard own.rank == 0 || own == shape else { continue }
      let mask = Value.node(graph.convert(branch.node, to: dtype))
      let full = own == shape ? mask : try apply(BroadcastTo(shape: shape), [mask], at: span)
      result = try apply(Select(), branch.holds ? [full, result, other] : [full, other, result], at: span)
    }
    return result
  }
}
