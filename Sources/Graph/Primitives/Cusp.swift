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
    if isLeftOut(graph, direction, at: point.b) { return graph.add(ScaleAdjoint(), direction, slope) }
    // A tangent of b may be smaller than a, an adjoint larger than both.
    let shape = graph.shape(direction)
    return graph.broadcast(slope, to: shape.broadcast(with: graph.shape(slope)) ?? shape)
  }

  /// Whether a direction can be 0 because it is left out, by more than the choice at b = 0 that leads here.
  private func isLeftOut(_ graph: Graph, _ direction: NodeID, at b: NodeID) -> Bool {
    var node = direction
    while graph.traits(node).contains(.mayBeAbsent) {
      let inputs = graph[node].inputs
      switch graph[node].primitive {
      case is Select where graph.operands(of: inputs[0], as: Equal.self)?[0] == b: node = inputs[1]
      case is Multiply where graph.filledValue(inputs[1]) != nil: node = inputs[0]
      case is ScaleAdjoint where !graph.traits(inputs[0]).contains(.mayBeAbsent): node = inputs[1]
      default: return true
      }
    }
    return false
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? { nil }
}
