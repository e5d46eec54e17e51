/// Choices for reading delimited text.
package struct CSVOptions: Hashable, Sendable {
  /// Whether the first row names the columns; `automatic`: it does when no cell of it is a number.
  package enum Header: String, Hashable, Sendable { case automatic, present, absent }

  /// What becomes of a missing value: an empty cell, `NA`, `N/A`, `nan`, `null`, `none` or `?`, in any case.
  package enum Missing: Hashable, Sendable {
    /// An error that asks for a choice.
    case refuse
    /// The row is left out.
    case dropRow
    /// The mean of the column's other cells.
    case mean
    /// Not a number.
    case keep
    case value(Double)
  }

  /// Comma, semicolon, tab or space; nil: the one used most in the first row.
  package var separator: UInt8?
  package var header = Header.automatic
  package var missing = Missing.refuse
  /// Columns that are text although they may hold numbers.
  package var text: [ColumnChoice] = []
  package var interrupt = InterruptFlag()

  package init() {}
}

/// Reads delimited text: CSV, TSV, and columns of numbers separated by spaces.
///
/// Three passes over the bytes: shape (nothing is allocated before the number of rows and columns is known), numbers,
/// and texts of those columns that hold any. A column is text where every cell is, or where it was declared to be; one
/// text among numbers is an error. Deterministic, locale plays no part.
package enum CSVReader {
  /// Reads a table.
  ///
  /// - Complexity: O(bytes); memory 8 bytes a cell.
  package static func read(
    _ bytes: [UInt8], file: String, options: CSVOptions = CSVOptions()
  ) throws(DataError) -> ColumnTable {
    var pass = try CSVPass(bytes, file: file, options: options)
    try pass.readNumbers()
    try pass.readTexts()
    try pass.treatMissing()
    return pass.table
  }
}

/// The state of reading one table.
private struct CSVPass {
  let options: CSVOptions
  /// At the first row of data.
  private let start: CSVScanner
  var table: ColumnTable
  /// For each column, how many cells are text and how many are missing.
  private var textCounts: [Int32]
  private var missingCounts: [Int32]
  /// Positions in `table.values` of missing cells.
  private var missing: [Int] = []

  /// Finds the header and the shape.
  init(_ bytes: [UInt8], file: String, options: CSVOptions) throws(DataError) {
    self.options = options
    let separator = options.separator ?? CSVScanner.guessSeparator(bytes)
    var scanner = CSVScanner(bytes, separator: separator, file: file)
    var data = scanner
    guard scanner.startRow() else {
      throw DataError(file, .empty(what: bytes.isEmpty ? "it is empty" : "it has no rows"))
    }
    let first = try CSVPass.readFirstRow(&scanner, isHeader: options.header == .present)
    let isHeader = options.header == .present || (options.header == .automatic && !first.hasNumber)
    if isHeader { data = scanner }
    start = data
    let rows = try CSVPass.countRows(
      data, columns: first.cells, firstLine: first.line, interrupt: options.interrupt)
    guard rows > 0 else { throw DataError(file, .empty(what: "it has a header but no rows")) }
    let count = try ElementCount.product([UInt64(rows), UInt64(first.cells)], file: file)
    table = ColumnTable(
      file: file, names: isHeader ? first.names : [], rowCount: rows, columnCount: first.cells,
      values: [Double](repeating: 0, count: count))
    textCounts = [Int32](repeating: 0, count: first.cells)
    missingCounts = textCounts
    let sorted = table.names.sorted()
    for (name, next) in zip(sorted, sorted.dropFirst()) where name == next && !name.isEmpty {
      throw DataError(file, .repeatedColumn(name: name))
    }
  }

  /// What the first row says.
  private struct FirstRow {
    var cells = 0
    var line = 1
    var hasNumber = false
    var names: [String] = []
  }

  private static func readFirstRow(_ scanner: inout CSVScanner, isHeader: Bool) throws(DataError) -> FirstRow {
    var row = FirstRow()
    row.line = scanner.cellLine
    while try scanner.nextCell() {
      row.cells += 1
      // The names of a long row of numbers would be texts for nothing.
      if row.hasNumber && !isHeader { continue }
      row.hasNumber = row.hasNumber || NumberText.parse(scanner.bytes, scanner.cell) != nil
      row.names.append(row.hasNumber && !isHeader ? "" : scanner.text())
    }
    return row
  }

  /// Counts rows and refuses the first that differs in length.
  private static func countRows(
    _ start: CSVScanner, columns: Int, firstLine: Int, interrupt: InterruptFlag
  ) throws(DataError) -> Int {
    var scanner = start
    var rows = 0
    while scanner.startRow() {
      try interrupt.check(scanner.file)
      let line = scanner.cellLine
      var cells = scanner.skipPlainRow() ?? 0
      while try scanner.nextCell() { cells += 1 }
      guard cells == columns else {
        throw DataError(
          scanner.file, .raggedRow(line: line, cells: cells, expected: columns, firstLine: firstLine))
      }
      rows += 1
    }
    return rows
  }

  mutating func readNumbers() throws(DataError) {
    var scanner = start
    var position = 0
    while scanner.startRow() {
      try options.interrupt.check(scanner.file)
      var column = 0
      while true {
        if let value = scanner.nextDigits() {
          table.values[position] = value
        } else if try !scanner.nextCell() {
          break
        } else if let value = NumberText.parse(scanner.bytes, scanner.cell) {
          table.values[position] = value
        } else if CSVPass.isMissing(scanner) {
          missingCounts[column] += 1
          missing.append(position)
        } else {
          textCounts[column] += 1
        }
        column += 1
        position += 1
      }
    }
  }

