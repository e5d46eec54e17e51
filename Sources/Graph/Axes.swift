import Tensors

// Moving axes to the end and back, for rules and references that work on the last axis.

extension Graph {
  /// The node with the given axes moved to the end and joined into one.
  mutating func joinedLast(_ node: NodeID, axes: [Int]) -> NodeID {
    let shape = shape(node)
    let kept = (0..<shape.rank).filter { !axes.contains($0) }
    let moved = add(Transpose(permutation: kept + axes), node)
    let joined = axes.reduce(1) { $0 * shape[$1] }
    return reshape(moved, to: Shape(kept.map { shape[$0] } + [joined]))
  }

  /// The inverse of `joinedLast` for a result of the given shape.
  mutating func splitLast(_ node: NodeID, axes: [Int], of shape: Shape) -> NodeID {
    let order = (0..<shape.rank).filter { !axes.contains($0) } + axes
    let moved = reshape(node, to: Shape(order.map { shape[$0] }))
    return add(Transpose(permutation: order.inversePermutation), moved)
  }
}

extension [Int] {
  /// For a permutation p, the q with q[p[i]] = i.
  package var inversePermutation: [Int] {
    var result = [Int](repeating: 0, count: count)
    for (i, axis) in enumerated() { result[axis] = i }
    return result
  }

  /// All axes shifted by one, to make room for the members' axis.
  var shiftedByOne: [Int] { map { $0 + 1 } }
}

extension Shape {
  /// The shape without some axes.
  func removing(axes: [Int]) -> Shape { Shape((0..<rank).filter { !axes.contains($0) }.map { self[$0] }) }

  /// Checks that axes are distinct and exist.
  func check(axes: [Int], operation: String) throws(ShapeError) {
    for (i, axis) in axes.enumerated() {
      guard axis >= 0, axis < rank, !axes[..<i].contains(axis) else {
        throw .axis(operation: operation, axis: axis, rank: rank)
      }
    }
  }
}

extension ReferenceTensor {
  /// For each position of the kept axes, in row-major order, the elements along `axes`.
  func rows(along axes: [Int]) -> [[Double]] {
    let strides = shape.strides
    let kept = (0..<shape.rank).filter { !axes.contains($0) }
    let inner = Shape(axes.map { shape[$0] }).offsets(strides: axes.map { strides[$0] })
    return Shape(kept.map { shape[$0] }).offsets(strides: kept.map { strides[$0] })
      .map { base in inner.map { values[base + $0] } }
  }

  /// The elements along the last axis, row by row.
  var lastRows: [[Double]] { rows(along: [shape.rank - 1]) }

  /// A tensor with each row along one axis replaced by a function of it.
  func mapRows(along axis: Int, _ function: ([Double]) -> [Double]) -> ReferenceTensor {
    let stride = shape.strides[axis]
    var result = values
    for base in shape.removing(axes: [axis]).offsets(strides: shape.removing(axes: [axis], from: shape.strides)) {
      let row = function((0..<shape[axis]).map { values[base + $0 * stride] })
      for (i, value) in row.enumerated() { result[base + i * stride] = value }
    }
    return ReferenceTensor(rounding: result, to: type)
  }
}

extension Shape {
  func removing(axes: [Int], from values: [Int]) -> [Int] {
    (0..<rank).filter { !axes.contains($0) }.map { values[$0] }
  }
}

extension Shape {
  /// All sizes but the last few.
  func leading(without trailing: Int) -> [Int] { Array(sizes.prefix(Swift.max(0, rank - trailing))) }
}
