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
  /// The column of labels; nil: there is none.
  package var labels: ColumnChoice?
  /// The columns of features; nil: all.
  ///
  /// Where they are given, the cells of columns that are neither features nor the label are not looked at: holes, texts
  /// and equal names there do not matter.
  package var features: [ColumnChoice]?
  package var interrupt = InterruptFlag()

  package init() {}
}

/// Reads delimited text: CSV, TSV, and columns of numbers separated by spaces.
///
/// Three passes over the bytes: shape (nothing is allocated before the number of rows and columns is known), numbers,
/// and texts of those columns that hold any. A column is text where every cell is, or where it was declared to be; one
/// text among numbers is an error. A column of `True` and `False`, in any case, is one of 1 and 0. Deterministic, locale
/// plays no part.
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
  /// For each column, how many of the texts are `True` or `False`.
  private var truthCounts: [Int32]
  /// For each column, whether it is a feature or the label.
  private var isUsed: [Bool]
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
    truthCounts = textCounts
    isUsed = [Bool](repeating: options.features == nil, count: first.cells)
    for choice in options.features ?? [] { isUsed[try table.index(of: choice)] = true }
    if let labels = options.labels { isUsed[try table.index(of: labels)] = true }
    if options.features == nil, let name = table.repeatedName { throw DataError(file, .repeatedColumn(name: name)) }
    if !isHeader, options.header == .automatic, let numbers = first.runningNumbers,
      try !CSVPass.anyRowRuns(scanner, interrupt: options.interrupt)
    {
      table.remarks.append(.numbersAsNames(numbers))
    }
  }

  /// Whether any row further on is a row of running numbers as well: then they are data, not names.
  private static func anyRowRuns(_ start: CSVScanner, interrupt: InterruptFlag) throws(DataError) -> Bool {
    var scanner = start
    while scanner.startRow() {
      try interrupt.check(scanner.file)
      if try readFirstRow(&scanner, isHeader: false).runningNumbers != nil { return true }
    }
    return false
  }

  /// What the first row says.
  private struct FirstRow {
    var cells = 0
    var line = 1
    var hasNumber = false
    var names: [String] = []
    private var firstNumber: Double?
    private var runs = true

    /// Takes the number of the next cell, or nil where it holds none.
    mutating func count(_ number: Double?) {
      if let number {
        if firstNumber == nil { firstNumber = number }
        runs = runs && number == (firstNumber ?? 0) + Double(cells - 1)
      } else {
        runs = false
      }
    }

    /// The first and last of `0, 1, …` or `1978, 1979, …`, as columns are numbered: whole, each one more than the one
    /// before, three or more of them, or years.
    var runningNumbers: ClosedRange<Int>? {
      guard runs, cells > 1, let first = firstNumber.flatMap({ Int(exactly: $0) }), abs(first) < 1 << 31 else {
        return nil
      }
      return cells > 2 || (1000..<3000).contains(first) ? first...(first + cells - 1) : nil
    }
  }

  private static func readFirstRow(_ scanner: inout CSVScanner, isHeader: Bool) throws(DataError) -> FirstRow {
    var row = FirstRow()
    row.line = scanner.cellLine
    while try scanner.nextCell() {
      row.cells += 1
      let number = isHeader ? nil : NumberText.parse(scanner.bytes, scanner.cell)
      row.count(number)
      // The names of a long row of numbers would be texts for nothing.
      if row.hasNumber && !isHeader { continue }
      row.hasNumber = number != nil
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
        } else if isUsed[column] {
          try readCell(scanner, column, position)
        }
        column += 1
        position += 1
      }
    }
  }

  private mutating func readCell(_ scanner: CSVScanner, _ column: Int, _ position: Int) throws(DataError) {
    if let value = NumberText.parse(scanner.bytes, scanner.cell) {
      // A long number may be a text on purpose.
      if abs(value) >= 0x1p53, NumberText.isInexactWhole(scanner.bytes, scanner.cell, value), !isText(column) {
        throw DataError(table.file, .inexactCell(place(scanner), text: scanner.text()))
      }
      table.values[position] = value
    } else if CSVPass.isMissing(scanner) {
      missingCounts[column] += 1
      missing.append(position)
    } else {
      textCounts[column] += 1
      if let value = CSVPass.truth(scanner) {
        truthCounts[column] += 1
        table.values[position] = value
      }
    }
  }

  private func isText(_ column: Int) -> Bool {
    options.text.contains { (try? table.index(of: $0)) == column }
  }

  /// 1 and 0 for `True` and `False`, in any case.
  private static func truth(_ scanner: CSVScanner) -> Double? {
    guard (4...5).contains(scanner.cell.count) else { return nil }
    let text = scanner.bytes[scanner.cell].map { $0 | 0x20 }
    return text.elementsEqual("true".utf8) ? 1 : text.elementsEqual("false".utf8) ? 0 : nil
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
    for column in 0..<table.columnCount where textCounts[column] > 0 && !isText[column] {
      guard Int(textCounts[column] + missingCounts[column]) == table.rowCount else { throw try mixedColumn(column) }
      if truthCounts[column] == textCounts[column] {
        table.truths.append(column)
      } else {
        try readTexts(of: column, declared: false)
      }
    }
    for column in 0..<table.columnCount where isText[column] { try readTexts(of: column, declared: true) }
  }

  private mutating func readTexts(of column: Int, declared: Bool) throws(DataError) {
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
    // `1,5` is a number in many countries, and no class anywhere.
    if !declared, texts.allSatisfy(NumberText.hasComma) { throw try mixedColumn(column) }
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
      found = .notANumber(place(scanner), text: text, advice: advice(column, text, line: scanner.cellLine))
      return false
    }
    return DataError(table.file, found ?? .empty(what: "it has no rows"))
  }

  /// What helps against a text among numbers.
  private func advice(_ column: Int, _ text: String, line: Int) -> DataFault.CellAdvice {
    if NumberText.hasComma(text) { return .decimalPoint }
    if options.header == .absent, line == 1 { return .header }
    if let labels = options.labels, (try? table.index(of: labels)) == column { return .text }
    return .features(otherFeatures(than: column))
  }

  /// The features that remain without one column, as a script names them.
  private func otherFeatures(than column: Int) -> [String] {
    let label = options.labels.flatMap { try? table.index(of: $0) }
    let others = (0..<table.columnCount).filter {
      $0 != column && $0 != label && isUsed[$0] && (textCounts[$0] == 0 || truthCounts[$0] == textCounts[$0])
    }
    return others.map { $0 < table.names.count ? "\"\(table.names[$0])\"" : String($0) }
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
      fault = .missingValue(place(scanner), text: scanner.text(), isText: table.texts(of: column) != nil)
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
