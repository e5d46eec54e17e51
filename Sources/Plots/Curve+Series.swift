package import Experiments

/// Curves made of recorded series.
extension Curve {
  /// What the band around a mean shows.
  package enum Spread: String, Sendable, Hashable {
    /// Mean ± one standard error.
    case standardError
    /// Mean ± one standard deviation.
    case deviation
    /// Smallest to largest.
    case extremes
  }

  /// One series as a line, or as points.
  package init(_ series: Series, mark: Mark = .line) {
    self.init(name: series.name, x: series.positions, y: series.values, mark: mark)
  }

  /// Values along an axis, with a band of one standard error.
  package init(_ vector: AxisVector, name: String) {
    let points = vector.points
    let errors = points.map { $0.error ?? 0 }
    let band = Band(
      low: zip(points, errors).map { $0.value - $1 }, high: zip(points, errors).map { $0.value + $1 })
    self.init(
      name: name, x: vector.places.positions, y: vector.values, band: errors.contains { $0 > 0 } ? band : nil)
  }

  /// The mean over members (seeds, paths) with a band for their spread.
  ///
  /// Only positions that all members share are shown, so that a member that stopped early does not bend the mean.
  ///
  /// - Edge cases: no members give an empty curve, one member a curve without a band.
  package init(meanOf members: [Series], spread: Spread = .standardError, name: String? = nil) {
    let title = name ?? members.first?.name ?? ""
    let positions = Self.sharedPositions(of: members)
    var mean: [Double] = []
    var band = Band(low: [], high: [])
    var places = [Int](repeating: 0, count: members.count)
    for position in positions {
      let values = members.indices.map { member in
        while members[member].positions[places[member]] < position { places[member] += 1 }
        return members[member].values[places[member]]
      }
      let centre = Statistics.mean(values)
      let (low, high) = Self.edges(of: values, centre: centre, spread: spread)
      mean.append(centre)
      band.low.append(low)
      band.high.append(high)
    }
    self.init(name: title, x: positions, y: mean, band: members.count > 1 ? band : nil)
  }

  /// A histogram of the values as densities (total area 1), with bins of equal width.
  ///
  /// Without a count the bins are 2·IQR/∛n wide (Freedman and Diaconis), between 1 and 100 of them.
  ///
  /// - Edge cases: values that are not finite are left out; equal values make one bin of width 1.
  package init(histogramOf values: [Double], bins: Int? = nil, name: String) {
    let kept = values.filter(\.isFinite)
    guard let first = kept.first else {
      self.init(name: name, x: [], y: [], mark: .histogram)
      counted = (values.count, values.count)
      return
    }
    var (low, high) = kept.reduce((first, first)) { (min($0.0, $1), max($0.1, $1)) }
    if low == high { (low, high) = (low - 0.5, high + 0.5) }
    let count = max(1, min(bins ?? Self.binCount(of: kept, width: high - low), 1000))
    var counts = [Int](repeating: 0, count: count)
    for value in kept {
      counts[min(count - 1, max(0, Int((value - low) / (high - low) * Double(count))))] += 1
    }
    let width = (high - low) / Double(count)
    let edges = (0...count).map { $0 == count ? high : low + Double($0) * width }
    self.init(
      name: name, x: edges, y: counts.map { Double($0) / (Double(kept.count) * width) }, mark: .histogram)
    counted = (values.count, values.count - kept.count)
  }

  /// Positions that all members have, ascending.
  package static func sharedPositions(of members: [Series]) -> [Double] {
    guard var shared = members.first?.positions else { return [] }
    for member in members.dropFirst() {
      var index = 0
      shared = shared.filter { position in
        while index < member.positions.count, member.positions[index] < position { index += 1 }
        return index < member.positions.count && member.positions[index] == position
      }
    }
    return shared
  }

  private static func edges(of values: [Double], centre: Double, spread: Spread) -> (Double, Double) {
    switch spread {
    case .extremes: return (Statistics.minimum(values), Statistics.maximum(values))
    case .deviation, .standardError:
      let deviation = Statistics.standardDeviation(values)
      let half = spread == .deviation ? deviation : deviation / Double(values.count).squareRoot()
      return (centre - half, centre + half)
    }
  }

  private static func binCount(of values: [Double], width: Double) -> Int {
    let quartiles = Statistics.quantile(values, 0.75) - Statistics.quantile(values, 0.25)
    var cubeRoot = 1.0
    while cubeRoot * cubeRoot * cubeRoot < Double(values.count) { cubeRoot += 1 }
    guard quartiles > 0 else { return min(100, max(1, Int(cubeRoot))) }
    return max(1, Int(min(100, (width / (2 * quartiles / cubeRoot)).rounded(.up))))
  }
}
