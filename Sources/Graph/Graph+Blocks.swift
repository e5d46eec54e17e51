import Tensors

// Members a block at a time, where all at once would need too much memory. One product of matrices for all members is the
// fastest, up to some size; N answers of N items are N² numbers, of which only N results are asked for.

extension Graph {
  /// Elements of the largest tensor with all members up to which they are computed at once: 1 GiB of f64.
  private static let wholeMax = 1 << 27
  /// Elements of the largest tensor of a block above that: 32 MiB of f64, of which a gradient holds a dozen at a time.
  private static let blockMax = 1 << 22

  /// As `batch`, in a loop over blocks of members where a tensor with all of them would have more than 2²⁷ elements.
  ///
  /// The number of members of a block is a power of two and hangs on the shapes alone. Each member's result is what it is
  /// in `batch`, up to the order of products of matrices; derivatives are loops over the blocks, which compute each once more.
  package mutating func batchInBlocks(
    outputs: [NodeID], inputs: [(original: NodeID, replacement: NodeID)], size: Int, wholeMax: Int = Graph.wholeMax,
    blockMax: Int = Graph.blockMax
  ) -> [NodeID] {
    let largest = largestElementCount(outputs, dependingOn: inputs.map(\.original))
    let (all, overflow) = largest.multipliedReportingOverflow(by: size)
    guard overflow || all > wholeMax, let block = blockSize(largest, size, blockMax) else {
      return batch(outputs: outputs, inputs: inputs, size: size)
    }
    let part = extracted(outputs: outputs, inputs: inputs.map(\.original))
    guard let dtype = widestRealType(part, outputs) else { return batch(outputs: outputs, inputs: inputs, size: size) }
    let count = size / block, rows = inputs.map(\.replacement)
    let loop = Loop(
      count: count, carryCount: 0, scannedCount: inputs.count, body: blockBody(part, inputs.count, block, dtype))
    let scanned = rows.map { inBlocks(slice(widened($0, to: dtype), 0, count * block), count, block) }
    let constants = part.captured.map { widened($0, to: dtype) }
    let collected = addLoop(loop, carried: [], scanned: scanned, constants: constants).collected
    var rest: [NodeID] = []
    if count * block < size {
      let last = rows.map { slice($0, count * block, size) }
      rest = batch(
        outputs: outputs, inputs: zip(inputs, last).map { ($0.original, $1) }, size: size - count * block)
    }
    return outputs.indices.map { index in
      let sizes = shape(outputs[index]).sizes
      let whole = convert(reshape(collected[index], to: Shape([count * block] + sizes)), to: self.dtype(outputs[index]))
      return rest.isEmpty ? whole : add(Concatenate(axis: 0), whole, rest[index])
    }
  }

  /// Elements of the largest tensor between some nodes and the outputs.
  private func largestElementCount(_ outputs: [NodeID], dependingOn inputs: [NodeID]) -> Int {
    let isNeeded = requirement(of: outputs)
    var depends = [Bool](repeating: false, count: nodes.count)
    for input in inputs { depends[Int(input.index)] = true }
    var largest = 1
    for index in isNeeded.indices where isNeeded[index] {
      if nodes[index].inputs.contains(where: { depends[Int($0.index)] }) { depends[index] = true }
      if depends[index] { largest = max(largest, nodes[index].type.count) }
    }
    return largest
  }

  /// How many members fit, a power of two; nil where that is all of them.
  private func blockSize(_ largest: Int, _ size: Int, _ blockMax: Int) -> Int? {
    var block = 1
    while 2 * block * largest <= blockMax { block *= 2 }
    return block < size ? block : nil
  }

  /// The one element type of the real numbers that a loop reads and gives, to which all are exact; nil where some are not.
  ///
  /// Of whole numbers only places are given as real ones: others may be too large to be exact.
  private func widestRealType(_ part: Extraction, _ outputs: [NodeID]) -> DType? {
    let areExact = outputs.allSatisfy {
      self.dtype($0).isReal || self[$0].primitive is ArgMax || self[$0].primitive is ArgMin
    }
    guard areExact else { return nil }
    let types = Set((outputs.map { self.dtype($0) } + part.body.inputTypes.map(\.dtype)).filter(\.isReal))
    return types.count == 1 ? types.first : .f64
  }

  /// Real numbers in an element type that holds them exactly.
  private mutating func widened(_ node: NodeID, to dtype: DType) -> NodeID {
    self.dtype(node).isReal ? convert(node, to: dtype) : node
  }

  /// (turn, rows of a block…, captured…) → results of the block's members…, as real numbers.
  private func blockBody(_ part: Extraction, _ memberCount: Int, _ block: Int, _ dtype: DType) -> Subgraph {
    let types = part.body.inputTypes
    let wide = types.map { TensorType($0.shape, $0.dtype.isReal ? dtype : $0.dtype) }
    let rows = wide.prefix(memberCount).map { TensorType(Shape([block] + $0.shape.sizes), $0.dtype) }
    let fed = [TensorType(.scalar, .i64)] + rows + wide.dropFirst(memberCount)
    return Subgraph(inputTypes: fed) { inner, arguments in
      let members = types.prefix(memberCount).map { inner.freshInput($0) }
      let given = zip(arguments.dropFirst(), types).map { inner.convert($0, to: $1.dtype) }
      let constants = Array(given.dropFirst(memberCount))
      let single = inner.inline(part.body, inputs: members + constants)
      let pairs = zip(members, given).map { (original: $0, replacement: $1) }
      return inner.batch(outputs: single, inputs: pairs, size: block).map { inner.convert($0, to: dtype) }
    }
  }

  private mutating func slice(_ node: NodeID, _ start: Int, _ stop: Int) -> NodeID {
    let sizes = shape(node).sizes
    if start == 0, stop == sizes[0] { return node }
    let starts = [start] + [Int](repeating: 0, count: sizes.count - 1)
    return add(Slice(starts: starts, stops: [stop] + sizes.dropFirst()), node)
  }

  private mutating func inBlocks(_ node: NodeID, _ count: Int, _ block: Int) -> NodeID {
    reshape(node, to: Shape([count, block] + shape(node).sizes.dropFirst()))
  }
}
