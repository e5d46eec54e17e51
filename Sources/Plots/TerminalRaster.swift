import Experiments

/// All curves of a panel as dots, and whose dots a cell shows.
struct TerminalRaster {
  struct Cell {
    var mask: UInt8
    var curve: Int
    var isBand: Bool
  }

  private var lines: [DotCanvas] = []
  private var bands: [DotCanvas?] = []
  private let ranges: PanelRanges

  init(_ panel: Panel, ranges: PanelRanges, columns: Int, rows: Int, isPatterned: Bool) {
    self.ranges = ranges
    let blank = DotCanvas(columns: columns, rows: rows)
    for (index, curve) in panel.curves.enumerated() {
      let patterns = DotCanvas.Pattern.allCases
      let pattern = isPatterned ? patterns[index % patterns.count] : .solid
      lines.append(drawn(curve.thinned(), on: blank, pattern))
      bands.append(curve.band.map { shaded($0, curve.x, on: blank) })
    }
  }

  /// Whether lines are told apart by patterns: without colour, and without bands, whose dots would be taken for them.
  static func isPatterned(_ panel: Panel, _ style: TerminalStyle) -> Bool {
    style.unicode && !style.colour && panel.curves.count > 1 && panel.curves.allSatisfy { $0.band == nil }
  }

  /// The dots of all curves in the cell, owned by the one with most of them; bands show where there is no line.
  func cell(_ row: Int, _ column: Int) -> Cell? {
    owner(lines.map { $0.mask(row, column) }, isBand: false)
      ?? owner(bands.map { $0?.mask(row, column) ?? 0 }, isBand: true)
  }

  private func owner(_ masks: [UInt8], isBand: Bool) -> Cell? {
    var best: Int?
    var union: UInt8 = 0
    for (index, mask) in masks.enumerated() where mask != 0 {
      union |= mask
      if mask.nonzeroBitCount > best.map({ masks[$0].nonzeroBitCount }) ?? 0 { best = index }
    }
    return best.map { Cell(mask: union, curve: $0, isBand: isBand) }
  }

  /// The place in dots; nil for a gap.
  private func dot(_ x: Double, _ y: Double, _ canvas: DotCanvas) -> DotCanvas.Point? {
    guard let across = ranges.horizontal.place(x), let up = ranges.vertical.place(y) else { return nil }
    return DotCanvas.Point(x: across * Double(canvas.width - 1), y: (1 - up) * Double(canvas.height - 1))
  }

  private func drawn(_ curve: Curve, on blank: DotCanvas, _ pattern: DotCanvas.Pattern) -> DotCanvas {
    var canvas = blank
    if curve.mark == .histogram {
      fillBars(curve, &canvas)
      return canvas
    }
    var previous: DotCanvas.Point?
    for (x, y) in zip(curve.x, curve.y) {
      let place = dot(x, y, canvas)
      switch (curve.mark, previous, place) {
      case (_, _, nil): break
      case (.points, _, let place?): canvas.point(place)
      case (.steps, let start?, let end?):
        let corner = DotCanvas.Point(x: end.x, y: start.y)
        canvas.line(from: start, to: corner, pattern: pattern)
        canvas.line(from: corner, to: end, pattern: pattern)
      case (_, let start?, let end?): canvas.line(from: start, to: end, pattern: pattern)
      // The first point after a gap: alone it still leaves a dot.
      case (_, nil, let place?): canvas.line(from: place, to: place)
      }
      previous = place
    }
    return canvas
  }

  /// Bars lightly filled under one outline, so that a curve over them stays visible.
  private func fillBars(_ curve: Curve, _ canvas: inout DotCanvas) {
    let floor = Double(canvas.height - 1)
    let zero = dot(ranges.horizontal.range.high, 0, canvas).map { min(floor, max(0, $0.y)) } ?? floor
    var previous = zero
    for (index, y) in curve.y.enumerated() where index + 1 < curve.x.count {
      guard let left = dot(curve.x[index], y, canvas), let right = dot(curve.x[index + 1], y, canvas) else { continue }
      canvas.line(from: DotCanvas.Point(x: left.x, y: previous), to: left)
      canvas.line(from: left, to: right)
      canvas.shade(from: (left.x, left.y, zero), to: (right.x, right.y, zero))
      if index + 1 == curve.y.count { canvas.line(from: right, to: DotCanvas.Point(x: right.x, y: zero)) }
      previous = left.y
    }
  }

  private func shaded(_ band: Curve.Band, _ x: [Double], on blank: DotCanvas) -> DotCanvas {
    var canvas = blank
    // A lower edge without a logarithm reaches the floor of the panel.
    let floor = Double(canvas.height - 1)
    var previous: (x: Double, top: Double, bottom: Double)?
    for (index, position) in x.enumerated() {
      guard let high = dot(position, band.high[index], canvas), band.low[index].isFinite else {
        previous = nil
        continue
      }
      let low = dot(position, band.low[index], canvas)?.y ?? floor
      let edge = (x: high.x, top: high.y, bottom: low)
      if let previous { canvas.shade(from: previous, to: edge) }
      previous = edge
    }
    return canvas
  }
}
