import Experiments

/// What the terminal can show and how much room there is.
package struct TerminalStyle: Sendable, Hashable {
  package var width: Int
  /// Lines of one panel, title and axis included.
  package var height: Int
  /// False falls back to ASCII alone.
  package var unicode: Bool
  package var colour: Bool

  package init(width: Int = 80, height: Int = 24, unicode: Bool = true, colour: Bool = false) {
    self.width = width
    self.height = height
    self.unicode = unicode
    self.colour = colour
  }
}

/// A figure as text: braille dots for curves, so that 80 × 24 characters hold 160 × 96 points.
///
/// Every segment between two points is drawn in full: no spike is lost, however many points fall into a column.
package enum TerminalPlot {
  /// Narrower or lower than this the axes would leave no room for curves.
  private static let widthMin = 20
  private static let heightMin = 8

  /// The figure in lines no wider than `style.width` (at least 20 columns), joined by newlines, with one at the end.
  package static func text(_ figure: Figure, style: TerminalStyle = TerminalStyle()) -> String {
    lines(figure, style: style).map { $0 + "\n" }.joined()
  }

  /// The same figure line by line.
  package static func lines(_ figure: Figure, style: TerminalStyle) -> [String] {
    let width = max(widthMin, style.width)
    if figure.panels.contains(where: { $0.heat != nil }) { return heatLines(figure, style: style, width: width) }
    let across = columnCount(figure, width: width)
    let down = (figure.panels.count + across - 1) / max(1, across)
    let title = shown(figure.title, style)
    let titleRows = title.isEmpty ? 0 : 1
    let height = max(heightMin, down > 1 ? max(style.height * 2 / 3, 12) : style.height - titleRows)
    var grid = TextGrid(width: width, height: titleRows + down * height)
    if titleRows > 0 {
      let text = VisibleText.cut(title, to: width, unicode: style.unicode)
      grid.write(text, row: 0, column: (width - VisibleText.width(text)) / 2, style: .bold)
    }
    let gutter = 2
    let panelWidth = (width - gutter * (across - 1)) / max(1, across)
    for (index, panel) in figure.panels.enumerated() {
      let drawing = TerminalPanel(
        panel, palette: figure.palette, style: style, width: panelWidth, height: height)
      grid.insert(
        drawing.grid, row: titleRows + index / across * height, column: index % across * (panelWidth + gutter))
    }
    return grid.lines(colour: style.colour)
  }

  /// Tables of shades one below the other.
  private static func heatLines(_ figure: Figure, style: TerminalStyle, width: Int) -> [String] {
    var own = style
    own.width = width
    var lines = [figure.title].filter { !$0.isEmpty }.map { shown($0, style) }
    for panel in figure.panels {
      if !panel.title.isEmpty { lines.append(shown(panel.title, style)) }
      lines += panel.heat?.lines(own, bottom: panel.horizontal.label, side: panel.vertical.label) ?? []
    }
    return lines
  }

  private static func columnCount(_ figure: Figure, width: Int) -> Int {
    let fitting = max(1, width / 38)
    let wanted = figure.columns ?? (figure.panels.count == 1 ? 1 : figure.panels.count <= 4 ? 2 : 3)
    return max(1, min(wanted, fitting, max(1, figure.panels.count)))
  }

  /// A label as this terminal can show it.
  static func shown(_ text: String, _ style: TerminalStyle) -> String {
    let visible = VisibleText.visible(text)
    return style.unicode ? visible : VisibleText.ascii(visible)
  }
}
