package import Tensors

/// Whole numbers that are indices of something with `count` places: the same numbers, in 0..<count.
///
/// A number outside stops the program that meets it. It stands before what would hide such a number: indices that are
/// moved into a joined table, where they would be those of another member, or a comparison, where none would match.
package struct CheckedIndex: FlatPrimitive, LeadingAxesPrimitive {
  package static let name = "index"
  package var count: Int

  package init(count: Int) { self.count = count }

  package var attributes: String { "\(count)" }

  package func type(of inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard inputs[0].dtype == .i64 else { throw .dtype(operation: Self.name, inputs[0].dtype) }
    return inputs[0]
  }

  package func reference(_ inputs: [ReferenceTensor]) -> ReferenceTensor { inputs[0] }
}
