package import Tensors

/// The sum along `axes`, which are dropped; 0 for no elements.
package struct ReduceSum: LinearPrimitive {
  package static let name = "sum"
  package var axes: [Int]

  package init(axes: [Int]) { self.axes = axes }

  package var attributes: String { "\(axes)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try inputs[0].shape.check(axes: axes, operation: Self.name)
    return TensorType(inputs[0].shape.removing(axes: axes), inputs[0].dtype)
  }

  /// A sum over axes of a contraction is a contraction without their labels; only the order of summation differs.
  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if axes.isEmpty { return inputs[0] }
    let source = graph[inputs[0]]
    guard let contract = source.primitive as? Contract else { return nil }
    var total = contract
    total.output = contract.output.indices.filter { !axes.contains($0) }.map { contract.output[$0] }
    return graph.add(total, inputs: source.inputs)
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    graph.expand(adjoint, over: axes, of: graph.shape(inputs[0]))
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(ReduceSum(axes: axes.shiftedByOne), inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(rounding: inputs[0].rows(along: axes).map { $0.reduce(0, +) }, to: resultType(of: inputs))
  }
}
