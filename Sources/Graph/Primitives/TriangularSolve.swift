package import Tensors

/// The X with op(T) X = B, inputs (T [..., n, n], B [..., n, k]); op(T) is T, or Tᵀ when `transposed`.
///
/// Only the lower (or upper) triangle of T with its diagonal is read. A program stops where an element of the diagonal is
/// less than n ε of the largest in its row (or column).
package struct TriangularSolve: LeadingAxesPrimitive {
  package static let name = "trisolve"
  package static let arity: Int? = 2
  package var lower: Bool
  package var transposed: Bool

  package init(lower: Bool, transposed: Bool) {
    self.lower = lower
    self.transposed = transposed
  }

  package var attributes: String { (lower ? "lower" : "upper") + (transposed ? " transposed" : "") }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try checkSystem(inputs, operation: Self.name)
    return inputs[1]
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let right = graph.add(TriangularSolve(lower: lower, transposed: !transposed), inputs[0], adjoint)
    let (a, b) = transposed ? (output, right) : (right, output)
    let product = graph.add(Negate(), graph.product(a, graph.matrixTranspose(b)))
    return [graph.triangularPart(product, lower: lower), right]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    var parts: [NodeID] = []
    if let tangent = tangents[1] { parts.append(tangent) }
    if let tangent = tangents[0] {
      let triangle = graph.triangularPart(tangent, lower: lower)
      let moved = graph.product(transposed ? graph.matrixTranspose(triangle) : triangle, output)
      parts.append(graph.add(Negate(), moved))
    }
    return graph.total(parts).map { graph.add(self, inputs[0], $0) }
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let values = zip(inputs[0].matrices, inputs[1].matrices).flatMap { t, b in
      (transposed ? t.transposed : t).solveTriangle(lower: lower != transposed, b).values
    }
    return ReferenceTensor(rounding: values, to: resultType(of: inputs))
  }
}

extension Graph {
  /// The lower or upper triangle with the diagonal; everything else exactly 0.
  mutating func triangularPart(_ a: NodeID, lower: Bool) -> NodeID {
    lower ? lowerTriangle(a) : matrixTranspose(lowerTriangle(matrixTranspose(a)))
  }
}
