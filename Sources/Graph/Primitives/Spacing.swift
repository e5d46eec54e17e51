import Tensors

/// The distance between the numbers of a format around a, with the sign of a; 0 where a is not finite.
///
/// The second operand is the code of a `FloatFormat`. The derivative is zero everywhere.
package struct Spacing: ElementwiseBinary {
  package init() {}
  package static let name = "spacing"
  package static let opcode = BinaryOpcode.spacing
  package static let isExactlyRounded = true

  package static func value(_ a: Double, _ b: Double) -> Double { FloatFormat(code: b).spacing(at: a) }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    nil
  }
}
