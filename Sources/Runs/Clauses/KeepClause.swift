import Data
import Diagnostics
import Experiments
import Messages
import Staging
import Syntax
import Values

/// The clause `keep`: an epoch ends in a shorter batch of the samples that are left over.
///
/// Its mean is over its own size: places of the batch that it does not fill repeat a sample of it with share 0.
enum KeepClause: HeaderClause {
  typealias Setting = Span

  static let word = "keep"
  static let help = "an epoch ends in a shorter batch of what is left; its mean is over its own size"
  static let subjects: Set<RunSubject> = [.problem]

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Span? {
    clause.name.span
  }

  static func apply(
    _ clauses: RunClauses, to settings: inout StepSettings, of problem: StagedProblem, by evaluator: Evaluator,
    at span: Span
  ) throws(Diagnostic) {
    guard let place = clauses[KeepClause.self] else { return }
    guard let order = settings.sampling?.order else {
      // A batch that was refused has said so.
      if clauses[BatchClause.self] != nil, problem.sampleCount != nil { return }
      throw .meansNothing(
        "keep", "without batches of data: it is about the last one of an epoch", at: place,
        help: ["write `batch 4 keep`, or leave `keep` out"])
    }
    try require(order, at: place)
    guard problem.sample?.isBatch != true else {
      throw .needs(
        "`keep`", "the loss of one sample: that of `\(problem.name)` is of a whole batch, and all have one size",
        at: place, help: ["leave `keep` out, or choose a batch that divides the data"])
    }
    settings.sampling?.keepsRest = true
  }

  /// Refuses orders in which nothing is left over.
  static func require(_ order: SamplingOrder, at span: Span) throws(Diagnostic) {
    guard !order.hasRest else { return }
    throw .meansNothing(
      "keep", "with `\(order.word)`: no samples are left over", at: span,
      help: ["leave `keep` out, or take `shuffled` or `cyclic`"])
  }
}
