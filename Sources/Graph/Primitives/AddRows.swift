package import Tensors

/// A table with rows added by index: inputs (table [n, …], index i64 of shape S, values [S…, …]) → [n, …].
///
/// Values are added to their rows one after the other, in the order of the indices. Only those rows are touched where the
/// result may lie where the table was. An index outside of 0..<n stops the program that meets it.
package struct AddRows: Primitive {
  package static let name = "add_rows"
  package static let arity: Int? = 3

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (table, index, values) = (inputs[0], inputs[1], inputs[2])
    guard index.dtype == .i64 else { throw .dtype(operation: Self.name, index.dtype) }
    guard table.dtype.isReal, table.dtype == values.dtype else { throw .dtype(operation: Self.name, values.dtype) }
    guard table.shape.rank > 0, values.shape == Shape(index.shape.sizes + table.shape.sizes.dropFirst()) else {
      throw .mismatch(operation: Self.name, left: table.shape, right: values.shape)
    }
    return table
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    [adjoint, nil, graph.add(GatherRows(), adjoint, inputs[1])]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard let moving = tangents[2] else { return tangents[0] }
    guard let table = tangents[0] else {
      return graph.add(ScatterAddRows(rowCount: graph.shape(inputs[0])[0]), inputs[1], moving)
    }
    return graph.add(self, table, inputs[1], moving)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    let table = graph.members(inputs[0], isBatched: isBatched[0], size: size), shape = graph.shape(table)
    let index = graph.memberRows(inputs[1], isBatched: isBatched[1], size: size, rowCount: shape[1])
    let values = graph.members(inputs[2], isBatched: isBatched[2], size: size)
    let rows = graph.reshape(table, to: Shape([size * shape[1]] + shape.sizes.dropFirst(2)))
    return graph.reshape(graph.add(self, rows, index, values), to: shape)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let type = resultType(of: inputs)
    let width = type.shape.sizes.dropFirst().reduce(1, *)
    var result = inputs[0].values
    for (row, target) in inputs[1].values.enumerated() {
      for column in 0..<width { result[Int(target) * width + column] += inputs[2].values[row * width + column] }
    }
    return ReferenceTensor(rounding: result, to: type)
  }
}
