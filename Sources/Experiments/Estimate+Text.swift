/// How estimates and intervals are written for people.
extension Estimate {
  /// "0.401 ± 0.003": the error to one digit, the value to the same place; one number where there is no spread.
  package var text: String { text(significant: 6) }

  /// Whether it is known within two ends, whatever the level, and is written so: "> 64", "0.1 in [0.03, 0.3]".
  package var isRange: Bool { if case .range = shape { true } else { false } }

  /// Whether more or less is known than a number and its error, so that it is text wherever it is shown.
  package var isWords: Bool { isRange || isOpen || value == .infinity && !floor.isEmpty }

  /// As `text`, with `count` significant digits where there is no error to set the place; "± nan" where none can be given.
  package func text(significant count: Int) -> String {
    if case .range(let range) = shape {
      return text(of: range, NumberFormat.significant(count))
    }
    if isOpen { return "not known" }
    // An event that did not happen comes after what is known.
    if value == .infinity, let least = floor.first, least.value.isFinite {
      return "> " + NumberFormat.significant(count).text(least.value)
    }
    guard !lacksError, let error, error > 0, value.isFinite else {
      let number = NumberFormat.significant(count).text(value)
      return lacksError && value.isFinite ? number + " ± nan" : number
    }
    let (mean, spread) = Self.matchedTexts(value, error)
    return "\(mean) ± \(spread)"
  }

  /// "> 64", "≤ 8", "0.1 in [0.03, 0.3]"; of a place that is not found for certain it says so.
  private func text(of range: Interval, _ format: NumberFormat) -> String {
    switch (range.low == -.infinity, range.high == .infinity) {
    case (true, true): value.isFinite ? "\(format.text(value)), or any, or never" : "never, or any"
    case (false, true):
      value.isFinite ? "\(format.text(value)) in [\(format.text(range.low)), never]" : "> " + format.text(range.low)
    case (true, false): "≤ " + format.text(range.high)
    case (false, false): "\(format.text(value)) in [\(format.text(range.low)), \(format.text(range.high))]"
    }
  }

  /// Significant digits that every number of 64 bits holds.
  private static let digitsMax = 15

  /// Value and error cut at the same place: where the error has one digit, or two if the first is a 1.
  ///
  /// Very large and very small pairs share an exponent: "1.20e-07", "0.05e-07".
  ///
  /// - Precondition: both finite, `error` > 0.
  package static func matchedTexts(_ value: Double, _ error: Double) -> (value: String, error: String) {
    let lead = DecimalDigits(error).leading(2)
    let places = (lead.first == 1 ? 1 : 0) - lead.exponent
    let exponent = DecimalDigits(max(value.magnitude, error)).leading(1).exponent
    // An error below the last digit that a number holds sets no place.
    guard places + exponent <= digitsMax else {
      return (NumberFormat.significant(digitsMax).text(value), NumberFormat.significant(1).text(error))
    }
    guard exponent < -3 || exponent >= 6 else {
      let format = NumberFormat.fixed(places)
      return (format.text(value), format.text(error))
    }
    let mark = (exponent < 0 ? "e-" : "e+") + (exponent.magnitude < 10 ? "0" : "") + String(exponent.magnitude)
    func scaled(_ number: Double) -> String {
      var digits = DecimalDigits(number.magnitude)
      digits.point -= exponent
      return (number < 0 ? "-" : "") + digits.fixed(min(NumberFormat.precisionMax, max(0, places + exponent))) + mark
    }
    return (scaled(value), scaled(error))
  }

  /// " (t, 7 degrees of freedom)"; nothing for the normal distribution or where there is no spread.
  var distributionText: String {
    guard let error, error > 0, degreesOfFreedom.isFinite else { return "" }
    return " (t, \(NumberFormat.significant(3).text(degreesOfFreedom)) degrees of freedom)"
  }
}

extension Interval {
  /// "[9.93, 10.03]": both ends to the second digit of the width, so that they can be told apart.
  package var text: String { text(around: (low + high) / 2) }

  /// The same where one of the ends may be much nearer to the value: to the second digit of twice that distance, or the
  /// value might lie outside of what is written.
  package func text(around value: Double) -> String {
    let size = DecimalDigits(max(low.magnitude, high.magnitude)).point
    let width = high - low
    if high == .infinity, low.isFinite { return "[\(NumberFormat.standard.text(low)), ∞)" }
    guard width > 0, width.isFinite else {
      return "[\(NumberFormat.standard.text(low)), \(NumberFormat.standard.text(high))]"
    }
    let nearest = 2 * min(value - low, high - value)
    let places = 2 - DecimalDigits(nearest > 0 ? nearest : width).point
    guard (-2...6).contains(size) else { return "[\(scientific(low, value)), \(scientific(high, value))]" }
    let format = NumberFormat.fixed(places)
    return "[\(format.text(low)), \(format.text(high))]"
  }

  /// An end to the second digit of twice its distance to a value: ends of very different sizes need not have as many.
  private func scientific(_ end: Double, _ value: Double) -> String {
    let distance = 2 * (end - value).magnitude
    let places = 2 - DecimalDigits(distance > 0 && distance.isFinite ? distance : high - low).point
    let precision = DecimalDigits(end.magnitude).point + places - 1
    return NumberFormat(style: .scientific, precision: min(16, max(1, precision))).text(end)
  }
}
