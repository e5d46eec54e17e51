package import Tensors

/// a where the condition is not 0, else b; inputs (condition, a, b), broadcast together.
///
/// The condition is 0 or 1 in the real type of a and b (f64 where those are i64). Derivatives are selected
/// too, never multiplied by the condition, so that what was not selected contributes exactly 0.
package struct Select: Primitive {
  package static let name = "select"
  package static let leavesOut = true
  package static let arity: Int? = 3

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (condition, a, b) = (inputs[0], inputs[1], inputs[2])
    guard a.dtype == b.dtype else { throw .dtype(operation: Self.name, b.dtype) }
    guard condition.dtype == (a.dtype.isReal ? a.dtype : .f64) else {
      throw .dtype(operation: Self.name, condition.dtype)
    }
    guard let values = a.shape.broadcast(with: b.shape) else {
      throw .mismatch(operation: Self.name, left: a.shape, right: b.shape)
    }
    guard let shape = condition.shape.broadcast(with: values) else {
      throw .mismatch(operation: Self.name, left: condition.shape, right: values)
    }
    return TensorType(shape, a.dtype)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if inputs[1] == inputs[2] { return graph.kept(inputs[1], against: inputs[0]) }
    guard let condition = graph.filledValue(inputs[0]) else { return nil }
    let (chosen, other) = condition != 0 ? (inputs[1], inputs[2]) : (inputs[2], inputs[1])
    return graph.kept(chosen, against: other).flatMap { graph.kept($0, against: inputs[0]) }
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let zero = graph.constant(0, like: adjoint)
    let first = graph.add(Select(), inputs[0], adjoint, zero)
    let second = graph.add(Select(), inputs[0], zero, adjoint)
    return [nil, graph.sum(first, toShapeOf: inputs[1]), graph.sum(second, toShapeOf: inputs[2])]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard tangents[1] != nil || tangents[2] != nil else { return nil }
    let zero = graph.constant(0, like: output)
    let chosen = graph.add(Select(), inputs[0], tangents[1] ?? zero, tangents[2] ?? zero)
    return graph.broadcast(chosen, to: graph.shape(output))
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(self, inputs: graph.alignedForBroadcast(inputs, isBatched: isBatched))
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let type = resultType(of: inputs)
    let operands = inputs.map { $0.broadcast(to: type.shape) }
    return ReferenceTensor(type, (0..<type.count).map { operands[0][$0] != 0 ? operands[1][$0] : operands[2][$0] })
  }
}
