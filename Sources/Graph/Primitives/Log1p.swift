import Glibc
package import Tensors

/// ln(1 + x), accurate near 0; −∞ at −1.
package struct Log1p: ElementwiseUnary {
  package init() {}
  package static let name = "log1p"
  package static let opcode = UnaryOpcode.log1p
  package static let isSingular = true

  package static func value(_ x: Double) -> Double { log1p(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let shifted = graph.add(Add(), x, graph.constant(1, like: x))
    let slope = graph.add(Reciprocal(), shifted)
    return graph.add(ScaleAdjoint(), direction, slope)
  }
}
