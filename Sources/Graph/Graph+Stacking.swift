package import Tensors

// The same computation for members that must not notice each other: `batch` may sum in another order, since one
// product of matrices is faster than many; here each member has the bits that it has alone.

extension Graph {
  /// Outputs for `size` members at once, each with the bits of a computation of its own.
  ///
  /// Originals and replacements as in `batch`; nil for an output that depends on no original, which all members share.
  package mutating func stack(
    outputs: [NodeID], inputs: [(original: NodeID, replacement: NodeID)], size: Int
  ) -> [NodeID?] {
    rebuild(outputs: outputs, mapping: inputs) { graph, node, arguments, isMapped in
      graph.origin = node.origin
      switch node.primitive {
      case let contract as Contract: return graph.add(contract.stacked(isMapped), inputs: arguments)
      case is Loop, is WhileLoop: return graph.memberByMember(node.primitive, arguments, isMapped, size: size)
      default: return node.primitive.batched(&graph, inputs: arguments, isBatched: isMapped, size: size)
      }
    }
  }

  /// An application for one member after the other, in a loop.
  ///
  /// The result must be real, and all real inputs of its element type.
  mutating func memberByMember(
    _ primitive: some Primitive, _ inputs: [NodeID], _ isBatched: [Bool], size: Int
  ) -> NodeID {
    let scanned = inputs.indices.filter { isBatched[$0] }, fixed = inputs.indices.filter { !isBatched[$0] }
    let types = scanned.map { memberType(inputs[$0]) } + fixed.map { type(inputs[$0]) }
    let turn = Subgraph(inputTypes: [TensorType(.scalar, .i64)] + types) { inner, arguments in
      inner.origin = origin
      var ordered = inputs
      for (index, argument) in zip(scanned + fixed, arguments.dropFirst()) { ordered[index] = argument }
      return [inner.add(primitive, inputs: ordered)]
    }
    let loop = Loop(count: size, carryCount: 0, scannedCount: scanned.count, body: turn)
    return addLoop(loop, carried: [], scanned: scanned.map { inputs[$0] }, constants: fixed.map { inputs[$0] })
      .collected[0]
  }

  private func memberType(_ node: NodeID) -> TensorType {
    TensorType(Shape(Array(shape(node).sizes.dropFirst())), dtype(node))
  }
}

// MARK: - Computations of one form

extension Subgraph {
  /// Constants that differ between this computation and others which are the same in everything else.
  ///
  /// - Returns: Each constant of this computation with its values in all computations, this one first; nil where one
  ///   of them is of another form.
  package func differences(from others: [Subgraph]) -> [(node: NodeID, values: [Tensor])]? {
    let own = needed
    var values: [Int: [Tensor]] = [:]
    for (position, other) in others.enumerated() {
      guard let found = differences(own, from: other) else { return nil }
      for (place, tensor) in found {
        guard let common = graph[own[place]].constantValue else { return nil }
        let known = values[place] ?? []
        values[place] = known + [Tensor](repeating: common, count: 1 + position - known.count) + [tensor]
      }
    }
    return values.keys.sorted().compactMap { place in
      guard let known = values[place], let common = graph[own[place]].constantValue else { return nil }
      return (own[place], known + [Tensor](repeating: common, count: 1 + others.count - known.count))
    }
  }

  /// Needed nodes that are not inputs, in order.
  private var needed: [NodeID] {
    let fed = Set(inputs)
    let isNeeded = graph.requirement(of: outputs)
    return isNeeded.indices.filter { isNeeded[$0] }.map { NodeID($0) }.filter { !fed.contains($0) }
  }

  private func numbers(_ needed: [NodeID]) -> [NodeID: Int] {
    Dictionary(zip(inputs + needed, 0...)) { first, _ in first }
  }

  /// Places among the needed nodes where the other has another constant, with its value.
  private func differences(_ own: [NodeID], from other: Subgraph) -> [(place: Int, value: Tensor)]? {
    let theirs = other.needed
    guard own.count == theirs.count, inputs.count == other.inputs.count, outputs.count == other.outputs.count,
      inputs.map(graph.type) == other.inputs.map(other.graph.type)
    else { return nil }
    let numbers = numbers(own), otherNumbers = other.numbers(theirs)
    func agree(_ a: [NodeID], _ b: [NodeID]) -> Bool {
      a.count == b.count && zip(a, b).allSatisfy { numbers[$0] == otherNumbers[$1] }
    }
    guard agree(outputs, other.outputs) else { return nil }
    var result: [(place: Int, value: Tensor)] = []
    for (place, (a, b)) in zip(own, theirs).enumerated() {
      let (node, twin) = (graph[a], other.graph[b])
      guard node.type == twin.type, agree(node.inputs, twin.inputs) else { return nil }
      if node.primitive.isSame(as: twin.primitive) { continue }
      guard let constant = node.constantValue, let value = twin.constantValue else { return nil }
      if !constant.hasSameBits(as: value) { result.append((place, value)) }
    }
    return result
  }

  /// Whether another computes the same.
  fileprivate func isSame(as other: Subgraph) -> Bool {
    self === other || differences(needed, from: other)?.isEmpty == true
  }
}

extension Node {
  /// The value of a constant.
  fileprivate var constantValue: Tensor? {
    switch primitive {
    case let constant as Constant: constant.value
    case let scalar as ScalarConstant: .scalar(scalar.value, dtype: scalar.dtype)
    default: nil
    }
  }
}

extension Primitive {
  /// Equality that looks into computations instead of telling them apart by identity.
  fileprivate func isSame(as other: any Primitive) -> Bool {
    guard !subgraphs.isEmpty else { return equals(other) }
    guard Swift.type(of: other) == Self.self else { return false }
    let own = Mirror(reflecting: self).children, theirs = Mirror(reflecting: other).children
    return zip(own, theirs).allSatisfy { mine, twin in
      if let body = mine.value as? Subgraph, let twinBody = twin.value as? Subgraph {
        return body.isSame(as: twinBody)
      }
      guard let attribute = mine.value as? AnyHashable, let otherAttribute = twin.value as? AnyHashable else {
        return false
      }
      return attribute == otherAttribute
    }
  }
}
