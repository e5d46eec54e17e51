/// The smaller of a and b; NaN if either is, and −0 < +0.
///
/// Where they are equal the derivative goes to a, the first.
package struct Minimum: ElementwiseBinary {
  package init() {}
  package static let name = "minimum"
  package static let opcode = BinaryOpcode.minimum
  package static let acceptsIntegers = true
  package static let isExactlyRounded = true

  package static func value(_ a: Double, _ b: Double) -> Double {
    if a.isNaN || b.isNaN { return a + b }
    return a == b ? (a.sign == .minus ? a : b) : a < b ? a : b
  }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    let isFirst = graph.add(LessEqual(), point.a, point.b)
    return graph.derivativeOfChoice(isFirst, operand: operand, direction: direction)
  }
}
