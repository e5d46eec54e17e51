package import Tensors

/// For each whole number of a row (last axis) the place in the row at which it stands first: i64 [..., n] → i64 [..., n].
package struct FirstPlaces: FlatPrimitive, LeadingAxesPrimitive {
  package static let name = "first_places"

  package init() {}

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard inputs[0].dtype == .i64 else { throw .dtype(operation: Self.name, inputs[0].dtype) }
    guard inputs[0].shape.rank > 0 else {
      throw .unsuitable(operation: Self.name, shape: inputs[0].shape, expected: "rank ≥ 1")
    }
    return inputs[0]
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor {
    let places = inputs[0].lastRows.flatMap { row in row.map { value in Double(row.firstIndex(of: value) ?? 0) } }
    return ReferenceTensor(resultType(of: inputs), places)
  }
}
