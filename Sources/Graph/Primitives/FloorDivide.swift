import Glibc

/// ⌊a/b⌋.
///
/// The derivative is zero everywhere.
package struct FloorDivide: ElementwiseBinary {
  package init() {}
  package static let name = "floordivide"
  package static let opcode = BinaryOpcode.floorDivide
  package static let acceptsIntegers = true

  package static func value(_ a: Double, _ b: Double) -> Double {
    let remainder = fmod(a, b)
    guard remainder.isFinite else { return (a / b).rounded(.down) }
    let whole = ((a - remainder) / b).rounded()
    return remainder != 0 && (remainder < 0) != (b < 0) ? whole - 1 : whole
  }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    nil
  }
}
