import Glibc
package import Tensors

/// sinh x.
package struct Sinh: ElementwiseUnary {
  package init() {}
  package static let name = "sinh"
  package static let opcode = UnaryOpcode.sinh
  package static let isSingular = true

  package static func value(_ x: Double) -> Double { sinh(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Cosh(), x)
    return graph.times(direction, slope)
  }
}
