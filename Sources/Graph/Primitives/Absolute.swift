/// |x|.
///
/// The derivative at 0 is 0.
package struct Absolute: ElementwiseUnary {
  package init() {}
  package static let name = "abs"
  package static let opcode = UnaryOpcode.absolute
  package static let acceptsIntegers = true
  package static let isExactlyRounded = true

  package static func value(_ x: Double) -> Double { x.magnitude }

  package func derivative(
    _ graph: inout Graph, times direction: NodeID, at x: NodeID, value y: NodeID
  ) -> NodeID? {
    let sign = graph.add(Sign(), x)
    return graph.add(Multiply(), direction, sign)
  }
}
