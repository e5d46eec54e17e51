/// a · b.
package struct Multiply: ElementwiseBinary {
  package init() {}
  package static let name = "multiply"
  package static let opcode = BinaryOpcode.multiply
  package static let acceptsIntegers = true
  package static let isExactlyRounded = true

  package static func value(_ a: Double, _ b: Double) -> Double { a * b }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    graph.times(direction, operand == 0 ? point.b : point.a)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if graph.isFilled(inputs[1], with: 1), let kept = graph.kept(inputs[0], against: inputs[1]) { return kept }
    if graph.isFilled(inputs[0], with: 1), let kept = graph.kept(inputs[1], against: inputs[0]) { return kept }
    // |x|·|x| is x·x to the last bit, and is smooth at 0.
    if inputs[0] == inputs[1], let inside = graph.operands(of: inputs[0], as: Absolute.self) {
      return graph.add(Multiply(), inside[0], inside[0])
    }
    return foldedConstant(&graph, inputs: inputs)
  }
}
