package import Tensors

/// The lower triangular L with A = L Lᵀ, for symmetric positive definite A [..., n, n].
///
/// What is factored is (A + Aᵀ)/2. A program that meets an A that is not positive definite, or that is not
/// symmetric, stops; the reference gives NaN.
package struct Cholesky: LeadingAxesPrimitive {
  package static let name = "cholesky"
  package static let arity: Int? = 1

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    _ = try squareSize(inputs[0], operation: Self.name)
    return inputs[0]
  }

  /// With Φ taking the lower triangle and half the diagonal: Ā = sym(L⁻ᵀ Φ(Lᵀ L̄) L⁻¹).
  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let l = output
    let inner = graph.product(graph.matrixTranspose(l), graph.lowerTriangle(adjoint))
    let left = graph.add(TriangularSolve(lower: true, transposed: true), l, graph.halvedTriangle(inner))
    let right = graph.add(TriangularSolve(lower: true, transposed: true), l, graph.matrixTranspose(left))
    return [graph.symmetricPart(right)]
  }

  /// L̇ = L Φ(L⁻¹ Ȧ L⁻ᵀ).
  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard let tangent = tangents[0] else { return nil }
    let l = output
    let left = graph.add(TriangularSolve(lower: true, transposed: false), l, graph.symmetricPart(tangent))
    let both = graph.add(TriangularSolve(lower: true, transposed: false), l, graph.matrixTranspose(left))
    return graph.product(l, graph.halvedTriangle(both))
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(
      rounding: inputs[0].matrices.flatMap { $0.symmetricPart.cholesky().values }, to: resultType(of: inputs))
  }
}

extension Graph {
  /// The lower triangle with half the diagonal.
  mutating func halvedTriangle(_ a: NodeID) -> NodeID {
    add(Multiply(), add(Add(), lowerTriangle(a), lowerTriangle(a, offset: 1)), constant(0.5, like: a))
  }
}
