package import Tensors

/// yᵢ = x₀ ⋯ xᵢ along an axis; with `reverse`, yᵢ = xᵢ ⋯ xₙ₋₁.
///
/// The derivative is right at zeros, at the price of an n × n matrix: with P[i, j] = xⱼ₊₁ ⋯ xᵢ for j ≤ i,
///
///     ẏᵢ = Σ_{j ≤ i} P[i, j] · (x₀ ⋯ xⱼ₋₁) · ẋⱼ
package struct CumulativeProduct: Primitive {
  package static let name = "cumprod"
  package static let arity: Int? = 1
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

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let shape = graph.shape(inputs[0])
    let moved = ordered(&graph, adjoint)
    let sums = apply(&graph, slopes(&graph, inputs[0]), to: moved, isTransposed: true)
    return [unordered(&graph, sums, of: shape)]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard let tangent = tangents[0] else { return nil }
    let moved = ordered(&graph, tangent)
    let sums = apply(&graph, slopes(&graph, inputs[0]), to: moved, isTransposed: false)
    return unordered(&graph, sums, of: graph.shape(inputs[0]))
  }

  /// The axis last, and from the end at which the product starts.
  private func ordered(_ graph: inout Graph, _ node: NodeID) -> NodeID {
    let moved = graph.joinedLast(node, axes: [axis])
    return reverse ? graph.add(Reverse(axes: [graph.shape(moved).rank - 1]), moved) : moved
  }

  private func unordered(_ graph: inout Graph, _ node: NodeID, of shape: Shape) -> NodeID {
    let forward = reverse ? graph.add(Reverse(axes: [shape.rank - 1]), node) : node
    return graph.splitLast(forward, axes: [axis], of: shape)
  }

  /// The matrix ∂yᵢ/∂xⱼ for each row: [..., i, j].
  private func slopes(_ graph: inout Graph, _ x: NodeID) -> NodeID {
    let row = ordered(&graph, x)
    let shape = graph.shape(row)
    let n = shape[shape.rank - 1]
    let matrix = Shape(shape.sizes + [n])
    let index = graph.add(Iota(count: n, dtype: .i64))
    let column = graph.reshape(index, to: [n, 1])
    let isBelow = graph.convert(graph.add(Less(), index, column), to: graph.dtype(x))  // j < i
    let isNotAbove = graph.convert(graph.add(LessEqual(), index, column), to: graph.dtype(x))
    let factors = graph.add(
      Select(), isBelow, graph.expand(row, over: [shape.rank], of: matrix), graph.constant(1, like: x))
    let runs = graph.add(CumulativeProduct(axis: shape.rank - 1, reverse: false), factors)
    let before = graph.exclusiveProduct(row, reverse: false)
    let products = graph.add(Multiply(), runs, graph.expand(before, over: [shape.rank - 1], of: matrix))
    return graph.add(Select(), isNotAbove, products, graph.constant(0, like: x))
  }

  private func apply(_ graph: inout Graph, _ matrix: NodeID, to row: NodeID, isTransposed: Bool) -> NodeID {
    let leading = Array(0..<(graph.shape(row).rank - 1)), i = leading.count, j = leading.count + 1
    let (summed, kept) = isTransposed ? (i, j) : (j, i)
    return graph.add(
      Contract(left: leading + [i, j], right: leading + [summed], output: leading + [kept]), matrix, row)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(CumulativeProduct(axis: axis + 1, reverse: reverse), inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    inputs[0].mapRows(along: axis) { $0.accumulated(from: 1, reverse: reverse, *) }
  }
}

extension Graph {
  /// The product of all elements before each (after each, with `reverse`) along the last axis.
  mutating func exclusiveProduct(_ x: NodeID, reverse: Bool) -> NodeID {
    let shape = shape(x)
    let last = shape.rank - 1
    guard shape[last] > 0 else { return x }
    let all = add(CumulativeProduct(axis: last, reverse: reverse), x)
    var starts = [Int](repeating: 0, count: shape.rank)
    var stops = shape.sizes
    if reverse { starts[last] = 1 } else { stops[last] -= 1 }
    let inner = add(Slice(starts: starts, stops: stops), all)
    let ones = filled(1, TensorType(Shape(shape.leading(without: 1) + [1]), dtype(x)))
    return reverse ? add(Concatenate(axis: last), inner, ones) : add(Concatenate(axis: last), ones, inner)
  }
}
