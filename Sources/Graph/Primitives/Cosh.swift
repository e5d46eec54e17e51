import Glibc
package import Tensors

/// cosh x.
package struct Cosh: ElementwiseUnary {
  package init() {}
  package static let name = "cosh"
  package static let opcode = UnaryOpcode.cosh
  package static let isSingular = true

  package static func value(_ x: Double) -> Double { cosh(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Sinh(), x)
    return graph.times(direction, slope)
  }
}
