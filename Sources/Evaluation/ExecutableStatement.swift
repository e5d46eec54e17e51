package import Diagnostics
package import Syntax
package import Values

/// What a statement of a type of its own does.
package protocol ExecutableStatement: StatementNode {
  /// Executes the statement; while checking, finds what is wrong with it and does nothing outside.
  func execute(by evaluator: Evaluator, in scope: Scope, at span: Span) throws(Diagnostic)
}
