package import Tensors

/// The slope of the cofactors of A in direction E, the second derivative of the determinant; inputs (A, E), both [..., n, n].
///
///     Σₖₗ Eₖₗ (−1)^(i + j + k + l) det(A without rows i, k and columns j, l), with the sign of both orders
///
/// This is det(A) (tr(A⁻¹E) A⁻ᵀ − A⁻ᵀEᵀA⁻ᵀ) where A has an inverse. Linear in E and its own adjoint; 0 for n = 1.
package struct CofactorSlope: LeadingAxesPrimitive {
  package static let name = "cofactor_slope"
  package static let arity: Int? = 2

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    _ = try squareSize(inputs[0], operation: Self.name)
    guard inputs[0] == inputs[1] else {
      throw .mismatch(operation: Self.name, left: inputs[0].shape, right: inputs[1].shape)
    }
    return inputs[0]
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    [thirdDerivative(&graph, inputs[0], inputs[1], adjoint), graph.add(CofactorSlope(), inputs[0], adjoint)]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    var parts: [NodeID] = []
    if let tangent = tangents[0] { parts.append(thirdDerivative(&graph, inputs[0], inputs[1], tangent)) }
    if let tangent = tangents[1] { parts.append(graph.add(CofactorSlope(), inputs[0], tangent)) }
    return graph.total(parts)
  }

  /// The third derivative of the determinant in the directions E and F, for A with an inverse.
  ///
  /// With X = A⁻¹E and Y = A⁻¹F it is det(A) ((tr X tr Y − tr XY) 1 − tr X Y − tr Y X + XY + YX) A⁻¹, transposed.
  private func thirdDerivative(_ graph: inout Graph, _ a: NodeID, _ e: NodeID, _ f: NodeID) -> NodeID {
    let n = graph.shape(a).sizes.last ?? 0
    let eye = graph.broadcast(graph.identity(n, graph.dtype(a)), to: graph.shape(a))
    let x = graph.add(Solve(), a, e), y = graph.add(Solve(), a, f)
    let xy = graph.product(x, y)
    let (traceX, traceY) = (graph.spreadTrace(x), graph.spreadTrace(y))
    let scalar = graph.add(Subtract(), graph.add(Multiply(), traceX, traceY), graph.spreadTrace(xy))
    var sum = graph.add(Multiply(), scalar, eye)
    sum = graph.add(Subtract(), sum, graph.add(Multiply(), traceX, y))
    sum = graph.add(Subtract(), sum, graph.add(Multiply(), traceY, x))
    sum = graph.add(Add(), sum, graph.add(Add(), xy, graph.product(y, x)))
    let turned = graph.add(Solve(), graph.matrixTranspose(a), graph.matrixTranspose(sum))
    let rank = graph.shape(a).rank
    let det = graph.expand(graph.add(Determinant(), a), over: [rank - 2, rank - 1], of: graph.shape(a))
    return graph.add(Multiply(), det, turned)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let values = zip(inputs[0].matrices, inputs[1].matrices).flatMap { $0.cofactorSlope($1).values }
    return ReferenceTensor(rounding: values, to: resultType(of: inputs))
  }
}

extension Graph {
  /// The trace of square matrices at each of their places.
  fileprivate mutating func spreadTrace(_ a: NodeID) -> NodeID {
    let rank = shape(a).rank
    return expand(add(ReduceSum(axes: [rank - 2]), diagonal(a)), over: [rank - 2, rank - 1], of: shape(a))
  }
}
