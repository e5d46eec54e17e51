import Glibc
package import Tensors

/// tan x, with derivative 1 + tan² x.
package struct Tangent: ElementwiseUnary {
  package init() {}
  package static let name = "tan"
  package static let opcode = UnaryOpcode.tangent
  package static let isSingular = true

  package static func value(_ x: Double) -> Double { tan(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Add(), graph.constant(1, like: y), graph.add(Square(), y))
    return graph.times(direction, slope)
  }
}
