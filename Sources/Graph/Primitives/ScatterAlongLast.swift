package import Tensors

/// Elements added to rows of zeros by index: inputs (index i64 [..., k], values [..., k]) → [..., count].
///
/// Values with equal indices are added in order. An index outside of
/// 0..<count stops the program that meets it.
package struct ScatterAlongLast: LinearPrimitive, LeadingAxesPrimitive {
  package static let name = "put"
  package static let leavesOut = true
  package static let arity: Int? = 2
  package static let linearOperand = 1
  package var count: Int

  package init(count: Int) { self.count = count }

  package var attributes: String { "\(count)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (index, values) = (inputs[0], inputs[1])
    guard index.dtype == .i64 else { throw .dtype(operation: Self.name, index.dtype) }
    guard values.shape.rank > 0, index.shape == values.shape else {
      throw .mismatch(operation: Self.name, left: index.shape, right: values.shape)
    }
    return TensorType(Shape(values.shape.leading(without: 1) + [count]), values.dtype)
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    graph.add(TakeAlongLast(), adjoint, inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let rows = zip(inputs[0].lastRows, inputs[1].lastRows)
    let result = rows.flatMap { index, values in
      var row = [Double](repeating: 0, count: count)
      for (target, value) in zip(index, values) { row[Int(target)] += value }
      return row
    }
    return ReferenceTensor(rounding: result, to: resultType(of: inputs))
  }
}
