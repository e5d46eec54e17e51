package import Tensors

/// A = Q R with orthonormal columns in Q [..., m, k], upper triangular R [..., k, n] and k = min(m, n);
/// the diagonal of R is not negative.
///
/// The result is packed: Q then R, each row-major, in one vector [..., m·k + k·n]; `Graph.qr` unpacks it.
package struct QRDecomposition: LeadingAxesPrimitive {
  package static let name = "qr"
  package static let arity: Int? = 1

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let (m, n) = try matrixSizes(inputs[0], operation: Self.name)
    let k = min(m, n)
    return TensorType(Shape(inputs[0].shape.leading(without: 2) + [m * k + k * n]), inputs[0].dtype)
  }

  /// For m ≥ n, with M = R R̄ᵀ − Q̄ᵀ Q and M′ symmetric with the lower triangle of M: Ā = (Q̄ + Q M′) R⁻ᵀ.
  ///
  /// For m < n the columns beyond the first m are QᵀA alone.
  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let a = inputs[0]
    let rank = graph.shape(a).rank
    let (m, n) = (graph.shape(a)[rank - 2], graph.shape(a)[rank - 1])
    let k = min(m, n)
    let (q, r) = graph.unpackQR(output, of: a)
    let (qAdjoint, rAdjoint) = graph.unpackQR(adjoint, of: a)
    let (rHead, rHeadAdjoint) = (graph.columns(0..<k, of: r), graph.columns(0..<k, of: rAdjoint))
    guard m < n else { return [squareAdjoint(&graph, q, rHead, qAdjoint, rHeadAdjoint)] }
    let (tail, tailAdjoint) = (graph.columns(k..<n, of: a), graph.columns(k..<n, of: rAdjoint))
    let all = graph.add(Add(), qAdjoint, graph.product(tail, graph.matrixTranspose(tailAdjoint)))
    let head = squareAdjoint(&graph, q, rHead, all, rHeadAdjoint)
    return [graph.add(Concatenate(axis: rank - 1), head, graph.product(q, tailAdjoint))]
  }

  private func squareAdjoint(
    _ graph: inout Graph, _ q: NodeID, _ r: NodeID, _ qAdjoint: NodeID, _ rAdjoint: NodeID
  ) -> NodeID {
    let upper = graph.triangularPart(rAdjoint, lower: false)
    let fromR = graph.product(r, graph.matrixTranspose(upper))
    let fromQ = graph.product(graph.matrixTranspose(qAdjoint), q)
    let m = graph.add(Subtract(), fromR, fromQ)
    let strict = graph.matrixTranspose(graph.lowerTriangle(m, offset: 1))
    let symmetric = graph.add(Add(), graph.lowerTriangle(m), strict)
    let sum = graph.add(Add(), qAdjoint, graph.product(q, symmetric))
    let solved = graph.add(TriangularSolve(lower: false, transposed: false), r, graph.matrixTranspose(sum))
    return graph.matrixTranspose(solved)
  }

  /// With X = Ȧ R⁻¹ and the antisymmetric Ω of the lower triangle of QᵀX:
  /// Q̇ = X − Q QᵀX + Q Ω and Ṙ = Q̇ᵀA + QᵀȦ.
  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard let tangent = tangents[0] else { return nil }
    let a = inputs[0]
    let (q, r) = graph.unpackQR(output, of: a)
    let k = graph.shape(q).sizes.last ?? 0
    let head = graph.matrixTranspose(graph.columns(0..<k, of: tangent))
    let x = graph.matrixTranspose(
      graph.add(TriangularSolve(lower: false, transposed: true), graph.columns(0..<k, of: r), head))
    let inner = graph.product(graph.matrixTranspose(q), x)
    let strict = graph.lowerTriangle(inner, offset: 1)
    let omega = graph.add(Subtract(), strict, graph.matrixTranspose(strict))
    let turned = graph.product(q, graph.add(Subtract(), omega, inner))
    let qTangent = graph.add(Add(), x, turned)
    let first = graph.product(graph.matrixTranspose(qTangent), a)
    let second = graph.product(graph.matrixTranspose(q), tangent)
    let rTangent = graph.triangularPart(graph.add(Add(), first, second), lower: false)
    return graph.pack([qTangent, rTangent], leadingRank: graph.shape(a).rank - 2)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let values = inputs[0].matrices.flatMap { matrix in
      let (q, r) = matrix.qr()
      return q.values + r.values
    }
    return ReferenceTensor(rounding: values, to: resultType(of: inputs))
  }
}

extension Graph {
  /// Q [..., m, k] and R [..., k, n] of A [..., m, n].
  package mutating func qr(_ a: NodeID) throws(ShapeError) -> (q: NodeID, r: NodeID) {
    let packed = try apply(QRDecomposition(), [a])
    return unpackQR(packed, of: a)
  }

  mutating func unpackQR(_ packed: NodeID, of a: NodeID) -> (q: NodeID, r: NodeID) {
    let rank = shape(a).rank
    let (m, n) = (shape(a)[rank - 2], shape(a)[rank - 1])
    let parts = unpack(packed, [[m, min(m, n)], [min(m, n), n]])
    return (parts[0], parts[1])
  }

  /// Some columns of matrices on the last two axes.
  mutating func columns(_ range: Range<Int>, of a: NodeID) -> NodeID {
    let shape = shape(a)
    var starts = [Int](repeating: 0, count: shape.rank)
    var stops = shape.sizes
    (starts[shape.rank - 1], stops[shape.rank - 1]) = (range.lowerBound, range.upperBound)
    return add(Slice(starts: starts, stops: stops), a)
  }
}
