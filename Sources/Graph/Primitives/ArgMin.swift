package import Tensors

/// The index of the smallest element along the last axis, which is dropped; the first of equal ones.
///
/// NaN counts as smallest, so that the index always exists. The result is i64.
package struct ArgMin: FlatPrimitive, LeadingAxesPrimitive {
  package static let name = "argmin"

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let shape = inputs[0].shape
    guard let count = shape.sizes.last, count > 0 else {
      throw .unsuitable(operation: Self.name, shape: shape, expected: "at least one element")
    }
    return TensorType(shape.removing(axes: [shape.rank - 1]), .i64)
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    ReferenceTensor(resultType(of: inputs), inputs[0].lastRows.map { Double(Self.index(of: $0)) })
  }

  private static func index(of row: [Double]) -> Int {
    if let nan = row.firstIndex(where: \.isNaN) { return nan }
    return row.indices.reduce(0) { row[$1] < row[$0] ? $1 : $0 }
  }
}
