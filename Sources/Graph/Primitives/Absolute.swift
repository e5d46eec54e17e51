package import Tensors

/// |x|.
///
/// The derivative at 0 is 0. Powers of it that are smooth have their own derivatives: see Note [Zero times infinity].
package struct Absolute: ElementwiseUnary {
  package init() {}
  package static let name = "abs"
  package static let opcode = UnaryOpcode.absolute
  package static let acceptsIntegers = true
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { x.magnitude }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    graph.absoluteDerivative(direction, at: x, value: y)
  }
}
