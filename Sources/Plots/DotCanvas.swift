/// A raster of dots, 2 × 4 to a character cell: the pattern of one curve.
///
///     dot (0,0) ⠁ ⠈ (1,0)      Unicode's braille block numbers these eight dots by bits,
///         (0,1) ⠂ ⠐            the bottom pair last because six-dot braille came first.
///         (0,2) ⠄ ⠠
///         (0,3) ⡀ ⢀
struct DotCanvas {
  let columns: Int
  let rows: Int
  private var masks: [UInt8]

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    masks = [UInt8](repeating: 0, count: max(0, columns * rows))
  }

  /// Dots across and down.
  var width: Int { 2 * columns }
  var height: Int { 4 * rows }

  private static let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]

  /// The dots of a cell as the low byte of its braille character.
  func mask(_ row: Int, _ column: Int) -> UInt8 { masks[row * columns + column] }

  mutating func set(_ x: Int, _ y: Int) {
    guard x >= 0, x < width, y >= 0, y < height else { return }
    masks[(y / 4) * columns + x / 2] |= Self.bits[x % 2][y % 4]
  }

  /// How a line is broken up so that lines can be told apart without colour.
  enum Pattern: Int, CaseIterable {
    case solid, dashed, dotted, dashDotted

    func isOn(_ phase: Int) -> Bool {
      switch self {
      case .solid: true
      case .dashed: phase % 8 < 5
      case .dotted: phase % 3 == 0
      case .dashDotted: phase % 10 < 5 || phase % 10 == 7
      }
    }
  }

  /// A point in dots, fractional, y downwards.
  struct Point {
    var x: Double
    var y: Double
  }

  /// Sets every dot that the segment passes, column by column, so that the steepest spike leaves its full height.
  mutating func line(from start: Point, to end: Point, pattern: Pattern = .solid) {
    guard let (left, right) = clipped(start.x <= end.x ? (start, end) : (end, start)) else { return }
    let first = Int(left.x.rounded())
    let last = Int(right.x.rounded())
    let slope = right.x > left.x ? (right.y - left.y) / (right.x - left.x) : 0
    for column in first...last {
      let from = column == first ? left.y : left.y + slope * (Double(column) - 0.5 - left.x)
      let to = column == last ? right.y : left.y + slope * (Double(column) + 0.5 - left.x)
      let top = Int(min(from, to).rounded())
      let bottom = Int(max(from, to).rounded())
      for row in top...bottom where pattern.isOn(column + row) { set(column, row) }
    }
  }

  /// The part of the segment on the canvas (half a dot around it counts), left end first; nil when there is none.
  private func clipped(_ segment: (Point, Point)) -> (Point, Point)? {
    let (start, end) = segment
    var from = 0.0
    var to = 1.0
    let limits = [
      (start.x, end.x - start.x, -0.5, Double(width) - 0.51), (start.y, end.y - start.y, -0.5, Double(height) - 0.51),
    ]
    for (origin, change, low, high) in limits {
      if change == 0 {
        if origin < low || origin > high { return nil }
        continue
      }
      let (enter, leave) = ((low - origin) / change, (high - origin) / change)
      from = max(from, min(enter, leave))
      to = min(to, max(enter, leave))
    }
    guard from <= to else { return nil }
    func at(_ fraction: Double) -> Point {
      Point(x: start.x + fraction * (end.x - start.x), y: start.y + fraction * (end.y - start.y))
    }
    return (from == 0 ? start : at(from), to == 1 ? end : at(to))
  }

  /// A square of four dots: a point large enough to be seen.
  mutating func point(_ place: Point) {
    guard place.x.magnitude < 1e6, place.y.magnitude < 1e6 else { return }
    let (x, y) = (Int(place.x.rounded()), Int(place.y.rounded()))
    for (column, row) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] { set(column, row) }
  }

  /// Shades between two edges that run from one column to another, with one dot in four.
  mutating func shade(
    from left: (x: Double, top: Double, bottom: Double), to right: (x: Double, top: Double, bottom: Double)
  ) {
    let first = Int(max(-1, min(left.x, Double(width))).rounded(.up))
    let last = Int(max(-1, min(right.x, Double(width))).rounded(.down))
    guard first <= last else { return }
    for column in first...last {
      let fraction = right.x > left.x ? (Double(column) - left.x) / (right.x - left.x) : 0
      let top = left.top + fraction * (right.top - left.top)
      let bottom = left.bottom + fraction * (right.bottom - left.bottom)
      let start = Int(max(0, min(top, bottom)).rounded())
      let end = Int(min(Double(height) - 1, max(top, bottom)).rounded(.down))
      guard start <= end else { continue }
      for row in start...end where column % 2 == 0 && row % 2 == 0 { set(column, row) }
    }
  }
}
