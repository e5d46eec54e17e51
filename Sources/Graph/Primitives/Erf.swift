import Glibc
package import Tensors

/// The error function 2/√π ∫₀ˣ exp(−s²) ds.
package struct Erf: ElementwiseUnary {
  package init() {}
  package static let name = "erf"
  package static let opcode = UnaryOpcode.erf

  package static func value(_ x: Double) -> Double { erf(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let gauss = graph.add(Exponential(), graph.add(Negate(), graph.add(Square(), x)))
    let slope = graph.add(Multiply(), graph.constant(1.1283791670955126, like: x), gauss)  // 2/√π
    return graph.times(direction, slope)
  }
}
