package import Tensors

/// 1/x; ±∞ at ±0.
package struct Reciprocal: ElementwiseUnary {
  package init() {}
  package static let name = "reciprocal"
  package static let opcode = UnaryOpcode.reciprocal
  package static let isSingular = true
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { 1 / x }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Negate(), graph.add(Square(), y))
    return graph.add(ScaleAdjoint(), direction, slope)
  }
}
