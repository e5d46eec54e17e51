/// 1 where a < b, else 0; 0 where either is NaN.
///
/// The derivative is zero everywhere.
package struct Less: ElementwiseBinary {
  package init() {}
  package static let name = "less"
  package static let opcode = BinaryOpcode.less
  package static let acceptsIntegers = true
  package static let isComparison = true
  package static let isExactlyRounded = true

  package static func value(_ a: Double, _ b: Double) -> Double { a < b ? 1 : 0 }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    nil
  }
}
