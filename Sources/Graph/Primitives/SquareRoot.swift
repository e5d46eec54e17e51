package import Tensors

/// √x; NaN below 0.
///
/// The derivative 1 / (2√x) is infinite at 0; a direction of exactly 0 gives 0 even there. The root of a sum of squares
/// has the derivative 0 there, and its even powers have their own. See Note [Zero times infinity].
package struct SquareRoot: ElementwiseUnary {
  package init() {}
  package static let name = "sqrt"
  package static let opcode = UnaryOpcode.squareRoot
  package static let isSingular = true
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { x.squareRoot() }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    graph.rootDerivative(direction, of: x, root: y)
  }
}
