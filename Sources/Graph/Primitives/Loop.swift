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
/// and unpacks it. All outputs of the body and all real inputs have one real element type; carried tensors keep
/// their shapes.
///
/// The reverse derivative runs a second loop backwards over the carried tensors of every turn, which the first
/// one collects; derivatives of loops are loops.
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
  package var subgraphs: [(title: String, body: Subgraph)] { [("body", body)] }

  /// Shapes of the parts of the packed result.
  var partShapes: [[Int]] {
    body.outputTypes.enumerated().map {
      $0.offset < carryCount ? $0.element.shape.sizes : [count] + $0.element.shape.sizes
    }
  }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let expected = body.inputTypes.dropFirst()
    guard expected.count == inputs.count, body.outputs.count >= carryCount, count >= 0,
      let dtype = body.outputTypes.first?.dtype
    else { throw .unsuitable(operation: Self.name, shape: [inputs.count], expected: "\(expected.count) inputs") }
    for (position, (type, fed)) in zip(expected, inputs).enumerated() {
      let isScanned = position >= carryCount && position < carryCount + scannedCount
      try Self.check(fed, isScanned ? TensorType(Shape([count] + type.shape.sizes), type.dtype) : type)
      guard !fed.dtype.isReal || fed.dtype == dtype else { throw .dtype(operation: Self.name, fed.dtype) }
    }
    for (start, next) in zip(inputs, body.outputTypes.prefix(carryCount)) { try Self.check(next, start) }
    guard dtype.isReal, body.outputTypes.allSatisfy({ $0.dtype == dtype }) else {
      throw .dtype(operation: Self.name, dtype)
    }
    return TensorType([partShapes.reduce(0) { $0 + $1.reduce(1, *) }], dtype)
  }

  private static func check(_ type: TensorType, _ expected: TensorType) throws(ShapeError) {
    guard type.dtype == expected.dtype else { throw .dtype(operation: name, type.dtype) }
    guard type.shape == expected.shape else {
      throw .mismatch(operation: name, left: expected.shape, right: type.shape)
    }
  }

  package func pushforward(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], tangents: [NodeID?]
  ) throws(DerivativeError) -> NodeID? {
    guard tangents.contains(where: { $0 != nil }) else { return nil }
    let fed = LoopParts(inputs, of: self), moved = LoopParts(tangents, of: self)
    let isMoved = LoopParts(
      carried: fed.carried.map { _ in true }, scanned: moved.scanned.map { $0 != nil },
      constants: moved.constants.map { $0 != nil })
    let body = try tangentBody(isMoved)
    let dual = Loop(
      count: count, reverse: reverse, carryCount: 2 * carryCount,
      scannedCount: scannedCount + isMoved.scanned.count { $0 }, body: body)
    let starts = zip(fed.carried, moved.carried).map { $1 ?? graph.zeros(like: $0) }
    let result = graph.addLoop(
      dual, carried: fed.carried + starts, scanned: fed.scanned + moved.scanned.compactMap { $0 },
      constants: fed.constants + moved.constants.compactMap { $0 })
    return graph.pack(
      Array(result.carried.dropFirst(carryCount)) + result.collected.suffix(result.collected.count / 2), leadingRank: 0)
  }

  /// The body and its tangent: (turn, c…, ċ…, s…, ṡ…, k…, k̇…) → (c…, ċ…, y…, ẏ…).
  private func tangentBody(_ isMoved: LoopParts<Bool>) throws(DerivativeError) -> Subgraph {
    var graph = body.graph
    let own = LoopParts(Array(body.inputs.dropFirst()), of: self)
    let moved = own.zipped(isMoved).map { $1 ? graph.freshInput(graph.type($0)) : nil }
    let tangents = try graph.jacobianVectorProduct(of: body.outputs, withRespectTo: own.all, tangents: moved.all)
    let inputs =
      [body.inputs[0]] + own.carried + moved.carried.compactMap { $0 } + own.scanned
      + moved.scanned.compactMap { $0 } + own.constants + moved.constants.compactMap { $0 }
    let outputs =
      body.outputs.prefix(carryCount) + tangents.prefix(carryCount) + body.outputs.dropFirst(carryCount)
      + tangents.dropFirst(carryCount)
    return Subgraph(graph: graph, inputs: inputs, outputs: Array(outputs))
  }

  package func pullback(
    _ graph: inout Graph, output: NodeID, inputs: [NodeID], adjoint: NodeID
  ) throws(DerivativeError) -> [NodeID?] {
    let fed = LoopParts(inputs, of: self)
    let isReal = LoopParts(inputs.map { graph.dtype($0).isReal }, of: self)
    guard carryCount > 0 || inputs.contains(where: { graph.dtype($0).isReal }) else { return inputs.map { _ in nil } }
    // Without carried tensors a turn needs nothing of those before it.
    let trace =
      carryCount == 0
      ? [] : graph.addLoop(tracing(), carried: fed.carried, scanned: fed.scanned, constants: fed.constants).collected
    let adjoints = graph.unpack(adjoint, partShapes)
    let sums = zip(fed.constants, isReal.constants).filter(\.1).map { graph.zeros(like: $0.0) }
    let backwards = Loop(
      count: count, reverse: !reverse, carryCount: carryCount + sums.count,
      scannedCount: carryCount + scannedCount + adjoints.count - carryCount, body: try adjointBody(isReal))
    let result = graph.addLoop(
      backwards, carried: adjoints.prefix(carryCount) + sums,
      scanned: trace + fed.scanned + adjoints.dropFirst(carryCount), constants: fed.constants)
    var scanned = result.collected[...], constants = result.carried.dropFirst(carryCount)
    return result.carried.prefix(carryCount).map { $0 }
      + isReal.scanned.map { $0 ? scanned.popFirst() : nil } + isReal.constants.map { $0 ? constants.popFirst() : nil }
  }

  /// This loop, collecting the carried tensors that each turn starts from.
  private func tracing() -> Loop {
    var result = self
    let carried = body.inputs.dropFirst().prefix(carryCount)
    result.body = Subgraph(
      graph: body.graph, inputs: body.inputs, outputs: Array(body.outputs.prefix(carryCount)) + carried)
    return result
  }

  /// One turn backwards: (turn, c̄…, k̄…, c…, s…, ȳ…, k…) → (c̄ before…, k̄ + …, s̄…).
  private func adjointBody(_ isReal: LoopParts<Bool>) throws(DerivativeError) -> Subgraph {
    var graph = body.graph
    let own = LoopParts(Array(body.inputs.dropFirst()), of: self)
    let adjoints = body.outputs.map { graph.freshInput(graph.type($0)) }
    let scanned = zip(own.scanned, isReal.scanned).filter(\.1).map(\.0)
    let constants = zip(own.constants, isReal.constants).filter(\.1).map(\.0)
    let sums = constants.map { graph.freshInput(graph.type($0)) }
    let parts = try graph.vectorJacobianProduct(
      of: body.outputs, adjoints: adjoints.map { $0 }, withRespectTo: own.carried + scanned + constants)
    let totals = zip(sums, parts.suffix(sums.count)).map { graph.add(Add(), $0, $1) }
    let inputs =
      [body.inputs[0]] + adjoints.prefix(carryCount) + sums + own.carried + own.scanned
      + adjoints.dropFirst(carryCount) + own.constants
    let outputs = parts.prefix(carryCount) + totals + parts.dropFirst(carryCount).prefix(scanned.count)
    return Subgraph(graph: graph, inputs: inputs, outputs: Array(outputs))
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    let fed = LoopParts(inputs, of: self)
    var flags = LoopParts(isBatched, of: self)
    let starts = zip(fed.carried, flags.carried).map { graph.members($0, isBatched: $1, size: size) }
    flags.carried = flags.carried.map { _ in true }
    let rows = zip(fed.scanned, flags.scanned).map { $1 ? graph.exchangeFirstAxes($0) : $0 }
    var loop = self
    loop.body = batchedBody(flags, size: size)
    let result = graph.addLoop(loop, carried: starts, scanned: rows, constants: fed.constants)
    let collected = result.collected.map { graph.exchangeFirstAxes($0) }
    return graph.pack(result.carried + collected, leadingRank: 1)
  }

  private func batchedBody(_ isBatched: LoopParts<Bool>, size: Int) -> Subgraph {
    var graph = body.graph
    let own = Array(body.inputs.dropFirst())
    var pairs: [(original: NodeID, replacement: NodeID)] = []
    let inputs = zip(own, isBatched.all).map { input, isBatched in
      guard isBatched else { return input }
      let replacement = graph.freshInput(TensorType(Shape([size] + graph.shape(input).sizes), graph.dtype(input)))
      pairs.append((input, replacement))
      return replacement
    }
    let outputs = graph.batch(outputs: body.outputs, inputs: pairs, size: size)
    return Subgraph(graph: graph, inputs: [body.inputs[0]] + inputs, outputs: outputs)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let fed = LoopParts(inputs, of: self)
    var carried = fed.carried
    var collected = [[Double]](repeating: [], count: body.outputs.count - carryCount)
    for turn in reverse ? Array((0..<count).reversed()) : Array(0..<count) {
      let rows = fed.scanned.map { $0.row(turn) }
      let turnValue = ReferenceTensor(TensorType(.scalar, .i64), [Double(turn)])
      let results = Interpreter.evaluate(body, [turnValue] + carried + rows + fed.constants)
      carried = Array(results.prefix(carryCount))
      for (i, result) in results.dropFirst(carryCount).enumerated() {
        collected[i] = reverse ? result.values + collected[i] : collected[i] + result.values
      }
    }
    return ReferenceTensor(resultType(of: inputs), carried.flatMap(\.values) + collected.flatMap { $0 })
  }
}

