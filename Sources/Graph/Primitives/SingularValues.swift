package import Tensors

/// The thin singular value decomposition A = U diag(s) Vᵀ of A [..., m, n], with k = min(m, n) and
/// s descending and not negative.
///
/// In each column of U the first component of largest magnitude is positive. The result is packed:
/// U [m, k], s [k], Vᵀ [k, n], in one vector [..., m·k + k + k·n]; `Graph.singularValues` unpacks it.
package struct SingularValues: LeadingAxesPrimitive {
  package static let name = "svd"
  package static let arity: Int? = 1

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (m, n) = try matrixSizes(inputs[0], operation: Self.name)
    let k = min(m, n)
    return TensorType(Shape(inputs[0].shape.leading(without: 2) + [m * k + k + k * n]), inputs[0].dtype)
  }

  /// The pullback of U, s and Vᵀ.
  ///
  /// With Fᵢⱼ = 1/(sⱼ² − sᵢ²) off the diagonal, G = F ∘ UᵀŪ and H = F ∘ VᵀV̄:
  ///
  ///     Ā = U ((G + Gᵀ) S + S (H + Hᵀ) + diag s̄) Vᵀ + (1 − UUᵀ) Ū S⁻¹ Vᵀ + U S⁻¹ V̄ᵀ (1 − VVᵀ)
  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let (u, s, vt) = graph.unpackSVD(output, of: inputs[0])
    let (uAdjoint, sAdjoint, vtAdjoint) = graph.unpackSVD(adjoint, of: inputs[0])
    let v = graph.matrixTranspose(vt), vAdjoint = graph.matrixTranspose(vtAdjoint)
    let differences = graph.inverseDifferences(s) { $0.add(Square(), $1) }
    let g = graph.symmetricSum(graph.product(graph.matrixTranspose(u), uAdjoint), scaledBy: differences)
    let h = graph.symmetricSum(graph.product(vt, vAdjoint), scaledBy: differences)
    let parts = [graph.scaleColumns(g, by: s), graph.scaleRows(h, by: s), graph.diagonalMatrix(sAdjoint)]
    var core = graph.product(graph.product(u, graph.total(parts) ?? g), vt)
    if let outside = graph.outside(u, of: uAdjoint) {
      core = graph.add(Add(), core, graph.product(graph.scaleColumns(outside, byInverse: s), vt))
    }
    if let outside = graph.outside(v, of: vAdjoint) {
      let rows = graph.matrixTranspose(graph.scaleColumns(outside, byInverse: s))
      core = graph.add(Add(), core, graph.product(u, rows))
    }
    return [core]
  }

  /// With P = UᵀȦV: ṡ = diag P, U̇ = U (F ∘ (P S + S Pᵀ)) + (1 − UUᵀ) Ȧ V S⁻¹ and
  /// V̇ = V (F ∘ (S P + Pᵀ S)) + (1 − VVᵀ) Ȧᵀ U S⁻¹.
  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard let tangent = tangents[0] else { return nil }
    let (u, s, vt) = graph.unpackSVD(output, of: inputs[0])
    let v = graph.matrixTranspose(vt)
    let p = graph.product(graph.product(graph.matrixTranspose(u), tangent), v)
    let differences = graph.inverseDifferences(s) { $0.add(Square(), $1) }
    let turned = { (graph: inout Graph, basis: NodeID, inner: NodeID, image: NodeID) -> NodeID in
      let sum = graph.add(Add(), inner, graph.matrixTranspose(inner))
      let inside = graph.product(basis, graph.add(ScaleAdjoint(), sum, differences))
      guard let outside = graph.outside(basis, of: image) else { return inside }
      return graph.add(Add(), inside, graph.scaleColumns(outside, byInverse: s))
    }
    let uTangent = turned(&graph, u, graph.scaleColumns(p, by: s), graph.product(tangent, v))
    let image = graph.product(graph.matrixTranspose(tangent), u)
    let vTangent = turned(&graph, v, graph.scaleRows(p, by: s), image)
    let parts = [uTangent, graph.diagonal(p), graph.matrixTranspose(vTangent)]
    return graph.pack(parts, leadingRank: graph.shape(tangent).rank - 2)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let values = inputs[0].matrices.flatMap { matrix in
      let (u, s, vt) = matrix.svd()
      return u.values + s + vt.values
    }
    return ReferenceTensor(rounding: values, to: resultType(of: inputs))
  }
}

extension Graph {
  /// U [..., m, k], s [..., k] and Vᵀ [..., k, n] of A [..., m, n], with k = min(m, n).
  package mutating func singularValues(_ a: NodeID) throws(ShapeError) -> (u: NodeID, s: NodeID, vt: NodeID) {
    let packed = try apply(SingularValues(), [a])
    return unpackSVD(packed, of: a)
  }

  mutating func unpackSVD(_ packed: NodeID, of a: NodeID) -> (u: NodeID, s: NodeID, vt: NodeID) {
    let rank = shape(a).rank
    let (m, n) = (shape(a)[rank - 2], shape(a)[rank - 1])
    let k = min(m, n)
    let parts = unpack(packed, [[m, k], [k], [k, n]])
    return (parts[0], parts[1], parts[2])
  }

  /// F ∘ X + (F ∘ X)ᵀ.
  fileprivate mutating func symmetricSum(_ x: NodeID, scaledBy factors: NodeID) -> NodeID {
    let scaled = add(ScaleAdjoint(), x, factors)
    return add(Add(), scaled, matrixTranspose(scaled))
  }

  /// X diag(1/s), where nothing stays nothing also at s = 0.
  fileprivate mutating func scaleColumns(_ x: NodeID, byInverse s: NodeID) -> NodeID {
    add(ScaleAdjoint(), x, expand(add(Reciprocal(), s), over: [shape(x).rank - 2], of: shape(x)))
  }

  /// X − U UᵀX, what lies outside the columns of U; nil where U is square and nothing does.
  mutating func outside(_ u: NodeID, of x: NodeID) -> NodeID? {
    let shape = shape(u)
    guard shape[shape.rank - 2] > shape[shape.rank - 1] else { return nil }
    return add(Subtract(), x, product(u, product(matrixTranspose(u), x)))
  }
}
