package import Tensors

/// The largest element along `axes`, which are dropped; NaN where there is one.
///
/// The derivative goes to the first of equal elements in row-major order.
package struct ReduceMax: Primitive {
  package static let name = "max"
  package static let arity: Int? = 1
  package var axes: [Int]

  package init(axes: [Int]) { self.axes = axes }

  package var attributes: String { "\(axes)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard axes.allSatisfy({ $0 < 0 || $0 >= inputs[0].shape.rank || inputs[0].shape[$0] > 0 }) else {
      throw .unsuitable(operation: Self.name, shape: inputs[0].shape, expected: "at least one element")
    }
    try inputs[0].shape.check(axes: axes, operation: Self.name)
    return TensorType(inputs[0].shape.removing(axes: axes), inputs[0].dtype)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? { axes.isEmpty ? inputs[0] : nil }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let joined = graph.joinedLast(inputs[0], axes: axes)
    let index = position(&graph, in: joined)
    let column = graph.reshape(adjoint, to: graph.shape(index))
    let count = graph.shape(joined).sizes.last ?? 1
    let scattered = graph.add(ScatterAlongLast(count: count), index, column)
    return [graph.splitLast(scattered, axes: axes, of: graph.shape(inputs[0]))]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard let tangent = tangents[0] else { return nil }
    let index = position(&graph, in: graph.joinedLast(inputs[0], axes: axes))
    let chosen = graph.add(TakeAlongLast(), graph.joinedLast(tangent, axes: axes), index)
    return graph.reshape(chosen, to: graph.shape(output))
  }

  /// Where the extremum is along the joined last axis, as a column.
  private func position(_ graph: inout Graph, in joined: NodeID) -> NodeID {
    let index = graph.add(ArgMax(), joined)
    return graph.reshape(index, to: Shape(graph.shape(index).sizes + [1]))
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(ReduceMax(axes: axes.shiftedByOne), inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(
      rounding: inputs[0].rows(along: axes).map { $0.dropFirst().reduce($0[0], Maximum.value) },
      to: resultType(of: inputs))
  }
}
