import Data
import Testing

/// Sparse rows: reading, choosing, padding, and every way to be wrong.
@Suite struct LIBSVMReaderTests {
  private func read(_ text: String, features: Int? = nil) throws(DataError) -> (rows: SparseRows, labels: [Double]) {
    try LIBSVMReader.read(bytes(text), file: "s.libsvm", features: features)
  }

  private let text = "+1 1:0.5 3:-2\n# a comment\n\n-1 qid:3 2:1e-3 # why\r\n1\n0.5 3:4"

  @Test func rowsAreRead() throws {
    let (rows, labels) = try read(text)
    #expect(labels == [1, -1, 1, 0.5])
    #expect(rows.rowStarts == [0, 2, 3, 3, 4] && rows.columns == [0, 2, 1, 2] && rows.values == [0.5, -2, 1e-3, 4])
    #expect(rows.columnCount == 3 && rows.rowCount == 4 && rows.rowWidthMax == 2)
    #expect(try read(text, features: 10).rows.columnCount == 10)
    #expect(rows.dense() == [0.5, 0, -2, 0, 1e-3, 0, 0, 0, 0, 0, 0, 4])
  }

  @Test func paddingKeepsProducts() throws {
    let rows = try read(text).rows
    let (columns, values, width) = rows.padded()
    #expect(width == 2 && columns == [0, 2, 1, 0, 0, 0, 2, 0] && values == [0.5, -2, 1e-3, 0, 0, 0, 4, 0])
  }

  @Test func rowsAreChosenInOrder() throws {
    let rows = try read(text).rows.selecting([3, 0, 0])
    #expect(rows.dense() == [0, 0, 4, 0.5, 0, -2, 0.5, 0, -2])
  }

  @Test(arguments: [
    ("1 3:0.5 2:0.1", "E0820 line 1, column 9 of `s.libsvm`, `2:0.1`: index 2 follows 3: indices must increase"),
    ("1 0:1", "E0820 line 1, column 3 of `s.libsvm`, `0:1`: indices start at 1"),
    ("1 2:abc", "E0820 line 1, column 3 of `s.libsvm`, `2:abc`: the value is not a number"),
    ("1 2:1 2:3", "E0820 line 1, column 7 of `s.libsvm`, `2:3`: index 2 stands twice in this row"),
    ("1 1:1\nx 1:1", "E0820 line 2, column 1 of `s.libsvm`, `x`: the label is not a number"),
    ("1 2", "E0820"), ("1 2:", "E0820"), ("1 :2", "E0820"), ("1 -1:2", "E0820"), ("1 2147483648:1", "E0820"),
    ("1 99999999999999999999:1", "E0820"), ("1,2 1:1", "E0820"), ("1 1:1:1", "E0820"), ("", "E0809"), ("#\n", "E0809"),
  ])
  func mistakesAreNamedWithTheirPlace(_ text: String, _ expected: String) {
    let message = message { () throws(DataError) in try read(text) }
    #expect(message.hasPrefix(expected), "\(message)")
  }
}
