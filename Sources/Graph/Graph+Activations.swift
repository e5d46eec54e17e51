// Functions that are compositions of primitives.

extension Graph {
  /// x σ(x).
  package mutating func silu(_ x: NodeID) -> NodeID { add(Multiply(), x, add(Sigmoid(), x)) }

  /// x Φ(x) with the standard normal distribution function Φ(x) = erfc(−x/√2) / 2; not the tanh approximation.
  package mutating func gelu(_ x: NodeID) -> NodeID {
    let scaled = add(Multiply(), x, constant(-0.7071067811865476, like: x))
    return add(Multiply(), add(Multiply(), x, constant(0.5, like: x)), add(Erfc(), scaled))
  }
}
