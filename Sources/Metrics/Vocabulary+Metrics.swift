import Diagnostics
import Staging
import Values

extension Vocabulary {
  /// Functions of the curvature of a loss, and metrics in rules.
  package mutating func addMetrics() {
    functions += Builtin.curvature + Builtin.hyperparameters
    measuring = { (evaluator, metric, values, span) throws(Diagnostic) in
      try evaluator.point?.rule?.measured(metric, values, span) ?? .unknown(.any)
    }
  }
}
