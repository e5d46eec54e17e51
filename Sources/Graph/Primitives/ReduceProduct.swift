package import Tensors

/// The product along `axes`, which are dropped; 1 for no elements.
///
/// ∂/∂xᵢ is the product of all others, computed as (product before i) · (product after i): right at zeros.
package struct ReduceProduct: Primitive {
  package static let name = "product"
  package static let arity: Int? = 1
  package var axes: [Int]

  package init(axes: [Int]) { self.axes = axes }

  package var attributes: String { "\(axes)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {

    try inputs[0].shape.check(axes: axes, operation: Self.name)
    return TensorType(inputs[0].shape.removing(axes: axes), inputs[0].dtype)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? { axes.isEmpty ? inputs[0] : nil }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    guard graph.dtype(inputs[0]).isReal else { return [nil] }
    let repeated = graph.expand(adjoint, over: axes, of: graph.shape(inputs[0]))
    return [graph.times(repeated, productOfOthers(&graph, inputs[0]))]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard let tangent = tangents[0] else { return nil }
    let parts = graph.times(tangent, productOfOthers(&graph, inputs[0]))
    return graph.add(ReduceSum(axes: axes), parts)
  }

  private func productOfOthers(_ graph: inout Graph, _ x: NodeID) -> NodeID {
    let joined = graph.joinedLast(x, axes: axes)
    let before = graph.exclusiveProduct(joined, reverse: false)
    let after = graph.exclusiveProduct(joined, reverse: true)
    return graph.splitLast(graph.add(Multiply(), before, after), axes: axes, of: graph.shape(x))
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(ReduceProduct(axes: axes.shiftedByOne), inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(rounding: inputs[0].rows(along: axes).map { $0.reduce(1, *) }, to: resultType(of: inputs))
  }
}
