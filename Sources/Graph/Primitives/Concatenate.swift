package import Tensors

/// Operands joined along an axis, in order; all other sizes are equal.
package struct Concatenate: Primitive {
  package static let name = "concatenate"
  package static let arity: Int? = nil
  package var axis: Int

  package init(axis: Int) { self.axis = axis }

  package var attributes: String { "\(axis)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard let first = inputs.first else {
      throw .unsuitable(operation: Self.name, shape: .scalar, expected: "at least one operand")
    }
    try first.shape.check(axes: [axis], operation: Self.name)
    var sizes = first.shape.sizes
    for input in inputs.dropFirst() {
      guard input.dtype == first.dtype else { throw .dtype(operation: Self.name, input.dtype) }
      guard input.shape.rank == first.shape.rank,
        input.shape.removing(axes: [axis]) == first.shape.removing(axes: [axis])
      else { throw .mismatch(operation: Self.name, left: first.shape, right: input.shape) }
      sizes[axis] += input.shape[axis]
    }
    return TensorType(Shape(sizes), first.dtype)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if inputs.count == 1 { return inputs[0] }
    let filled = inputs.filter { graph.shape($0)[axis] > 0 }
    guard filled.count < inputs.count else { return nil }
    return filled.isEmpty ? inputs[0] : graph.add(self, inputs: filled)
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    var starts = [Int](repeating: 0, count: graph.shape(output).rank)
    var stops = graph.shape(output).sizes
    var result: [NodeID?] = []
    for input in inputs {
      stops[axis] = starts[axis] + graph.shape(input)[axis]
      result.append(graph.add(Slice(starts: starts, stops: stops), adjoint))
      starts[axis] = stops[axis]
    }
    return result
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard tangents.contains(where: { $0 != nil }) else { return nil }
    return graph.add(self, inputs: zip(inputs, tangents).map { $1 ?? graph.zeros(like: $0) })
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    let all = zip(inputs, isBatched).map { graph.members($0, isBatched: $1, size: size) }
    return graph.add(Concatenate(axis: axis + 1), inputs: all)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let type = resultType(of: inputs)
    let outer = type.shape.sizes[..<axis].reduce(1, *)
    var values: [Double] = []
    for block in 0..<outer {
      for input in inputs {
        let count = input.values.count / max(outer, 1)
        values += input.values[block * count..<(block + 1) * count]
      }
    }
    return ReferenceTensor(type, values)
  }
}
