package import Tensors

/// The X with A X = B, inputs (A [..., n, n], B [..., n, k]), by elimination with row pivoting.
///
/// A singular A gives values that are not finite.
package struct Solve: LeadingAxesPrimitive {
  package static let name = "solve"
  package static let arity: Int? = 2

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try checkSystem(inputs, operation: Self.name)
    return inputs[1]
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
