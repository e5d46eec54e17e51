package import Tensors

/// What a random element is drawn from.
package enum Distribution: Hashable, Sendable, Codable {
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

  /// The reference sees keys as `Double`: those beyond 2⁵³ are rounded.
  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let values = inputs[0].lastRows.flatMap { key in
      numbers(
        of: RandomStream(key: Self.word(key[0])), step: Self.word(key[1]),
        lane: UInt32(truncatingIfNeeded: Self.word(key[2])))
    }
    return ReferenceTensor(resultType(of: inputs), values)
  }

  private static func word(_ value: Double) -> UInt64 { UInt64(bitPattern: Int64(exactly: value) ?? .max) }

  private func numbers(of stream: RandomStream, step: UInt64, lane: UInt32) -> [Double] {
    let isSingle = dtype == .f32
    switch distribution {
    case .uniform where isSingle: return stream.singleUniform(shape.count, step: step, lane: lane).map(Double.init)
    case .normal where isSingle: return stream.singleNormal(shape.count, step: step, lane: lane).map(Double.init)
    case .rademacher where isSingle:
      return stream.singleRademacher(shape.count, step: step, lane: lane).map(Double.init)
    case .exponential where isSingle:
      return stream.singleExponential(shape.count, step: step, lane: lane).map(Double.init)
    case .uniform: return stream.uniform(shape.count, step: step, lane: lane)
    case .normal: return stream.normal(shape.count, step: step, lane: lane)
    case .rademacher: return stream.rademacher(shape.count, step: step, lane: lane)
    case .exponential: return stream.exponential(shape.count, step: step, lane: lane)
    case .index(let below):
      return stream.integers(shape.count, below: below, step: step, lane: lane).map(Double.init)
    }
  }
}
