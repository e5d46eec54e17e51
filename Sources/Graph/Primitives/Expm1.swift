import Glibc
package import Tensors

/// eˣ − 1, accurate near 0.
package struct Expm1: ElementwiseUnary {
  package init() {}
  package static let name = "expm1"
  package static let opcode = UnaryOpcode.expm1
  package static let isSingular = true

  package static func value(_ x: Double) -> Double { expm1(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Add(), y, graph.constant(1, like: y))
    return graph.times(direction, slope)
  }
}
