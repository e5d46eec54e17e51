import Glibc
package import Tensors

/// The complement 1 − erf x = 2/√π ∫ₓ^∞ exp(−s²) ds of the error function, accurate also where it is tiny.
package struct Erfc: ElementwiseUnary {
  package init() {}
  package static let name = "erfc"
  package static let opcode = UnaryOpcode.erfc

  package static func value(_ x: Double) -> Double { erfc(x) }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let gauss = graph.add(Exponential(), graph.add(Negate(), graph.add(Square(), x)))
    let slope = graph.add(Multiply(), graph.constant(-1.1283791670955126, like: x), gauss)  // −2/√π
    return graph.times(direction, slope)
  }
}
