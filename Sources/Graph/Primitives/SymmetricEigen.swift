package import Tensors

/// Eigenvalues in ascending order and orthonormal eigenvectors of symmetric A [..., n, n].
///
/// What is decomposed is (A + Aᵀ)/2. In each eigenvector the first component of largest magnitude is positive.
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
//RULES
  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] { throw DerivativeError(operation: Self.name, reason: "") }
  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? { throw DerivativeError(operation: Self.name, reason: "") }
  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor { inputs[0] }
//END
}
