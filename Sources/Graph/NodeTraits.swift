import Tensors

/// What is known of a node's zeros and infinities from its form, for the derivatives that have to tell them apart.
package struct NodeTraits: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// It may have zeros where nothing flows: of a branch not taken, an element that is not used.
  package static let mayBeAbsent = NodeTraits(rawValue: 1)
  /// It may be infinite or not a number although the inputs are ordinary numbers.
  package static let mayBeInfinite = NodeTraits(rawValue: 2)
  /// It is computed from an input.
  package static let varies = NodeTraits(rawValue: 4)
}

extension Graph {
  /// The traits of an application: those of its operands, and what the primitive adds.
  func traits(of primitive: some Primitive, _ inputs: [NodeID]) -> NodeTraits {
    var result = NodeTraits()
    for input in inputs { result.formUnion(traits(input)) }
    let kind = Swift.type(of: primitive)
    if primitive is Input { return .varies }
    if let scalar = primitive as? ScalarConstant, !scalar.value.isFinite { return .mayBeInfinite }
    if kind.isSingular, breaks(primitive, inputs) { result.insert(.mayBeInfinite) }
    if kind.leavesOut, !(primitive is Select) || inputs.dropFirst().contains(where: { isFilled($0, with: 0) }) {
      result.insert(.mayBeAbsent)
    }
    return result
  }

  /// Whether ordinary operands can give something infinite or no number: constant divisors and whole powers cannot.
  private func breaks(_ primitive: some Primitive, _ inputs: [NodeID]) -> Bool {
    switch primitive {
    case is Divide: !isNotZero(inputs[1], depth: Self.formDepth)
    case is Reciprocal: !isNotZero(inputs[0], depth: Self.formDepth)
    case is SquareRoot: !isNonnegative(inputs[0])
    case is Power: filledValue(inputs[1]).map { $0 < 0 || $0 != $0.rounded() } ?? true
    case is Exponential:
      !(operands(of: inputs[0], as: Negate.self).map { isNonnegative($0[0]) } ?? false)
    default: true
    }
  }

  /// How far the form of an operand is looked into.
  private static let formDepth = 8

  /// Whether a node is not 0 by its form: a constant, or a positive one added to what is not negative.
  private func isNotZero(_ node: NodeID, depth: Int) -> Bool {
    if let value = filledValue(node) { return value > 0 || value < 0 }
    guard depth > 0 else { return false }
    let inputs = self[node].inputs
    switch self[node].primitive {
    case is SquareRoot, is Reshape, is BroadcastTo: return isNotZero(inputs[0], depth: depth - 1)
    case is Add:
      return inputs.allSatisfy { isNonnegative($0, depth: depth - 1) }
        && inputs.contains { isNotZero($0, depth: depth - 1) }
    case is Multiply, is Divide: return inputs.allSatisfy { isNotZero($0, depth: depth - 1) }
    default: return false
    }
  }

  /// Whether a node is nowhere below 0 by its form.
  func isNonnegative(_ node: NodeID) -> Bool { isNonnegative(node, depth: Self.formDepth) }

  private func isNonnegative(_ node: NodeID, depth: Int) -> Bool {
    if let value = filledValue(node) { return value >= 0 }
    if isSumOfSquares(node) { return true }
    guard depth > 0 else { return false }
    let inputs = self[node].inputs
    switch self[node].primitive {
    case is Absolute, is Relu, is Exponential, is Sigmoid, is Softplus, is Softmax: return true
    case is SquareRoot, is Reshape, is BroadcastTo, is ReduceSum: return isNonnegative(inputs[0], depth: depth - 1)
    case is Add, is Multiply: return inputs.allSatisfy { isNonnegative($0, depth: depth - 1) }
    case is Divide:
      return isNonnegative(inputs[0], depth: depth - 1) && (filledValue(inputs[1]) ?? 0) > 0
    default: return false
    }
  }

  /// Whether a node is a sum of squares by its form, so that where it is 0 so is each of them.
  ///
  /// u², u · u, Σ u², contractions of u with itself, their sums, and these times or over positive constants.
  func isSumOfSquares(_ node: NodeID) -> Bool { isSumOfSquares(node, depth: Self.formDepth) }

  private func isSumOfSquares(_ node: NodeID, depth: Int) -> Bool {
    guard depth > 0 else { return false }
    let inputs = self[node].inputs
    switch self[node].primitive {
    case is Square: return true
    case let contract as Contract: return inputs[0] == inputs[1] && contract.left == contract.right
    case is Power:
      guard let exponent = filledValue(inputs[1]) else { return false }
      return exponent >= 2 && exponent.truncatingRemainder(dividingBy: 2) == 0
    case is Multiply where inputs[0] == inputs[1]: return true
    case is Multiply:
      return isScaledSumOfSquares(inputs[0], by: inputs[1], depth: depth)
        || isScaledSumOfSquares(inputs[1], by: inputs[0], depth: depth)
    case is Divide: return isScaledSumOfSquares(inputs[0], by: inputs[1], depth: depth)
    case is Add: return inputs.allSatisfy { isSumOfSquares($0, depth: depth - 1) }
    case is ReduceSum, is Reshape, is BroadcastTo, is Transpose: return isSumOfSquares(inputs[0], depth: depth - 1)
    default: return false
    }
  }

  private func isScaledSumOfSquares(_ node: NodeID, by factor: NodeID, depth: Int) -> Bool {
    (filledValue(factor) ?? 0) > 0 && isSumOfSquares(node, depth: depth - 1)
  }
}
