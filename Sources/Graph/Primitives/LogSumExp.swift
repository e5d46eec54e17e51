import Glibc
package import Tensors

/// ln Σ exp(xᵢ) over the last axis, which is dropped, without overflow; −∞ for no elements.
///
/// With m = max xᵢ it is m + ln Σ exp(xᵢ − m); an infinite m is the result itself.
package struct LogSumExp: LeadingAxesPrimitive {
  package static let name = "logsumexp"
  package static let arity: Int? = 1

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try checkLastAxis(inputs[0], operation: Self.name)
    return TensorType(inputs[0].shape.removing(axes: [inputs[0].shape.rank - 1]), inputs[0].dtype)
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let shape = graph.shape(inputs[0])
    let repeated = graph.expand(adjoint, over: [shape.rank - 1], of: shape)
    return [graph.times(repeated, graph.add(Softmax(), inputs[0]))]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard let tangent = tangents[0] else { return nil }
    let parts = graph.add(Multiply(), tangent, graph.add(Softmax(), inputs[0]))
    return graph.add(ReduceSum(axes: [graph.shape(parts).rank - 1]), parts)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(rounding: inputs[0].lastRows.map(Self.value), to: resultType(of: inputs))
  }

  private static func value(_ row: [Double]) -> Double {
    let largest = row.reduce(-.infinity, Maximum.value)
    guard largest.isFinite else { return largest }
    return largest + log(row.reduce(0) { $0 + exp($1 - largest) })
  }
}

/// Checks that there is a last axis, of reals.
func checkLastAxis(_ type: TensorType, operation: String) throws(ShapeError) {
  guard type.dtype.isReal else { throw .dtype(operation: operation, type.dtype) }
  guard type.shape.rank > 0 else { throw .unsuitable(operation: operation, shape: type.shape, expected: "rank ≥ 1") }
}
