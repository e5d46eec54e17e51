import Diagnostics
import Values

extension Vocabulary {
  /// Statements that run, show, judge and write; what is said of values of a sweep.
  package mutating func addResults() {
    functions += Builtin.orders + Builtin.histograms
    addStatements { (evaluator, id, scope, span) throws(Diagnostic) in
      try evaluator.executeExperiment(id, in: scope, at: span)
    }
    gathering = { (evaluator, value, axes, names, scope, span) throws(Diagnostic) in
      try evaluator.gatheredMembers(value, over: axes, by: names, in: scope, at: span)
    }
    statistic = { (evaluator, builtin, bound) throws(Diagnostic) in try evaluator.acrossValue(builtin, bound) }
  }
}
