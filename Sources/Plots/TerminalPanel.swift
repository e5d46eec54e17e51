import Experiments

/// One panel drawn into a grid of characters.
///
///     loss                                     ← vertical label
///            η doubled                         ← labels of vertical lines
///      1.0 ┤⠉⠒⠤⣀   ┊              ⠤⠤ loss     ← curves; names at their right ends
///      0.5 ┤     ⠑⠤┊
///        0 ┤╌╌╌╌╌╌╌┊╌╌╌╌╌╌╌╌╌╌╌╌  ╌╌ floor
///          └┬──────────┬────────┬
///           0         50      100   step
struct TerminalPanel {
  private(set) var grid: TextGrid
  private let panel: Panel
  private let palette: Palette
  private let style: TerminalStyle
  private let ranges: PanelRanges
  private let layout: Layout

  /// Where the parts of the panel stand, in cells.
  private struct Layout {
    var top: Int
    var left: Int
    var columns: Int
    var rows: Int
    var marginWidth: Int
    var verticalTicks: Ticks
    var bottom: Int { top + rows }
  }

  init(_ panel: Panel, palette: Palette, style: TerminalStyle, width: Int, height: Int) {
    self.panel = panel
    self.palette = palette
    self.style = style
    ranges = PanelRanges(panel)
    grid = TextGrid(width: width, height: height)
    layout = Self.layout(panel, ranges, style, width: width, height: height)
    drawHead()
    drawAxes()
    drawCurves()
    drawReferences()
    drawMargin()
    drawNotes()
  }

  // MARK: Layout

  private static func layout(
    _ panel: Panel, _ ranges: PanelRanges, _ style: TerminalStyle, width: Int, height: Int
  ) -> Layout {
    let head =
      (panel.title.isEmpty ? 0 : 1) + (panel.vertical.label.isEmpty ? 0 : 1)
      + (panel.references.contains { $0.direction == .vertical && !$0.label.isEmpty } ? 1 : 0)
    let foot = 2 + (panel.horizontal.label.isEmpty ? 0 : 1) + (hiddenPointCount(panel) > 0 ? 1 : 0)
    let rows = max(3, height - head - foot)
    let ticks = Ticks(
      ranges.vertical.range, scale: ranges.vertical.scale, wanted: max(2, rows / 4),
      notation: style.unicode ? .superscript : .plain)
    let labelWidth = ticks.major.map { VisibleText.width($0.label) }.max() ?? 1
    let left = labelWidth + 2
    let names = TerminalMargin.labels(panel, style).map { VisibleText.width($0.text) }
    let margin = min(names.max().map { $0 + 4 } ?? 0, max(0, width / 3))
    return Layout(
      top: head, left: left, columns: max(6, width - left - margin), rows: rows, marginWidth: margin,
      verticalTicks: ticks)
  }

  private mutating func drawHeadLine(_ text: String, _ row: inout Int, bold: Bool) {
    guard !text.isEmpty else { return }
    let shown = VisibleText.cut(TerminalPlot.shown(text, style), to: grid.width, unicode: style.unicode)
    let centred = max(0, layout.left + (layout.columns - VisibleText.width(shown)) / 2)
    let column = bold ? min(centred, grid.width - VisibleText.width(shown)) : 0
    grid.write(shown, row: row, column: column, style: bold ? .bold : .plain)
    row += 1
  }

  private mutating func drawHead() {
    var row = 0
    drawHeadLine(panel.title, &row, bold: true)
    drawHeadLine(panel.vertical.label, &row, bold: false)
    var end = 0
    for line in panel.references where line.direction == .vertical && !line.label.isEmpty {
      guard let place = ranges.horizontal.place(line.value), (0...1).contains(place) else { continue }
      let shown = VisibleText.cut(TerminalPlot.shown(line.label, style), to: grid.width, unicode: style.unicode)
      let width = VisibleText.width(shown)
      let wanted = layout.left + cellColumn(place) - width / 2
      let column = max(end, min(wanted, grid.width - width))
      grid.write(shown, row: row, column: column)
      end = column + width + 1
    }
  }

  // MARK: Axes

  private func cellColumn(_ place: Double) -> Int {
    min(layout.columns - 1, max(0, Int((place * Double(2 * layout.columns - 1)).rounded()) / 2))
  }

  private func cellRow(_ place: Double) -> Int {
    min(layout.rows - 1, max(0, Int(((1 - place) * Double(4 * layout.rows - 1)).rounded()) / 4))
  }

  private mutating func drawAxes() {
    let lines = style.unicode ? ("│", "┤", "└", "─", "┬") : ("|", "+", "+", "-", "+")
    for row in 0..<layout.rows { grid.write(lines.0, row: layout.top + row, column: layout.left - 1) }
    var lastRow = Int.max
    for tick in layout.verticalTicks.major {
      guard let place = ranges.vertical.place(tick.value), (-1e-9...1 + 1e-9).contains(place) else { continue }
      let row = cellRow(place)
      guard row < lastRow else { continue }
      lastRow = row
      grid.write(lines.1, row: layout.top + row, column: layout.left - 1)
      grid.write(
        VisibleText.padded(tick.label, to: layout.left - 2, .right), row: layout.top + row, column: 0)
    }
    let axis = lines.2 + String(repeating: lines.3, count: layout.columns)
    grid.write(axis, row: layout.bottom, column: layout.left - 1)
    drawHorizontalTicks(mark: lines.4)
    let label = VisibleText.cut(
      TerminalPlot.shown(panel.horizontal.label, style), to: grid.width, unicode: style.unicode)
    let column = layout.left + (layout.columns - VisibleText.width(label)) / 2
    grid.write(label, row: layout.bottom + 2, column: max(0, column))
  }

