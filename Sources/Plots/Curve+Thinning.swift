extension Curve {
  /// Columns a picture can tell apart; more points than four a column add bytes and nothing to see.
  private static let columnCount = 2000

  /// A curve that looks the same with at most four points in each of 2000 columns: first, lowest, highest, last.
  ///
  /// Left alone are curves with few points, with positions that go back, and anything but lines. With a band the first
  /// point of each column stands with the lowest and the highest edge there.
  func thinned() -> Curve {
    guard mark == .line, x.count > 4 * Self.columnCount, zip(x, x.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      return self
    }
    // Columns by index and not by position keep the picture on either kind of axis.
    let size = (x.count + Self.columnCount - 1) / Self.columnCount
    var kept: [Int] = []
    var thinnedBand = band == nil ? nil : Band(low: [], high: [])
    for start in stride(from: 0, to: x.count, by: size) {
      let column = start..<min(x.count, start + size)
      if let band {
        kept.append(start)
        thinnedBand?.low.append(band.low[column].min() ?? .nan)
        thinnedBand?.high.append(band.high[column].max() ?? .nan)
      } else {
        kept += extremes(of: column)
      }
    }
    var result = Curve(name: name, x: kept.map { x[$0] }, y: kept.map { y[$0] }, mark: mark, band: thinnedBand)
    result.isTheory = isTheory
    return result
  }

  /// The first, lowest, highest and last index of a column in order, and a gap if there is one.
  private func extremes(of column: Range<Int>) -> [Int] {
    var lowest: Int?
    var highest: Int?
    var gap: Int?
    for index in column {
      guard y[index].isFinite else {
        gap = gap ?? index
        continue
      }
      if y[index] < lowest.map({ y[$0] }) ?? .infinity { lowest = index }
      if y[index] > highest.map({ y[$0] }) ?? -.infinity { highest = index }
    }
    var chosen: [Int] = []
    for index in [column.lowerBound, lowest, highest, gap, column.upperBound - 1].compactMap({ $0 }).sorted()
    where chosen.last != index {
      chosen.append(index)
    }
    return chosen
  }
}
