package import Diagnostics
package import Syntax

extension CompareStatement: ExecutableStatement {
  package func execute(by evaluator: Evaluator, in scope: Scope, at span: Span) throws(Diagnostic) {
    try evaluator.compareRuns(runs, in: scope, at: span)
  }
}
