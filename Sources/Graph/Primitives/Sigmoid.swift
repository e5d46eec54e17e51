import Glibc
package import Tensors

/// σ(x) = 1 / (1 + e⁻ˣ), with derivative σ (1 − σ).
package struct Sigmoid: ElementwiseUnary {
  package init() {}
  package static let name = "sigmoid"
  package static let opcode = UnaryOpcode.sigmoid

  package static func value(_ x: Double) -> Double { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let complement = graph.add(Subtract(), graph.constant(1, like: y), y)
    let slope = graph.add(Multiply(), y, complement)
    return graph.times(direction, slope)
  }
}
