import Glibc

/// a − b ⌊a/b⌋: the remainder with the sign of the divisor b; NaN for b = 0.
package struct Modulo: ElementwiseBinary {
  package init() {}
  package static let name = "modulo"
  package static let opcode = BinaryOpcode.modulo
  package static let acceptsIntegers = true

  package static func value(_ a: Double, _ b: Double) -> Double {
    let remainder = fmod(a, b)
    return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder
  }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    if operand == 0 { return direction }
    let slope = graph.add(Negate(), graph.add(FloorDivide(), point.a, point.b))
    return graph.times(direction, slope)
  }
}
