package import Tensors

/// −1, 0 or 1 as x is negative, zero or positive; NaN for NaN.
///
/// The derivative is zero everywhere.
package struct Sign: ElementwiseUnary {
  package init() {}
  package static let name = "sign"
  package static let opcode = UnaryOpcode.sign
  package static let acceptsIntegers = true
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    nil
  }
}
