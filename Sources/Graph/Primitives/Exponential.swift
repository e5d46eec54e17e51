import Glibc
package import Tensors

/// eˣ.
package struct Exponential: ElementwiseUnary {
  package init() {}
  package static let name = "exp"
  package static let opcode = UnaryOpcode.exponential
  package static let isSingular = true

  package static func value(_ x: Double) -> Double { exp(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    graph.times(direction, y)
  }
}
