package import Tensors

/// A loop of a fixed number of turns.
///
/// Inputs are, in this order, `carryCount` carried tensors, `scannedCount` tensors [count, …] of which each
/// turn sees one row, and any number of tensors that all turns see. The body's inputs are
///
///     (turn i64 [], carried…, rows of the scanned…, constant…)  →  (next carried…, collected…)
///
/// Turns run from 0 to count − 1, backwards when `reverse`. The result is packed in one vector: the last values
/// of the carried tensors, then the collected ones, each [count, …] with row i from turn i. `Graph.loop` builds
/// and unpacks it. All outputs of the body have one real element type; carried ones keep their shapes.
package struct Loop: Primitive {
  package static let name = "loop"
  package static let arity: Int? = nil
  package var count: Int
  package var reverse: Bool
  package var carryCount: Int
  package var scannedCount: Int
  package var body: Subgraph

  package init(count: Int, reverse: Bool = false, carryCount: Int, scannedCount: Int = 0, body: Subgraph) {
    self.count = count
    self.reverse = reverse
    self.carryCount = carryCount
    self.scannedCount = scannedCount
    self.body = body
  }

  package var attributes: String { "\(count)\(reverse ? " reverse" : "") carrying \(carryCount)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let expected = body.inputTypes.dropFirst()
    guard expected.count == inputs.count, body.outputs.count >= carryCount, count >= 0 else {
      throw .unsuitable(operation: Self.name, shape: [inputs.count], expected: "\(expected.count) inputs")
    }
    for (position, (type, fed)) in zip(expected, inputs).enumerated() {
      let isScanned = position >= carryCount && position < carryCount + scannedCount
      try Self.check(fed, isScanned ? TensorType(Shape([count] + type.shape.sizes), type.dtype) : type)
    }
    for (start, next) in zip(inputs, body.outputTypes.prefix(carryCount)) { try Self.check(next, start) }
    return try packedType(of: body.outputTypes)
  }

  private static func check(_ type: TensorType, _ expected: TensorType) throws(ShapeError) {
    guard type.dtype == expected.dtype else { throw .dtype(operation: name, type.dtype) }
    guard type.shape == expected.shape else {
      throw .mismatch(operation: name, left: expected.shape, right: type.shape)
    }
  }

  private func packedType(of outputs: [TensorType]) throws(ShapeError) -> TensorType {
    var size = 0
    let dtype = outputs.first?.dtype ?? .f64
    for (position, output) in outputs.enumerated() {
      guard output.dtype == dtype, dtype.isReal else { throw .dtype(operation: Self.name, output.dtype) }
      size += position < carryCount ? output.count : output.count * count
    }
    return TensorType([size], dtype)
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
