package import Tensors

/// Axes in another order: axis i of the result is axis `permutation[i]` of the operand.
package struct Transpose: LinearPrimitive {
  package static let name = "transpose"
  package var permutation: [Int]

  package init(permutation: [Int]) { self.permutation = permutation }

  package var attributes: String { "\(permutation)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let shape = inputs[0].shape
    guard permutation.count == shape.rank else {
      throw .unsuitable(operation: Self.name, shape: shape, expected: "rank \(permutation.count)")
    }
    try shape.check(axes: permutation, operation: Self.name)
    return TensorType(Shape(permutation.map { shape[$0] }), inputs[0].dtype)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if permutation == Array(permutation.indices) { return inputs[0] }
    let source = graph[inputs[0]]
    if let inner = source.primitive as? Transpose {
      return graph.add(Transpose(permutation: permutation.map { inner.permutation[$0] }), source.inputs[0])
    }
    guard let value = graph.filledValue(inputs[0]) else { return nil }
    return graph.filled(value, TensorType(Shape(permutation.map { source.type.shape[$0] }), source.type.dtype))
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    graph.add(Transpose(permutation: permutation.inversePermutation), adjoint)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(Transpose(permutation: [0] + permutation.shiftedByOne), inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let type = resultType(of: inputs)
    let strides = inputs[0].shape.strides
    let offsets = type.shape.offsets(strides: permutation.map { strides[$0] })
    return ReferenceTensor(type, offsets.map { inputs[0].values[$0] })
  }
}
