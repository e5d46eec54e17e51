package import Tensors

/// The smallest whole number ≥ x.
///
/// The derivative is zero everywhere.
package struct Ceiling: ElementwiseUnary {
  package init() {}
  package static let name = "ceil"
  package static let opcode = UnaryOpcode.ceiling
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { x.rounded(.up) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    nil
  }
}
