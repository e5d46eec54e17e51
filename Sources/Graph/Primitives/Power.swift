import Glibc

/// aᵇ, as C's `pow`: a⁰ = 1 for every a, NaN for negative a with fractional b.
///
/// With derivatives b aᵇ⁻¹ and aᵇ ln a, where a factor of exactly 0 makes the product 0.
package struct Power: ElementwiseBinary {
  package init() {}
  package static let name = "power"
  package static let opcode = BinaryOpcode.power
  package static let isSingular = true

  package static func value(_ a: Double, _ b: Double) -> Double { pow(a, b) }

  package func derivative(
    _ graph: inout Graph, by operand: Int, times direction: NodeID, at point: BinaryPoint
  ) -> NodeID? {
    if operand == 0 {
      let lower = graph.add(Subtract(), point.b, graph.constant(1, like: point.b))
      let slope = graph.add(ScaleAdjoint(), point.b, graph.add(Power(), point.a, lower))
      if let exponent = graph.filledValue(point.b), graph.isSumOfSquares(point.value),
        let smooth = graph.evenPowerDerivative(
          direction, at: point.a, value: point.value, exponent: exponent, slope: slope)
      {
        return smooth
      }
      return graph.add(ScaleAdjoint(), direction, slope)
    }
    let slope = graph.add(ScaleAdjoint(), point.value, graph.add(Logarithm(), point.a))
    return graph.add(ScaleAdjoint(), direction, slope)
  }

  package func simplified(_ graph: inout Graph, inputs: [NodeID]) -> NodeID? {
    guard let exponent = graph.scalarConstant(inputs[1]) else { return nil }
    switch exponent.value {
    case 0: return graph.broadcast(graph.constant(1, like: inputs[0]), to: graph.shape(inputs[0]))
    case 1: return inputs[0]
    case 2: return graph.add(Square(), inputs[0])
    default: return nil
    }
  }
}
