package import Tensors

/// The X with A X = B, inputs (A [..., n, n], B [..., n, k]), by elimination with row pivoting.
///
/// A program that meets an A that is singular to working precision stops; the reference gives values that are not finite.
package struct Solve: LeadingAxesPrimitive {
  package static let name = "solve"
  package static let arity: Int? = 2

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try checkSystem(inputs, operation: Self.name)
    return inputs[1]
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let right = graph.add(Solve(), graph.matrixTranspose(inputs[0]), adjoint)
    let product = graph.product(right, graph.matrixTranspose(output))
    return [graph.add(Negate(), product), right]
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    var parts: [NodeID] = []
    if let tangent = tangents[1] { parts.append(tangent) }
    if let tangent = tangents[0] { parts.append(graph.add(Negate(), graph.product(tangent, output))) }
    return graph.total(parts).map { graph.add(Solve(), inputs[0], $0) }
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let values = zip(inputs[0].matrices, inputs[1].matrices).flatMap { $0.solve($1).values }
    return ReferenceTensor(rounding: values, to: resultType(of: inputs))
  }
}

extension Graph {
  /// A⁻¹ over the last two axes.
  package mutating func inverse(_ a: NodeID) throws(ShapeError) -> NodeID {
    let size = try squareSize(type(a), operation: "inverse")
    return try apply(Solve(), [a, broadcast(identity(size, dtype(a)), to: shape(a))])
  }
}
