import Diagnostics
import Messages
import Staging
import Syntax

/// What `with adam(lr = 0.1)` gives: the optimizers of a run, with the parameters that each moves.
///
/// Its words and groups are read in `RulePlan`.
enum WithClause: HeaderClause {
  static let word = "with"
  static let help = "the optimizers, each with the parameters that it moves"
  static let subjects: Set<RunSubject> = [.problem]
  static let place = HeaderPlace.rules

  static func span(in run: RunStatement, _ tree: Tree) -> Span? { run.rules.first.map { tree.span($0.call) } }

  static func header(of run: BoundRun) -> String? {
    guard case .problem(_, let stager) = run.subject else { return nil }
    let names = stager.title
    return stager.costs.isEmpty ? names : "\(names) (\(stager.costs.joined(separator: ", ")))"
  }
}
