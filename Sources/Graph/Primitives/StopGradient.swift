package import Tensors

/// x, but a constant to every derivative.
package struct StopGradient: FlatPrimitive {
  package static let name = "stopgradient"

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType { inputs[0] }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(self, inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor { inputs[0] }
}
