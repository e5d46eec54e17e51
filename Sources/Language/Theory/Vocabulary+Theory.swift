import Diagnostics
import Syntax

extension Vocabulary {
  /// Theories of runs, and what compares runs and laws.
  mutating func addTheory() {
    functions += Builtin.theory + Builtin.sweeps
    addStatements { (evaluator, id, scope, span) throws(Diagnostic) in
      try evaluator.executeNode(id, in: scope, at: span)
    }
  }
}

extension Evaluator {
  /// Executes a statement that is a file of its own; false for others.
  func executeNode(_ id: StatementID, in scope: Scope, at span: Span) throws(Diagnostic) -> Bool {
    guard case .node(let node) = code.tree[id], let statement = node as? any ExecutableStatement else { return false }
    try statement.execute(by: self, in: scope, at: span)
    return true
  }
}
