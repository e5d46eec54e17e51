package import Tensors

/// Elements of each row by index: inputs (values [..., n], index i64 [..., k]) → [..., k].
///
/// Leading sizes are equal. An index outside of 0..<n stops the program that meets it.
package struct TakeAlongLast: LinearPrimitive, LeadingAxesPrimitive {
  package static let name = "take"
  package static let arity: Int? = 2

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (values, index) = (inputs[0], inputs[1])
    guard index.dtype == .i64 else { throw .dtype(operation: Self.name, index.dtype) }
    guard values.shape.rank > 0, index.shape.rank == values.shape.rank,
      values.shape.leading(without: 1) == index.shape.leading(without: 1)
    else { throw .mismatch(operation: Self.name, left: values.shape, right: index.shape) }
    return TensorType(index.shape, values.dtype)
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    let shape = graph.shape(inputs[0])
    return graph.add(ScatterAlongLast(count: shape[shape.rank - 1]), inputs[1], adjoint)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let rows = zip(inputs[0].lastRows, inputs[1].lastRows)
    return ReferenceTensor(resultType(of: inputs), rows.flatMap { row, index in index.map { row[Int($0)] } })
  }
}
