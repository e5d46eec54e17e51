package import Tensors

/// Zeros put before (`low`) and after (`high`) the operand on every axis.
package struct Pad: LinearPrimitive {
  package static let name = "pad"
  package static let leavesOut = true
  package var low: [Int]
  package var high: [Int]

  package init(low: [Int], high: [Int]) {
    self.low = low
    self.high = high
  }

  package var attributes: String { "\(low), \(high)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let shape = inputs[0].shape
    guard low.count == shape.rank, high.count == shape.rank else {
      throw .unsuitable(operation: Self.name, shape: shape, expected: "rank \(low.count)")
    }
    guard (low + high).allSatisfy({ $0 >= 0 && $0 < 1 << 40 }) else {
      throw .unsuitable(operation: Self.name, shape: shape, expected: "widths of at least 0")
    }
    return TensorType(Shape((0..<shape.rank).map { low[$0] + shape[$0] + high[$0] }), inputs[0].dtype)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    (low + high).allSatisfy { $0 == 0 } ? inputs[0] : nil
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    let stops = zip(low, graph.shape(inputs[0]).sizes).map { $0 + $1 }
    return graph.add(Slice(starts: low, stops: stops), adjoint)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(Pad(low: [0] + low, high: [0] + high), inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let type = resultType(of: inputs)
    let strides = type.shape.strides
    let first = zip(low, strides).reduce(0) { $0 + $1.0 * $1.1 }
    var values = [Double](repeating: 0, count: type.count)
    for (offset, value) in zip(inputs[0].shape.offsets(strides: strides), inputs[0].values) {
      values[first + offset] = value
    }
    return ReferenceTensor(type, values)
  }
}
