package import Tensors

/// yᵢ = x₀ + … + xᵢ along an axis; with `reverse`, yᵢ = xᵢ + … + xₙ₋₁.
package struct CumulativeSum: LinearPrimitive {
  package static let name = "cumsum"
  package var axis: Int
  package var reverse: Bool

  package init(axis: Int, reverse: Bool) {
    self.axis = axis
    self.reverse = reverse
  }

  package var attributes: String { "\(axis)\(reverse ? " reverse" : "")" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try inputs[0].shape.check(axes: [axis], operation: Self.name)
    return inputs[0]
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    graph.add(CumulativeSum(axis: axis, reverse: !reverse), adjoint)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(CumulativeSum(axis: axis + 1, reverse: reverse), inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    inputs[0].mapRows(along: axis) { $0.accumulated(from: 0, reverse: reverse, +) }
  }
}

extension [Double] {
  /// Running results of `operation`, from either end.
  func accumulated(from start: Double, reverse: Bool, _ operation: (Double, Double) -> Double) -> [Double] {
    var running = start
    var result = self
    for i in reverse ? Array<Int>(indices.reversed()) : Array<Int>(indices) {
      running = operation(running, self[i])
      result[i] = running
    }
    return result
  }
}
