import Glibc
package import Tensors

/// exp(xᵢ − m) / Σ exp(xⱼ − m) over the last axis, with m = max xⱼ.
///
/// With y the result, the derivative in direction t is y ∘ (t − ⟨y, t⟩); it is its own transpose.
package struct Softmax: LeadingAxesPrimitive {
  package static let name = "softmax"
  package static let arity: Int? = 1

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try checkLastAxis(inputs[0], operation: Self.name)
    return inputs[0]
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    [derivative(&graph, at: output, times: adjoint)]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    tangents[0].map { derivative(&graph, at: output, times: $0) }
  }

  private func derivative(_ graph: inout Graph, at y: NodeID, times direction: NodeID) -> NodeID {
    let shape = graph.shape(y)
    let last = shape.rank - 1
    let mean = graph.add(ReduceSum(axes: [last]), weighted(&graph, y, direction))
    let centred = graph.add(Subtract(), direction, graph.expand(mean, over: [last], of: shape))
    return weighted(&graph, y, centred)
  }

  private func weighted(_ graph: inout Graph, _ y: NodeID, _ direction: NodeID) -> NodeID {
    graph.isHazardous(direction, y) ? graph.add(ScaleAdjoint(), direction, y) : graph.add(Multiply(), y, direction)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    inputs[0].mapRows(along: inputs[0].shape.rank - 1) { row in
      let largest = row.reduce(-.infinity, Maximum.value)
      let weights = row.map { exp($0 - largest) }
      let total = weights.reduce(0, +)
      return weights.map { $0 / total }
    }
  }
}
