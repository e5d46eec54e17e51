import Diagnostics
import Experiments
import Syntax
import Tensors

/// The curvature at the present state, and what it says of the last step.
extension Evaluator {
  func spectrum(_ count: ExpressionID?, in scope: Scope, at span: Span) throws(Diagnostic) {
    throw .notAllowed("`spectrum` is not available in this version", at: span)
  }

  func explainStep(in scope: Scope, at span: Span) throws(Diagnostic) {
    throw .notAllowed("`why` is not available in this version", at: span)
  }
}
