/// A series in the height of one line: `▁▂▃▅▇█`.
package enum Sparkline {
  private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// The values in at most `width` characters, each the mean of its share; gaps where a share has no finite value.
  ///
  /// - Edge cases: no values give an empty string, equal values a line at half height.
  package static func text(_ values: [Double], width: Int = 16, unicode: Bool = true) -> String {
    let count = min(max(1, width), values.count)
    let means = (0..<count).map { index -> Double? in
      let share = values[(index * values.count / count)..<((index + 1) * values.count / count)].filter(\.isFinite)
      return share.isEmpty ? nil : share.reduce(0) { $0 + $1 / Double(share.count) }
    }
    let known = means.compactMap { $0 }
    guard let low = known.min(), let high = known.max() else { return String(repeating: " ", count: count) }
    let marks: [Character] = unicode ? levels : ["_", ".", "-", "=", "^"]
    return String(
      means.map { mean in
        guard let mean else { return " " }
        guard high > low else { return marks[marks.count / 2] }
        let place = (mean - low) / (high - low) * Double(marks.count - 1)
        return marks[min(marks.count - 1, max(0, Int(place.rounded())))]
      })
  }
}
