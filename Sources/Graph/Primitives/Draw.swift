import Glibc
package import Tensors

/// What a random element is drawn from.
package enum Distribution: Hashable, Sendable {
  /// Uniform on [0, 1).
  case uniform
  /// Standard normal.
  case normal
  /// −1 or 1 with probability ½ each.
  case rademacher
  /// Exponential with mean 1.
  case exponential
  /// A whole number, uniform on 0..<below.
  case index(below: Int)
}

/// Random numbers of a counter-based stream: the same key gives the same numbers, in any order of use.
///
/// Input: key i64 [..., 3] = (stream key, step, lane) → [..., shape...]. Element i of a draw is a function of
/// the key and i alone. The derivative is zero everywhere.
package struct Draw: FlatPrimitive {
  package static let name = "draw"
  package var distribution: Distribution
  package var shape: Shape
  package var dtype: DType

  package init(distribution: Distribution, shape: Shape, dtype: DType) {
    self.distribution = distribution
    self.shape = shape
    self.dtype = dtype
  }

  package var attributes: String { "\(distribution) \(shape)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let key = inputs[0]
    guard key.dtype == .i64 else { throw .dtype(operation: Self.name, key.dtype) }
    guard key.shape.sizes.last == 3 else {
      throw .unsuitable(operation: Self.name, shape: key.shape, expected: "[…, 3]")
    }
    if case .index(let below) = distribution {
      guard dtype == .i64 else { throw .dtype(operation: Self.name, dtype) }
      guard below > 0 else {
        throw .unsuitable(operation: Self.name, shape: shape, expected: "at least one number to draw from")
      }
    } else {
      guard dtype.isReal else { throw .dtype(operation: Self.name, dtype) }
    }
    return TensorType(Shape(key.shape.leading(without: 1) + shape.sizes), dtype)
  }

  package func batched(_ graph: inout Graph, inputs: [NodeID], isBatched: [Bool], size: Int) -> NodeID {
    graph.add(self, inputs[0])
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let values = inputs[0].lastRows.flatMap { key in
      (0..<shape.count).map { value(key: key.map { UInt64(bitPattern: Int64($0)) }, element: UInt64($0)) }
    }
    return ReferenceTensor(rounding: values, to: resultType(of: inputs))
  }

  private func value(key: [UInt64], element: UInt64) -> Double {
    let bits = Self.mix(key, element)
    let unit = Double(bits >> 11) * 0x1p-53
    switch distribution {
    case .uniform: return unit
    case .normal: return Self.normal(unit, Double(Self.mix(key + [bits], element) >> 11) * 0x1p-53)
    case .rademacher: return bits >> 63 == 0 ? -1 : 1
    case .exponential: return -log1p(-unit)
    case .index(let below): return (unit * Double(below)).rounded(.down)
    }
  }

  private static func normal(_ u: Double, _ v: Double) -> Double {
    (-2 * log1p(-u)).squareRoot() * cos(2 * .pi * v)
  }

  /// SplitMix64's finaliser applied to each word in turn: a stand-in with the right shape of dependence.
  private static func mix(_ key: [UInt64], _ element: UInt64) -> UInt64 {
    (key + [element]).reduce(0) { state, word in
      var z = (state ^ word) &+ 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
}
