import Glibc

/// The angle of the point (b, a): atan(a/b) in the right quadrant, in [−π, π].
package struct ArcTangent2: ElementwiseBinary {
  package init() {}
  package static let name = "atan2"
  package static let opcode = BinaryOpcode.arcTangent2

  package static func value(_ a: Double, _ b: Double) -> Double { atan2(a, b) }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    let squares = graph.add(Add(), graph.add(Square(), point.a), graph.add(Square(), point.b))
    let other = operand == 0 ? point.b : graph.add(Negate(), point.a)
    return graph.add(ScaleAdjoint(), direction, graph.add(Divide(), other, squares))
  }
}
