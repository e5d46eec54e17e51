package import Tensors

/// Rows added to a table of zeros: inputs (index i64 of shape S, values [S…, …]) → [rowCount, …].
///
/// Values with equal indices are added in the order of the indices. An index
/// outside of 0..<rowCount stops the program that meets it.
package struct ScatterAddRows: LinearPrimitive {
  package static let name = "scatter"
  package static let leavesOut = true
  package static let arity: Int? = 2
  package static let linearOperand = 1
  package var rowCount: Int

  package init(rowCount: Int) { self.rowCount = rowCount }

  package var attributes: String { "\(rowCount)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (index, values) = (inputs[0], inputs[1])
    guard index.dtype == .i64 else { throw .dtype(operation: Self.name, index.dtype) }
    guard values.shape.sizes.starts(with: index.shape.sizes) else {
      throw .mismatch(operation: Self.name, left: index.shape, right: values.shape)
    }
    return TensorType(Shape([rowCount] + values.shape.sizes.dropFirst(index.shape.rank)), values.dtype)
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    graph.add(GatherRows(), adjoint, inputs[0])
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    let index = graph.memberRows(inputs[0], isBatched: isBatched[0], size: size, rowCount: rowCount)
    let values = graph.members(inputs[1], isBatched: isBatched[1], size: size)
    let rows = graph.add(ScatterAddRows(rowCount: size * rowCount), index, values)
    return graph.reshape(rows, to: Shape([size, rowCount] + graph.shape(rows).sizes.dropFirst()))
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let type = resultType(of: inputs)
    let width = type.shape.sizes.dropFirst().reduce(1, *)
    var result = [Double](repeating: 0, count: type.count)
    for (row, target) in inputs[0].values.enumerated() {
      for column in 0..<width { result[Int(target) * width + column] += inputs[1].values[row * width + column] }
    }
    return ReferenceTensor(rounding: result, to: type)
  }
}