  private mutating func drawHorizontalTicks(mark: String) {
    let ticks = Ticks(
      ranges.horizontal.range, scale: ranges.horizontal.scale, wanted: max(2, layout.columns / 12),
      notation: style.unicode ? .superscript : .plain)
    var end = -1
    for tick in ticks.major {
      guard let place = ranges.horizontal.place(tick.value), (-1e-9...1 + 1e-9).contains(place) else { continue }
      let column = layout.left + cellColumn(place)
      let width = VisibleText.width(tick.label)
      let start = min(max(0, column - width / 2), grid.width - width)
      guard start > end else { continue }
      grid.write(mark, row: layout.bottom, column: column)
      grid.write(tick.label, row: layout.bottom + 1, column: start)
      end = start + width
    }
  }

  // MARK: Curves

  private mutating func drawCurves() {
    let raster = TerminalRaster(
      panel, ranges: ranges, columns: layout.columns, rows: layout.rows,
      isPatterned: TerminalRaster.isPatterned(panel, style))
    for row in 0..<layout.rows {
      for column in 0..<layout.columns {
        guard let cell = raster.cell(row, column) else { continue }
        let index = palette.colour(cell.curve, in: panel).terminalIndex
        grid.write(
          glyph(cell), row: layout.top + row, column: layout.left + column,
          style: cell.isBand ? .faintColour(index) : .colour(index))
      }
    }
    guard !ranges.vertical.hasData || !ranges.horizontal.hasData else { return }
    let isLogarithmic = ranges.vertical.scale == .logarithmic || ranges.horizontal.scale == .logarithmic
    let isEmpty = panel.curves.allSatisfy { $0.y.isEmpty }
    let text =
      isEmpty ? "no data" : isLogarithmic ? "no positive values on a logarithmic axis" : "no finite values"
    grid.write(
      text, row: layout.top + layout.rows / 2, column: layout.left + max(0, (layout.columns - text.count) / 2))
  }

  private func glyph(_ cell: TerminalRaster.Cell) -> String {
    if style.unicode {
      return Unicode.Scalar(0x2800 + UInt32(cell.mask)).map { String(Character($0)) } ?? " "
    }
    return cell.isBand ? ":" : TerminalMargin.asciiGlyph(cell.curve)
  }

  private mutating func drawReferences() {
    for line in panel.references {
      switch line.direction {
      case .horizontal:
        guard let place = ranges.vertical.place(line.value), (0...1).contains(place) else { continue }
        let row = layout.top + cellRow(place)
        for column in layout.left..<layout.left + layout.columns where grid.isBlank(row, column) {
          grid.write(style.unicode ? "╌" : "-", row: row, column: column, style: .faint)
        }
      case .vertical:
        guard let place = ranges.horizontal.place(line.value), (0...1).contains(place) else { continue }
        let column = layout.left + cellColumn(place)
        for row in layout.top..<layout.bottom where grid.isBlank(row, column) {
          grid.write(style.unicode ? "┊" : "!", row: row, column: column, style: .faint)
        }
      }
    }
  }

  // MARK: Margin and notes

  private mutating func drawMargin() {
    let labels = TerminalMargin.labels(panel, style).map { label in
      (label: label, row: ranges.vertical.place(label.value).map { cellRow(min(1, max(0, $0))) } ?? 0)
    }
    let rows = TerminalMargin.spread(labels.map(\.row), rows: layout.rows)
    let column = layout.left + layout.columns + 1
    let room = grid.width - column - 3
    for (entry, row) in zip(labels, rows) {
      guard let row else { continue }
      let lineStyle: TextGrid.Style =
        entry.label.curve.map { .colour(palette.colour($0, in: panel).terminalIndex) } ?? .faint
      grid.write(entry.label.sample, row: layout.top + row, column: column, style: lineStyle)
      let text = VisibleText.cut(entry.label.text, to: room, unicode: style.unicode)
      grid.write(text, row: layout.top + row, column: column + 3, style: lineStyle)
    }
    let hidden = rows.count { $0 == nil }
    if hidden > 0 { grid.write("+\(hidden) more", row: layout.bottom, column: column) }
  }

  private mutating func drawNotes() {
    let count = Self.hiddenPointCount(panel)
    guard count > 0 else { return }
    let isLogarithmic = [panel.horizontal.scale, panel.vertical.scale].contains(.logarithmic)
    let reason = isLogarithmic ? "not finite, or not positive on a logarithmic axis" : "not finite"
    let text = "\(count) point\(count == 1 ? "" : "s") not shown: \(reason)"
    grid.write(
      VisibleText.cut(text, to: grid.width, unicode: style.unicode), row: grid.height - 1, column: 0, style: .faint)
  }

  private static func hiddenPointCount(_ panel: Panel) -> Int {
    func isHidden(_ value: Double, _ axis: Axis) -> Bool {
      !value.isFinite || (axis.scale == .logarithmic && value <= 0)
    }
    var count = 0
    for curve in panel.curves where curve.mark != .histogram {
      count += zip(curve.x, curve.y).count { isHidden($0, panel.horizontal) || isHidden($1, panel.vertical) }
    }
    return count
  }
}
