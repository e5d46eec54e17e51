import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Syntax
import Values

/// The clause `dt 0.01`: the step of time of a process.
enum DtClause: HeaderClause {
  typealias Setting = Double

  static let word = "dt"
  static let help = "the step of time"
  static let subjects: Set<RunSubject> = [.process]

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Double? {
    guard let value = clause.value else { return nil }
    let place = evaluator.code.tree.span(value)
    let dt = try evaluator.number(evaluator.evaluate(value, in: scope), what: "dt", at: place)
    guard dt > 0, dt.isFinite else { throw .outOfRange("dt", NumberText.short(dt), expected: "positive", at: place) }
    return dt
  }
}

extension RunClauses {
  package var dt: Double? { self[DtClause.self] }
}
