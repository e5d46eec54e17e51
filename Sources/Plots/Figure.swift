package import Experiments

/// A picture before anyone has chosen where it is drawn: terminal, gnuplot and SVG show the same figure.
///
/// Panels are laid out in a grid, row by row; a plain plot has one.
package struct Figure: Sendable {
  package var title: String
  package var panels: [Panel]
  /// Panels in a row; nil lets the renderer choose.
  package var columns: Int?
  /// Curves of an ordered family (a sweep over batch sizes) are coloured along a ramp, others by contrast.
  package var palette: Palette
  /// Width and height of a picture in centimetres; nil lets the renderer choose.
  package var size: Size?

  /// Of a picture, in centimetres.
  package struct Size: Sendable, Hashable {
    package var width: Double
    package var height: Double

    package init(width: Double, height: Double) {
      self.width = width
      self.height = height
    }
  }

  package init(title: String = "", panels: [Panel], columns: Int? = nil, palette: Palette = .contrasting) {
    self.title = title
    self.panels = panels
    self.columns = columns
    self.palette = palette
  }

  /// Shows the same part of both axes in all panels: that of all their data, where no part is asked for.
  package mutating func shareAxes() {
    guard panels.count > 1, let first = panels.first else { return }
    var all = first
    for panel in panels.dropFirst() {
      all.curves += panel.curves
      all.references += panel.references
    }
    let ranges = PanelRanges(all)
    for index in panels.indices {
      if ranges.horizontal.hasData { panels[index].horizontal.range = ranges.horizontal.range }
      if ranges.vertical.hasData { panels[index].vertical.range = ranges.vertical.range }
    }
  }

  /// Gives curves of one name one colour in all panels.
  package mutating func shareColours() {
    guard panels.count > 1 else { return }
    var names: [String] = []
    for name in panels.flatMap({ $0.curves.map(\.name) }) where !names.contains(name) { names.append(name) }
    for panel in panels.indices where Set(panels[panel].curves.map(\.name)).count == panels[panel].curves.count {
      for curve in panels[panel].curves.indices {
        guard let place = names.firstIndex(of: panels[panel].curves[curve].name) else { continue }
        panels[panel].curves[curve].family = Curve.Family(place: place, count: names.count)
      }
    }
  }
}

/// One pair of axes with everything drawn on it.
package struct Panel: Sendable {
  package var title: String
  package var horizontal: Axis
  package var vertical: Axis
  package var curves: [Curve]
  package var references: [ReferenceLine]
  /// Values over both axes in place of curves.
  package var heat: HeatMap?

  package init(
    title: String = "", horizontal: Axis = Axis(), vertical: Axis = Axis(), curves: [Curve] = [],
    references: [ReferenceLine] = []
  ) {
    self.title = title
    self.horizontal = horizontal
    self.vertical = vertical
    self.curves = curves
    self.references = references
  }
}

/// What stands along one side of a panel.
package struct Axis: Sendable {
  /// How values are spread along the axis.
  package enum Scale: String, Sendable, Hashable { case linear, logarithmic }

  package var label: String
  package var scale: Scale
  /// What part is shown; nil shows all data and reference lines.
  package var range: Interval?

  package init(label: String = "", scale: Scale = .linear, range: Interval? = nil) {
    self.label = label
    self.scale = scale
    self.range = range
  }
}

/// Points (xᵢ, yᵢ), how they are joined, and the band around them if there is one.
///
/// Non-finite points, and those without a logarithm on a logarithmic axis, are gaps: no line crosses them.
package struct Curve: Sendable {
  /// How the points are drawn and joined.
  package enum Mark: String, Sendable, Hashable {
    case line, points
    /// Each value holds until the next position.
    case steps
    /// Bars from zero; the positions are the left edges, and the last is the right edge of the last bar.
    case histogram
  }

  /// A place among the names of a figure.
  package struct Family: Sendable, Hashable {
    package var place: Int
    package var count: Int
  }

  /// Lower and upper edge at each point; drawn as an area, around points as bars.
  package struct Band: Sendable {
    package var low: [Double]
    package var high: [Double]

    package init(low: [Double], high: [Double]) {
      self.low = low
      self.high = high
    }
  }

  package var name: String
  package private(set) var x: [Double]
  package private(set) var y: [Double]
  package let mark: Mark
  package private(set) var band: Band?
  /// Whether it is a function, and no values that were measured.
  package var isTheory = false
  /// Its place among the names of all panels, which have one colour each, and how many there are; nil: its place in its panel.
  package var family: Family?
  /// Of how many values a histogram is, and how many of them it has no bar for.
  package var counted = (total: 0, leftOut: 0)

  /// Lists of different lengths are cut to the shortest; a histogram's x has one edge more than y, and no band.
  package init(name: String, x: [Double], y: [Double], mark: Mark = .line, band: Band? = nil) {
    let count = min(x.count, y.count)
    self.name = name
    self.x = mark == .histogram ? Array(x.prefix(count + 1)) : Array(x.prefix(count))
    self.y = Array(y.prefix(count))
    self.mark = mark
    self.band = band.flatMap { band in
      guard mark != .histogram, band.low.count >= count, band.high.count >= count else { return nil }
      return Band(low: Array(band.low.prefix(count)), high: Array(band.high.prefix(count)))
    }
  }
}

/// A straight line across the panel that says what to compare with: `line 2/η "2/η"`.
package struct ReferenceLine: Sendable {
  /// Which way the line runs.
  package enum Direction: Sendable, Hashable { case horizontal, vertical }

  package var direction: Direction
  package var value: Double
  package var label: String

  package init(_ direction: Direction = .horizontal, at value: Double, label: String = "") {
    self.direction = direction
    self.value = value
    self.label = label
  }
}
