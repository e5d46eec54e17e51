package import Tensors

/// A loop that turns while a condition on the carried tensors holds, at most `limit` times.
///
/// Inputs are the carried tensors, then tensors that all turns see. Both subgraphs take
/// (carried…, constant…); the condition gives a real scalar, 0 to stop, the body the next carried tensors.
/// The result is the last carried tensors, flattened and joined in one vector; `Graph.whileLoop` builds and
/// unpacks it. All carried and all other real tensors have one real element type.
///
/// There is a forward derivative only: a reverse one would have to store an unknown number of turns. The
/// derivative is that of the turns taken; where a small change alters their number it is not defined.
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
  package var subgraphs: [(title: String, body: Subgraph)] { [("condition", condition), ("body", body)] }
  /// Number of tensors that change from turn to turn; the inputs after them stay.
  package var carryCount: Int { body.outputs.count }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard inputs == body.inputTypes, inputs == condition.inputTypes, limit >= 0, let dtype = inputs.first?.dtype else {
      throw .unsuitable(operation: Self.name, shape: [inputs.count], expected: "the body's input types")
    }
    guard condition.outputTypes.map(\.shape) == [.scalar], condition.outputTypes[0].dtype.isReal else {
      throw .unsuitable(operation: Self.name, shape: condition.outputTypes.first?.shape ?? [0], expected: "a scalar")
    }
    for input in inputs where input.dtype.isReal && input.dtype != dtype {
      throw .dtype(operation: Self.name, input.dtype)
    }
    for (start, next) in zip(inputs, body.outputTypes) {
      guard next.dtype == dtype, start.dtype == dtype, dtype.isReal else {
        throw .dtype(operation: Self.name, next.dtype)
      }
      guard start.shape == next.shape else {
        throw .mismatch(operation: Self.name, left: start.shape, right: next.shape)
      }
    }
    return TensorType([body.outputTypes.reduce(0) { $0 + $1.count }], dtype)
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    throw DerivativeError(
      operation: Self.name, reason: "a loop with an unknown number of turns has a forward derivative only")
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard tangents.contains(where: { $0 != nil }) else { return nil }
    let (fed, fixed) = (inputs.prefix(carryCount), inputs.dropFirst(carryCount))
    let moved = tangents.dropFirst(carryCount).map { $0 != nil }
    var dual = self
    dual.body = try tangentBody(moved)
    dual.condition = widened(condition, moved)
    let starts = zip(fed, tangents).map { $1 ?? graph.zeros(like: $0) }
    let arguments = fed + starts + fixed + tangents.dropFirst(carryCount).compactMap { $0 }
    let packed = graph.add(dual, inputs: Array(arguments))
    let size = graph.shape(output).count
    return graph.add(Slice(starts: [size], stops: [2 * size]), packed)
  }

  /// (c…, ċ…, k…, k̇…) → (c…, ċ…).
  private func tangentBody(_ isMoved: [Bool]) throws(DerivativeError) -> Subgraph {
    let wide = widened(body, isMoved)
    var graph = wide.graph
    let tangents = wide.inputs.dropFirst(carryCount).prefix(carryCount)
    var extra = wide.inputs.dropFirst(carryCount + body.inputs.count)
    let moved = tangents.map { $0 } + isMoved.map { $0 ? extra.popFirst() : nil }
    let results = try graph.jacobianVectorProduct(of: body.outputs, withRespectTo: body.inputs, tangents: moved)
    return Subgraph(graph: graph, inputs: wide.inputs, outputs: body.outputs + results)
  }

  /// A part with additional inputs for tangents, which it does not read: (c…, ċ…, k…, k̇…).
  private func widened(_ part: Subgraph, _ isMoved: [Bool]) -> Subgraph {
    var graph = part.graph
    let (own, fixed) = (part.inputs.prefix(carryCount), part.inputs.dropFirst(carryCount))
    let tangents = own.map { graph.freshInput(graph.type($0)) }
    let extra = zip(fixed, isMoved).filter(\.1).map { graph.freshInput(graph.type($0.0)) }
    return Subgraph(graph: graph, inputs: own + tangents + fixed + extra, outputs: part.outputs)
  }

  /// All members turn until the last has stopped; a member that has stopped keeps its values.
  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    let flags = isBatched.enumerated().map { $0.offset < carryCount || $0.element }
    let fed = zip(inputs, flags).enumerated().map { position, pair in
      position < carryCount ? graph.members(pair.0, isBatched: isBatched[position], size: size) : pair.0
    }
    var loop = self
    loop.condition = batchedCondition(flags, size: size)
    loop.body = batchedBody(flags, size: size)
    let packed = graph.add(loop, inputs: fed)
    let parts = graph.unpack(packed, body.outputTypes.map { [size] + $0.shape.sizes })
    return graph.pack(parts, leadingRank: 1)
  }

  private func batchedCondition(_ isBatched: [Bool], size: Int) -> Subgraph {
    let types = batchedTypes(isBatched, size: size)
    return Subgraph(inputTypes: types) { graph, inputs in
      let turning = isTurning(&graph, inputs, isBatched, size: size)
      return size == 0 ? [graph.constant(0, .f64)] : [graph.add(ReduceMax(axes: [0]), turning)]
    }
  }

  private func batchedBody(_ isBatched: [Bool], size: Int) -> Subgraph {
    let types = batchedTypes(isBatched, size: size)
    return Subgraph(inputTypes: types) { graph, inputs in
      let turning = isTurning(&graph, inputs, isBatched, size: size)
      let next = members(body, &graph, inputs, isBatched, size: size)
      return zip(next, inputs).map { new, old in
        let sizes = [size] + [Int](repeating: 1, count: graph.shape(new).rank - 1)
        let mask = graph.reshape(graph.convert(turning, to: graph.dtype(new)), to: Shape(sizes))
        return graph.add(Select(), mask, new, old)
      }
    }
  }

  private func batchedTypes(_ isBatched: [Bool], size: Int) -> [TensorType] {
    zip(body.inputTypes, isBatched).map { $1 ? TensorType(Shape([size] + $0.shape.sizes), $0.dtype) : $0 }
  }

  /// 1 for each member whose condition holds, else 0.
  private func isTurning(_ graph: inout Graph, _ inputs: [NodeID], _ isBatched: [Bool], size: Int) -> NodeID {
    let value = members(condition, &graph, inputs, isBatched, size: size)[0]
    return graph.add(Select(), value, graph.filled(1, graph.type(value)), graph.constant(0, like: value))
  }

  /// A part for all members at once: inlined on inputs of one member, which are then replaced.
  private func members(
    _ part: Subgraph, _ graph: inout Graph, _ inputs: [NodeID], _ isBatched: [Bool], size: Int
  ) -> [NodeID] {
    let single = zip(part.inputTypes, isBatched).enumerated().map { position, pair in
      pair.1 ? graph.freshInput(pair.0) : inputs[position]
    }
    let outputs = graph.inline(part, inputs: single)
    let pairs = zip(single, inputs).enumerated().filter { isBatched[$0.offset] }
      .map { (original: $0.element.0, replacement: $0.element.1) }
    return graph.batch(outputs: outputs, inputs: pairs, size: size)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    var carried = Array(inputs.prefix(carryCount))
    let fixed = inputs.dropFirst(carryCount)
    var turns = 0
    while turns < limit, Interpreter.evaluate(condition, carried + fixed)[0].values[0] != 0 {
      carried = Interpreter.evaluate(body, carried + fixed)
      turns += 1
    }
    return ReferenceTensor(resultType(of: inputs), carried.flatMap(\.values))
  }
}
