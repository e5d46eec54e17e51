import Experiments
import Graph
import Tensors

// Conditions are 0 and 1 in a real type. What holds them is known from how a value came about, never from its values: a
// vector that happens to be of zeros and ones is one of numbers.
extension Evaluator {
  /// Whether a value holds conditions: comparisons, what `and`, `or` and `not` make of them, and their parts.
  func holdsTruth(_ value: Value) -> Bool {
    switch value {
    case .boolean: true
    case .tensor(let tensor): tensor.holdsTruth
    case .series(let series): series.holdsTruth
    case .node(let id): isTruth(id)
    case .list(let values), .tuple(let values): !values.isEmpty && values.allSatisfy(\.isBoolean)
    default: false
    }
  }

  private func isTruth(_ id: NodeID) -> Bool {
    let node = graph[id]
    return Self.keepsTruth(node.primitive, isOne: graph.scalarConstant(node.inputs.first ?? id)?.value == 1) {
      self.isTruth(node.inputs[$0])
    }
  }

  /// Whether the result of a primitive on known operands holds conditions.
  static func keepsTruth(_ primitive: any Primitive, of operands: [Value], _ tensors: [Tensor]) -> Bool {
    let isOne = tensors[0].count == 1 && tensors[0].double(at: 0) == 1
    return keepsTruth(primitive, isOne: isOne) { index in
      if case .boolean = operands[index] { true } else { tensors[index].holdsTruth }
    }
  }

  /// - Parameter isOne: whether the first operand is the number 1, of which a condition is taken for `not`.
  private static func keepsTruth(_ primitive: any Primitive, isOne: Bool, _ isTruth: (Int) -> Bool) -> Bool {
    switch primitive {
    case is Less, is LessEqual, is Equal, is NotEqual, is IsFinite: true
    case is Multiply, is Maximum: isTruth(0) && isTruth(1)
    case is Reshape, is BroadcastTo, is Transpose, is Slice, is Reverse, is GatherRows, is TakeAlongLast: isTruth(0)
    case let convert as Convert: convert.dtype.isReal && isTruth(0)
    case is Select: isTruth(1) && isTruth(2)
    case is Subtract: isOne && isTruth(1)
    default: false
    }
  }
}
