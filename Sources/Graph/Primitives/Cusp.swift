/// a · b where b is 0, which has no derivative by b.
///
/// The slope 0 that is chosen for a root of squares at 0, times what it passes on; only its values at b = 0 count. By a
/// the derivative is b. By b it is not a number where b = 0, also for a direction of 0: that slope is a choice of first
/// order. It is 0 where nothing is passed on (a is 0 because it is left out, or whatever the inputs are) or where the
/// direction is left out. See Note [Zero times infinity].
package struct Cusp: ElementwiseBinary {
  package init() {}
  package static let name = "cusp"
  package static let opcode = BinaryOpcode.scaleAdjoint
  package static let isExactlyRounded = true

  package static func value(_ a: Double, _ b: Double) -> Double { a == 0 ? 0 : a * b }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    if operand == 0 { return graph.add(ScaleAdjoint(), direction, point.b) }
    let zero = graph.constant(0, like: point.b)
    var isTip = graph.add(Equal(), point.b, zero)
    let traits = graph.traits(point.a)
    if traits.contains(.mayBeAbsent) || !traits.contains(.varies) {
      isTip = graph.add(Multiply(), isTip, graph.add(NotEqual(), point.a, zero))
    }
    let nan = graph.constant(.nan, like: zero)
    let slope = graph.add(Select(), isTip, nan, zero)
    var search = LeftOut(tip: point.b)
    if search.contains(graph, direction) { return graph.add(ScaleAdjoint(), direction, slope) }
    // A tangent of b may be smaller than a, an adjoint larger than both.
    let shape = graph.shape(direction)
    return graph.broadcast(slope, to: shape.broadcast(with: graph.shape(slope)) ?? shape)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? { nil }
}

/// Whether a direction can be 0 because it is left out, by more than the choice at the tip that leads there.
///
/// Every derivative of a root chooses by `y = 0`, so that what flows into its part for 0 is left out elsewhere, where
/// nobody asks. Only what else leaves out counts: a branch, an element that is not used.
private struct LeftOut {
  /// The root y.
  let tip: NodeID
  private var seen: Set<NodeID> = []

  init(tip: NodeID) { self.tip = tip }

  mutating func contains(_ graph: Graph, _ direction: NodeID) -> Bool {
    var open = [direction]
    while let node = open.popLast() {
      guard graph.traits(node).contains(.mayBeAbsent), seen.insert(node).inserted else { continue }
      let inputs = graph[node].inputs
      switch graph[node].primitive {
      case is Select where graph.operands(of: inputs[0], as: Equal.self)?[0] == tip: open.append(inputs[1])
      case is Multiply, is ScaleAdjoint, is Divide, is Negate, is Add, is Subtract, is BroadcastTo, is Reshape,
        is Transpose, is ReduceSum, is Contract, is Convert:
        open += inputs
      default: return true
      }
    }
    return false
  }
}
