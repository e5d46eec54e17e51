import Glibc
package import Tensors

/// The natural logarithm; −∞ at 0, NaN below.
///
/// A direction of exactly 0 gives 0 even at x = 0, where 1/x is infinite.
package struct Logarithm: ElementwiseUnary {
  package init() {}
  package static let name = "log"
  package static let opcode = UnaryOpcode.logarithm
  package static let isSingular = true

  package static func value(_ x: Double) -> Double { log(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Reciprocal(), x)
    return graph.add(ScaleAdjoint(), direction, slope)
  }
}
