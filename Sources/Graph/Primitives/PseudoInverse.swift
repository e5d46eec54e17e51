package import Tensors

/// The pseudo-inverse A⁺ [..., n, m] of A [..., m, n] (Moore and Penrose): V diag(1/σ) Uᵀ over the singular values above
/// max(m, n) ε σ₁, with ε of the type of A; 0 for A = 0.
///
/// Derivatives are those along which the rank stays (Golub and Pereyra 1973). At a matrix of full rank that is all of them.
package struct PseudoInverse: LeadingAxesPrimitive {
  package static let name = "pinv"
  package static let arity: Int? = 1

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (m, n) = try matrixSizes(inputs[0], operation: Self.name)
    return TensorType(Shape(inputs[0].shape.leading(without: 2) + [n, m]), inputs[0].dtype)
  }

  /// With P = A⁺: Ā = −Pᵀ P̄ Pᵀ + (1 − A P) P̄ᵀ P Pᵀ + Pᵀ P P̄ᵀ (1 − P A).
  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    [graph.pseudoInverseRule(inputs[0], output, adjoint, isAdjoint: true)]
  }

  /// With P = A⁺: Ṗ = −P Ȧ P + P Pᵀ Ȧᵀ (1 − A P) + (1 − P A) Ȧᵀ Pᵀ P.
  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    tangents[0].map { graph.pseudoInverseRule(inputs[0], output, $0, isAdjoint: false) }
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(rounding: inputs[0].matrices.flatMap { $0.pseudoInverse().values }, to: resultType(of: inputs))
  }
}

extension Graph {
  /// Both rules of the pseudo-inverse, which have the same terms with A or Aᵀ, in another order.
  ///
  /// What lies outside the ranges of A and Aᵀ is nothing where that is all of the space: such terms are left out.
  fileprivate mutating func pseudoInverseRule(_ a: NodeID, _ p: NodeID, _ x: NodeID, isAdjoint: Bool) -> NodeID {
    let pt = matrixTranspose(p), xt = matrixTranspose(x)
    let (outer, inner) = isAdjoint ? (pt, p) : (p, pt)
    var sum = add(Negate(), product(product(outer, x), outer))
    // 1 − A P from the right (or left) of one term, 1 − P A of the other.
    let left = product(product(outer, inner), xt), right = product(xt, product(inner, outer))
    let (onRight, onLeft) = isAdjoint ? (product(p, a), product(a, p)) : (product(a, p), product(p, a))
    sum = add(Add(), sum, add(Subtract(), left, product(left, onRight)))
    return add(Add(), sum, add(Subtract(), right, product(onLeft, right)))
  }
}
