package import Tensors

/// The lower triangular L with A = L Lᵀ, for symmetric positive definite A [..., n, n].
///
/// What is factored is (A + Aᵀ)/2. Where it is not positive definite the result is NaN.
package struct Cholesky: LeadingAxesPrimitive {
  package static let name = "cholesky"
  package static let arity: Int? = 1

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    _ = try squareSize(inputs[0], operation: Self.name)
    return inputs[0]
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
