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
    let uses = denseUses(outputs)
    return outputs.map { sparseUpdate($0, uses) ?? $0 }
  }

  /// How many need each node as a whole: outputs that are an array and a multiple of scattered rows do not need the
  /// multiple once they are replaced.
  private func denseUses(_ outputs: [NodeID]) -> [Int] {
    var uses = [Int](repeating: 0, count: nodes.count)
    let isNeeded = requirement(of: outputs)
    for index in isNeeded.indices where isNeeded[index] {
      for input in nodes[index].inputs { uses[Int(input.index)] += 1 }
    }
    for node in outputs { uses[Int(node.index)] += 1 }
    for node in Set(outputs).sorted() where uses[Int(node.index)] == outputs.count(where: { $0 == node }) {
      guard let change = changes(node).first(where: { multiples($0.change) != nil })?.change else { continue }
      // What is read by nothing any more reads nothing.
      for step in multiples(change) ?? [] {
        uses[Int(step.index)] -= 1
        if uses[Int(step.index)] > 0 { break }
      }
    }
    return uses
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

  /// The array and what is added to it or taken from it, as far as a node is that; in either order where it is a sum.
  private func changes(_ node: NodeID) -> [(base: NodeID, change: NodeID, isDifference: Bool)] {
    let type = type(node)
    guard type.dtype.isReal, type.count >= Self.sparseCountMin else { return [] }
    let all: [(base: NodeID, change: NodeID, isDifference: Bool)]
    if let sum = operands(of: node, as: Add.self) {
      all = [(sum[0], sum[1], false), (sum[1], sum[0], false)]
    } else if let difference = operands(of: node, as: Subtract.self) {
      all = [(difference[0], difference[1], true)]
    } else {
      all = []
    }
    return all.filter { shape($0.base) == type.shape && shape($0.change) == type.shape }
  }

  /// A sum or difference of an array and scattered rows, as the array with rows added; nil for everything else.
  private mutating func sparseUpdate(_ node: NodeID, _ uses: [Int]) -> NodeID? {
    for (base, change, isDifference) in changes(node) {
      guard let rows = sparseRows(change, uses) else { continue }
      origin = self[node].origin
      let values = isDifference ? add(Negate(), rows.values) : rows.values
      let table = reshape(base, to: rows.shape)
      return reshape(add(AddRows(), table, rows.index, values), to: type(node).shape)
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
  /// - Parameter uses: how many need each node as a whole, where none may.
  private mutating func sparseRows(_ node: NodeID, _ uses: [Int]?) -> Rows? {
    guard var steps = multiples(node), uses.map({ uses in steps.allSatisfy { uses[Int($0.index)] == 0 } }) ?? true,
      let rows = steps.popLast().map({ scattered($0) })
    else { return nil }
    return steps.reversed().reduce(rows) { scaled($0, as: $1) }
  }

  /// A node, the nodes of which it is a multiple, and last the scattered array of which they all are; nil where there is
  /// none.
  private func multiples(_ node: NodeID) -> [NodeID]? {
    var steps = [node]
    while let next = steps.last, !scatters(next) {
      guard let inner = scaledOperand(next), type(inner).dtype == type(node).dtype else { return nil }
      steps.append(inner)
    }
    return steps
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

  /// Whether few rows are scattered over zeros.
  private func scatters(_ node: NodeID) -> Bool {
    let whole = shape(node)
    return (self[node].primitive is ScatterAddRows || self[node].primitive is ScatterAlongLast && whole.rank == 1)
      && type(self[node].inputs[1]).count * Self.sparseShare <= whole.count
  }

  private mutating func scattered(_ node: NodeID) -> Rows {
    let inputs = self[node].inputs, whole = shape(node)
    origin = self[node].origin
    let count = shape(inputs[0]).count
    let index = reshape(inputs[0], to: [count])
    let rows = reshape(inputs[1], to: Shape([count] + whole.sizes.dropFirst()))
    let merged = add(ScatterAddRows(rowCount: count), add(FirstPlaces(), index), rows)
    return Rows(index: index, values: merged, shape: whole)
  }
}
