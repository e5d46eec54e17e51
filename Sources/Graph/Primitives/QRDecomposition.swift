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
