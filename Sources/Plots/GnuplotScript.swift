import Experiments

/// A figure as a gnuplot script that writes the picture to its standard output.
///
/// Safe by construction: data are numbers in inline blocks, every text is single-quoted without quotes or line breaks
/// in it (gnuplot expands nothing there, and neither text nor line can end early), enhanced-text
/// interpretation is off for all of them, and no file name enters the script.
package enum GnuplotScript {
  /// The whole script, terminal included.
  package static func text(_ figure: Figure, format: ImageFormat) -> String {
    let title = figure.size != nil ? 10 : format == .svg ? 15 : format == .png ? 14 : 13
    return text(figure, titleSize: title) { terminal(format, across: $0, down: $1, size: figure.size) }
  }

  /// A script that writes a picture of so many pixels as the codes of a terminal.
  package static func sixel(_ figure: Figure, width: Int, height: Int) -> String {
    text(figure, titleSize: 11) { _, _ in
      "set terminal sixelgd truecolor size \(width),\(height) enhanced font 'Sans,9' linewidth 1.4 background '#ffffff'"
    }
  }

  private static func text(_ figure: Figure, titleSize: Int, terminal: (_ across: Int, _ down: Int) -> String) -> String
  {
    var figure = figure
    if figure.panels.isEmpty { figure.panels = [Panel()] }
    let across = columnCount(figure)
    let down = (figure.panels.count + across - 1) / max(1, across)
    var lines = [terminal(across, down)]
    lines += [
      "set encoding utf8",
      "set border 3 linecolor rgb '#555555' linewidth 1",
      "set tics nomirror out scale 0.6,0.35 textcolor rgb '#333333'",
      "set grid back linetype 1 linecolor rgb '#e8e8e8' linewidth 0.7",
      "set style fill transparent solid 0.18 noborder",
    ]
    let isSmall = figure.panels.count > 1
    let layouts = figure.panels.map { ImageLayout($0, notation: .markup, isSmall: isSmall) }
    for (index, layout) in layouts.enumerated() { lines += dataBlocks(layout.panel, index) }
    if isSmall {
      let title =
        figure.title.isEmpty ? "" : " title \(quoted(figure.title)) noenhanced font ',\(titleSize + 1)'"
      lines += ["set multiplot layout \(down),\(across)\(title)", "set bmargin 4"]
    }
    for (index, layout) in layouts.enumerated() {
      let title = isSmall ? layout.panel.title : figure.title.isEmpty ? layout.panel.title : figure.title
      lines += head(layout, title: title, size: titleSize)
      lines += panel(layout, index, palette: figure.palette)
    }
    if isSmall { lines.append("unset multiplot") }
    return lines.joined(separator: "\n") + "\n"
  }

  static func columnCount(_ figure: Figure) -> Int {
    let wanted = figure.columns ?? (figure.panels.count <= 1 ? 1 : figure.panels.count <= 4 ? 2 : 3)
    return max(1, min(wanted, max(1, figure.panels.count)))
  }

  /// 3 : 2 for one panel; a grid grows, so that its panels keep readable sizes.
  ///
  /// A size that was asked for is that of the whole picture, whatever is on it, in 96 pixels an inch of SVG and 300 of PNG.
  private static func terminal(_ format: ImageFormat, across: Int, down: Int, size: Figure.Size?) -> String {
    let scale = across * down > 1 ? 0.72 : 1.0
    if let size { return terminal(format, size) }
    let width = 720 * scale * Double(across)
    let height = 480 * scale * Double(down) + (across * down > 1 ? 24 : 0)
    let pixels = { (factor: Double) in "\(Int(width * factor)),\(Int(height * factor))" }
    switch format {
    case .svg:
      return "set terminal svg size \(pixels(1)) dynamic enhanced font 'sans-serif,13' linewidth 1.2"
        + " background '#ffffff'"
    case .png:
      return "set terminal pngcairo size \(pixels(2)) enhanced font 'Sans,12' fontscale 1.75 linewidth 2.2"
        + " background '#ffffff'"
    case .pdf:
      let inches = "\(NumberFormat.fixed(2).text(width / 120))in,\(NumberFormat.fixed(2).text(height / 120))in"
      return "set terminal pdfcairo size \(inches) enhanced font 'Sans,11' linewidth 1.5 background '#ffffff'"
    }
  }

  private static func terminal(_ format: ImageFormat, _ size: Figure.Size) -> String {
    let inches = (size.width / 2.54, size.height / 2.54)
    func pixels(_ density: Double) -> String {
      "\(Int((inches.0 * density).rounded())),\(Int((inches.1 * density).rounded()))"
    }
    switch format {
    case .svg:
      return "set terminal svg size \(pixels(96)) dynamic enhanced font 'sans-serif,11' linewidth 1.1"
        + " background '#ffffff'"
    case .png:
      return "set terminal pngcairo size \(pixels(300)) enhanced font 'Sans,9' fontscale 3.1 linewidth 3.6"
        + " background '#ffffff'"
    case .pdf:
      let form = NumberFormat.fixed(3)
      return "set terminal pdfcairo size \(form.text(inches.0))in,\(form.text(inches.1))in enhanced font 'Sans,9'"
        + " linewidth 1.2 background '#ffffff'"
    }
  }

  // MARK: Text

  /// The text as a gnuplot string that means nothing but itself.
  ///
  /// Between single quotes gnuplot expands nothing. What gnuplot 5.4 still gets wrong is kept from it:
  /// - a quote is written by doubling it, but where two doubled ones meet it loses count and reads the rest as commands:
  ///   the typographic apostrophe needs no doubling and looks better;
  /// - it copies what looks like a character reference (`&#x1b;`), and `]]>`, into SVG as they are: an invisible word
  ///   joiner parts them;
  /// - a backslash at the end is taken for markup even where markup is off: a space follows it.
  static func quoted(_ text: String, columnsMax: Int = 120) -> String {
    var result = ""
    for character in VisibleText.cut(VisibleText.visible(text), to: columnsMax) {
      let isReference = result.last == "&" && (character == "#" || character.isLetter)
      if isReference || (character == ">" && result.hasSuffix("]]")) { result.append("\u{2060}") }
      result.append(character == "'" ? "’" : character)
    }
    return "'" + result + (result.last == "\\" ? " '" : "'")
  }

  private static func number(_ value: Double) -> String {
    value.isFinite ? NumberFormat.shortest.text(value) : "NaN"
  }

  // MARK: Data

  private static func blockName(_ panel: Int, _ curve: Int) -> String { "$p\(panel)c\(curve)" }

  private static func dataBlocks(_ panel: Panel, _ index: Int) -> [String] {
    var lines: [String] = []
    if let heat = panel.heat { lines += ["$p\(index)heat << EOD"] + heat.rowsOfData + ["EOD"] }
    for (place, curve) in panel.curves.enumerated() {
      lines.append("\(blockName(index, place)) << EOD")
      let rows = rows(curve, panel)
      lines += rows
      lines.append("EOD")
      guard let lone = loneRows(rows, curve) else { continue }
      lines.append("\(blockName(index, place))lone << EOD")
      lines += lone
      lines.append("EOD")
    }
    return lines
  }

  /// One line a point: x, y, and the band's edges; an empty line at a gap, which interrupts the line there.
  private static func rows(_ curve: Curve, _ panel: Panel) -> [String] {
    func isShown(_ value: Double, _ axis: Axis) -> Bool { value.isFinite && (axis.scale == .linear || value > 0) }
    var lines: [String] = []
    for (index, y) in curve.y.enumerated() {
      guard isShown(curve.x[index], panel.horizontal), isShown(y, panel.vertical) || curve.mark == .histogram else {
        if lines.last?.isEmpty == false { lines.append("") }
        continue
      }
      var fields = [curve.x[index], y]
      if curve.mark == .histogram, index + 1 < curve.x.count { fields.append(curve.x[index + 1]) }
      if let band = curve.band { fields += [band.low[index], band.high[index]] }
      lines.append(fields.map(number).joined(separator: " "))
    }
    // A block without any point is an error to gnuplot; one that is not a number is not.
    return lines.contains { !$0.isEmpty } ? lines : ["NaN NaN NaN NaN"]
  }

  /// The points of a line that have a gap, or nothing, on both sides; nil without any.
  ///
  /// A line leaves no trace of them.
  private static func loneRows(_ rows: [String], _ curve: Curve) -> [String]? {
    guard curve.mark == .line || curve.mark == .steps else { return nil }
    let lone = rows.split(separator: "", omittingEmptySubsequences: true).filter { $0.count == 1 }.joined()
    return lone.isEmpty || lone.allSatisfy { $0.hasPrefix("NaN") } ? nil : Array(lone)
  }

  // MARK: Panel

  /// The title, above the labels of vertical lines where there are any.
  private static func head(_ layout: ImageLayout, title: String, size: Int) -> [String] {
    let isRaised = layout.panel.references.contains { $0.direction == .vertical && !$0.label.isEmpty }
    let height = (title.isEmpty ? 1.0 : 2.4) + (isRaised ? 1.3 : 0)
    let margin = "set tmargin \(number(height))"
    if title.isEmpty { return [margin, "unset title"] }
    let offset = isRaised ? "0,0.5" : "0,-0.4"
    return [margin, "set title \(quoted(title)) noenhanced font ',\(size)' textcolor rgb '#222222' offset \(offset)"]
  }

  private static func panel(_ layout: ImageLayout, _ index: Int, palette: Palette) -> [String] {
    let panel = layout.panel
    if let heat = panel.heat {
      return heat.script("$p\(index)heat", bottom: panel.horizontal.label, side: panel.vertical.label)
    }
    var lines = ["unset arrow", "unset label", "unset logscale"]
    lines += axis("x", panel.horizontal, layout.ranges.horizontal, layout.horizontalTicks)
    lines += axis("y", panel.vertical, layout.ranges.vertical, layout.verticalTicks)
    lines.append(keyCommand(layout))
    // A key below follows the label of the axis without a gap: the label is lifted towards its axis.
    lines.append("set xlabel offset 0,\(layout.key == .below ? "0.4" : "0")")
    lines += references(layout)
    if !layout.ranges.vertical.hasData || !layout.ranges.horizontal.hasData {
      lines.append("set label \(quoted("no values to show")) at graph 0.5,0.5 center textcolor rgb '#888888'")
    }
    lines.append("plot " + plotParts(layout, index, palette).joined(separator: ", \\\n  "))
    return lines
  }

  private static func axis(_ name: String, _ axis: Axis, _ side: PanelRanges.Side, _ ticks: Ticks) -> [String] {
    var lines = ["set \(name)label \(quoted(axis.label)) noenhanced textcolor rgb '#222222'"]
    if side.scale == .logarithmic { lines.append("set logscale \(name)") }
    lines.append("set \(name)range [\(number(side.range.low)):\(number(side.range.high))]")
    let marks =
      ticks.major.map { "'\($0.label)' \(number($0.value))" } + ticks.minor.map { "'' \(number($0)) 1" }
    lines.append("set \(name)tics (\(marks.joined(separator: ", ")))")
    return lines
  }

  private static func keyCommand(_ layout: ImageLayout) -> String {
    let style = "noenhanced samplen 2 spacing 1.15 noautotitle textcolor rgb '#333333'"
    switch layout.key {
    case .none: return "unset key"
    case .inside(let right, let top):
      // The names stand on the side of the border, the samples inwards.
      return "set key inside \(right ? "right" : "left") \(top ? "top" : "bottom") vertical \(right ? "Right" : "Left")"
        + " \(right ? "noreverse" : "reverse") noopaque \(style)"
    case .below: return "set key below center horizontal noopaque Left reverse \(style)"
    case .outside: return "set key outside right top vertical noopaque Left reverse \(style)"
    }
  }

  private static func references(_ layout: ImageLayout) -> [String] {
    var lines: [String] = []
    let line = "nohead dashtype 2 linewidth 1 linecolor rgb '#777777'"
    for reference in layout.panel.references where reference.value.isFinite {
      switch reference.direction {
      case .horizontal:
        guard let place = layout.ranges.vertical.place(reference.value), (0...1).contains(place) else { continue }
        lines.append("set arrow from graph 0,first \(number(reference.value)) rto graph 1,0 \(line)")
      case .vertical:
        guard let place = layout.ranges.horizontal.place(reference.value), (0...1).contains(place) else { continue }
        lines.append(
          "set arrow from first \(number(reference.value)),graph 0 rto graph 0,1 \(line)")
        guard !reference.label.isEmpty else { continue }
        lines.append(
          "set label \(quoted(reference.label)) at first \(number(reference.value)),graph 1.035 center noenhanced"
            + " textcolor rgb '#555555'")
      }
    }
    var margin = 4.0
    for (index, place) in layout.labelPlaces {
      let label = layout.panel.references[index].label
      let isInside = layout.key == .outside
      let anchor =
        isInside ? "graph 0.99,graph \(number(place + 0.03)) right" : "graph 1.012,graph \(number(place)) left"
      lines.append("set label \(quoted(label, columnsMax: 32)) at \(anchor) noenhanced textcolor rgb '#555555'")
      if !isInside { margin = max(margin, 0.95 * Double(VisibleText.width(label)) + 2.5) }
    }
    lines.append(layout.key == .outside ? "set rmargin" : "set rmargin \(number(min(margin, 32)))")
    return lines
  }

  private static func plotParts(_ layout: ImageLayout, _ index: Int, _ palette: Palette) -> [String] {
    let curves = layout.panel.curves
    let named = ImageLayout.namedCurves(layout.panel)
    var bands: [String] = []
    var lines: [String] = []
    for (place, curve) in curves.enumerated() {
      let block = blockName(index, place)
      let colour = "linecolor rgb '\(palette.colour(place, in: layout.panel).hexadecimal)'"
      if curve.band != nil, curve.mark != .points {
        bands.append("\(block) using 1:3:4 with filledcurves \(colour) notitle")
      }
      let title =
        named.contains(place) ? "title \(quoted(curve.name, columnsMax: layout.key == .below ? 36 : 60))" : "notitle"
      lines.append("\(block) \(style(curve, colour)) \(title)")
      if loneRows(rows(curve, layout.panel), curve) != nil {
        lines.append("\(block)lone using 1:2 with points pointtype 7 pointsize 0.6 \(colour) notitle")
      }
    }
    let parts = bands + lines
    return parts.isEmpty ? ["NaN notitle"] : parts
  }

  private static func style(_ curve: Curve, _ colour: String) -> String {
    switch curve.mark {
    case .line where curve.isTheory: "using 1:2 with lines linewidth 1.4 dashtype 2 \(colour)"
    case .line: "using 1:2 with lines linewidth 1.6 \(colour)"
    case .points where curve.band != nil: "using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.9 \(colour)"
    case .points: "using 1:2 with points pointtype 7 pointsize 0.9 \(colour)"
    case .steps: "using 1:2 with steps linewidth 1.6 \(colour)"
    case .histogram:
      "using (($1+$3)/2):2:($3-$1) with boxes linewidth 0.8 \(colour) fillstyle transparent solid 0.3 border"
    }
  }
}
