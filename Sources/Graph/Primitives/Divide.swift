/// a / b.
///
/// A direction of exactly 0 gives derivative 0 even at b = 0. A quotient whose divisor is a chosen 1 where a and b are
/// both 0 has no derivative by a there: not a number. See Note [Zero times infinity].
package struct Divide: ElementwiseBinary {
  package init() {}
  package static let name = "divide"
  package static let opcode = BinaryOpcode.divide
  package static let isSingular = true
  package static let isExactlyRounded = true

  package static func value(_ a: Double, _ b: Double) -> Double { a / b }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    if operand == 0 {
      let usual = graph.add(ScaleAdjoint(), direction, graph.add(Reciprocal(), point.b))
      guard let bothZero = Self.bothZero(graph, point) else { return usual }
      return graph.add(Select(), bothZero, graph.undefined(along: direction), usual)
    }
    let slope = graph.add(Negate(), graph.add(Divide(), point.value, point.b))
    return graph.add(ScaleAdjoint(), direction, slope)
  }

  /// The condition `a = 0 and b = 0` of a quotient `a / (a = 0 and b = 0 ? 1 : b)`; nil for other quotients.
  private static func bothZero(_ graph: Graph, _ point: BinaryPoint) -> NodeID? {
    guard let choice = graph.operands(of: point.b, as: Select.self), graph.isFilled(choice[1], with: 1),
      let tests = graph.operands(of: choice[0], as: Multiply.self)
    else { return nil }
    for (test, operand) in zip(tests, [point.a, choice[2]]) {
      guard let sides = graph.operands(of: test, as: Equal.self), sides[0] == operand, graph.isFilled(sides[1], with: 0)
      else { return nil }
    }
    return choice[0]
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if graph.isFilled(inputs[1], with: 1), let kept = graph.kept(inputs[0], against: inputs[1]) { return kept }
    return foldedConstant(&graph, inputs: inputs)
  }
}
