package import Experiments

/// A table in the Markdown of pull requests and notebooks.
package enum TableMarkdown {
  /// Numbers to the right, text to the left; `|` and line breaks in cells are escaped.
  package static func text(_ table: Table, format: NumberFormat = .significant(5)) -> String {
    let isNumeric = table.columns.indices.map { column in
      table.rows.allSatisfy { row in
        if row.indices.contains(column), case .text = row[column] { false } else { true }
      }
    }
    var lines = [line(table.columns.map(escaped)), line(isNumeric.map { $0 ? "---:" : ":---" })]
    for row in table.rows {
      lines.append(line(table.columns.indices.map { row.indices.contains($0) ? cell(row[$0], format) : "" }))
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

  private static func cell(_ cell: Cell, _ format: NumberFormat) -> String {
    switch cell {
    case .empty: return ""
    case .integer(let value): return String(value)
    case .number(let value): return format.text(value)
    case .text(let text): return escaped(text)
    case .estimate(let value, let error):
      guard error > 0 || error.isNaN else { return format.text(value) }
      return Estimate(value, error: error).text
    }
  }

  private static func escaped(_ text: String) -> String {
    let special: [Character] = ["|", "\\", "`", "<", "*", "_", "["]
    return VisibleText.visible(text).map { special.contains($0) ? "\\\($0)" : String($0) }.joined()
  }
}
