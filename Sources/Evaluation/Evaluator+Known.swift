package import Diagnostics
import Messages
package import Values

extension Evaluator {
  /// What a function gives to the body of a built-in one, which ends here where that is unknown.
  package func known(_ function: Value, _ values: [Value], at span: Span) throws(Diagnostic) -> Value {
    let value = try call(function, values, at: span)
    if value.isUnknownValue { throw .silent(at: span) }
    return value
  }

  /// The members of a body's argument, which ends here where they are unknown.
  package func knownMembers(of source: Value, at span: Span) throws(Diagnostic) -> [Value] {
    guard let members = try members(of: source, at: span) else { throw .silent(at: span) }
    return members
  }
}
