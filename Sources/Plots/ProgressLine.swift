import Experiments

/// The line that tells how far a run is: a pure function of counts and time.
///
///     fit  ━━━━━━━━━━━━╸━━━━━━━━━  1240/4000 steps  31%  2.1k/s  1m 18s left
package struct ProgressLine: Sendable, Hashable {
  package var label: String
  package var unit: String
  package var width: Int
  package var unicode: Bool

  package init(label: String, unit: String = "steps", width: Int = 80, unicode: Bool = true) {
    self.label = label
    self.unit = unit
    self.width = width
    self.unicode = unicode
  }

  /// The line after `done` of `total` in `seconds`; without a total there is no bar and no time left.
  ///
  /// - Edge cases: no rate before anything is done or any time has passed; more done than expected counts as all.
  package func text(done: Int, total: Int?, seconds: Double) -> String {
    let rate = done > 0 && seconds > 0 ? Double(done) / seconds : nil
    var facts: [String] = []
    if let total, total > 0 {
      let isEnded = done >= total
      facts.append("\(min(done, total))/\(total) \(unit)")
      facts.append("\(min(100, Int(100 * Double(max(0, done)) / Double(total))))%")
      if let rate { facts.append(Self.rateText(rate)) }
      if isEnded {
        facts.append(Self.durationText(seconds))
      } else if let rate {
        facts.append(Self.durationText(Double(total - done) / rate) + " left")
      }
    } else {
      facts.append("\(done) \(unit)")
      if let rate { facts.append(Self.rateText(rate)) }
      facts.append(Self.durationText(seconds))
    }
    return assembled(facts.joined(separator: "  "), done: done, total: total)
  }

  private func assembled(_ facts: String, done: Int, total: Int?) -> String {
    let visible = VisibleText.visible(label)
    let name = unicode ? visible : VisibleText.ascii(visible)
    let room = width - VisibleText.width(name) - facts.count - 4
    guard let total, total > 0, room >= 8 else {
      return VisibleText.cut(name.isEmpty ? facts : "\(name)  \(facts)", to: width, unicode: unicode)
    }
    return "\(name)  \(bar(Double(done) / Double(total), length: min(room, 30)))  \(facts)"
  }

  private func bar(_ fraction: Double, length: Int) -> String {
    let filled = Int((min(1, max(0, fraction)) * Double(length)).rounded(.down))
    let marks = unicode ? ("━", "╸", "─") : ("=", ">", "-")
    if filled == length { return String(repeating: marks.0, count: length) }
    return String(repeating: marks.0, count: filled) + marks.1 + String(repeating: marks.2, count: length - filled - 1)
  }

  /// "2.1k/s": two significant digits, or three from a hundred on.
  static func rateText(_ rate: Double) -> String {
    let scales: [(limit: Double, unit: String)] = [(999.5e6, "G"), (999.5e3, "M"), (999.5, "k")]
    for (limit, unit) in scales where rate >= limit { return short(rate / (limit / 0.9995)) + unit + "/s" }
    return short(rate) + "/s"
  }

  private static func short(_ value: Double) -> String {
    value >= 99.5 ? NumberFormat.fixed(0).text(value) : NumberFormat.significant(2).text(value)
  }

  /// "0.42s", "7.3s", "1m 18s", "2h 05m", "3d 4h".
  package static func durationText(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
    if seconds < 9.95 { return NumberFormat.significant(2).text(max(seconds, 0.001)) + "s" }
    let whole = Int(seconds.rounded())
    func two(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
    if whole < 60 { return "\(whole)s" }
    if whole < 3600 { return "\(whole / 60)m \(two(whole % 60))s" }
    if whole < 86_400 { return "\(whole / 3600)h \(two(whole / 60 % 60))m" }
    return "\(whole / 86_400)d \(whole / 3600 % 24)h"
  }
}
