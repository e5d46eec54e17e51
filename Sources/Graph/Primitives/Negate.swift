package import Tensors

/// −x.
package struct Negate: ElementwiseUnary {
  package init() {}
  package static let name = "negate"
  package static let opcode = UnaryOpcode.negate
  package static let acceptsIntegers = true
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { -x }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    graph.add(Negate(), direction)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    if let inner = graph.operands(of: inputs[0], as: Negate.self) { return inner[0] }
    if let x = graph.scalarConstant(inputs[0]) { return graph.constant(-x.value, x.dtype) }
    return nil
  }
}