  /// Whether a cell stands for a missing value; a quoted empty text does, too.
  private static func isMissing(_ scanner: CSVScanner) -> Bool {
    let cell = scanner.cell
    guard cell.count <= 4 else { return false }
    let text = String(decoding: scanner.bytes[cell].map { $0 < 0x80 ? $0 | 0x20 : $0 }, as: UTF8.self)
    return ["", "na", "n/a", "nan", "-nan", "null", "none", "?"].contains(text)
  }

  /// Replaces the texts of text columns by the positions of their categories.
  mutating func readTexts() throws(DataError) {
    var isText = [Bool](repeating: false, count: table.columnCount)
    for choice in options.text { isText[try table.index(of: choice)] = true }
    for column in 0..<table.columnCount where textCounts[column] > 0 {
      if Int(textCounts[column] + missingCounts[column]) == table.rowCount { isText[column] = true }
      if !isText[column] { throw try mixedColumn(column) }
    }
    for column in 0..<table.columnCount where isText[column] { try readTexts(of: column) }
  }

  private mutating func readTexts(of column: Int) throws(DataError) {
    var texts: [String] = []
    var rows: [Int] = []
    var row = 0
    try forEachRow(cell: column) { scanner in
      if !CSVPass.isMissing(scanner) {
        texts.append(scanner.text())
        rows.append(row)
      }
      row += 1
      return true
    }
    var categories: [String] = []
    for text in texts.sorted() where categories.last != text { categories.append(text) }
    var numbers: [String: Double] = [:]
    for (number, text) in categories.enumerated() { numbers[text] = Double(number) }
    for (row, text) in zip(rows, texts) { table.values[row * table.columnCount + column] = numbers[text] ?? .nan }
    table.categories.append((column, categories))
  }

  /// Calls `body` with the scanner at one cell of each row until it says no.
  private func forEachRow(cell column: Int, _ body: (CSVScanner) -> Bool) throws(DataError) {
    var scanner = start
    while scanner.startRow() {
      try options.interrupt.check(scanner.file)
      var index = 0
      while try scanner.nextCell() {
        if index == column, !body(scanner) { return }
        index += 1
      }
    }
  }

  /// The error for the first text in a column of numbers.
  private func mixedColumn(_ column: Int) throws(DataError) -> DataError {
    var found: DataFault?
    try forEachRow(cell: column) { scanner in
      let isNumber = NumberText.parse(scanner.bytes, scanner.cell) != nil
      guard !isNumber, !CSVPass.isMissing(scanner) else { return true }
      let text = scanner.text()
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let isComma = parts.count == 2 && parts.allSatisfy { Int($0) != nil }
      found = .notANumber(place(scanner), text: text, isDecimalComma: isComma)
      return false
    }
    return DataError(table.file, found ?? .empty(what: "it has no rows"))
  }

  private func place(_ scanner: CSVScanner) -> TextPlace {
    let name = scanner.column <= table.names.count ? table.names[scanner.column - 1] : nil
    return TextPlace(line: scanner.cellLine, column: scanner.column, name: name)
  }

  /// Does with missing values what was chosen.
  mutating func treatMissing() throws(DataError) {
    guard let first = missing.first else { return }
    let columns = table.columnCount
    switch options.missing {
    case .refuse: throw try missingError(first % columns)
    case .dropRow: try dropRows()
    case .keep: for position in missing { table.values[position] = .nan }
    case .mean, .value:
      for position in missing {
        let column = position % columns
        if table.texts(of: column) != nil { throw try missingError(column) }
        if case .value(let value) = options.missing { table.values[position] = value }
      }
      if options.missing == .mean { try fillMeans() }
    }
  }

  private func missingError(_ column: Int) throws(DataError) -> DataError {
    var fault = DataFault.empty(what: "it has no rows")
    try forEachRow(cell: column) { scanner in
      guard CSVPass.isMissing(scanner) else { return true }
      fault = .missingValue(place(scanner), text: scanner.text())
      return false
    }
    return DataError(table.file, fault)
  }

  private mutating func dropRows() throws(DataError) {
    let columns = table.columnCount
    var kept: [Double] = []
    kept.reserveCapacity(table.values.count)
    var next = 0
    for row in 0..<table.rowCount {
      let end = (row + 1) * columns
      let before = next
      while next < missing.count, missing[next] < end { next += 1 }
      if next == before { kept.append(contentsOf: table.values[row * columns..<end]) }
    }
    guard !kept.isEmpty else { throw DataError(table.file, .empty(what: "every row has a missing value")) }
    table.values = kept
    table.rowCount = kept.count / columns
  }

  /// Fills each missing cell with the mean over the column's present cells, added in the order of rows.
  private mutating func fillMeans() throws(DataError) {
    let columns = table.columnCount
    var sums = [Double](repeating: 0, count: columns)
    for (position, value) in table.values.enumerated() { sums[position % columns] += value }
    for position in missing {
      let column = position % columns
      let present = table.rowCount - Int(missingCounts[column])
      guard present > 0 else { throw try missingError(column) }
      table.values[position] = sums[column] / Double(present)
    }
  }
}
