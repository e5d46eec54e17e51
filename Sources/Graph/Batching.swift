package import Tensors

// The same computation for many members at once, or with other inputs: both rebuild what depends on the
// inputs and share the rest.

extension Graph {
  /// Outputs for `size` members at once.
  ///
  /// Each original node is replaced by one that carries its members' values on axis 0. What depends on an
  /// original is mapped by its batching rule; what does not stays shared. The results carry the members on
  /// axis 0; an output that depends on no original is repeated.
  package mutating func batch(
    outputs: [NodeID], inputs: [(original: NodeID, replacement: NodeID)], size: Int
  ) -> [NodeID] {
    for pair in inputs {
      precondition(
        type(pair.replacement) == TensorType(Shape([size] + shape(pair.original).sizes), dtype(pair.original)))
    }
    let replacements = rebuild(outputs: outputs, mapping: inputs) { graph, node, arguments, isMapped in
      graph.origin = node.origin
      return node.primitive.batched(&graph, inputs: arguments, isBatched: isMapped, size: size)
    }
    return zip(outputs, replacements).map { members($1 ?? $0, isBatched: $1 != nil, size: size) }
  }

  /// Outputs with some nodes replaced by others of the same type.
  package mutating func substitute(
    outputs: [NodeID], mapping: [(original: NodeID, replacement: NodeID)]
  ) -> [NodeID] {
    for pair in mapping { precondition(type(pair.original) == type(pair.replacement)) }
    let replacements = rebuild(outputs: outputs, mapping: mapping) { graph, node, arguments, _ in
      graph.origin = node.origin
      return graph.reapply(node, to: arguments)
    }
    return zip(outputs, replacements).map { $1 ?? $0 }
  }

  /// The outputs of a subgraph for the given inputs, as nodes of this graph.
  package mutating func inline(_ subgraph: Subgraph, inputs: [NodeID]) -> [NodeID] {
    precondition(subgraph.inputTypes == inputs.map { type($0) })
    let savedOrigin = origin
    defer { origin = savedOrigin }
    let isNeeded = subgraph.graph.requirement(of: subgraph.outputs)
    var map = [NodeID?](
      repeating: nil, count: max(isNeeded.count, 1 + (subgraph.inputs.map { Int($0.index) }.max() ?? -1)))
    for (inner, outer) in zip(subgraph.inputs, inputs) { map[Int(inner.index)] = outer }
    for (index, node) in subgraph.graph.nodes.prefix(isNeeded.count).enumerated() where isNeeded[index] {
      if map[index] != nil { continue }
      origin = node.origin
      map[index] = reapply(node, to: node.inputs.compactMap { map[Int($0.index)] })
    }
    return subgraph.outputs.compactMap { map[Int($0.index)] }
  }

  /// An `Input` unlike any other: an argument of a function under transformation.
  ///
  /// Its index is negative; indices from 0 on belong to whoever feeds the graph.
  package mutating func freshInput(_ type: TensorType) -> NodeID {
    add(Input(index: -1 - nodes.count, type: type))
  }

  private mutating func reapply(_ node: Node, to inputs: [NodeID]) -> NodeID {
    add(node.primitive, inputs: inputs)
  }

  /// Walks what lies between the mapping's originals and the outputs, in order, and rebuilds each node that
  /// depends on an original; nil for outputs that do not.
  mutating func rebuild(
    outputs: [NodeID], mapping: [(original: NodeID, replacement: NodeID)],
    _ rule: (inout Graph, Node, _ arguments: [NodeID], _ isMapped: [Bool]) -> NodeID
  ) -> [NodeID?] {
    let savedOrigin = origin
    defer { origin = savedOrigin }
    let isNeeded = requirement(of: outputs)
    var map = [NodeID?](repeating: nil, count: isNeeded.count)
    for pair in mapping where Int(pair.original.index) < map.count { map[Int(pair.original.index)] = pair.replacement }
    let first = mapping.map { Int($0.original.index) }.min() ?? map.count
    for index in map.indices.dropFirst(first) where isNeeded[index] && map[index] == nil {
      let node = nodes[index]
      let mapped = node.inputs.map { map[Int($0.index)] }
      guard mapped.contains(where: { $0 != nil }) else { continue }
      map[index] = rule(&self, node, zip(node.inputs, mapped).map { $1 ?? $0 }, mapped.map { $0 != nil })
    }
    return outputs.map { map[Int($0.index)] }
  }
}
