package import Tensors

/// 1 where x is neither infinite nor NaN, else 0.
///
/// The derivative is zero everywhere.
package struct IsFinite: ElementwiseUnary {
  package init() {}
  package static let name = "isfinite"
  package static let opcode = UnaryOpcode.isFinite
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { x.isFinite ? 1 : 0 }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    nil
  }
}
