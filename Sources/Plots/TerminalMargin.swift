/// The names at the right ends of curves and lines.
package enum TerminalMargin {
  struct Label {
    var text: String
    /// A piece of the line as it is drawn.
    var sample: String
    /// Where on the vertical axis the name belongs.
    var value: Double
    /// Nil for a reference line.
    var curve: Int?
  }

  /// A lone curve whose name the axis already says needs no label.
  static func labels(_ panel: Panel, _ style: TerminalStyle) -> [Label] {
    var labels: [Label] = []
    let isAlone = panel.curves.count == 1 && [panel.vertical.label, panel.title, ""].contains(panel.curves[0].name)
    if !isAlone {
      for (index, curve) in panel.curves.enumerated() where !curve.name.isEmpty {
        guard let value = lastValue(curve, panel) else { continue }
        labels.append(
          Label(
            text: TerminalPlot.shown(curve.name, style), sample: sample(index, panel, style), value: value,
            curve: index))
      }
    }
    for line in panel.references where line.direction == .horizontal && !line.label.isEmpty {
      labels.append(
        Label(
          text: TerminalPlot.shown(line.label, style), sample: style.unicode ? "╌╌" : "--", value: line.value,
          curve: nil))
    }
    return labels
  }

  private static func lastValue(_ curve: Curve, _ panel: Panel) -> Double? {
    curve.y.last { $0.isFinite && (panel.vertical.scale == .linear || $0 > 0) }
  }

  /// A short piece of the curve's own line.
  private static func sample(_ index: Int, _ panel: Panel, _ style: TerminalStyle) -> String {
    let mark = panel.curves[index].mark
    guard style.unicode else { return asciiGlyph(index) + (mark == .points ? " " : asciiGlyph(index)) }
    switch mark {
    case .points: return "⠶ "
    case .histogram: return "⠭⠭"
    case .line, .steps: break
    }
    let patterns = !TerminalRaster.isPatterned(panel, style) ? ["⠒⠒"] : ["⠒⠒", "⠒⠂", "⠂⠂", "⠒⠐"]
    return patterns[index % patterns.count]
  }

  /// The character a curve is drawn with where there are no dots.
  static func asciiGlyph(_ curve: Int) -> String {
    let glyphs = ["*", "o", "x", "#", "@", "%", "&", "="]
    return glyphs[curve % glyphs.count]
  }

  /// Rows as near as possible to the wanted ones, one label a row, in their order; nil for labels without room.
  ///
  /// Labels are placed from the top, each at its row or right below the one before; what is pushed beyond the
  /// bottom moves up again.
  package static func spread(_ wanted: [Int], rows: Int) -> [Int?] {
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }.prefix(rows)
    var places: [Int] = []
    for index in order { places.append(max(wanted[index], (places.last ?? -1) + 1)) }
    var limit = rows - 1
    for place in places.indices.reversed() {
      places[place] = min(places[place], limit)
      limit = places[place] - 1
    }
    var result = [Int?](repeating: nil, count: wanted.count)
    for (index, place) in zip(order, places) { result[index] = place }
    return result
  }
}
