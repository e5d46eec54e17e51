import Tensors

/// The number of a format that is nearest to a, of two that are as near the one whose last bit is 0; towards 0 where the
/// second operand, the code of a `FloatFormat`, is negative.
///
/// The derivative is that of what is rounded, 1: what a rounded computation computes varies with what it was given, and
/// only its last bits come from the rounding. (That of the steps themselves would be 0 almost everywhere.)
package struct RoundTo: ElementwiseBinary {
  package init() {}
  package static let name = "round_to"
  package static let opcode = BinaryOpcode.roundTo
  package static let isExactlyRounded = true

  package static func value(_ a: Double, _ b: Double) -> Double {
    let format = FloatFormat(code: b)
    return b < 0 ? format.truncated(a) : format.rounded(a)
  }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    operand == 0 ? direction : nil
  }
}
