package import Diagnostics
package import Values

// Note [Answers]
// The body of a built-in function sees no unknown value. Its arguments are specimens (Note [Specimens]). What a function of
// the script gives inside may be unknown, and so may what is too large to be computed while checking; there the body ends by
// throwing what is silent, and who called it has an unknown value of the kind that the function gives.

extension Evaluator {
  /// Whether values may be unknown: while checking, and where only what depends on a step is looked for.
  private var isLookingAhead: Bool { mode == .check || point?.isProbe ?? false }

  /// The value of a body; unknown where it hangs on something that is.
  package func answer(of kind: Kind = .any, _ body: () throws(Diagnostic) -> Value) throws(Diagnostic) -> Value {
    do { return try body() } catch {
      guard error.effect == .silent, isLookingAhead else { throw error }
      return .unknown(kind)
    }
  }
}
