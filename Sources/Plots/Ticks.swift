package import Experiments
import Glibc

/// Where an axis is marked, and what stands there.
package struct Ticks: Sendable {
  /// A labelled mark.
  package struct Tick: Sendable, Hashable {
    package var value: Double
    package var label: String
  }

  /// How powers of ten are written.
  package enum Notation: Sendable {
    /// 1e-3
    case plain
    /// 10⁻³
    case superscript
    /// 10^{-3}, as gnuplot's enhanced text.
    case markup
  }

  /// The labelled marks in increasing order.
  package private(set) var major: [Tick] = []
  /// Unlabelled marks between powers of ten, where there are few enough of them.
  package private(set) var minor: [Double] = []

  /// Round positions inside `range`, about `wanted` of them and never more than twice as many.
  package init(_ range: Interval, scale: Axis.Scale, wanted: Int, notation: Notation) {
    let count = max(2, wanted)
    switch scale {
    case .linear: major = Self.linear(range, count)
    case .logarithmic:
      major = Self.logarithmic(range, count, notation)
      minor = Self.multiples(range)
    }
  }

  // MARK: Linear

  private static func linear(_ range: Interval, _ wanted: Int) -> [Tick] {
    let span = range.high - range.low
    guard span > 0, span.isFinite else {
      return range.low.isFinite ? [Tick(value: range.low, label: NumberFormat.standard.text(range.low))] : []
    }
    let step = niceStep(span / Double(wanted))
    let slack = step * 1e-9
    let first = ((range.low - slack) / step).rounded(.up)
    let last = ((range.high + slack) / step).rounded(.down)
    guard first.isFinite, last - first < 1000 else { return [] }
    let values = stride(from: first, through: last, by: 1).map { $0 == 0 ? 0 : $0 * step }
    return zip(values, labels(values, step: step)).map(Tick.init)
  }

  /// Of 1, 2, 5 · 10ᵏ the one nearest to `rough` by ratio.
  private static func niceStep(_ rough: Double) -> Double {
    let power = pow(10, log10(rough).rounded(.down))
    let ratio = rough / power
    // The geometric means of neighbours: √2, √10, √50.
    let multiple: Double = ratio < 1.4142 ? 1 : ratio < 3.1623 ? 2 : ratio < 7.0711 ? 5 : 10
    return multiple * power
  }

  /// Equally many places for all labels of an axis; scientific where plain digits would be long.
  private static func labels(_ values: [Double], step: Double) -> [String] {
    let largest = values.map(\.magnitude).max() ?? 0
    let exponent = Int((log10(step) + 1e-9).rounded(.down))
    let largestExponent = largest > 0 ? Int(log10(largest).rounded(.down)) : 0
    if largestExponent >= 6 || (largestExponent <= -4 && exponent <= -4) {
      let digits = max(0, largestExponent - exponent)
      return values.map { $0 == 0 ? "0" : shortScientific($0, digits) }
    }
    let format = NumberFormat.fixed(max(0, -exponent))
    return values.map { format.text($0) }
  }

  /// "2.5e6", without the plus and the leading zero of a printed exponent.
  private static func shortScientific(_ value: Double, _ digits: Int) -> String {
    let text = NumberFormat(style: .scientific, precision: min(digits, 12)).text(value)
    guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...]) else { return text }
    return "\(text[..<mark])e\(exponent)"
  }

  // MARK: Logarithmic

  private static func logarithmic(_ range: Interval, _ wanted: Int, _ notation: Notation) -> [Tick] {
    guard range.low > 0, range.high.isFinite, range.high > range.low else { return [] }
    let slack = 1e-9
    let first = Int((log10(range.low) - slack).rounded(.up))
    let last = Int((log10(range.high) + slack).rounded(.down))
    if last - first >= 2 {
      let stride = max(1, Int((Double(last - first) / Double(wanted)).rounded(.up)))
      let start = Int((Double(first) / Double(stride)).rounded(.up)) * stride
      return Swift.stride(from: start, through: last, by: stride).map { exponent in
        Tick(value: power(exponent), label: powerText(exponent, notation))
      }
    }
    return subdivided(range, wanted)
  }

  /// 2, 3, … 9 · 10ᵏ over at most seven decades.
  private static func multiples(_ range: Interval) -> [Double] {
    guard range.low > 0, range.high.isFinite, range.high > range.low else { return [] }
    let first = Int(log10(range.low).rounded(.down))
    let last = Int(log10(range.high).rounded(.down))
    guard last - first <= 7 else { return [] }
    return (first...last).flatMap { exponent in (2...9).map { Double($0) * power(exponent) } }
      .filter { $0 >= range.low && $0 <= range.high }
  }

  /// Less than two decades: 1, 2, 5 in each, or linear ticks when even these are too few.
  private static func subdivided(_ range: Interval, _ wanted: Int) -> [Tick] {
    let lowest = Int(log10(range.low).rounded(.down))
    let highest = Int(log10(range.high).rounded(.up))
    var ticks: [Tick] = []
    for exponent in lowest...max(lowest, highest) {
      for multiple in [1.0, 2, 5] {
        let value = multiple * power(exponent)
        guard value >= range.low * (1 - 1e-9), value <= range.high * (1 + 1e-9) else { continue }
        ticks.append(Tick(value: value, label: NumberFormat.significant(3).text(value)))
      }
    }
    return ticks.count >= 2 ? ticks : linear(range, wanted)
  }

  private static func power(_ exponent: Int) -> Double { Double("1e\(exponent)") ?? pow(10, Double(exponent)) }

  private static func powerText(_ exponent: Int, _ notation: Notation) -> String {
    switch (notation, exponent) {
    case (.plain, _): return "1e\(exponent)"
    case (_, 0): return "1"
    case (_, 1): return "10"
    case (.superscript, _): return "10" + superscript(exponent)
    case (.markup, _): return "10^{\(exponent)}"
    }
  }

  private static func superscript(_ number: Int) -> String {
    let digits: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
    return String(
      String(number).map { character in
        character.wholeNumberValue.map { digits[$0] } ?? "⁻"
      })
  }
}
