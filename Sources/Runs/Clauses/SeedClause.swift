import Arithmetic
import Diagnostics
import Evaluation
import Messages
import Metrics
import Syntax
import Values

/// The clause `seed 3`: the seed of everything random in a run.
enum SeedClause: HeaderClause {
  typealias Setting = Int

  static let word = "seed"
  static let help = "of everything random in the run"
  static let subjects: Set<RunSubject> = [.problem, .process]
  static let place = HeaderPlace.seed

  static func initial(_ evaluator: Evaluator) -> Int? { evaluator.memberSeed ?? evaluator.session.defaultSeed }

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Int? {
    guard let value = clause.value else { return nil }
    if evaluator.memberSeed != nil, case .integer = evaluator.code.tree[value] {
      throw .givenTwice("the seed of the run", also: "by the axis `seed` of the sweep", at: clause.name.span)
    }
    let place = evaluator.code.tree.span(value)
    return try evaluator.whole(
      evaluator.evaluate(value, in: scope), what: "a seed", in: 0...Evaluator.wholeMax, at: place)
  }

  static func header(of run: BoundRun) -> String? {
    // Each path of an ensemble of a problem's runs is the run of a seed of its own.
    guard run.isOfOnePath, let paths = run.ensemble?.paths, paths > 1 else { return "seed \(run.seed)" }
    return "seeds \(run.seed) to \(run.seed + paths - 1)"
  }
}

extension RunClauses {
  var seed: Int { self[SeedClause.self] ?? 0 }
}
