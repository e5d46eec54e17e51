/// Writes JSON Lines: one object a line with the columns as keys, in their order.
///
/// JSON has no numbers that are not finite: they are the texts `"NaN"`, `"Infinity"`, `"-Infinity"`, which
/// Python's `float` reads. An empty cell is `null`. A line is complete or ends the file: a torn last line can be told.
package enum JSONLinesWriter {
  /// One object for each row.
  ///
  /// - Precondition: every row is as long as `columns`.
  package static func encode(columns: [String], rows: [[ExportCell]]) -> [UInt8] {
    var output: [UInt8] = []
    for row in rows { append(columns: columns, row, to: &output) }
    return output
  }

  /// One line, for files that grow while a run goes on.
  ///
  /// - Precondition: the row is as long as `columns`.
  package static func append(columns: [String], _ row: [ExportCell], to output: inout [UInt8]) {
    precondition(row.count == columns.count, "a row must fill every column")
    output.append(UInt8(ascii: "{"))
    for (index, cell) in row.enumerated() {
      if index > 0 { output.append(contentsOf: ", ".utf8) }
      output.append(contentsOf: (string(columns[index]) + ": " + value(cell)).utf8)
    }
    output.append(contentsOf: "}\n".utf8)
  }

  private static func value(_ cell: ExportCell) -> String {
    switch cell {
    case .number(let number): JSONLinesWriter.number(number)
    case .integer(let number): String(number)
    case .text(let text): string(text)
    case .empty: "null"
    }
  }

  /// A number as JSON writes it, or the text that stands for one that is not finite.
  package static func number(_ value: Double) -> String {
    if value.isNaN { return "\"NaN\"" }
    if value.isInfinite { return value < 0 ? "\"-Infinity\"" : "\"Infinity\"" }
    return "\(value)"
  }

  /// A text in JSON's quotes; control characters, DEL and bidirectional controls are escaped.
  package static func string(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        if isHidden(scalar) { result += escape(scalar) } else { result.unicodeScalars.append(scalar) }
      }
    }
    return result + "\""
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
