package import Diagnostics
import Evaluation
package import Syntax
package import Values

extension CompareStatement: ExecutableStatement {
  package func execute(by evaluator: Evaluator, in scope: Scope, at span: Span) throws(Diagnostic) {
    try evaluator.compareRuns(runs, in: scope, at: span)
  }
}
