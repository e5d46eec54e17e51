/// One panel of an SVG figure as a list of elements, in its own coordinates.
struct SVGPanel {
  private(set) var elements: [String] = []
  private let layout: ImageLayout
  private let palette: Palette
  private let index: Int
  private let width: Double
  private let height: Double
  /// The rectangle between the axes.
  private let frame: Frame

  private struct Frame {
    var left: Double
    var top: Double
    var right: Double
    var bottom: Double
  }

  init(_ layout: ImageLayout, index: Int, palette: Palette, width: Double, height: Double) {
    self.layout = layout
    self.index = index
    self.palette = palette
    self.width = width
    self.height = height
    frame = Self.frame(layout, width: width, height: height)
    if let heat = layout.panel.heat {
      drawHeat(heat)
      return
    }
    drawGridAndTicks()
    drawTitles()
    defineClip()
    drawBands()
    drawReferences()
    drawCurves()
    drawFrame()
    drawKey()
    drawEmptyNote()
  }

  private mutating func drawHeat(_ heat: HeatMap) {
    let labels = heat.rows.map { SVGDrawing.textWidth($0) }.max() ?? 0
    let (left, right) = (40 + labels, width - 90)
    elements += heat.elements(left: left, top: frame.top + 12, right: right, bottom: frame.bottom)
    elements += heat.scale(left: right + 14, top: frame.top + 12, bottom: frame.bottom)
    let panel = layout.panel
    elements.append(SVGDrawing.label(panel.horizontal.label, x: (left + right) / 2, y: height - 8, anchor: "middle"))
    elements.append(SVGDrawing.label(panel.vertical.label, x: left - 6, y: frame.top + 6, anchor: "end"))
    if !panel.title.isEmpty {
      elements.append(
        SVGDrawing.label(panel.title, x: width / 2, y: 20, anchor: "middle", attributes: " font-size=\"15\""))
    }
  }

  private static func frame(_ layout: ImageLayout, width: Double, height: Double) -> Frame {
    let panel = layout.panel
    let tickWidth = layout.verticalTicks.major.map { SVGDrawing.textWidth($0.label) }.max() ?? 0
    let hasVerticalLabel = panel.references.contains { $0.direction == .vertical && !$0.label.isEmpty }
    let labels = layout.labelPlaces.map { SVGDrawing.textWidth(panel.references[$0.reference].label) }
    let names = ImageLayout.namedCurves(panel).map { SVGDrawing.textWidth(panel.curves[$0].name) + 40 }
    var right = max(22, (labels.max() ?? 0) + 14)
    if layout.key == .outside { right = max(right, (names.max() ?? 0) + 14) }
    let bottom = 30.0 + (panel.horizontal.label.isEmpty ? 0 : 22) + (layout.key == .below ? 24 : 0)
    return Frame(
      left: 14 + tickWidth + (panel.vertical.label.isEmpty ? 6 : 26),
      top: 12 + (panel.title.isEmpty ? 0 : 26) + (hasVerticalLabel ? 16 : 0), right: width - min(right, width / 3),
      bottom: height - bottom)
  }

  private func x(_ place: Double) -> Double { frame.left + place * (frame.right - frame.left) }
  private func y(_ place: Double) -> Double { frame.bottom - place * (frame.bottom - frame.top) }

  private func point(_ across: Double, _ up: Double) -> String {
    "\(SVGDrawing.coordinate(x(across))),\(SVGDrawing.coordinate(y(up)))"
  }

