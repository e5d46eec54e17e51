import Glibc
package import Tensors

/// asin x; NaN outside [−1, 1].
package struct ArcSine: ElementwiseUnary {
  package init() {}
  package static let name = "asin"
  package static let opcode = UnaryOpcode.arcSine
  package static let isSingular = true

  package static func value(_ x: Double) -> Double { asin(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Reciprocal(), graph.complementRoot(x))
    return graph.add(ScaleAdjoint(), direction, slope)
  }
}
