package import Tensors

/// The operand repeated to a larger shape: sizes are aligned from the last axis, and an axis of size 1 or a
/// missing one is repeated.
package struct BroadcastTo: LinearPrimitive {
  package static let name = "broadcast"
  package var shape: Shape

  package init(shape: Shape) { self.shape = shape }

  package var attributes: String { "\(shape)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard inputs[0].shape.broadcast(with: shape) == shape else {
      throw .mismatch(operation: Self.name, left: inputs[0].shape, right: shape)
    }
    return TensorType(shape, inputs[0].dtype)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if graph.shape(inputs[0]) == shape { return inputs[0] }
    if let source = graph.operands(of: inputs[0], as: BroadcastTo.self) { return graph.add(self, source[0]) }
    return nil
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    graph.sum(adjoint, toShapeOf: inputs[0])
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    let source = graph.shape(inputs[0]).sizes
    let ones = [Int](repeating: 1, count: shape.rank - (source.count - 1))
    let aligned = graph.reshape(inputs[0], to: Shape([size] + ones + source.dropFirst()))
    return graph.broadcast(aligned, to: Shape([size] + shape.sizes))
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(resultType(of: inputs), inputs[0].broadcast(to: shape))
  }
}
