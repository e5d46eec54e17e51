import Glibc
package import Tensors

/// cos x.
package struct Cosine: ElementwiseUnary {
  package init() {}
  package static let name = "cos"
  package static let opcode = UnaryOpcode.cosine

  package static func value(_ x: Double) -> Double { cos(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Negate(), graph.add(Sine(), x))
    return graph.times(direction, slope)
  }
}
