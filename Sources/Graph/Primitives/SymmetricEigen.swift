package import Tensors

/// Eigenvalues in ascending order and orthonormal eigenvectors of symmetric A [..., n, n].
///
/// What is decomposed is (A + Aᵀ)/2; a program that meets an A that is not symmetric stops. In each eigenvector the first component of largest magnitude is positive.
/// The result is packed: λ [n], then V [n, n] with eigenvectors in its columns, in one vector [..., n + n·n];
/// `Graph.symmetricEigen` unpacks it.
package struct SymmetricEigen: LeadingAxesPrimitive {
  package static let name = "eigen"
  package static let arity: Int? = 1

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let n = try squareSize(inputs[0], operation: Self.name)
    return TensorType(Shape(inputs[0].shape.leading(without: 2) + [n + n * n]), inputs[0].dtype)
  }

  /// With Fᵢⱼ = 1/(λⱼ − λᵢ) off the diagonal: Ā = sym(V (diag λ̄ + F ∘ VᵀV̄) Vᵀ).
  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let (values, v) = graph.unpackEigen(output, of: inputs[0])
    let (valuesAdjoint, vAdjoint) = graph.unpackEigen(adjoint, of: inputs[0])
    let inner = graph.product(graph.matrixTranspose(v), vAdjoint)
    let turned = graph.add(ScaleAdjoint(), inner, graph.inverseDifferences(values))
    let core = graph.add(Add(), graph.diagonalMatrix(valuesAdjoint), turned)
    let whole = graph.product(graph.product(v, core), graph.matrixTranspose(v))
    return [graph.symmetricPart(whole)]
  }

  /// With C = VᵀȦV: λ̇ = diag C and V̇ = V (F ∘ C).
  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard let tangent = tangents[0] else { return nil }
    let (values, v) = graph.unpackEigen(output, of: inputs[0])
    let inner = graph.product(graph.matrixTranspose(v), graph.product(graph.symmetricPart(tangent), v))
    let turned = graph.add(ScaleAdjoint(), inner, graph.inverseDifferences(values))
    let parts = [graph.diagonal(inner), graph.product(v, turned)]
    return graph.pack(parts, leadingRank: graph.shape(tangent).rank - 2)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let values = inputs[0].matrices.flatMap { matrix in
      let (values, vectors) = matrix.symmetricPart.symmetricEigen()
      return values + vectors.values
    }
    return ReferenceTensor(rounding: values, to: resultType(of: inputs))
  }
}

extension Graph {
  /// Eigenvalues [..., n], ascending, and eigenvectors [..., n, n] in columns of symmetric A [..., n, n].
  package mutating func symmetricEigen(_ a: NodeID) throws(ShapeError) -> (values: NodeID, vectors: NodeID) {
    let packed = try apply(SymmetricEigen(), [a])
    return unpackEigen(packed, of: a)
  }

  mutating func unpackEigen(_ packed: NodeID, of a: NodeID) -> (values: NodeID, vectors: NodeID) {
    let n = shape(a).sizes.last ?? 0
    let parts = unpack(packed, [[n], [n, n]])
    return (parts[0], parts[1])
  }

  /// 1 / (f(xⱼ) − f(xᵢ)) as a matrix [..., i, j], with 0 on the diagonal.
  ///
  /// Where xᵢ and xⱼ differ by no more than n ε max |x| they are one value that rounding has split: it is infinite there, so
  /// that a slope that needs one vector of the many is not finite, rather than noise.
  mutating func inverseDifferences(_ x: NodeID, of f: (inout Graph, NodeID) -> NodeID = { $1 }) -> NodeID {
    let n = shape(x).sizes.last ?? 0
    let isDiagonal = identity(n, dtype(x)), zero = constant(0, like: x)
    var differences = allDifferences(f(&self, x))
    if n > 1 {
      let largest = add(ReduceMax(axes: [shape(x).rank - 1]), add(Absolute(), x))
      let cut = add(Multiply(), largest, constant(Double(n) * (dtype(x) == .f32 ? 0x1p-23 : 0x1p-52), like: x))
      let matrix = shape(differences), wide = expand(cut, over: [matrix.rank - 2, matrix.rank - 1], of: matrix)
      let isOne = convert(add(LessEqual(), add(Absolute(), allDifferences(x)), wide), to: dtype(x))
      differences = add(Select(), isOne, zero, differences)
    }
    differences = add(Select(), isDiagonal, constant(1, like: x), differences)
    return add(Select(), isDiagonal, zero, add(Reciprocal(), differences))
  }

  /// xⱼ − xᵢ as a matrix [..., i, j].
  private mutating func allDifferences(_ x: NodeID) -> NodeID {
    let matrix = Shape(shape(x).sizes + [shape(x).sizes.last ?? 0]), rank = matrix.rank
    return add(Subtract(), expand(x, over: [rank - 2], of: matrix), expand(x, over: [rank - 1], of: matrix))
  }
}
