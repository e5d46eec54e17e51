package import Tensors

// Rules shared by kinds of primitives other than the elementwise ones.

/// A primitive without inputs.
package protocol Leaf: Primitive {
  var type: TensorType { get }
}

extension Leaf {
  package static var arity: Int? { 0 }
  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType { type }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] { [] }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? { nil }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    preconditionFailure("a leaf depends on nothing")
  }
}

/// A primitive that is linear in one operand and takes the others, if any, as indices.
package protocol LinearPrimitive: Primitive {
  /// Which input it is linear in.
  static var linearOperand: Int { get }
  /// The transposed map: from an adjoint of the output to the adjoint of the linear operand.
  func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID
}

extension LinearPrimitive {
  package static var linearOperand: Int { 0 }
  package static var arity: Int? { 1 }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    var result = [NodeID?](repeating: nil, count: inputs.count)
    result[Self.linearOperand] = transposed(&graph, adjoint: adjoint, inputs: inputs)
    return result
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard let tangent = tangents[Self.linearOperand] else { return nil }
    var arguments = inputs
    arguments[Self.linearOperand] = tangent
    return graph.add(self, inputs: arguments)
  }
}

/// A primitive whose derivative is zero everywhere.
package protocol FlatPrimitive: Primitive {}

extension FlatPrimitive {
  package static var arity: Int? { 1 }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] { inputs.map { _ in nil } }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? { nil }
}

/// A primitive on the last axis or axes that treats all leading axes alike: it is its own batched form.
package protocol LeadingAxesPrimitive: Primitive {}

extension LeadingAxesPrimitive {
  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    let all = zip(inputs, isBatched).map { graph.members($0, isBatched: $1, size: size) }
    return graph.add(self, inputs: all)
  }
}
