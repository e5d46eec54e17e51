/// Plain statistics of a list of numbers, summed in a tree whose form depends on the count alone.
package enum Statistics {
  /// Σ xᵢ by halving: rounding grows like log n, and the result is the same wherever it is computed.
  package static func sum(_ values: [Double]) -> Double { sum(values[...]) }

  private static func sum(_ values: ArraySlice<Double>) -> Double {
    if values.count <= 8 { return values.reduce(0, +) }
    let middle = values.startIndex + values.count / 2
    return sum(values[..<middle]) + sum(values[middle...])
  }

  /// The arithmetic mean; not a number for no values.
  package static func mean(_ values: [Double]) -> Double {
    guard let first = values.first else { return .nan }
    // Equal values give exactly themselves, so that "no spread" is seen as such.
    if values.allSatisfy({ $0 == first }) { return first }
    return sum(values) / Double(values.count)
  }

  /// The sample standard deviation √(Σ(x − mean)² / (n − 1)); not a number for fewer than two values.
  package static func standardDeviation(_ values: [Double]) -> Double {
    guard values.count > 1 else { return .nan }
    let mean = mean(values)
    return (sum(values.map { ($0 - mean) * ($0 - mean) }) / Double(values.count - 1)).squareRoot()
  }

  /// The smallest value; not a number if one is, or if there are none.
  package static func minimum(_ values: [Double]) -> Double { extreme(values) { $0 < $1 } }

  /// The largest value; not a number if one is, or if there are none.
  package static func maximum(_ values: [Double]) -> Double { extreme(values) { $0 > $1 } }

  private static func extreme(_ values: [Double], _ isBetter: (Double, Double) -> Bool) -> Double {
    guard var best = values.first else { return .nan }
    for value in values {
      if value.isNaN { return .nan }
      if isBetter(value, best) { best = value }
    }
    return best
  }

  /// The index of the first smallest value; nil if a value is not a number, or if there are none.
  package static func indexOfMinimum(_ values: [Double]) -> Int? { indexOfExtreme(values) { $0 < $1 } }

  /// The index of the first largest value; nil if a value is not a number, or if there are none.
  package static func indexOfMaximum(_ values: [Double]) -> Int? { indexOfExtreme(values) { $0 > $1 } }

  private static func indexOfExtreme(_ values: [Double], _ isBetter: (Double, Double) -> Bool) -> Int? {
    guard !values.isEmpty, !values.contains(where: \.isNaN) else { return nil }
    return values.indices.dropFirst().reduce(0) { isBetter(values[$1], values[$0]) ? $1 : $0 }
  }

  /// The quantile of order p, interpolated linearly between order statistics at (n − 1)p.
  ///
  /// - Edge cases: p outside [0, 1], no values, or a value that is not a number give not a number.
  /// - Reference: R. J. Hyndman, Y. Fan, "Sample quantiles in statistical packages", 1996, definition 7.
  package static func quantile(_ values: [Double], _ order: Double) -> Double {
    guard order >= 0, order <= 1, !values.isEmpty, !values.contains(where: \.isNaN) else { return .nan }
    let sorted = values.sorted()
    let place = Double(sorted.count - 1) * order
    let below = Int(place)
    let fraction = place - Double(below)
    guard fraction > 0 else { return sorted[below] }
    // Between two infinite values lies the same.
    if sorted[below] == sorted[below + 1] { return sorted[below] }
    return sorted[below] + fraction * (sorted[below + 1] - sorted[below])
  }

  /// The quantile of order one half.
  package static func median(_ values: [Double]) -> Double { quantile(values, 0.5) }
}
