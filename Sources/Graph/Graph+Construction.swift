package import Tensors

// What rules say often, in the primitives' own terms. `graph.add(Multiply(), a, b)` stays the way to apply one.

extension Graph {
  /// A scalar constant.
  package mutating func constant(_ value: Double, _ dtype: DType) -> NodeID {
    add(ScalarConstant(value: value, dtype: dtype))
  }

  /// A scalar constant of the element type of a node.
  package mutating func constant(_ value: Double, like node: NodeID) -> NodeID {
    constant(value, dtype(node))
  }

  /// A tensor with all elements equal.
  package mutating func filled(_ value: Double, _ type: TensorType) -> NodeID {
    broadcast(constant(value, type.dtype), to: type.shape)
  }

  /// Zeros of the type of a node.
  package mutating func zeros(like node: NodeID) -> NodeID { filled(0, type(node)) }

  /// The identity matrix.
  package mutating func identity(_ size: Int, _ dtype: DType) -> NodeID {
    let index = add(Iota(count: size, dtype: .i64))
    let column = reshape(index, to: [size, 1])
    return convert(add(Equal(), column, index), to: dtype)
  }

  /// The node with another shape of equal count.
  package mutating func reshape(_ node: NodeID, to shape: Shape) -> NodeID { add(Reshape(shape: shape), node) }

  /// The node repeated to a larger shape, by the rule of elementwise operations.
  package mutating func broadcast(_ node: NodeID, to shape: Shape) -> NodeID {
    self.shape(node) == shape ? node : add(BroadcastTo(shape: shape), node)
  }

  /// The node in another element type.
  package mutating func convert(_ node: NodeID, to dtype: DType) -> NodeID {
    self.dtype(node) == dtype ? node : add(Convert(dtype: dtype), node)
  }

  /// The sum of all nodes, from left to right; nil for none.
  package mutating func total(_ nodes: [NodeID]) -> NodeID? {
    guard var result = nodes.first else { return nil }
    for node in nodes.dropFirst() { result = add(Add(), result, node) }
    return result
  }

  /// The node summed over the axes along which `target` would be repeated to have its shape.
  package mutating func sum(_ node: NodeID, toShapeOf target: NodeID) -> NodeID {
    let from = shape(node), to = shape(target)
    guard from != to else { return node }
    let missing = from.rank - to.rank
    let axes = (0..<from.rank).filter { $0 < missing || (to[$0 - missing] == 1 && from[$0] != 1) }
    return reshape(add(ReduceSum(axes: axes), node), to: to)
  }

  /// A reduced node with its `axes` put back: each element repeated over what was reduced to it.
  package mutating func expand(_ node: NodeID, over axes: [Int], of shape: Shape) -> NodeID {
    var sizes = shape.sizes
    for axis in axes { sizes[axis] = 1 }
    return broadcast(reshape(node, to: Shape(sizes)), to: shape)
  }

  /// Operands of an elementwise operation whose batched ones carry members on axis 0, reshaped so that
  /// broadcasting does not mix the members' axis with others.
  package mutating func alignedForBroadcast(_ inputs: [NodeID], isBatched: [Bool]) -> [NodeID] {
    let ranks = zip(inputs, isBatched).map { shape($0).rank - ($1 ? 1 : 0) }
    let rank = ranks.max() ?? 0
    return inputs.indices.map { i in
      guard isBatched[i], ranks[i] < rank else { return inputs[i] }
      var sizes = shape(inputs[i]).sizes
      sizes.insert(contentsOf: [Int](repeating: 1, count: rank - ranks[i]), at: 1)
      return reshape(inputs[i], to: Shape(sizes))
    }
  }

  /// The node itself if it carries members, else repeated for each of them.
  package mutating func members(_ node: NodeID, isBatched: Bool, size: Int) -> NodeID {
    isBatched ? node : broadcast(node, to: Shape([size] + shape(node).sizes))
  }

  /// √(1 − x²).
  mutating func complementRoot(_ x: NodeID) -> NodeID {
    let difference = add(Subtract(), constant(1, like: x), add(Square(), x))
    return add(SquareRoot(), difference)
  }

  /// The direction where the given operand was the one chosen, else 0.
  mutating func derivativeOfChoice(_ isFirst: NodeID, operand: Int, direction: NodeID) -> NodeID {
    let zero = constant(0, like: direction)
    return operand == 0
      ? add(Select(), isFirst, direction, zero) : add(Select(), isFirst, zero, direction)
  }
}

extension Graph {
  /// The scalar constant that a node is, if it is one.
  package func scalarConstant(_ node: NodeID) -> ScalarConstant? { self[node].primitive as? ScalarConstant }

  /// The value of all elements, if they are known to be equal.
  package func filledValue(_ node: NodeID) -> Double? {
    if let scalar = scalarConstant(node) { return scalar.value }
    guard let source = operands(of: node, as: BroadcastTo.self)?[0] else { return nil }
    return scalarConstant(source)?.value
  }

  /// Whether all elements are known to be `value`; +0 and −0 are told apart.
  func isFilled(_ node: NodeID, with value: Double) -> Bool { filledValue(node)?.bitPattern == value.bitPattern }

  /// The inputs of a node if it is an application of `P`.
  func operands<P: Primitive>(of node: NodeID, as primitive: P.Type) -> [NodeID]? {
    let node = self[node]
    return node.primitive is P ? node.inputs : nil
  }

  /// `node` if combining it with `other` elementwise does not enlarge it.
  func kept(_ node: NodeID, against other: NodeID) -> NodeID? {
    shape(node).broadcast(with: shape(other)) == shape(node) ? node : nil
  }
}
