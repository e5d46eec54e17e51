import Glibc
package import Tensors

/// ln(1 + eˣ), without overflow for large x.
package struct Softplus: ElementwiseUnary {
  package init() {}
  package static let name = "softplus"
  package static let opcode = UnaryOpcode.softplus

  package static func value(_ x: Double) -> Double { x.isNaN ? x : (x > 0 ? x : 0) + log1p(exp(-x.magnitude)) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Sigmoid(), x)
    return graph.times(direction, slope)
  }
}
