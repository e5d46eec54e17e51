import Glibc
package import Tensors

/// sin x.
package struct Sine: ElementwiseUnary {
  package init() {}
  package static let name = "sin"
  package static let opcode = UnaryOpcode.sine

  package static func value(_ x: Double) -> Double { sin(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Cosine(), x)
    return graph.times(direction, slope)
  }
}
