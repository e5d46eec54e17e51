package import Tensors

/// x².
package struct Square: ElementwiseUnary {
  package init() {}
  package static let name = "square"
  package static let opcode = UnaryOpcode.square
  package static let acceptsIntegers = true
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { x * x }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    // |x|² is x² to the last bit, and is smooth at 0 whatever is taken first.
    if let inside = graph.operands(of: inputs[0], as: Absolute.self) { return graph.add(Square(), inside[0]) }
    guard let x = graph.scalarConstant(inputs[0]), x.dtype.isReal else { return nil }
    return graph.constant(Self.value(x.value), x.dtype)
  }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let slope = graph.add(Multiply(), graph.constant(2, like: x), x)
    return graph.evenPowerDerivative(direction, at: x, value: y, exponent: 2, slope: slope)
      ?? graph.times(direction, slope)
  }
}
