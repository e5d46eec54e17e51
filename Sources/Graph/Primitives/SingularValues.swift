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
