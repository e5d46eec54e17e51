import Glibc
package import Tensors

/// ∛x, the real cube root, also of negative numbers.
///
/// The derivative 1 / (3 ∛x²) is infinite at 0; a direction of exactly 0 gives 0 even there.
package struct CubeRoot: ElementwiseUnary {
  package init() {}
  package static let name = "cbrt"
  package static let opcode = UnaryOpcode.cubeRoot
  package static let isSingular = true

  package static func value(_ x: Double) -> Double { cbrt(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let square = graph.add(Square(), y)
    let slope = graph.add(Reciprocal(), graph.add(Multiply(), graph.constant(3, like: y), square))
    return graph.add(ScaleAdjoint(), direction, slope)
  }
}
