package import Tensors

/// The indices that put each row (last axis) in ascending order; equal elements keep their order, NaN is last.
///
/// The result is i64. `sort(x)` is `TakeAlongLast(x, ArgSort(x))`.
package struct ArgSort: FlatPrimitive, LeadingAxesPrimitive {
  package static let name = "argsort"

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard inputs[0].shape.rank > 0 else {
      throw .unsuitable(operation: Self.name, shape: inputs[0].shape, expected: "rank ≥ 1")
    }
    return TensorType(inputs[0].shape, .i64)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(resultType(of: inputs), inputs[0].lastRows.flatMap { Self.order($0).map(Double.init) })
  }

  private static func order(_ row: [Double]) -> [Int] {
    row.indices.sorted { i, j in
      let (a, b) = (row[i], row[j])
      if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? i < j : b.isNaN }
      return a == b ? i < j : a < b
    }
  }
}

extension Graph {
  /// Each row (last axis) in ascending order.
  package mutating func sorted(_ x: NodeID) throws(ShapeError) -> NodeID {
    let order = try apply(ArgSort(), [x])
    return try apply(TakeAlongLast(), [x, order])
  }
}
