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
    if operand == 0 { return graph.add(ScaleAdjoint(), direction, point.b) }
    let product = graph.add(ScaleAdjoint(), point.a, direction)
    guard graph.isHazardous(direction, point.a) else { return product }
    let zero = graph.constant(0, like: direction)
    return graph.add(Select(), graph.add(Equal(), direction, zero), zero, product)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if let a = graph.filledValue(inputs[0]), a != 0 { return graph.add(Multiply(), inputs[0], inputs[1]) }
    if let b = graph.filledValue(inputs[1]), b.isFinite { return graph.add(Multiply(), inputs[0], inputs[1]) }
    return foldedConstant(&graph, inputs: inputs)
  }
}
