package import Diagnostics
import Syntax

// E04: kinds of values.
extension Diagnostic {
  package static func unsuitableOperands(_ operation: String, _ left: String, _ right: String, at span: Span)
    -> Diagnostic
  {
    let isText = operation == "+" && [left, right].contains("a text")
    return Diagnostic(
      "E0401", "`\(operation)` cannot combine \(left) with \(right)", at: span, label: "\(left) and \(right)",
      help: isText ? ["values go into a text in braces: `\"{a}{b}\"`"] : []
    ).following(from: .kinds)
  }

  /// A call of a definition against the definition itself.
  package static func callAgainstName(_ operation: String, _ left: String, _ right: String, name: String, at span: Span)
    -> Diagnostic
  {
    var finding = unsuitableOperands(operation, left, right, at: span)
    finding.help = [
      "`is` asks what something is a call of, whatever its arguments: `… is \(name)`; `==` compares with a call"
    ]
    return finding
  }

  package static func unsuitableOperand(_ operation: String, _ kind: String, at span: Span) -> Diagnostic {
    Diagnostic("E0402", "`\(operation)` cannot be applied to \(kind)", at: span, label: "this is \(kind)").following(
      from: .kinds)
  }

  package static func expected(_ expectation: String, found: String, at span: Span, help: [String] = []) -> Diagnostic {
    Diagnostic("E0403", "expected \(expectation), found \(found)", at: span, label: "this is \(found)", help: help)
      .following(from: .kinds)
  }

  /// `"$\\lambda_{max}$"`: braces in a text that were meant as braces.
  package static func functionInText(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0403", "`\(name)` is a function, which has no text", at: span, label: "`{…}` in a text stands for a value",
      help: ["write `\\{\(name)\\}` for the braces themselves, or call the function: `{\(name)(…)}`"])
  }

  /// A real number where a whole one is needed: one with a fraction, one that only looks whole, or one too large.
  package static func notWhole(_ value: Double, what: String, at span: Span) -> Diagnostic {
    unsuitable(value, what: what, at: span).following(from: .kinds)
  }

  private static func unsuitable(_ value: Double, what: String, at span: Span) -> Diagnostic {
    let text = NumberText.short(value)
    guard value == value.rounded() else {
      return Diagnostic(
        "E0404", "\(what) must be a whole number, got \(text)", at: span, label: "not a whole number",
        help: ["use `round(…)`, `floor(…)` or `trunc(…)`, or write a whole number"])
    }
    guard let whole = Int(exactly: value) else {
      return Diagnostic("E0404", "\(what) must be a whole number, got \(text)", at: span, label: "outside their range")
    }
    return Diagnostic(
      "E0404", "\(what) must be a whole number, got the real number \(text)", at: span, label: "a real number",
      help: ["write `\(whole)`, or `round(…)` around what is computed"])
  }

  package static func unknownCondition(at span: Span) -> Diagnostic {
    Diagnostic(
      "E0405", "this condition depends on values that exist only while the run is going", at: span,
      label: "not known yet", help: ["choose between values with `where(condition, a, b)`"])
  }

  /// A value that is not known where running needs it.
  package static func unknownValue(at span: Span?) -> Diagnostic {
    Diagnostic("E0408", "this has no value here", at: span, label: "nothing is known of it")
  }

  package static func notAClaim(found: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E0406", "a claim compares something, found \(found)", at: span, label: "nothing to judge",
      help: ["write a comparison, `a ≈ b within 5%`, or `increasing(…)`"]
    ).following(from: .kinds)
  }
}
