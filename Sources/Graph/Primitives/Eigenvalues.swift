package import Tensors

/// Eigenvalues of square matrices [..., n, n] that need not be symmetric: real and imaginary parts [..., n, 2], or the
/// largest magnitude among them [...].
///
/// Pairs are in order of their real parts, equal ones of their imaginary parts. No derivatives: where two eigenvalues meet
/// there are none, and conjugates may part there.
package struct Eigenvalues: LeadingAxesPrimitive {
  /// What is given.
  package enum Result: Hashable, Sendable, Codable {
    case pairs, radius
  }
  package static let name = "eigvals"
  package static let arity: Int? = 1
  package var result: Result

  package init(_ result: Result) { self.result = result }

  package var attributes: String { "\(result)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let n = try squareSize(inputs[0], operation: Self.name)
    let own = result == .radius ? [] : [n, 2]
    return TensorType(Shape(inputs[0].shape.leading(without: 2) + own), inputs[0].dtype)
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] { throw refusal }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? { throw refusal }

  private var refusal: DerivativeError {
    DerivativeError(
      operation: result == .radius ? "spectral_radius" : Self.name,
      reason: "eigenvalues of a matrix without symmetry have no slope where two of them meet; `eigvalsh` has one")
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let values = inputs[0].matrices.flatMap { matrix in
      let pairs = matrix.eigenvalues()
      if result == .pairs { return pairs.flatMap { [$0.re, $0.im] } }
      return [pairs.reduce(0) { max($0, ($1.re * $1.re + $1.im * $1.im).squareRoot()) }]
    }
    return ReferenceTensor(rounding: values, to: resultType(of: inputs))
  }
}
