package import Tensors

/// The largest whole number ≤ x.
///
/// The derivative is zero everywhere.
package struct Floor: ElementwiseUnary {
  package init() {}
  package static let name = "floor"
  package static let opcode = UnaryOpcode.floor
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { x.rounded(.down) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    nil
  }
}
