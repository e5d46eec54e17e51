package import Tensors

/// Elements in opposite order along each of `axes`.
package struct Reverse: LinearPrimitive {
  package static let name = "reverse"
  package var axes: [Int]

  package init(axes: [Int]) { self.axes = axes }

  package var attributes: String { "\(axes)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try inputs[0].shape.check(axes: axes, operation: Self.name)
    return inputs[0]
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if axes.isEmpty { return inputs[0] }
    let source = graph[inputs[0]]
    return (source.primitive as? Reverse) == self ? source.inputs[0] : nil
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    graph.add(self, adjoint)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(Reverse(axes: axes.shiftedByOne), inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    axes.reduce(inputs[0]) { tensor, axis in tensor.mapRows(along: axis) { $0.reversed() } }
  }
}
