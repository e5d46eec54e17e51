import Arithmetic
import Diagnostics
import Evaluation
import Graph
import Messages
import Metrics
import Staging
import Syntax
import Values

/// The clause `warmup 100`: the step sizes grow in proportion to t over the first 100 updates.
///
/// Each rule's `lr` is lr min(1, t / 100) for its own t = 1, 2, …, whatever `lr` is given as: the library's
/// `linear_warmup` around every optimizer of the run. An intervention that sets `lr` ends it, one that scales it does not.
enum WarmupClause: HeaderClause {
  struct Setting {
    var steps: Int
    var place: Span
  }

  static let word = "warmup"
  static let help = "over how many steps the step sizes grow from 0 to what is given"
  static let subjects: Set<RunSubject> = [.problem]

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Setting? {
    guard let value = clause.value else { return nil }
    let steps = try evaluator.whole(
      evaluator.evaluate(value, in: scope), what: "the steps of a warmup", in: 0...Evaluator.wholeMax,
      at: evaluator.code.tree.span(value))
    return Setting(steps: steps, place: clause.name.span)
  }

  static func apply(
    _ clauses: RunClauses, to settings: inout StepSettings, of rules: [RulePlan], by evaluator: Evaluator
  ) throws(Diagnostic) {
    guard let warmup = clauses[Self.self] else { return }
    for rule in rules where sizes(of: rule).isEmpty {
      throw .meansNothing(
        word, "for `\(rule.instance.definition.name.text)`, which has no step size `lr`", at: warmup.place,
        help: ["leave it out, or write the rule with a parameter `lr`"])
    }
    guard warmup.steps > 0, let snippet = evaluator.session.snippet("warmup(t)") else { return }
    let scope = Scope(parent: nil)
    scope.define("warmup", .function(.native(share(warmup))))
    for name in Set(rules.flatMap(sizes)).sorted() {
      settings.hyperparameters.append(
        HyperparameterChange(
          name: name, step: 0, operation: .multiply,
          thunk: Thunk(expression: snippet.expression, code: snippet.code, scope: scope), place: places(warmup)))
    }
  }

  /// Names of a rule's step sizes.
  private static func sizes(of rule: RulePlan) -> [String] {
    rule.hyperparameters.filter { Evaluator.stepSizes.contains(Spelling.canonical($0)) }
  }

  /// min(1, t / steps).
  private static func share(_ warmup: Setting) -> NativeFunction {
    NativeFunction(name: word) { (evaluator, values, span) throws(Diagnostic) in
      let share = try evaluator.binary(.divide, values[0], .real(Double(warmup.steps)), at: places(warmup))
      return try evaluator.apply(Minimum(), [.real(1), share], at: span)
    }
  }

  private static func places(_ warmup: Setting) -> OperandPlaces {
    OperandPlaces(whole: warmup.place, left: warmup.place, right: warmup.place)
  }

  static func header(of run: BoundRun) -> String? {
    guard let steps = run.clauses[Self.self]?.steps, steps > 0 else { return nil }
    return "warmup over \(steps == 1 ? "1 step" : "\(steps) steps")"
  }
}
