import Diagnostics
import Runs
import Syntax
import Values

extension Vocabulary {
  /// What a prompt can be told.
  mutating func addSessions() {
    addStatements { (evaluator, id, scope, span) throws(Diagnostic) in
      try evaluator.executeAtPrompt(id, in: scope, at: span)
    }
    look = { (evaluator, id, scope, failure) throws(Diagnostic) in
      if failure == nil, !evaluator.namesMetric(id, in: scope) { return false }
      return try evaluator.looks(at: id, in: scope, insteadOf: failure)
    }
  }
}

extension Evaluator {
  /// Executes a statement of the prompt, or a fork, which may be of a run that has no end of its own; false for others.
  func executeAtPrompt(_ id: StatementID, in scope: Scope, at span: Span) throws(Diagnostic) -> Bool {
    switch code.tree[id] {
    case .session(let statement): try execute(statement, in: scope, at: span)
    case .fork(let source, let moment, let unit, let name, let body):
      try fork(source, at: (moment, unit), as: name, body, in: scope, span) { (run, step) throws(Diagnostic) in
        try openFork(of: run, at: step, as: name, body, in: scope, span)
      }
      if case .name(let run) = code.tree[source] { session.desk.noteFork(name.text, of: run, in: scope) }
    default: return false
    }
    return true
  }
}
