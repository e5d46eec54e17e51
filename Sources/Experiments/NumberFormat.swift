/// How a number is written: in `print("{x:.3f}")`, in tables, on axes.
///
/// A specification is `[.precision][f|e|g|d|%]`:
///
///     .3f   fixed          0.001 → "0.001"     1234.5 → "1234.500"
///     .3e   scientific     1234.5 → "1.234e+03"
///     .3g   significant    1234.5 → "1.23e+03"   0.5 → "0.5"      (as in C's `%g`)
///     d     whole number   12.7 → "13"
///     .1%   percent        0.0512 → "5.1%"
///
/// Without a letter the precision counts significant digits; without a precision f, e and g take 6 digits, and
/// `%` up to 6 significant ones. Rounding is exact (to nearest, ties to even, of the binary value) and the
/// decimal point is a point in every locale.
///
/// - Edge cases: `nan`, `inf`, `-inf` in every style; `-0` keeps its sign.
package struct NumberFormat: Sendable, Hashable {
  package enum Style: Sendable, Hashable { case shortest, fixed, scientific, general, integer, percent }

  /// Why a specification was refused.
  package enum SpecificationError: Error, Sendable, Hashable {
    /// Not of the form `[.precision][f|e|g|d|%]`.
    case unknownForm(String)
    /// More digits than `precisionMax`.
    case precisionTooLarge(String)
  }

  /// No style writes more digits than this.
  package static let precisionMax = 40

  package var style: Style
  package var precision: Int?

  package init(style: Style, precision: Int? = nil) {
    self.style = style
    self.precision = precision.map { min(max(0, $0), Self.precisionMax) }
  }

  /// Six significant digits: what `print` and axes use when nothing is said.
  package static let standard = NumberFormat(style: .general, precision: 6)

  /// The fewest digits that read back as the same number: what files use.
  package static let shortest = NumberFormat(style: .shortest)

  /// `count` significant digits, trailing zeros dropped.
  package static func significant(_ count: Int) -> NumberFormat { NumberFormat(style: .general, precision: count) }

  /// `count` digits after the point.
  package static func fixed(_ count: Int) -> NumberFormat { NumberFormat(style: .fixed, precision: count) }

  /// Reads `[.precision][f|e|g|d|%]`; the empty specification is `standard`.
  package init(specification: String) throws(SpecificationError) {
    var rest = Substring(specification)
    var precision: Int?
    if rest.first == "." {
      let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
      guard !digits.isEmpty else { throw .unknownForm(specification) }
      guard digits.count <= 3, let count = Int(digits), count <= Self.precisionMax else {
        throw .precisionTooLarge(specification)
      }
      precision = count
      rest = rest.dropFirst(1 + digits.count)
    }
    switch rest {
    case "f": self.init(style: .fixed, precision: precision)
    case "e": self.init(style: .scientific, precision: precision)
    case "g", "": self.init(style: .general, precision: precision)
    case "d" where precision == nil: self.init(style: .integer)
    case "%": self.init(style: .percent, precision: precision)
    default: throw .unknownForm(specification)
    }
  }

  /// The text of `value` in this format.
  package func text(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let sign = value.sign == .minus ? "-" : ""
    let magnitude = value.magnitude
    switch style {
    case .shortest: return sign + Self.shortestText(magnitude)
    case .integer: return sign + DecimalDigits(magnitude).fixed(0)
    case .fixed: return sign + DecimalDigits(magnitude).fixed(precision ?? 6)
    case .scientific: return sign + DecimalDigits(magnitude).scientific(precision ?? 6)
    case .general: return sign + DecimalDigits(magnitude).general(precision ?? 6)
    case .percent: return sign + percentText(magnitude) + "%"
    }
  }

  /// The text of a whole number: `d` and a format without a style leave it whole, the others write it as a real.
  package func text(_ value: Int) -> String {
    switch style {
    case .shortest, .integer: return String(value)
    case .general where precision == nil || String(value.magnitude).count <= precision ?? 6: return String(value)
    default: return text(Double(value))
    }
  }

  /// Shifts the exact digits by two places, so that 0.07 is 7% and not 7.000000000000001%.
  private func percentText(_ magnitude: Double) -> String {
    var digits = DecimalDigits(magnitude)
    digits.point += 2
    return precision.map { digits.fixed($0) } ?? digits.general(6)
  }

  private static func shortestText(_ magnitude: Double) -> String {
    let text = magnitude.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
