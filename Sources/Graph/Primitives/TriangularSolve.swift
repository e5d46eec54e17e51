package import Tensors

/// The X with op(T) X = B, inputs (T [..., n, n], B [..., n, k]); op(T) is T, or Tᵀ when `transposed`.
///
/// Only the lower (or upper) triangle of T with its diagonal is read.
package struct TriangularSolve: LeadingAxesPrimitive {
  package static let name = "trisolve"
  package static let arity: Int? = 2
  package var lower: Bool
  package var transposed: Bool

  package init(lower: Bool, transposed: Bool) {
    self.lower = lower
    self.transposed = transposed
  }

  package var attributes: String { (lower ? "lower" : "upper") + (transposed ? " transposed" : "") }

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
