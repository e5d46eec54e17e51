package import Experiments

/// Tables for papers and notes: numbers as they are printed, a mean with its standard error.
extension TableText {
  /// As Markdown; columns of keys to the left, the others to the right.
  package static func markdown(_ table: Table) -> String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    let rule = table.columns.indices.map { $0 < table.keyCount ? ":---" : "---:" }
    return line(table.columns.map(escapedForMarkdown)) + line(rule)
      + rows(table, sign: " ± ").map { line($0.map(escapedForMarkdown)) }.joined()
  }

  /// As a `tabular` of LaTeX with the rules of `booktabs`.
  package static func latex(_ table: Table) -> String {
    func line(_ cells: [String]) -> String { "  " + cells.joined(separator: " & ") + " \\\\\n" }
    let columns = table.columns.indices.map { $0 < table.keyCount ? "l" : "r" }.joined()
    return "\\begin{tabular}{\(columns)}\n  \\toprule\n" + line(table.columns.map(escapedForLatex)) + "  \\midrule\n"
      + rows(table, sign: " ± ").map { line($0.map(escapedForLatex)) }.joined()
      + "  \\bottomrule\n\\end{tabular}\n"
  }

  /// The texts of all cells, those of short rows filled up.
  private static func rows(_ table: Table, sign: String) -> [[String]] {
    let format = Style().format
    return table.rows.map { row in
      table.columns.indices.map { index in
        switch index < row.count ? row[index] : .empty {
        case .empty: return ""
        case .integer(let value): return String(value)
        case .text(let text): return VisibleText.visible(text)
        case .number(let value): return format.text(value)
        case .estimate(let value, let error):
          if error.isNaN, value.isFinite { return format.text(value) + sign + "nan" }
          guard error > 0, error.isFinite, value.isFinite else { return format.text(value) }
          let texts = Estimate.matchedTexts(value, error)
          return texts.value + sign + texts.error
        }
      }
    }
  }

  private static func escapedForMarkdown(_ text: String) -> String {
    text.map { "|\\`*_<".contains($0) ? "\\\($0)" : String($0) }.joined()
  }

  private static func escapedForLatex(_ text: String) -> String {
    text.map { character in
      switch character {
      case "\\": "\\textbackslash{}"
      case "±": "$\\pm$"
      case "~": "\\textasciitilde{}"
      case "^": "\\textasciicircum{}"
      case "&", "%", "$", "#", "_", "{", "}": "\\\(character)"
      default: String(character)
      }
    }.joined()
  }
}
