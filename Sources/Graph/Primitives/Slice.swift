package import Tensors

/// The elements from `starts` to before `stops` on every axis.
package struct Slice: LinearPrimitive {
  package static let name = "slice"
  package var starts: [Int]
  package var stops: [Int]

  package init(starts: [Int], stops: [Int]) {
    self.starts = starts
    self.stops = stops
  }

  package var attributes: String { zip(starts, stops).map { "\($0)..<\($1)" }.joined(separator: ", ") }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let shape = inputs[0].shape
    guard starts.count == shape.rank, stops.count == shape.rank else {
      throw .unsuitable(operation: Self.name, shape: shape, expected: "rank \(starts.count)")
    }
    for axis in 0..<shape.rank where starts[axis] < 0 || starts[axis] > stops[axis] || stops[axis] > shape[axis] {
      throw .unsuitable(operation: Self.name, shape: shape, expected: "indices in \(attributes)")
    }
    return TensorType(Shape(zip(starts, stops).map { $1 - $0 }), inputs[0].dtype)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    let source = graph[inputs[0]]
    let shape = Shape(zip(starts, stops).map { $1 - $0 })
    if shape == source.type.shape { return inputs[0] }
    if let inner = source.primitive as? Slice {
      let outer = Slice(
        starts: zip(inner.starts, starts).map { $0 + $1 }, stops: zip(inner.starts, stops).map { $0 + $1 })
      return graph.add(outer, source.inputs[0])
    }
    if let joined = source.primitive as? Concatenate { return partOf(joined, source.inputs, in: &graph) }
    if let padded = source.primitive as? Pad { return partOf(padded, source.inputs[0], in: &graph) }
    return graph.filledValue(inputs[0]).map { graph.filled($0, TensorType(shape, source.type.dtype)) }
  }

  /// A slice that lies within one of several joined operands is a slice of that operand.
  private func partOf(_ joined: Concatenate, _ operands: [NodeID], in graph: inout Graph) -> NodeID? {
    var first = 0
    for operand in operands {
      let next = first + graph.shape(operand)[joined.axis]
      if first <= starts[joined.axis], stops[joined.axis] <= next {
        var inner = self
        inner.starts[joined.axis] -= first
        inner.stops[joined.axis] -= first
        return graph.add(inner, operand)
      }
      first = next
    }
    return nil
  }

  /// A slice that lies within what was padded, or within the zeros on one side of it.
  private func partOf(_ padded: Pad, _ operand: NodeID, in graph: inout Graph) -> NodeID? {
    let sizes = graph.shape(operand).sizes
    let first = zip(starts, padded.low).map { $0 - $1 }, last = zip(stops, padded.low).map { $0 - $1 }
    if sizes.indices.allSatisfy({ first[$0] >= 0 && last[$0] <= sizes[$0] }) {
      return graph.add(Slice(starts: first, stops: last), operand)
    }
    guard sizes.indices.contains(where: { last[$0] <= 0 || first[$0] >= sizes[$0] }) else { return nil }
    return graph.filled(0, TensorType(Shape(zip(starts, stops).map { $1 - $0 }), graph.dtype(operand)))
  }

  package func transposed(_ graph: inout Graph, adjoint: NodeID, inputs: [NodeID]) -> NodeID {
    let after = zip(graph.shape(inputs[0]).sizes, stops).map { $0 - $1 }
    return graph.add(Pad(low: starts, high: after), adjoint)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(Slice(starts: [0] + starts, stops: [size] + stops), inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let type = resultType(of: inputs)
    let strides = inputs[0].shape.strides
    let first = zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    return ReferenceTensor(type, type.shape.offsets(strides: strides).map { inputs[0].values[first + $0] })
  }
}
