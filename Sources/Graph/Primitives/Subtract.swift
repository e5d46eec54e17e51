/// a − b.
package struct Subtract: ElementwiseBinary {
  package init() {}
  package static let name = "subtract"
  package static let opcode = BinaryOpcode.subtract
  package static let acceptsIntegers = true
  package static let isExactlyRounded = true

  package static func value(_ a: Double, _ b: Double) -> Double { a - b }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    operand == 0 ? direction : graph.add(Negate(), direction)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if graph.isFilled(inputs[1], with: 0), let kept = graph.kept(inputs[0], against: inputs[1]) { return kept }
    return foldedConstant(&graph, inputs: inputs)
  }
}
