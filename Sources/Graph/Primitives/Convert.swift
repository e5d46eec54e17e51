package import Tensors

/// The same numbers in another element type.
///
/// Reals become whole numbers by dropping the fraction; NaN becomes 0 and what does not fit the nearest
/// whole number that does. The derivative passes between real types and is zero elsewhere.
package struct Convert: LinearPrimitive {
  package static let name = "convert"
  package var dtype: DType

  package init(dtype: DType) { self.dtype = dtype }

  package var attributes: String { "\(dtype)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType { TensorType(inputs[0].shape, dtype) }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if graph.dtype(inputs[0]) == dtype { return inputs[0] }
    guard let x = graph.scalarConstant(inputs[0]) else { return nil }
    return graph.constant(Self.value(x.value, dtype), dtype)
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    graph.convert(adjoint, to: graph.dtype(inputs[0]))
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(self, inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(rounding: inputs[0].values.map { Self.value($0, dtype) }, to: resultType(of: inputs))
  }

  private static func value(_ x: Double, _ dtype: DType) -> Double {
    guard dtype == .i64 else { return x }
    if x.isNaN { return 0 }
    return min(max(x.rounded(.towardZero), -0x1p63), 0x1p63) + 0  // + 0 turns −0 into 0.
  }
}
