/// a · b, but 0 wherever a is 0, whatever b is.
///
/// The product of an adjoint (or tangent) with a slope that may be infinite. What flows into the branch
/// of a selection that was not taken is exactly 0 and must stay 0: ∇ where(x > 0, log x, 0) at 0 is 0,
/// not 0 · ∞ = NaN.
package struct ScaleAdjoint: ElementwiseBinary {
  package init() {}
  package static let name = "scale"
  package static let opcode = BinaryOpcode.scaleAdjoint
  package static let isExactlyRounded = true

  package static func value(_ a: Double, _ b: Double) -> Double { a == 0 ? 0 : a * b }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    operand == 0
      ? graph.add(ScaleAdjoint(), direction, point.b) : graph.add(ScaleAdjoint(), point.a, direction)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if let a = graph.filledValue(inputs[0]), a != 0 { return graph.add(Multiply(), inputs[0], inputs[1]) }
    if let b = graph.filledValue(inputs[1]), b.isFinite { return graph.add(Multiply(), inputs[0], inputs[1]) }
    return foldedConstant(&graph, inputs: inputs)
  }
}