  private mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ attributes: String) {
    let ends = zip(["x1", "y1", "x2", "y2"], [x1, y1, x2, y2]).map { "\($0)=\"\(SVGDrawing.coordinate($1))\"" }
    elements.append("<line \(ends.joined(separator: " ")) \(attributes)/>")
  }

  // MARK: Frame

  private mutating func drawGridAndTicks() {
    let grid = "stroke=\"#e8e8e8\""
    let mark = "stroke=\"#555\""
    for tick in layout.horizontalTicks.major {
      guard let place = layout.ranges.horizontal.place(tick.value) else { continue }
      line(x(place), frame.top, x(place), frame.bottom, grid)
      line(x(place), frame.bottom, x(place), frame.bottom + 5, mark)
      elements.append(SVGDrawing.label(tick.label, x: x(place), y: frame.bottom + 19, anchor: "middle"))
    }
    for tick in layout.verticalTicks.major {
      guard let place = layout.ranges.vertical.place(tick.value) else { continue }
      line(frame.left, y(place), frame.right, y(place), grid)
      line(frame.left - 5, y(place), frame.left, y(place), mark)
      elements.append(SVGDrawing.label(tick.label, x: frame.left - 9, y: y(place) + 4.5, anchor: "end"))
    }
    for value in layout.horizontalTicks.minor {
      guard let place = layout.ranges.horizontal.place(value) else { continue }
      line(x(place), frame.bottom, x(place), frame.bottom + 3, mark)
    }
    for value in layout.verticalTicks.minor {
      guard let place = layout.ranges.vertical.place(value) else { continue }
      line(frame.left - 3, y(place), frame.left, y(place), mark)
    }
  }

  private mutating func drawFrame() {
    let corner = SVGDrawing.coordinate
    elements.append(
      "<path d=\"M\(corner(frame.left)),\(corner(frame.top)) L\(corner(frame.left)),\(corner(frame.bottom))"
        + " L\(corner(frame.right)),\(corner(frame.bottom))\" fill=\"none\" stroke=\"#555\" stroke-width=\"1.2\"/>")
  }

  private mutating func drawTitles() {
    let panel = layout.panel
    let middle = (frame.left + frame.right) / 2
    if !panel.title.isEmpty {
      elements.append(
        SVGDrawing.label(panel.title, x: middle, y: 22, anchor: "middle", attributes: " font-size=\"15\""))
    }
    if !panel.horizontal.label.isEmpty {
      elements.append(SVGDrawing.label(panel.horizontal.label, x: middle, y: frame.bottom + 40, anchor: "middle"))
    }
    if !panel.vertical.label.isEmpty {
      let centre = (frame.top + frame.bottom) / 2
      let turn = " transform=\"rotate(-90 18 \(SVGDrawing.coordinate(centre)))\""
      elements.append(SVGDrawing.label(panel.vertical.label, x: 18, y: centre, anchor: "middle", attributes: turn))
    }
  }

  private mutating func drawEmptyNote() {
    guard !layout.ranges.vertical.hasData || !layout.ranges.horizontal.hasData else { return }
    elements.append(
      SVGDrawing.label("no values to show", x: x(0.5), y: y(0.5), anchor: "middle", attributes: " fill=\"#888\""))
  }

  // MARK: References

  private mutating func drawReferences() {
    let dashes = "stroke=\"#777\" stroke-dasharray=\"6 4\""
    let grey = " fill=\"#555\""
    for reference in layout.panel.references {
      switch reference.direction {
      case .horizontal:
        guard let place = layout.ranges.vertical.place(reference.value), (0...1).contains(place) else { continue }
        line(frame.left, y(place), frame.right, y(place), dashes)
      case .vertical:
        guard let place = layout.ranges.horizontal.place(reference.value), (0...1).contains(place) else { continue }
        line(x(place), frame.top, x(place), frame.bottom, dashes)
        guard !reference.label.isEmpty else { continue }
        elements.append(
          SVGDrawing.label(reference.label, x: x(place), y: frame.top - 6, anchor: "middle", attributes: grey))
      }
    }
    for (reference, place) in layout.labelPlaces {
      let text = layout.panel.references[reference].label
      let isInside = layout.key == .outside
      elements.append(
        SVGDrawing.label(
          text, x: isInside ? frame.right - 6 : frame.right + 7, y: y(place) + (isInside ? -5 : 4.5),
          anchor: isInside ? "end" : "start", attributes: grey))
    }
  }

  // MARK: Curves

  private func colour(_ curve: Int) -> String {
    palette.colour(curve, in: layout.panel).hexadecimal
  }

  /// The curve's points in the unit square, split at gaps.
  private func runs(_ curve: Curve, _ values: [Double]) -> [[(index: Int, across: Double, up: Double)]] {
    var runs: [[(index: Int, across: Double, up: Double)]] = [[]]
    for (index, value) in values.enumerated() {
      guard let across = layout.ranges.horizontal.place(curve.x[index]), let up = layout.ranges.vertical.place(value)
      else {
        runs.append([])
        continue
      }
      runs[runs.count - 1].append((index, across, up))
    }
    return runs.filter { !$0.isEmpty }
  }

  private var clip: String { "clip-path=\"url(#panel\(index))\"" }

  /// Half a pixel more than the frame, so that lines along its edges keep their width.
  private mutating func defineClip() {
    let sides = [
      ("x", frame.left - 0.5), ("y", frame.top - 0.5), ("width", frame.right - frame.left + 1),
      ("height", frame.bottom - frame.top + 1),
    ]
    let attributes = sides.map { "\($0)=\"\(SVGDrawing.coordinate($1))\"" }.joined(separator: " ")
    elements.append("<clipPath id=\"panel\(index)\"><rect \(attributes)/></clipPath>")
  }

  private mutating func drawBands() {
    for (place, curve) in layout.panel.curves.enumerated() {
      guard let band = curve.band, curve.mark != .points else { continue }
      for run in runs(curve, band.high) {
        let upper = run.map { point($0.across, $0.up) }
        // A lower edge without a logarithm reaches the floor.
        let lower = run.reversed().map { point($0.across, layout.ranges.vertical.place(band.low[$0.index]) ?? -0.1) }
        elements.append(
          "<polygon points=\"\((upper + lower).joined(separator: " "))\" fill=\"\(colour(place))\""
            + " fill-opacity=\"0.18\" \(clip)/>")
      }
    }
  }

  private mutating func drawCurves() {
    for (place, curve) in layout.panel.curves.enumerated() {
      switch curve.mark {
      case .histogram: drawBars(curve, colour(place))
      case .points:
        elements += bars(curve, colour(place))
        elements += runs(curve, curve.y).joined().map { dot($0.across, $0.up, colour(place)) }
      case .line:
        for run in runs(curve, curve.y) {
          // A single point between two gaps would leave no line.
          elements.append(
            run.count == 1
              ? dot(run[0].across, run[0].up, colour(place))
              : polyline(run.map { point($0.across, $0.up) }, colour(place)))
        }
      case .steps:
        for run in runs(curve, curve.y) {
          let corners = zip(run, run.dropFirst()).flatMap { [point($1.across, $0.up), point($1.across, $1.up)] }
          elements.append(polyline([point(run[0].across, run[0].up)] + corners, colour(place)))
        }
      }
    }
  }

  /// A line from the lower to the upper edge at each point.
  private func bars(_ curve: Curve, _ colour: String) -> [String] {
    guard let band = curve.band else { return [] }
    return runs(curve, curve.y).joined().compactMap { entry in
      guard let high = layout.ranges.vertical.place(band.high[entry.index]) else { return nil }
      let low = layout.ranges.vertical.place(band.low[entry.index]) ?? -0.1
      return polyline([point(entry.across, low), point(entry.across, high)], colour)
    }
  }

  private func polyline(_ points: [String], _ colour: String) -> String {
    "<polyline points=\"\(points.joined(separator: " "))\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.8\""
      + " stroke-linejoin=\"round\" \(clip)/>"
  }

  private func dot(_ across: Double, _ up: Double, _ colour: String) -> String {
    "<circle cx=\"\(SVGDrawing.coordinate(x(across)))\" cy=\"\(SVGDrawing.coordinate(y(up)))\" r=\"2.8\""
      + " fill=\"\(colour)\" \(clip)/>"
  }

  private mutating func drawBars(_ curve: Curve, _ colour: String) {
    let zero = min(1, max(0, layout.ranges.vertical.place(0) ?? 0))
    for (index, value) in curve.y.enumerated() where index + 1 < curve.x.count {
      guard let left = layout.ranges.horizontal.place(curve.x[index]), let up = layout.ranges.vertical.place(value),
        let right = layout.ranges.horizontal.place(curve.x[index + 1])
      else { continue }
      let corners = [point(left, zero), point(left, up), point(right, up), point(right, zero)]
      elements.append(
        "<polygon points=\"\(corners.joined(separator: " "))\" fill=\"\(colour)\" fill-opacity=\"0.3\""
          + " stroke=\"\(colour)\" stroke-width=\"0.9\" \(clip)/>")
    }
  }

  // MARK: Key

  private mutating func drawKey() {
    let names = ImageLayout.namedCurves(layout.panel)
    let widths = names.map { SVGDrawing.textWidth(layout.panel.curves[$0].name) }
    let rowHeight = 19.0
    switch layout.key {
    case .none: return
    case .inside(let right, let top):
      let start = top ? frame.top + 16 : frame.bottom - rowHeight * Double(names.count) + 4
      for (row, curve) in names.enumerated() {
        let y = start + rowHeight * Double(row)
        let sample = right ? frame.right - 38 : frame.left + 12
        drawSample(curve, x: sample, y: y)
        drawName(curve, x: right ? sample - 7 : sample + 33, y: y, anchor: right ? "end" : "start")
      }
    case .outside:
      for (row, curve) in names.enumerated() {
        drawSample(curve, x: frame.right + 10, y: frame.top + 10 + rowHeight * Double(row))
        drawName(curve, x: frame.right + 43, y: frame.top + 10 + rowHeight * Double(row), anchor: "start")
      }
    case .below:
      let total = widths.reduce(0) { $0 + $1 + 52 }
      var place = max(8, (width - total) / 2)
      for (curve, nameWidth) in zip(names, widths) {
        drawSample(curve, x: place, y: height - 14)
        drawName(curve, x: place + 33, y: height - 14, anchor: "start")
        place += nameWidth + 52
      }
    }
  }

  private mutating func drawSample(_ curve: Int, x: Double, y: Double) {
    switch layout.panel.curves[curve].mark {
    case .points:
      elements.append(
        "<circle cx=\"\(SVGDrawing.coordinate(x + 13))\" cy=\"\(SVGDrawing.coordinate(y))\" r=\"2.8\""
          + " fill=\"\(colour(curve))\"/>")
    case .histogram: line(x, y, x + 26, y, "stroke=\"\(colour(curve))\" stroke-width=\"9\" stroke-opacity=\"0.4\"")
    case .line, .steps: line(x, y, x + 26, y, "stroke=\"\(colour(curve))\" stroke-width=\"1.8\"")
    }
  }

  private mutating func drawName(_ curve: Int, x: Double, y: Double, anchor: String) {
    elements.append(SVGDrawing.label(layout.panel.curves[curve].name, x: x, y: y + 4.5, anchor: anchor))
  }
}
