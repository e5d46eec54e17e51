package import Tensors

/// A loop that turns while a condition on the carried tensors holds, at most `limit` times.
///
/// Inputs are `carryCount` carried tensors, then tensors that all turns see. Both subgraphs take
/// (carried…, constant…); the condition gives a real scalar, 0 to stop, the body the next carried tensors.
/// The result is the last carried tensors, flattened and joined in one vector; `Graph.whileLoop` builds and
/// unpacks it. There is a forward derivative only: a reverse one would need the number of turns.
package struct WhileLoop: Primitive {
  package static let name = "while"
  package static let arity: Int? = nil
  package var condition: Subgraph
  package var body: Subgraph
  package var limit: Int

  package init(condition: Subgraph, body: Subgraph, limit: Int) {
    self.condition = condition
    self.body = body
    self.limit = limit
  }

  package var attributes: String { "at most \(limit)" }
  /// Number of tensors that change from turn to turn; the inputs after them stay.
  package var carryCount: Int { body.outputs.count }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard inputs == body.inputTypes, inputs == condition.inputTypes, limit >= 0 else {
      throw .unsuitable(operation: Self.name, shape: [inputs.count], expected: "the body's input types")
    }
    guard condition.outputTypes.map(\.shape) == [.scalar] else {
      throw .unsuitable(operation: Self.name, shape: condition.outputTypes.first?.shape ?? [0], expected: "a scalar")
    }
    let dtype = inputs.first?.dtype ?? .f64
    for (start, next) in zip(inputs, body.outputTypes) {
      guard next.dtype == dtype, start.dtype == dtype, dtype.isReal else { throw .dtype(operation: Self.name, next.dtype) }
      guard start.shape == next.shape else {
        throw .mismatch(operation: Self.name, left: start.shape, right: next.shape)
      }
    }
    return TensorType([body.outputTypes.reduce(0) { $0 + $1.count }], dtype)
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] { throw DerivativeError(operation: Self.name, reason: "") }
  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? { throw DerivativeError(operation: Self.name, reason: "") }
  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID { inputs[0] }
  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor { inputs[0] }
}
