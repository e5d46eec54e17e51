import Experiments
import Glibc

/// Values over two axes as a table of colours.
package struct HeatMap: Sendable {
  /// How the places along the bottom and along the side are written.
  package var columns: [String]
  package var rows: [String]
  /// Row by row; what is not finite is left blank.
  package var values: [[Double]]
  /// What the values are.
  package var label: String
  /// Whether colours go by the logarithm, where only values above 0 have a colour.
  package var isLogarithmic: Bool

  /// - Precondition: as many rows as `rows`, each with a value for each of `columns`.
  package init(columns: [String], rows: [String], values: [[Double]], label: String, isLogarithmic: Bool = false) {
    precondition(
      values.count == rows.count && values.allSatisfy { $0.count == columns.count }, "a value for each place")
    self.columns = columns
    self.rows = rows
    self.values = values
    self.label = label
    self.isLogarithmic = isLogarithmic
  }

  /// The values that have a colour, from least to most; nil where there are none.
  var range: Interval? {
    let shown = values.joined().filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
    guard let low = shown.min(), let high = shown.max() else { return nil }
    return Interval(low: low, high: high)
  }

  /// Where a value stands between the least and the largest, from 0 to 1; nil where it has no colour.
  func place(_ value: Double) -> Double? {
    guard value.isFinite, let range, !isLogarithmic || value > 0 else { return nil }
    guard range.high > range.low else { return 0.5 }
    return isLogarithmic
      ? log(value / range.low) / log(range.high / range.low) : (value - range.low) / (range.high - range.low)
  }

  /// Steps of the scale of colours.
  private static let levels = 256

  /// The colour of a value.
  func colour(_ value: Double) -> Palette.Colour? {
    place(value).map { Palette.ordered.colour(Int(($0 * Double(Self.levels - 1)).rounded()), of: Self.levels) }
  }

  // MARK: Terminal

  /// A line for each row, from the last to the first, with shades from light to dark and what they stand for.
  func lines(_ style: TerminalStyle, bottom: String, side: String) -> [String] {
    let shades = style.unicode ? ["░", "▒", "▓", "█"] : [".", ":", "+", "#"]
    let labels = rows.map { TerminalPlot.shown($0, style) }
    let names = columns.map { TerminalPlot.shown($0, style) }
    let left = max(labels.map { VisibleText.width($0) }.max() ?? 0, VisibleText.width(side))
    let room = max(1, (style.width - left - 2) / max(1, columns.count) - 1)
    let width = min(room, max(4, names.map { VisibleText.width($0) }.max() ?? 0))
    func padded(_ text: String, _ width: Int) -> String {
      let cut = VisibleText.cut(text, to: width, unicode: style.unicode)
      return String(repeating: " ", count: max(0, width - VisibleText.width(cut))) + cut
    }
    func cell(_ value: Double) -> String {
      guard let place = place(value) else { return padded(style.unicode ? "×" : "x", width) }
      let shade = shades[min(shades.count - 1, Int(place * Double(shades.count)))]
      return String(repeating: shade, count: width)
    }
    var result = [padded(TerminalPlot.shown(side, style), left)]
    for row in rows.indices.reversed() {
      result.append(padded(labels[row], left) + "  " + values[row].map(cell).joined(separator: " "))
    }
    result.append(padded("", left) + "  " + names.map { padded($0, width) }.joined(separator: " "))
    result.append(padded("", left) + "  " + TerminalPlot.shown(bottom, style))
    if let range {
      let number = NumberFormat.significant(3)
      result.append(
        "\(TerminalPlot.shown(label, style)): \(shades[0]) \(number.text(range.low))  \(shades[shades.count - 1]) "
          + number.text(range.high) + (isLogarithmic ? ", by its logarithm" : ""))
    }
    return result.map { VisibleText.cut($0, to: style.width, unicode: style.unicode) }
  }

  // MARK: gnuplot

  /// The commands that draw it, its data block of this name being defined.
  func script(_ block: String, bottom: String, side: String) -> [String] {
    func marks(_ labels: [String]) -> String {
      "(" + labels.enumerated().map { "\(GnuplotScript.quoted($1, columnsMax: 24)) \($0)" }.joined(separator: ", ")
        + ")"
    }
    let stops = (0...4).map { "\($0) '\(Palette.ordered.colour($0, of: 5).hexadecimal)'" }.joined(separator: ", ")
    let number = NumberFormat.shortest
    var lines = [
      "set style fill solid noborder", "unset arrow", "unset label", "unset logscale", "unset key", "unset grid",
      "set xlabel \(GnuplotScript.quoted(bottom)) noenhanced", "set ylabel \(GnuplotScript.quoted(side)) noenhanced",
      "set xrange [-0.5:\(columns.count - 1).5]", "set yrange [-0.5:\(rows.count - 1).5]",
      "set xtics \(marks(columns)) noenhanced", "set ytics \(marks(rows)) noenhanced",
      "set palette defined (\(stops))",
      "set cblabel \(GnuplotScript.quoted(label)) noenhanced offset 1,0",
    ]
    if let range {
      let isFlat = range.low == range.high
      let reach = isFlat ? max(0.1 * range.low.magnitude, 1e-12) : 0
      lines.append("set cbrange [\(number.text(range.low - reach)):\(number.text(range.high + reach))]")
      lines.append("unset mcbtics")
      if isLogarithmic, !isFlat { lines.append("set logscale cb") }
      if !isFlat {
        lines.append("set cbtics (\(Self.marks(of: range, isLogarithmic: isLogarithmic).joined(separator: ", ")))")
      }
    }
    lines.append(
      "plot \(block) using 1:2:(0.5):(0.5):3 with boxxyerror fillstyle solid noborder linecolor palette notitle")
    return lines
  }

  /// Marks of the scale of colours, at its ends where no round numbers lie between them.
  private static func marks(of range: Interval, isLogarithmic: Bool) -> [String] {
    let ticks = Ticks(range, scale: isLogarithmic ? .logarithmic : .linear, wanted: 6, notation: .markup).major
    let number = NumberFormat.significant(3)
    let shown = ticks.count > 1 ? ticks : [range.low, range.high].map { Ticks.Tick(value: $0, label: number.text($0)) }
    return shown.map { "'\($0.label)' \(NumberFormat.shortest.text($0.value))" }
  }

  /// Its data: place along the bottom, along the side, value.
  var rowsOfData: [String] {
    var lines: [String] = []
    for (row, numbers) in values.enumerated() {
      for (column, value) in numbers.enumerated() where place(value) != nil {
        lines.append("\(column) \(row) \(NumberFormat.shortest.text(value))")
      }
    }
    return lines.isEmpty ? ["NaN NaN NaN"] : lines
  }

  // MARK: SVG

  /// Its elements in a rectangle.
  func elements(left: Double, top: Double, right: Double, bottom: Double) -> [String] {
    let (width, height) = ((right - left) / Double(columns.count), (bottom - top) / Double(rows.count))
    var result: [String] = []
    for (row, numbers) in values.enumerated() {
      for (column, value) in numbers.enumerated() {
        guard let colour = colour(value) else { continue }
        let sides = [
          ("x", left + Double(column) * width), ("y", bottom - Double(row + 1) * height), ("width", width),
          ("height", height),
        ]
        let attributes = sides.map { "\($0)=\"\(SVGDrawing.coordinate($1))\"" }.joined(separator: " ")
        result.append("<rect \(attributes) fill=\"\(colour.hexadecimal)\"/>")
      }
    }
    for (column, name) in columns.enumerated() {
      result.append(
        SVGDrawing.label(name, x: left + (Double(column) + 0.5) * width, y: bottom + 17, anchor: "middle"))
    }
    for (row, name) in rows.enumerated() {
      result.append(
        SVGDrawing.label(name, x: left - 6, y: bottom - (Double(row) + 0.5) * height + 4, anchor: "end"))
    }
    return result
  }

  /// The scale of colours beside it, with the least and the largest value.
  func scale(left: Double, top: Double, bottom: Double) -> [String] {
    guard let range else { return [] }
    let steps = 32
    let height = (bottom - top) / Double(steps)
    var result = (0..<steps).map { step in
      let sides = [
        ("x", left), ("y", bottom - Double(step + 1) * height), ("width", 12.0), ("height", height + 0.3),
      ]
      let attributes = sides.map { "\($0)=\"\(SVGDrawing.coordinate($1))\"" }.joined(separator: " ")
      return "<rect \(attributes) fill=\"\(Palette.ordered.colour(step, of: steps).hexadecimal)\"/>"
    }
    let number = NumberFormat.significant(3)
    result.append(SVGDrawing.label(number.text(range.high), x: left + 16, y: top + 10, anchor: "start"))
    result.append(SVGDrawing.label(number.text(range.low), x: left + 16, y: bottom, anchor: "start"))
    result.append(SVGDrawing.label(label, x: left + 12, y: top - 6, anchor: "end"))
    return result
  }
}
