package import Tensors

/// The cofactors of square matrices [..., n, n], the slope of their determinant:
/// Cᵢⱼ = (−1)^(i + j) det(A without row i and column j), which is det(A) A⁻ᵀ where A has an inverse.
///
/// At rank n − 1 it has rank 1, below that it is 0; [[1]] for n = 1.
package struct Cofactors: LeadingAxesPrimitive {
  package static let name = "cofactors"
  package static let arity: Int? = 1

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    _ = try squareSize(inputs[0], operation: Self.name)
    return inputs[0]
  }

  /// The second derivative of the determinant is symmetric in its two directions, so both rules are the same.
  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] { [graph.add(CofactorSlope(), inputs[0], adjoint)] }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? { tangents[0].map { graph.add(CofactorSlope(), inputs[0], $0) } }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(rounding: inputs[0].matrices.flatMap { $0.cofactors().values }, to: resultType(of: inputs))
  }
}
