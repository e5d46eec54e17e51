package import Tensors

/// The indices of the k largest elements of each row (last axis), largest first; of equal elements the one with
/// the lowest index first.
///
/// With `byMagnitude` the largest in magnitude. NaN counts as largest.
///
/// [..., n] → i64 [..., k].
package struct TopKIndices: FlatPrimitive, LeadingAxesPrimitive {
  package static let name = "topk"
  package var k: Int
  package var byMagnitude: Bool

  package init(k: Int, byMagnitude: Bool) {
    self.k = k
    self.byMagnitude = byMagnitude
  }

  package var attributes: String { "\(k)\(byMagnitude ? " by magnitude" : "")" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let shape = inputs[0].shape
    guard let count = shape.sizes.last, k >= 0, k <= count else {
      throw .unsuitable(operation: Self.name, shape: shape, expected: "at least \(k) elements")
    }
    return TensorType(Shape(shape.leading(without: 1) + [k]), .i64)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(resultType(of: inputs), inputs[0].lastRows.flatMap { order($0).prefix(k).map(Double.init) })
  }

  private func order(_ row: [Double]) -> [Int] {
    let keys = byMagnitude ? row.map(\.magnitude) : row
    return row.indices.sorted { i, j in
      let (a, b) = (keys[i], keys[j])
      if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? i < j : a.isNaN }
      return a == b ? i < j : a > b
    }
  }
}
