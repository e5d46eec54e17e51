import Diagnostics

// Note [Answers]
// The body of a built-in function sees no unknown value. Its arguments are specimens (Note [Specimens]). What a function of
// the script gives inside may be unknown, and so may what is too large to be computed while checking; there the body ends by
// throwing what is silent, and who called it has an unknown value of the kind that the function gives.

extension Evaluator {
  /// Whether values may be unknown: while checking, and where only what depends on a step is looked for.
  private var isLookingAhead: Bool { mode == .check || point?.isProbe ?? false }

  /// The value of a body; unknown where it hangs on something that is.
  func answer(of kind: Kind = .any, _ body: () throws(Diagnostic) -> Value) throws(Diagnostic) -> Value {
    do { return try body() } catch {
      guard error.effect == .silent, isLookingAhead else { throw error }
      return .unknown(kind)
    }
  }

  /// What a function gives to the body of a built-in one, which ends here where that is unknown.
  func known(_ function: Value, _ values: [Value], at span: Span) throws(Diagnostic) -> Value {
    let value = try call(function, values, at: span)
    if value.isUnknownValue { throw .silent(at: span) }
    return value
  }

  /// The members of a body's argument, which ends here where they are unknown.
  func knownMembers(of source: Value, at span: Span) throws(Diagnostic) -> [Value] {
    guard let members = try members(of: source, at: span) else { throw .silent(at: span) }
    return members
  }
}

extension Value {
  var isUnknownValue: Bool { if case .unknown = self { true } else { false } }

  /// Whether nothing is known of it, not even its kind.
  var isOfAnyKind: Bool { if case .unknown(.any) = self { true } else { false } }
}