/// What belongs to the inputs of a loop, by kind.
private struct LoopParts<Element> {
  var carried: [Element]
  var scanned: [Element]
  var constants: [Element]

  init(carried: [Element], scanned: [Element], constants: [Element]) {
    self.carried = carried
    self.scanned = scanned
    self.constants = constants
  }

  init(_ all: [Element], of loop: Loop) {
    carried = Array(all.prefix(loop.carryCount))
    scanned = Array(all.dropFirst(loop.carryCount).prefix(loop.scannedCount))
    constants = Array(all.dropFirst(loop.carryCount + loop.scannedCount))
  }

  var all: [Element] { carried + scanned + constants }

  func zipped<Other>(_ other: LoopParts<Other>) -> LoopParts<(Element, Other)> {
    LoopParts<(Element, Other)>(
      carried: Array(zip(carried, other.carried)), scanned: Array(zip(scanned, other.scanned)),
      constants: Array(zip(constants, other.constants)))
  }

  func map<Result>(_ transform: (Element) -> Result) -> LoopParts<Result> {
    LoopParts<Result>(
      carried: carried.map(transform), scanned: scanned.map(transform), constants: constants.map(transform))
  }
}

extension ReferenceTensor {
  /// One row: the elements at an index of the first axis.
  func row(_ index: Int) -> ReferenceTensor {
    let type = TensorType(Shape(Array(shape.sizes.dropFirst())), type.dtype)
    return ReferenceTensor(type, Array(values[index * type.count..<(index + 1) * type.count]))
  }
}
