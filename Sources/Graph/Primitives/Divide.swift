/// a / b.
///
/// A direction of exactly 0 gives derivative 0 even at b = 0.
package struct Divide: ElementwiseBinary {
  package init() {}
  package static let name = "divide"
  package static let opcode = BinaryOpcode.divide
  package static let isExactlyRounded = true

  package static func value(_ a: Double, _ b: Double) -> Double { a / b }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    if operand == 0 {
      return graph.add(ScaleAdjoint(), direction, graph.add(Reciprocal(), point.b))
    }
    let slope = graph.add(Negate(), graph.add(Divide(), point.value, point.b))
    return graph.add(ScaleAdjoint(), direction, slope)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if graph.isFilled(inputs[1], with: 1), let kept = graph.kept(inputs[0], against: inputs[1]) { return kept }
    return foldedConstant(&graph, inputs: inputs)
  }
}
