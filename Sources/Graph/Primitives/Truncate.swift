package import Tensors

/// x without its fraction.
///
/// The derivative is zero everywhere.
package struct Truncate: ElementwiseUnary {
  package init() {}
  package static let name = "trunc"
  package static let opcode = UnaryOpcode.truncate
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { x.rounded(.towardZero) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    nil
  }
}
