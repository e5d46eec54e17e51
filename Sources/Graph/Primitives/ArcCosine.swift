import Glibc
package import Tensors

/// acos x; NaN outside [−1, 1].
package struct ArcCosine: ElementwiseUnary {
  package init() {}
  package static let name = "acos"
  package static let opcode = UnaryOpcode.arcCosine
  package static let isSingular = true

  package static func value(_ x: Double) -> Double { acos(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Negate(), graph.add(Reciprocal(), graph.complementRoot(x)))
    return graph.add(ScaleAdjoint(), direction, slope)
  }
}
