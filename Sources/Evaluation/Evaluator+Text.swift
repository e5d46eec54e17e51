import Arithmetic
package import Diagnostics
import Experiments
import Messages
import Syntax
package import Values

// Values as text.
extension Evaluator {
  /// An expression that stands alone shows its value.
  package func show(_ value: Value, at span: Span) throws(Diagnostic) {
    guard mode == .run else { return }
    switch value {
    case .nothing, .unknown: return
    default: try session.emit(formatted(value, format: nil, at: span) + "\n", at: span)
    }
  }

  /// A value as text, by a format of `"{value:.3f}"` or as it is shown.
  package func formatted(_ value: Value, format: String?, at span: Span) throws(Diagnostic) -> String {
    guard let format else { return ValueText.text(value) }
    if value.isUnknownValue {
      _ = try byKind([value]) { (known) throws(Diagnostic) in
        .text(try formatted(known[0], format: format, at: span))
      }
      return "?"
    }
    if case .group(let group) = value, group.axesLeft(by: []).isEmpty, !group.members.isEmpty {
      if group.members.contains(where: \.value.isSymbolic) { return "?" }
      guard let mean = group.parts(by: []).first?.estimate else {
        throw .expected("a number for the format `\(format)`", found: group.members[0].value.kind, at: span)
      }
      return try formatted(.real(mean.value), format: format, at: span)
    }
    guard let number = scalar(value) else {
      throw .expected("a number for the format `\(format)`", found: value.kind, at: span)
    }
    if format.hasSuffix("d"), number != number.rounded(), number.isFinite {
      throw .fractionAsWhole(number, at: span)
    }
    do { return try NumberFormat(specification: format).text(number) } catch {
      throw .refused(error, at: span)
    }
  }
}
