/// a + b.
///
/// `x + 0` is simplified to `x`, which differs in the sign of a zero: −0 + 0 would be +0.
package struct Add: ElementwiseBinary {
  package init() {}
  package static let name = "add"
  package static let opcode = BinaryOpcode.add
  package static let acceptsIntegers = true
  package static let isExactlyRounded = true

  package static func value(_ a: Double, _ b: Double) -> Double { a + b }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    direction
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if graph.isFilled(inputs[1], with: 0), let kept = graph.kept(inputs[0], against: inputs[1]) { return kept }
    if graph.isFilled(inputs[0], with: 0), let kept = graph.kept(inputs[1], against: inputs[0]) { return kept }
    return foldedConstant(&graph, inputs: inputs)
  }
}
