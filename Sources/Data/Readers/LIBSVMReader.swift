/// Reads LIBSVM and SVMlight files: a row is `label index:value index:value …`, indices from 1 and increasing.
///
/// A `qid:…` entry after the label is skipped, `#` starts a comment. Zeros that are written stay entries.
package enum LIBSVMReader {
  /// Sparse rows and labels; there are `features` columns, or as many as the largest index says.
  ///
  /// An index beyond `features` is refused.
  ///
  /// - Complexity: O(bytes); memory 12 bytes an entry.
  package static func read(
    _ bytes: [UInt8], file: String, features: Int? = nil, interrupt: InterruptFlag = InterruptFlag()
  ) throws(DataError) -> (rows: SparseRows, labels: [Double]) {
    var pass = LIBSVMPass(bytes, file: file, columnLimit: features, interrupt)
    try pass.readAll()
    guard !pass.labels.isEmpty else { throw DataError(file, .empty(what: "it has no rows")) }
    let columnCount = features ?? pass.columnMax
    let rows = SparseRows(
      columnCount: columnCount, rowStarts: pass.rowStarts, columns: pass.columns, values: pass.values)
    return (rows, pass.labels)
  }
}

private struct LIBSVMPass {
  private let bytes: [UInt8]
  private let file: String
  private let interrupt: InterruptFlag
  private let columnLimit: Int?
  private var index = 0
  private var line = 1
  private var lineStart = 0
  private(set) var labels: [Double] = []
  private(set) var rowStarts = [0]
  private(set) var columns: [Int32] = []
  private(set) var values: [Double] = []
  private(set) var columnMax = 0

  init(_ bytes: [UInt8], file: String, columnLimit: Int?, _ interrupt: InterruptFlag) {
    self.columnLimit = columnLimit
    self.bytes = bytes
    self.file = file
    self.interrupt = interrupt
  }

  mutating func readAll() throws(DataError) {
    while index < bytes.count {
      try interrupt.check(file)
      try readRow()
      // The line's end.
      if index < bytes.count {
        index += bytes[index] == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
      }
      line += 1
      lineStart = index
    }
  }

  private mutating func readRow() throws(DataError) {
    guard let label = nextWord() else { return }
    guard let value = NumberText.parse(bytes, label) else {
      throw fault(label, "the label is not a number")
    }
    guard abs(value) < 0x1p53 || !NumberText.isInexactWhole(bytes, label, value) else {
      throw fault(label, "a 64-bit real number cannot hold the label exactly")
    }
    labels.append(value)
    var previous = 0
    while let word = nextWord() {
      let isQuery = columns.count == rowStarts[rowStarts.count - 1] && bytes[word].starts(with: "qid:".utf8)
      if !isQuery { previous = try readEntry(word, after: previous) }
    }
    rowStarts.append(columns.count)
  }

  /// Reads `index:value` and returns the index.
  private mutating func readEntry(_ word: Range<Int>, after previous: Int) throws(DataError) -> Int {
    guard let colon = bytes[word].firstIndex(of: UInt8(ascii: ":")) else { throw fault(word, "expected `index:value`") }
    guard let column = wholeNumber(word.lowerBound..<colon) else {
      throw fault(word, "the index is not a whole number of at most 2147483647")
    }
    guard column >= 1 else { throw fault(word, "indices start at 1") }
    guard column != previous else { throw fault(word, "index \(column) stands twice in this row") }
    if let columnLimit, column > columnLimit {
      throw fault(word, "index \(column) lies beyond the \(DataMessage.count(columnLimit, "feature"))")
    }
    guard column > previous else { throw fault(word, "index \(column) follows \(previous): indices must increase") }
    guard let value = NumberText.parse(bytes, colon + 1..<word.upperBound) else {
      throw fault(word, "the value is not a number")
    }
    guard abs(value) < 0x1p53 || !NumberText.isInexactWhole(bytes, colon + 1..<word.upperBound, value) else {
      throw fault(word, "a 64-bit real number cannot hold the value exactly")
    }
    columns.append(Int32(column - 1))
    values.append(value)
    columnMax = max(columnMax, column)
    return column
  }

  private func wholeNumber(_ range: Range<Int>) -> Int? {
    guard !range.isEmpty, range.count <= 18 else { return nil }
    var value = 0
    for byte in bytes[range] {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value <= Int32.max ? value : nil
  }

  /// The next word of the line; nil at its end or at a comment, which is skipped.
  private mutating func nextWord() -> Range<Int>? {
    while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
    if index < bytes.count, bytes[index] == UInt8(ascii: "#") {
      while index < bytes.count, !isLineEnd(bytes[index]) { index += 1 }
    }
    let start = index
    while index < bytes.count, bytes[index] != 0x20, bytes[index] != 0x09, !isLineEnd(bytes[index]) { index += 1 }
    return index > start ? start..<index : nil
  }

  private func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  private func fault(_ word: Range<Int>, _ reason: String) -> DataError {
    let shown = bytes[word.lowerBound..<min(word.upperBound, word.lowerBound + 200)]
    let place = TextPlace(line: line, column: word.lowerBound - lineStart + 1)
    return DataError(file, .badEntry(place, text: String(decoding: shown, as: UTF8.self), reason: reason))
  }
}
