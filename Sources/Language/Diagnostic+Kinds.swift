import Diagnostics

// E0407 and E0604: mistakes that are made in several places and are of one kind.
extension Diagnostic {
  /// A form that is read, and that this version does not have.
  static func notInThisVersion(_ form: String, at span: Span, help: String? = nil) -> Diagnostic {
    .notAllowed("`\(form)` is not available in this version", at: span, help: help.map { [$0] } ?? [])
  }

  /// More names than there are parts, or fewer.
  static func wrongNameCount(_ count: Int, for parts: String, at span: Span) -> Diagnostic {
    .unusable("\(count) names for \(parts)", at: span)
  }

  /// Two indices for what has one axis.
  static func oneAxis(of kind: String, at span: Span) -> Diagnostic { .unusable("\(kind) has one axis", at: span) }

  /// A problem that was to be looked at as a function, and says no loss.
  static func withoutLoss(at span: Span) -> Diagnostic { .unusable("this problem has no loss", at: span) }

  /// A member of another kind of definition.
  static func misplacedMember(in kind: String, at span: Span) -> Diagnostic {
    .unusable("this does not belong in \(kind)", at: span)
  }

  /// What is drawn, without what it is drawn from.
  static func withoutDistribution(_ word: String, example name: String? = nil, at span: Span) -> Diagnostic {
    .unusable(
      "`\(word)` needs a distribution", at: span, help: name.map { ["write `\(word) \($0) ~ normal(0, σ)`"] } ?? [])
  }

  /// A call without the block that it is about.
  static func withoutBlock(_ name: String, example: String, at span: Span) -> Diagnostic {
    .unusable("`\(name)` needs a block", at: span, help: ["write `\(example)`"])
  }

  /// A file name whose ending says no format that would do.
  static func unknownEnding(_ path: String, _ fault: String, endings: String, at span: Span) -> Diagnostic {
    .notAllowed("`\(path)` \(fault)", at: span, help: ["use \(endings)"])
  }

  /// An option of a plot without what it needs.
  static func optionLacks(_ option: String, _ what: String, at span: Span) -> Diagnostic {
    .notAllowed("`\(option)` needs \(what)", at: span)
  }
}
