package import Experiments

/// A table as lines of aligned text.
///
///       b      η   plateau · η
///     ───  ─────  ─────────────
///       4  0.01   0.401 ± 0.003
///     256  0.001  2.80  ± 0.02
///
/// Text columns start together; in a column of numbers the decimal points stand under each other, and so do the ±.
/// A table wider than the page continues below, with the columns that say what a row is about repeated.
package enum TableText {
  /// How much room there is, and how numbers are written.
  package struct Style: Sendable, Hashable {
    package var width: Int
    package var unicode: Bool
    /// For plain numbers; estimates choose their digits by their error.
    package var format: NumberFormat

    package init(width: Int = 80, unicode: Bool = true, format: NumberFormat = .significant(5)) {
      self.width = width
      self.unicode = unicode
      self.format = format
    }
  }

  /// The table in lines, without trailing spaces.
  ///
  /// - Edge cases: rows shorter than the header end in empty cells, longer ones are cut; without columns no lines.
  package static func lines(_ table: Table, style: Style = Style()) -> [String] {
    let columns = table.columns.indices.map { index in
      Column(
        name: shown(table.columns[index], style),
        cells: table.rows.map { $0.indices.contains(index) ? $0[index] : .empty },
        style: style)
    }
    var lines: [String] = []
    for block in blocks(columns.map(\.width), keyCount: max(1, table.keyCount), limit: style.width) {
      if !lines.isEmpty { lines.append("") }
      lines += self.lines(block.map { columns[$0] }, rowCount: table.rows.count)
    }
    return lines
  }

  /// The lines joined by newlines, with one at the end.
  package static func text(_ table: Table, style: Style = Style()) -> String {
    lines(table, style: style).map { $0 + "\n" }.joined()
  }

  static func shown(_ text: String, _ style: Style) -> String {
    let visible = VisibleText.visible(text)
    return style.unicode ? visible : VisibleText.ascii(visible)
  }

  private static let gap = "  "

  /// Which columns stand side by side; every block after the first begins with the keys again.
  private static func blocks(_ widths: [Int], keyCount: Int, limit: Int) -> [[Int]] {
    let keys = Array(widths.indices.prefix(keyCount))
    var blocks: [[Int]] = []
    var current: [Int] = []
    var used = 0
    for (index, width) in widths.enumerated() {
      if current.count > keys.count, used + gap.count + width > limit {
        blocks.append(current)
        current = keys
        used = keys.map { widths[$0] }.reduce(0, +) + gap.count * (keys.count - 1)
      }
      used += (current.isEmpty ? 0 : gap.count) + width
      current.append(index)
    }
    return current.isEmpty ? blocks : blocks + [current]
  }

  private static func lines(_ columns: [Column], rowCount: Int) -> [String] {
    let head = columns.map(\.head).joined(separator: gap)
    let rule = columns.map(\.rule).joined(separator: gap)
    let rows = (0..<rowCount).map { row in columns.map { $0.texts[row] }.joined(separator: gap) }
    return ([head, rule] + rows).map { line in
      var end = Substring(line)
      while end.last == " " { end.removeLast() }
      return String(end)
    }
  }
}

/// A column with all its cells brought to one width.
private struct Column {
  let head: String
  let rule: String
  let texts: [String]
  let width: Int

  /// `nan` and `inf` have no point to be aligned at, but do not make a column of numbers one of text.
  private enum Kind { case number, special, text }

  /// A cell in the parts that are aligned by themselves: before the point, from the point on, and the error.
  private struct Parts {
    var whole = ""
    var fraction = ""
    var error = ""
    var kind = Kind.number
    var isNumber: Bool { kind == .number }
  }

  /// Longer text is cut: one cell must not push all others off the page.
  private static let textWidthMax = 48

  init(name: String, cells: [Cell], style: TableText.Style) {
    let parts = cells.map { Self.parts($0, style) }
    let numbers = parts.filter(\.isNumber)
    let whole = numbers.map { VisibleText.width($0.whole) }.max() ?? 0
    let fraction = numbers.map { VisibleText.width($0.fraction) }.max() ?? 0
    let bodies = parts.map { part in
      part.isNumber
        ? VisibleText.padded(part.whole, to: whole, .right)
          + VisibleText.padded(part.fraction, to: part.error.isEmpty ? 0 : fraction) + part.error
        : part.whole
    }
    // A column that holds nothing but text starts at its left edge; any number makes it a column of numbers.
    let isText = parts.contains { $0.kind == .text } && parts.allSatisfy { $0.kind == .text || $0.whole.isEmpty }
    let numberWidth = zip(parts, bodies).filter { $0.0.isNumber }.map { VisibleText.width($0.1) }.max() ?? 0
    let width = max(VisibleText.width(name), bodies.map { VisibleText.width($0) }.max() ?? 0)
    self.width = width
    head = VisibleText.padded(name, to: width, isText ? .left : .right)
    rule = String(repeating: style.unicode ? "─" : "-", count: width)
    texts = zip(parts, bodies).map { part, body in
      if isText { return VisibleText.padded(body, to: width) }
      // Numbers keep their common left edge and move to the right as one.
      let aligned = part.isNumber ? VisibleText.padded(body, to: numberWidth) : body
      return VisibleText.padded(aligned, to: width, .right)
    }
  }

  private static func parts(_ cell: Cell, _ style: TableText.Style) -> Parts {
    switch cell {
    case .empty: return Parts()
    case .integer(let value): return Parts(whole: String(value))
    case .text(let text):
      return Parts(
        whole: VisibleText.cut(TableText.shown(text, style), to: textWidthMax, unicode: style.unicode), kind: .text)
    case .number(let value): return split(style.format.text(value))
    case .estimate(let value, let error):
      guard error > 0 || error.isNaN, value.isFinite else { return split(style.format.text(value)) }
      let texts = error.isFinite ? Estimate.matchedTexts(value, error) : (value: style.format.text(value), error: "nan")
      var parts = split(texts.value)
      parts.error = (style.unicode ? " ± " : " +/- ") + texts.error
      return parts
    }
  }

  private static func split(_ text: String) -> Parts {
    if text.contains("n") { return Parts(whole: text, kind: .special) }
    guard let mark = text.firstIndex(where: { $0 == "." || $0 == "e" }) else { return Parts(whole: text) }
    return Parts(whole: String(text[..<mark]), fraction: String(text[mark...]))
  }
}
