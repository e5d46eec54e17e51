import Tensors

// Shape rules, rules' vocabulary and reference evaluation for matrices on the last two axes.

/// The size of square matrices on the last two axes.
func squareSize(_ type: TensorType, operation: String) throws(ShapeError) -> Int {
  let (rows, columns) = try matrixSizes(type, operation: operation)
  guard rows == columns else {
    throw .unsuitable(operation: operation, shape: type.shape, expected: "square matrices")
  }
  return rows
}

/// Rows and columns of real matrices on the last two axes.
func matrixSizes(_ type: TensorType, operation: String) throws(ShapeError) -> (rows: Int, columns: Int) {
  guard type.dtype.isReal else { throw .dtype(operation: operation, type.dtype) }
  guard type.shape.rank >= 2 else {
    throw .unsuitable(operation: operation, shape: type.shape, expected: "matrices")
  }
  return (type.shape[type.shape.rank - 2], type.shape[type.shape.rank - 1])
}

/// Checks square A [..., n, n] against right sides B [..., n, k].
func checkSystem(_ inputs: [TensorType], operation: String) throws(ShapeError) {
  let size = try squareSize(inputs[0], operation: operation)
  let (rows, _) = try matrixSizes(inputs[1], operation: operation)
  guard inputs[0].dtype == inputs[1].dtype else { throw .dtype(operation: operation, inputs[1].dtype) }
  guard rows == size, inputs[0].shape.leading(without: 2) == inputs[1].shape.leading(without: 2) else {
    throw .mismatch(operation: operation, left: inputs[0].shape, right: inputs[1].shape)
  }
}

extension Graph {
  /// The matrix product over the last two axes; leading axes are equal.
  package mutating func product(_ a: NodeID, _ b: NodeID) -> NodeID {
    let rank = shape(a).rank
    let leading = Array(0..<(rank - 2))
    let (row, inner, column) = (rank - 2, rank - 1, rank)
    return add(
      Contract(left: leading + [row, inner], right: leading + [inner, column], output: leading + [row, column]), a, b)
  }

  /// Aᵀ over the last two axes.
  package mutating func matrixTranspose(_ a: NodeID) -> NodeID {
    let rank = shape(a).rank
    return add(Transpose(permutation: Array(0..<(rank - 2)) + [rank - 1, rank - 2]), a)
  }

  /// (A + Aᵀ) / 2.
  mutating func symmetricPart(_ a: NodeID) -> NodeID {
    let sum = add(Add(), a, matrixTranspose(a))
    return add(Multiply(), sum, constant(0.5, like: a))
  }

  /// A mask [n, m] that is 1 where row − column ≥ `offset`, else 0.
  mutating func triangle(rows: Int, columns: Int, offset: Int, _ dtype: DType) -> NodeID {
    let row = reshape(add(Iota(count: rows, dtype: .i64)), to: [rows, 1])
    let shifted = add(Add(), add(Iota(count: columns, dtype: .i64)), constant(Double(offset), .i64))
    return convert(add(LessEqual(), shifted, row), to: dtype)
  }

  /// A with everything above the diagonal `row − column = offset` made exactly 0.
  mutating func lowerTriangle(_ a: NodeID, offset: Int = 0) -> NodeID {
    let sizes = shape(a).sizes.suffix(2)
    let mask = triangle(rows: sizes.first ?? 0, columns: sizes.last ?? 0, offset: offset, dtype(a))
    return add(Select(), mask, a, constant(0, like: a))
  }

  /// The diagonal of square matrices: [..., n, n] → [..., n].
  package mutating func diagonal(_ a: NodeID) -> NodeID {
    let shape = shape(a)
    let eye = identity(shape[shape.rank - 1], dtype(a))
    return add(ReduceSum(axes: [shape.rank - 1]), add(Select(), eye, a, constant(0, like: a)))
  }

  /// Diagonal matrices of rows: [..., n] → [..., n, n].
  package mutating func diagonalMatrix(_ row: NodeID) -> NodeID {
    let shape = shape(row)
    let n = shape[shape.rank - 1]
    let repeated = expand(row, over: [shape.rank], of: Shape(shape.sizes + [n]))
    return add(Select(), identity(n, dtype(row)), repeated, constant(0, like: row))
  }

  /// A · diag(row).
  mutating func scaleColumns(_ a: NodeID, by row: NodeID) -> NodeID {
    add(Multiply(), a, expand(row, over: [shape(a).rank - 2], of: shape(a)))
  }

  /// diag(column) · A.
  mutating func scaleRows(_ a: NodeID, by column: NodeID) -> NodeID {
    add(Multiply(), a, expand(column, over: [shape(a).rank - 1], of: shape(a)))
  }

  /// Parts of flat vectors on the last axis, given shapes in order: the inverse of `pack`.
  mutating func unpack(_ packed: NodeID, _ shapes: [[Int]]) -> [NodeID] {
    let leading = shape(packed).leading(without: 1)
    var starts = [Int](repeating: 0, count: leading.count + 1)
    var stops = shape(packed).sizes
    var result: [NodeID] = []
    for shape in shapes {
      stops[leading.count] = starts[leading.count] + shape.reduce(1, *)
      let part = add(Slice(starts: starts, stops: stops), packed)
      result.append(reshape(part, to: Shape(leading + shape)))
      starts[leading.count] = stops[leading.count]
    }
    return result
  }

  /// Tensors with equal leading axes (as many as `leadingRank`) flattened and joined on a last axis.
  mutating func pack(_ parts: [NodeID], leadingRank: Int) -> NodeID {
    let flat = parts.map { part in
      let sizes = shape(part).sizes
      return reshape(part, to: Shape(sizes.prefix(leadingRank) + [sizes.dropFirst(leadingRank).reduce(1, *)]))
    }
    return add(Concatenate(axis: leadingRank), inputs: flat)
  }
}
