import Experiments

/// The decisions gnuplot and the SVG writer share for one panel: what is shown, which marks, where names go.
struct ImageLayout {
  /// Where the names of curves stand.
  enum Key: Hashable {
    case none
    case inside(right: Bool, top: Bool)
    /// Under the panel, for want of a free corner.
    case below
    /// Right of the panel, for many curves.
    case outside
  }

  let panel: Panel
  let ranges: PanelRanges
  let horizontalTicks: Ticks
  let verticalTicks: Ticks
  let key: Key
  /// Fractions of the height where the labels of horizontal lines stand, by index into `panel.references`.
  let labelPlaces: [(reference: Int, place: Double)]

  init(_ panel: Panel, notation: Ticks.Notation, isSmall: Bool) {
    var thinned = panel
    thinned.curves = panel.curves.map { $0.thinned() }
    self.panel = thinned
    ranges = PanelRanges(thinned)
    horizontalTicks = Ticks(
      ranges.horizontal.range, scale: ranges.horizontal.scale, wanted: isSmall ? 4 : 6, notation: notation)
    verticalTicks = Ticks(
      ranges.vertical.range, scale: ranges.vertical.scale, wanted: isSmall ? 4 : 6, notation: notation)
    key = Self.key(thinned, ranges, textScale: isSmall ? 1.4 : 1)
    labelPlaces = Self.labelPlaces(thinned, ranges, gap: isSmall ? 0.09 : 0.055)
  }

  /// Curves with a name worth showing: a lone one that the axis already names is not.
  static func namedCurves(_ panel: Panel) -> [Int] {
    let named = panel.curves.indices.filter { !panel.curves[$0].name.isEmpty && !panel.curves[$0].y.isEmpty }
    let isAlone = panel.curves.count == 1 && [panel.vertical.label, panel.title].contains(panel.curves[0].name)
    return isAlone ? [] : named
  }

  // MARK: Key

  private static func key(_ panel: Panel, _ ranges: PanelRanges, textScale: Double) -> Key {
    let names = namedCurves(panel)
    guard !names.isEmpty else { return .none }
    if names.count > 8 { return .outside }
    let longest = names.map { VisibleText.width(panel.curves[$0].name) }.max() ?? 0
    let width = min(0.9, textScale * (0.12 + 0.014 * Double(longest)))
    let height = textScale * (0.05 + 0.065 * Double(names.count))
    let points = samples(panel, ranges)
    var best: (key: Key, count: Int)?
    for (right, top) in [(true, true), (false, true), (true, false), (false, false)] {
      let count = points.count { x, y in (right ? x > 1 - width : x < width) && (top ? y > 1 - height : y < height) }
      if count < best?.count ?? .max { best = (.inside(right: right, top: top), count) }
    }
    // A corner with a few stray points is still better than a key far away.
    guard let best, best.count * 50 <= points.count else { return .below }
    return best.key
  }

  /// Points along all curves and lines in the unit square, dense enough that none jumps over a corner.
  private static func samples(_ panel: Panel, _ ranges: PanelRanges) -> [(Double, Double)] {
    var points: [(Double, Double)] = []
    for curve in panel.curves {
      let places = zip(curve.x, curve.y).map { x, y in
        ranges.horizontal.place(x).flatMap { across in ranges.vertical.place(y).map { (across, $0) } }
      }
      let parts = max(1, 400 / max(1, places.count))
      for (start, end) in zip(places, places.dropFirst()) {
        guard let start, let end else { continue }
        for part in 0..<parts {
          let fraction = Double(part) / Double(parts)
          points.append((start.0 + fraction * (end.0 - start.0), start.1 + fraction * (end.1 - start.1)))
        }
      }
      if let last = places.last, let last { points.append(last) }
    }
    for line in panel.references {
      let isLevel = line.direction == .horizontal
      guard let place = (isLevel ? ranges.vertical : ranges.horizontal).place(line.value) else { continue }
      points += (0..<100).map { isLevel ? (Double($0) / 100, place) : (place, Double($0) / 100) }
    }
    return points
  }

  // MARK: Labels of horizontal lines

  private static func labelPlaces(
    _ panel: Panel, _ ranges: PanelRanges, gap: Double
  ) -> [(reference: Int, place: Double)] {
    var wanted: [(reference: Int, place: Double)] = []
    for (index, line) in panel.references.enumerated() where line.direction == .horizontal && !line.label.isEmpty {
      guard let place = ranges.vertical.place(line.value), (0...1).contains(place) else { continue }
      wanted.append((index, place))
    }
    return spread(wanted.sorted { ($0.place, $0.reference) < ($1.place, $1.reference) }, gap: gap)
  }

  /// Moves neighbours apart by halves until none overlap: a few rounds settle what a figure can hold.
  private static func spread(
    _ sorted: [(reference: Int, place: Double)], gap: Double
  ) -> [(reference: Int, place: Double)] {
    var places = sorted
    for _ in 0..<50 {
      var isSettled = true
      for index in places.indices.dropFirst() {
        let missing = gap - (places[index].place - places[index - 1].place)
        guard missing > 1e-6 else { continue }
        places[index - 1].place -= missing / 2
        places[index].place += missing / 2
        isSettled = false
      }
      if isSettled { break }
    }
    return places
  }
}
