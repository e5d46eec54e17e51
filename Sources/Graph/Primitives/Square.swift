/// x².
package struct Square: ElementwiseUnary {
  package init() {}
  package static let name = "square"
  package static let opcode = UnaryOpcode.square
  package static let acceptsIntegers = true
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { x * x }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Multiply(), graph.constant(2, like: x), x)
    return graph.evenPowerDerivative(direction, at: x, value: y, exponent: 2, slope: slope)
      ?? graph.times(direction, slope)
  }
}
