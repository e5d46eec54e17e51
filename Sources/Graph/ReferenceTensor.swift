package import Tensors

/// Plain values for `Primitive.reference`: every element as `Double` (whole numbers are exact to 2⁵³).
package struct ReferenceTensor: Hashable, Sendable {
  package var type: TensorType
  package var values: [Double]

  package init(_ type: TensorType, _ values: [Double]) {
    precondition(type.count == values.count)
    self.type = type
    self.values = values
  }

  /// Values rounded to the element type: to single precision for f32.
  package init(rounding values: [Double], to type: TensorType) {
    self.init(type, type.dtype == .f32 ? values.map { Double(Float($0)) } : values)
  }

  package var shape: Shape { type.shape }

  /// The elements after broadcasting to `shape`, in row-major order.
  package func broadcast(to shape: Shape) -> [Double] {
    if shape == self.shape { return values }
    let missing = shape.rank - self.shape.rank
    var strides = [Int](repeating: 0, count: shape.rank)
    for (axis, stride) in self.shape.strides.enumerated() where self.shape[axis] != 1 {
      strides[missing + axis] = stride
    }
    return shape.offsets(strides: strides).map { values[$0] }
  }
}

extension Shape {
  /// Offset of each element in row-major order, for a layout with the given strides.
  package func offsets(strides: [Int]) -> [Int] {
    var result = [0]
    for axis in 0..<rank {
      var next: [Int] = []
      next.reserveCapacity(result.count * self[axis])
      for base in result { for i in 0..<self[axis] { next.append(base + i * strides[axis]) } }
      result = next
    }
    return result
  }

  /// The shape two operands broadcast to: sizes aligned from the last axis, equal, or one of them 1 or missing.
  package func broadcast(with other: Shape) -> Shape? {
    let rank = Swift.max(self.rank, other.rank)
    var sizes = [Int](repeating: 1, count: rank)
    for fromEnd in 1..<(rank + 1) {
      let a = fromEnd <= self.rank ? self[self.rank - fromEnd] : 1
      let b = fromEnd <= other.rank ? other[other.rank - fromEnd] : 1
      guard a == b || a == 1 || b == 1 else { return nil }
      sizes[rank - fromEnd] = a == 1 ? b : a
    }
    return Shape(sizes)
  }
}
