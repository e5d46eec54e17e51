/// Rows of which most entries are zero, in compressed form (CSR).
///
/// Row i holds the entries `rowStarts[i]..<rowStarts[i + 1]`: columns in increasing order, and their values.
package struct SparseRows: Hashable, Sendable {
  package var columnCount: Int
  /// One more than there are rows; starts with 0.
  package var rowStarts: [Int]
  package var columns: [Int32]
  package var values: [Double]

  package init(columnCount: Int, rowStarts: [Int], columns: [Int32], values: [Double]) {
    precondition(columns.count == values.count && rowStarts.last == columns.count, "rows must cover the entries")
    self.columnCount = columnCount
    self.rowStarts = rowStarts
    self.columns = columns
    self.values = values
  }

  package var rowCount: Int { rowStarts.count - 1 }
  /// Stored entries.
  package var entryCount: Int { columns.count }

  /// The most entries in one row; 0 without rows.
  package var rowWidthMax: Int {
    (0..<rowCount).reduce(0) { max($0, rowStarts[$1 + 1] - rowStarts[$1]) }
  }

  /// The rows with the given numbers, in that order.
  package func selecting(_ rows: [Int]) -> SparseRows {
    var result = SparseRows(columnCount: columnCount, rowStarts: [0], columns: [], values: [])
    for row in rows {
      let entries = rowStarts[row]..<rowStarts[row + 1]
      result.columns.append(contentsOf: columns[entries])
      result.values.append(contentsOf: values[entries])
      result.rowStarts.append(result.columns.count)
    }
    return result
  }

  /// All rows with zeros written out, row-major.
  package func dense() -> [Double] {
    var result = [Double](repeating: 0, count: rowCount * columnCount)
    for row in 0..<rowCount {
      for entry in rowStarts[row]..<rowStarts[row + 1] {
        result[row * columnCount + Int(columns[entry])] = values[entry]
      }
    }
    return result
  }

  /// Two rectangles of `rowCount × rowWidthMax`: the columns and the values of each row's entries, filled up with
  /// column 0 and value 0, so that ⟨row, w⟩ = Σ values · w[columns] for any w.
  package func padded() -> (columns: [Int64], values: [Double], width: Int) {
    let width = rowWidthMax
    var paddedColumns = [Int64](repeating: 0, count: rowCount * width)
    var paddedValues = [Double](repeating: 0, count: rowCount * width)
    for row in 0..<rowCount {
      for (place, entry) in (rowStarts[row]..<rowStarts[row + 1]).enumerated() {
        paddedColumns[row * width + place] = Int64(columns[entry])
        paddedValues[row * width + place] = values[entry]
      }
    }
    return (paddedColumns, paddedValues, width)
  }
}
