import Glibc
package import Tensors

/// atan x, with derivative 1 / (1 + x²).
package struct ArcTangent: ElementwiseUnary {
  package init() {}
  package static let name = "atan"
  package static let opcode = UnaryOpcode.arcTangent

  package static func value(_ x: Double) -> Double { atan(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Reciprocal(), graph.add(Add(), graph.constant(1, like: x), graph.add(Square(), x)))
    return graph.times(direction, slope)
  }
}
