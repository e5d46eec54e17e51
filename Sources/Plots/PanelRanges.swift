import Experiments
import Glibc

/// The part of the plane a panel shows, and the map from it to the unit square.
struct PanelRanges {
  struct Side {
    let range: Interval
    let scale: Axis.Scale
    /// False when no finite value asked to be shown; `range` is then a stand-in.
    let hasData: Bool

    /// 0 at the low end, 1 at the high end; nil for a value that has no place on the scale.
    func place(_ value: Double) -> Double? {
      guard value.isFinite else { return nil }
      switch scale {
      case .linear: return (value - range.low) / (range.high - range.low)
      case .logarithmic:
        guard value > 0 else { return nil }
        return (log(value) - log(range.low)) / (log(range.high) - log(range.low))
      }
    }
  }

  let horizontal: Side
  let vertical: Side

  init(_ panel: Panel) {
    var xValues: [Double] = []
    var yValues: [Double] = []
    for curve in panel.curves {
      xValues += curve.x
      yValues += curve.y
      if let band = curve.band { yValues += band.low + band.high }
      if curve.mark == .histogram { yValues.append(0) }
    }
    for line in panel.references {
      if line.direction == .horizontal { yValues.append(line.value) } else { xValues.append(line.value) }
    }
    // Bars around points at the edge need room.
    let hasBars = panel.curves.contains { $0.mark == .points && $0.band != nil }
    horizontal = Self.side(panel.horizontal, xValues, margin: hasBars ? 0.04 : 0)
    vertical = Self.side(panel.vertical, yValues, margin: 0.04)
  }

  /// The data's range with a little air, or the range asked for where it can be drawn.
  private static func side(_ axis: Axis, _ values: [Double], margin: Double) -> Side {
    if let range = axis.range, isDrawable(range, axis.scale) {
      return Side(range: range, scale: axis.scale, hasData: true)
    }
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where value.isFinite && (axis.scale == .linear || value > 0) {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else {
      let range = axis.scale == .linear ? Interval(low: 0, high: 1) : Interval(low: 0.1, high: 1)
      return Side(range: range, scale: axis.scale, hasData: false)
    }
    return Side(range: widened(Interval(low: low, high: high), axis.scale, margin), scale: axis.scale, hasData: true)
  }

  private static func isDrawable(_ range: Interval, _ scale: Axis.Scale) -> Bool {
    range.low.isFinite && range.high.isFinite && range.low < range.high && (scale == .linear || range.low > 0)
  }

  /// Adds `margin` of the span at both ends; a single value gets room around it; zero stays an edge.
  private static func widened(_ range: Interval, _ scale: Axis.Scale, _ margin: Double) -> Interval {
    let (low, high) = (range.low, range.high)
    switch scale {
    case .linear:
      // A spread in the last digits of a constant is rounding, not a picture.
      let isConstant = high - low <= 1e-12 * max(low.magnitude, high.magnitude)
      if isConstant {
        let room = low == 0 ? 1 : 0.1 * max(low.magnitude, high.magnitude)
        return Interval(low: low - room, high: high + room)
      }
      let air = margin * (high - low)
      guard air.isFinite else {
        return Interval(low: max(low, -.greatestFiniteMagnitude / 4), high: min(high, .greatestFiniteMagnitude / 4))
      }
      let end = margin > 0 ? high + air : rounded(high, span: high - low)
      return Interval(low: isNearZero(low, high) ? 0 : low - air, high: isNearZero(-high, -low) ? 0 : end)
    case .logarithmic:
      let span = log(high) - log(low)
      let factor = span > 0 ? exp(margin * span) : 2
      return Interval(low: max(low / factor, .leastNormalMagnitude), high: min(high * factor, .greatestFiniteMagnitude))
    }
  }

  /// Zero is worth showing when it costs less than a tenth of the span; an end at zero stays there.
  private static func isNearZero(_ end: Double, _ other: Double) -> Bool { end >= 0 && end <= 0.1 * other }

  /// Steps that end at 3999 get an axis that ends at 4000: the next half power of ten, if it is within a hundredth.
  private static func rounded(_ end: Double, span: Double) -> Double {
    let unit = pow(10, log10(span).rounded(.down)) / 2
    let next = (end / unit).rounded(.up) * unit
    return next - end <= 0.01 * span ? next : end
  }
}
