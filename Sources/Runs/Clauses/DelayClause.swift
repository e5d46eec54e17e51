import Arithmetic
import Diagnostics
import Evaluation
import Messages
import Staging
import Syntax
import Values

/// The clause `delay 3`: what is sent in a step arrives three steps later.
enum DelayClause: HeaderClause {
  typealias Setting = Delay

  static let word = "delay"
  static let help = "after how many steps what is sent arrives; 0 before"
  static let subjects: Set<RunSubject> = [.problem]
  static let place = HeaderPlace.samples

  /// More steps than this are not kept.
  private static let stepsMax = 1 << 20

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Delay? {
    guard let value = clause.value else { return nil }
    let place = evaluator.code.tree.span(value)
    let steps = try evaluator.whole(
      evaluator.evaluate(value, in: scope), what: "the delay", in: 0...stepsMax, at: place)
    return Delay(steps: steps, span: clause.name.span)
  }

  static func apply(
    _ clauses: RunClauses, to settings: inout StepSettings, of problem: StagedProblem, by evaluator: Evaluator,
    at span: Span
  ) throws(Diagnostic) {
    settings.delay = clauses[Self.self]
  }

  static func header(of run: BoundRun) -> String? {
    run.clauses[Self.self].map { "what is sent arrives \($0.steps == 1 ? "1 step" : "\($0.steps) steps") later" }
  }
}
