import Tensors

// Updates of few rows of a large array.
//
// The gradient of a table of which a step reads a few rows is those rows, scattered over zeros. A step along it,
//
//     x − c · scatter(index, v)  =  add_rows(x, index, −(c · scatter(first_places(index), v)))
//
// touches those rows alone, and leaves all others where they are. Each row gets the sum of its values as it is in the
// scattered array, at the place where its index stands first, so that every number has the same bits (but for the sign of
// a zero). A sum of the squares of such an array is that of its rows, whoever else reads the array.

extension Graph {
  /// Below this many elements an array is scattered as it is written.
  private static var sparseCountMin: Int { 1024 }
  /// An array has so many times the elements of the rows that are scattered into it.
  private static var sparseShare: Int { 4 }

  /// Outputs of the same values, those that are a large array and a few scattered rows as the array with rows added.
  package mutating func withSparseUpdates(_ outputs: [NodeID]) -> [NodeID] {
    guard nodes.contains(where: { $0.primitive is ScatterAddRows || $0.primitive is ScatterAlongLast }) else {
      return outputs
    }
    let savedOrigin = origin
    defer { origin = savedOrigin }
    let outputs = withSparseNorms(outputs)
    var uses = [Int](repeating: 0, count: nodes.count)
    let isNeeded = requirement(of: outputs)
    for index in isNeeded.indices where isNeeded[index] {
      for input in nodes[index].inputs { uses[Int(input.index)] += 1 }
    }
    for node in outputs { uses[Int(node.index)] += 1 }
    return outputs.map { sparseUpdate($0, uses) ?? $0 }
  }

  /// Sums of squares of scattered rows, however the rest of the outputs uses those, as sums over the rows alone.
  private mutating func withSparseNorms(_ outputs: [NodeID]) -> [NodeID] {
    var replaced: [(original: NodeID, replacement: NodeID)] = []
    let isNeeded = requirement(of: outputs)
    for index in isNeeded.indices where isNeeded[index] {
      let node = NodeID(index)
      guard let array = squared(node), type(array).count >= Self.sparseCountMin, let rows = sparseRows(array, nil)
      else {
        continue
      }
      origin = self[node].origin
      let squares = add(Square(), rows.values)
      replaced.append((node, add(ReduceSum(axes: Array(0..<shape(squares).rank)), squares)))
    }
    return replaced.isEmpty ? outputs : substitute(outputs: outputs, mapping: replaced)
  }

  /// The array whose squares a number is the sum of; nil for everything else.
  private func squared(_ node: NodeID) -> NodeID? {
    guard shape(node).rank == 0, type(node).dtype.isReal else { return nil }
    let inputs = self[node].inputs
    if let contract = self[node].primitive as? Contract {
      return inputs[0] == inputs[1] && contract.left == contract.right ? inputs[0] : nil
    }
    guard self[node].primitive is ReduceSum else { return nil }
    if let square = operands(of: inputs[0], as: Square.self) { return square[0] }
    guard let product = operands(of: inputs[0], as: Multiply.self), product[0] == product[1] else { return nil }
    return product[0]
  }

  /// A sum or difference of an array and scattered rows, as the array with rows added; nil for everything else.
  private mutating func sparseUpdate(_ node: NodeID, _ uses: [Int]) -> NodeID? {
    let type = type(node)
    guard type.dtype.isReal, type.count >= Self.sparseCountMin else { return nil }
    let (operands, isDifference): ([NodeID], Bool)
    if let sum = self.operands(of: node, as: Add.self) {
      (operands, isDifference) = (sum, false)
    } else if let difference = self.operands(of: node, as: Subtract.self) {
      (operands, isDifference) = (difference, true)
    } else {
      return nil
    }
    for (base, change) in [(operands[0], operands[1])] + (isDifference ? [] : [(operands[1], operands[0])]) {
      guard shape(base) == type.shape, shape(change) == type.shape, let rows = sparseRows(change, uses) else {
        continue
      }
      origin = self[node].origin
      let values = isDifference ? add(Negate(), rows.values) : rows.values
      let table = reshape(base, to: rows.shape)
      return reshape(add(AddRows(), table, rows.index, values), to: type.shape)
    }
    return nil
  }

  /// Scattered rows: index [n], values [n, …], for an array of a shape.
  private struct Rows {
    var index: NodeID
    var values: NodeID
    var shape: Shape
  }

  /// What is scattered rows, times and divided by numbers; nil for everything else.
  ///
  /// - Parameter uses: how many read each node, where nothing else may read what it is made of.
  private mutating func sparseRows(_ node: NodeID, _ uses: [Int]?) -> Rows? {
    var steps: [NodeID] = []
    var next = node
    while true {
      guard uses.map({ $0[Int(next.index)] == 1 }) ?? true, type(next).dtype == type(node).dtype else { return nil }
      if let rows = scattered(next) {
        return steps.reversed().reduce(rows) { scaled($0, as: $1) }
      }
      guard let inner = scaledOperand(next) else { return nil }
      steps.append(next)
      next = inner
    }
  }

  /// The operand of which a node is a multiple, or the same elements in another shape.
  private func scaledOperand(_ node: NodeID) -> NodeID? {
    let inputs = self[node].inputs, count = type(node).count
    switch self[node].primitive {
    case is Negate, is Reshape, is StopGradient: return inputs[0]
    case is ReduceSum: return type(inputs[0]).count == count ? inputs[0] : nil
    case is Multiply:
      if isNumber(inputs[1]) { return type(inputs[0]).count == count ? inputs[0] : nil }
      return isNumber(inputs[0]) && type(inputs[1]).count == count ? inputs[1] : nil
    case is Divide: return isNumber(inputs[1]) && type(inputs[0]).count == count ? inputs[0] : nil
    default: return nil
    }
  }

  /// Whether all elements are one number that is known as such.
  private func isNumber(_ node: NodeID) -> Bool {
    type(node).count == 1 || operands(of: node, as: BroadcastTo.self).map { type($0[0]).count == 1 } ?? false
  }

  private mutating func number(_ node: NodeID) -> NodeID {
    let single = type(node).count == 1 ? node : self[node].inputs[0]
    return reshape(single, to: .scalar)
  }

  private mutating func scaled(_ rows: Rows, as node: NodeID) -> Rows {
    var result = rows
    let inputs = self[node].inputs
    origin = self[node].origin
    switch self[node].primitive {
    case is Negate: result.values = add(Negate(), rows.values)
    case is Multiply:
      result.values =
        isNumber(inputs[1])
        ? add(Multiply(), rows.values, number(inputs[1])) : add(Multiply(), number(inputs[0]), rows.values)
    case is Divide: result.values = add(Divide(), rows.values, number(inputs[1]))
    default: break
    }
    return result
  }

  private mutating func scattered(_ node: NodeID) -> Rows? {
    let inputs = self[node].inputs, whole = shape(node)
    guard self[node].primitive is ScatterAddRows || self[node].primitive is ScatterAlongLast && whole.rank == 1,
      type(inputs[1]).count * Self.sparseShare <= whole.count
    else { return nil }
    origin = self[node].origin
    let count = shape(inputs[0]).count
    let index = reshape(inputs[0], to: [count])
    let rows = reshape(inputs[1], to: Shape([count] + whole.sizes.dropFirst()))
    let merged = add(ScatterAddRows(rowCount: count), add(FirstPlaces(), index), rows)
    return Rows(index: index, values: merged, shape: whole)
  }
}
