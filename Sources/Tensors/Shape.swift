/// Element type of a tensor.
///
/// Truth values are 0 and 1 in the real type of their operands.
package enum DType: UInt8, Hashable, Sendable, Codable {
  case f64, f32, i64

  /// Bytes of one element.
  package var byteCount: Int { self == .f32 ? 4 : 8 }
  package var isReal: Bool { self != .i64 }
}

/// Sizes of a tensor, outermost first; elements are stored row-major without gaps.
package struct Shape: Hashable, Sendable, Codable, ExpressibleByArrayLiteral, CustomStringConvertible {
  package var sizes: [Int]

  package init(_ sizes: [Int]) { self.sizes = sizes }
  package init(arrayLiteral sizes: Int...) { self.sizes = sizes }

  package static let scalar = Shape([])

  package var rank: Int { sizes.count }
  /// Number of elements; 1 for a scalar.
  ///
  /// Callers check against overflow where sizes come from a user.
  package var count: Int { sizes.reduce(1, *) }
  package subscript(axis: Int) -> Int { sizes[axis] }

  /// `[3, 4]`; `[]` for a scalar.
  package var description: String { "[" + sizes.map(String.init).joined(separator: ", ") + "]" }

  /// Row-major strides in elements.
  package var strides: [Int] {
    var result = [Int](repeating: 1, count: rank)
    var stride = 1
    for axis in (0..<rank).reversed() {
      result[axis] = stride
      stride *= sizes[axis]
    }
    return result
  }
}

/// Shape and element type: the static type of a graph node.
package struct TensorType: Hashable, Sendable, Codable, CustomStringConvertible {
  package var shape: Shape
  package var dtype: DType

  package init(_ shape: Shape, _ dtype: DType) {
    self.shape = shape
    self.dtype = dtype
  }

  package var count: Int { shape.count }
  package var byteCount: Int { shape.count * dtype.byteCount }
  package var description: String { "\(dtype)\(shape)" }
}
