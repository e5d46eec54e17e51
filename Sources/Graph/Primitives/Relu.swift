package import Tensors

/// max(x, 0); NaN for NaN.
///
/// The derivative at 0 is 0.
package struct Relu: ElementwiseUnary {
  package init() {}
  package static let name = "relu"
  package static let opcode = UnaryOpcode.relu
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { x.isNaN ? x : x > 0 ? x : 0 }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let zero = graph.constant(0, like: x)
    let isPositive = graph.add(Less(), zero, x)
    return graph.add(Select(), isPositive, direction, graph.constant(0, like: direction))
  }
}
