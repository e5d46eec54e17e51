/// Writes comma-separated text by RFC 4180, as Python, R and spreadsheets read it.
///
/// Numbers have the fewest digits that give the same f64 back; `nan`, `inf` and `-inf` stand for what is not finite. A
/// text that a spreadsheet would take for a formula (it starts with `=`, `+`, `-`, `@`, a tab or a carriage return)
/// gets a leading `'`. Numbers are never touched. Lines end with LF.
package enum CSVWriter {
  /// A header and rows; each row has one cell for each column.
  ///
  /// - Precondition: every row is as long as `columns`.
  package static func encode(columns: [String], rows: [[ExportCell]]) -> [UInt8] {
    var output: [UInt8] = []
    append(columns.map { .text($0) }, to: &output)
    for row in rows {
      precondition(row.count == columns.count, "a row must fill every column")
      append(row, to: &output)
    }
    return output
  }

  /// Columns of numbers of equal length.
  ///
  /// - Precondition: the columns are as many as the names and equally long.
  package static func encode(columns: [String], numbers: [[Double]]) -> [UInt8] {
    precondition(columns.count == numbers.count, "each column needs a name")
    let count = numbers.first?.count ?? 0
    var output: [UInt8] = []
    append(columns.map { .text($0) }, to: &output)
    for row in 0..<count { append(numbers.map { .number($0[row]) }, to: &output) }
    return output
  }

  /// One line, for files that grow while a run goes on.
  package static func append(_ row: [ExportCell], to output: inout [UInt8]) {
    let isLoneEmpty = row.count == 1 && text(row[0]).isEmpty
    // A blank line would be no row.
    if isLoneEmpty { output.append(contentsOf: "\"\"".utf8) }
    for (index, cell) in row.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      output.append(contentsOf: text(cell).utf8)
    }
    output.append(0x0A)
  }

  /// A cell as it stands in the file.
  private static func text(_ cell: ExportCell) -> String {
    switch cell {
    case .number(let value): DecimalText.text(value)
    case .integer(let value): String(value)
    case .text(let text): quoted(text)
    case .empty: ""
    }
  }

  private static func quoted(_ text: String) -> String {
    var text = text
    if let first = text.utf8.first, "=+-@\t\r".utf8.contains(first) { text = "'" + text }
    let isPlain = !text.utf8.contains { ",\"\n\r".utf8.contains($0) }
    let hasEdgeBlank = text.utf8.first == 0x20 || text.utf8.last == 0x20 || text.utf8.first == UInt8(ascii: "#")
    if isPlain && !hasEdgeBlank { return text }
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { result.unicodeScalars.append(scalar) }
      result.unicodeScalars.append(scalar)
    }
    return result + "\""
  }
}

/// Numbers as texts that other programs read back exactly.
package enum DecimalText {
  /// The shortest text that gives the same f64 back; `nan`, `inf`, `-inf`; no sign on nan.
  package static func text(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    return "\(value)"
  }
}
