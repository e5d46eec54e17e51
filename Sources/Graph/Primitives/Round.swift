package import Tensors

/// The nearest whole number, ties to even.
///
/// The derivative is zero everywhere.
package struct Round: ElementwiseUnary {
  package init() {}
  package static let name = "round"
  package static let opcode = UnaryOpcode.round
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { x.rounded(.toNearestOrEven) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    nil
  }
}
