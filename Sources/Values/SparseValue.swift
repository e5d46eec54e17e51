/// A vector of `size` numbers of which only the listed entries are not zero; with a leading axis, rows of such.
///
/// Rows are padded to one width with entries of value 0 at index 0, so every row has the same shape and a batch
/// of rows is two dense tensors. A product with a dense vector reads only the listed entries.
package struct SparseValue {
  /// Columns of the entries, i64 [..., width].
  package var indices: Value
  /// The entries, [..., width].
  package var values: Value
  package var size: Int

  package init(indices: Value, values: Value, size: Int) {
    self.indices = indices
    self.values = values
    self.size = size
  }
}
