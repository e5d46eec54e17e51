package import Tensors

/// The same elements in row-major order under another shape of equal count.
package struct Reshape: LinearPrimitive {
  package static let name = "reshape"
  package var shape: Shape

  package init(shape: Shape) { self.shape = shape }

  package var attributes: String { "\(shape)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard shape.hasCountableSize, shape.count == inputs[0].shape.count else {
      throw .mismatch(operation: Self.name, left: inputs[0].shape, right: shape)
    }
    return TensorType(shape, inputs[0].dtype)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if graph.shape(inputs[0]) == shape { return inputs[0] }
    if let source = graph.operands(of: inputs[0], as: Reshape.self) { return graph.add(self, source[0]) }
    if let value = graph.filledValue(inputs[0]) {
      return graph.filled(value, TensorType(shape, graph.dtype(inputs[0])))
    }
    return nil
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    graph.reshape(adjoint, to: graph.shape(inputs[0]))
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.reshape(inputs[0], to: Shape([size] + shape.sizes))
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(resultType(of: inputs), inputs[0].values)
  }
}
