package import Tensors

/// Rows of a table by index: inputs (table [n, …], index i64 of any shape S) → [S…, …].
///
/// An index outside of 0..<n stops the program that meets it.
package struct GatherRows: LinearPrimitive {
  package static let name = "gather"
  package static let arity: Int? = 2

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (table, index) = (inputs[0], inputs[1])
    guard index.dtype == .i64 else { throw .dtype(operation: Self.name, index.dtype) }
    guard table.shape.rank > 0 else {
      throw .unsuitable(operation: Self.name, shape: table.shape, expected: "rank ≥ 1")
    }
    return TensorType(Shape(index.shape.sizes + table.shape.sizes.dropFirst()), table.dtype)
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    graph.add(ScatterAddRows(rowCount: graph.shape(inputs[0])[0]), inputs[1], adjoint)
  }

  /// Members' tables are joined to one table of all rows, and each member's indices moved to its rows.
  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    guard isBatched[0] else { return graph.add(self, inputs[0], inputs[1]) }
    let shape = graph.shape(inputs[0])
    let rows = graph.reshape(inputs[0], to: Shape([size * shape[1]] + shape.sizes.dropFirst(2)))
    let index = graph.memberRows(inputs[1], isBatched: isBatched[1], size: size, rowCount: shape[1])
    return graph.add(self, rows, index)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let type = resultType(of: inputs)
    let width = inputs[0].shape.sizes.dropFirst().reduce(1, *)
    return ReferenceTensor(
      type, inputs[1].values.flatMap { inputs[0].values[Int($0) * width..<(Int($0) + 1) * width] })
  }
}

extension Graph {
  /// Indices into the joined tables of all members: index + member · rowCount.
  mutating func memberRows(_ index: NodeID, isBatched: Bool, size: Int, rowCount: Int) -> NodeID {
    let all = members(index, isBatched: isBatched, size: size)
    // In the joined table an index that is outside of its own would be one of another member.
    let own = size == 1 ? all : add(CheckedIndex(count: rowCount), all)
    let first = add(Multiply(), add(Iota(count: size, dtype: .i64)), constant(Double(rowCount), .i64))
    let ones = [Int](repeating: 1, count: shape(own).rank - 1)
    return add(Add(), own, reshape(first, to: Shape([size] + ones)))
  }
}
