import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Syntax
import Values

/// The clause `tolerance 1e-8`: how far off each step of `scheme adaptive` may be.
enum ToleranceClause: HeaderClause {
  typealias Setting = Double

  static let word = "tolerance"
  static let help = "how far off a step of `scheme adaptive` may be, relative to 1 + |x|"
  static let subjects: Set<RunSubject> = [.process]

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Double? {
    guard let value = clause.value else { return nil }
    let place = evaluator.code.tree.span(value)
    let number = try evaluator.number(evaluator.evaluate(value, in: scope), what: "the tolerance", at: place)
    guard number >= 1e-14, number < 1 else {
      throw .outOfRange("the tolerance", NumberText.short(number), expected: "between 1e-14 and 1", at: place)
    }
    return number
  }

  static func header(of run: BoundRun) -> String? {
    run.clauses[Self.self].map { "tolerance \(NumberText.short($0))" }
  }
}

extension RunClauses {
  var tolerance: Double? { self[ToleranceClause.self] }
}
