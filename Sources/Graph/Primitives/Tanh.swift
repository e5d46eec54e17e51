import Glibc
package import Tensors

/// tanh x, with derivative 1 − tanh² x.
package struct Tanh: ElementwiseUnary {
  package init() {}
  package static let name = "tanh"
  package static let opcode = UnaryOpcode.tanh

  package static func value(_ x: Double) -> Double { tanh(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Subtract(), graph.constant(1, like: y), graph.add(Square(), y))
    return graph.times(direction, slope)
  }
}
