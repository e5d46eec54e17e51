import Arithmetic
import Diagnostics
import Evaluation
import Messages
import Metrics
import Syntax
import Values

/// The clause `paths 100`: how many paths an ensemble steps as one batch.
enum PathsClause: HeaderClause {
  typealias Setting = Int

  static let word = "paths"
  static let help = "how many paths an ensemble steps together"
  static let subjects: Set<RunSubject> = [.problem, .process]

  /// A run is not told of it: it has one path.
  static func words(of subject: RunSubject) -> [String] { [] }

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Int? {
    guard let value = clause.value else { return nil }
    return try evaluator.whole(
      evaluator.evaluate(value, in: scope), what: "the number of paths", in: 1...Evaluator.wholeMax,
      at: evaluator.code.tree.span(value))
  }

  static func header(of run: BoundRun) -> String? {
    run.ensemble.map { $0.paths == 1 ? "1 path" : "\($0.paths) paths" }
  }
}

extension RunClauses {
  var paths: Int? { self[PathsClause.self] }
}
