package import Tensors

/// The determinant of square matrices [..., n, n] → [...]; 1 for n = 0.
///
/// Its slope is the matrix of cofactors, which a singular A has as well.
package struct Determinant: LeadingAxesPrimitive {
  package static let name = "determinant"
  package static let arity: Int? = 1

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    _ = try squareSize(inputs[0], operation: Self.name)
    return TensorType(Shape(inputs[0].shape.leading(without: 2)), inputs[0].dtype)
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let rank = graph.shape(inputs[0]).rank
    let repeated = graph.expand(adjoint, over: [rank - 2, rank - 1], of: graph.shape(inputs[0]))
    return [graph.add(Multiply(), repeated, graph.add(Cofactors(), inputs[0]))]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard let tangent = tangents[0] else { return nil }
    let rank = graph.shape(tangent).rank
    let parts = graph.add(Multiply(), tangent, graph.add(Cofactors(), inputs[0]))
    return graph.add(ReduceSum(axes: [rank - 2, rank - 1]), parts)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(rounding: inputs[0].matrices.map { $0.determinant() }, to: resultType(of: inputs))
  }
}

extension Graph {
  /// ln |det A| of square matrices [..., n, n] → [...], by Q R: no overflow where the determinant would.
  package mutating func logDeterminant(_ a: NodeID) throws(ShapeError) -> NodeID {
    _ = try squareSize(type(a), operation: "logdet")
    let diagonal = diagonal(try qr(a).r)
    return add(ReduceSum(axes: [shape(diagonal).rank - 1]), add(Logarithm(), diagonal))
  }
}
