import Arithmetic
import Data
import Diagnostics
import Evaluation
import Experiments
import Messages
import Staging
import Syntax
import Values

/// The clause `workers 8`: so many workers, each with a batch of its own.
enum WorkersClause: HeaderClause {
  struct Setting {
    var count: Int
    var span: Span
  }

  static let word = "workers"
  static let help = "workers that share the parameters, each with its own batch"
  static let subjects: Set<RunSubject> = [.problem]
  static let place = HeaderPlace.samples

  /// More copies of a step than this are not staged.
  private static let countMax = 1024

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Setting? {
    guard let value = clause.value else { return nil }
    let place = evaluator.code.tree.span(value)
    let count = try evaluator.whole(
      evaluator.evaluate(value, in: scope), what: "the number of workers", in: 1...countMax, at: place)
    return Setting(count: count, span: place)
  }

  static func apply(
    _ clauses: RunClauses, to settings: inout StepSettings, of problem: StagedProblem, by evaluator: Evaluator,
    at span: Span
  ) throws(Diagnostic) {
    guard let workers = clauses[WorkersClause.self], workers.count > 1 else { return }
    settings.workers = workers.count
    if problem.drawsEveryStep, problem.sampleCount == nil { return }
    guard let sampling = settings.sampling else {
      throw .needs(
        "a run of several workers", "a batch: with all samples each would have the same gradient", at: workers.span,
        help: ["write `batch 4 workers \(workers.count)`: each worker has 4 samples a step"])
    }
    settings.sampling = try sampling.divided(among: workers.count, of: problem, at: workers.span)
  }

  static func header(of run: BoundRun) -> String? {
    guard case .problem(_, let stager) = run.subject, stager.settings.workers > 1 else { return nil }
    let each = stager.settings.samplesOfWorker ?? stager.settings.freshCount ?? 1
    return "\(stager.settings.workers) workers with \(each) each"
  }
}

extension Sampling {
  /// Batches of so many samples for each of several workers.
  func divided(among workers: Int, of problem: StagedProblem, at span: Span) throws(Diagnostic) -> Sampling {
    guard !keepsRest else {
      throw .meansNothing(
        "keep", "with several workers: a short batch cannot be divided", at: span, help: ["leave `keep` out"])
    }
    var result = self
    let (total, overflow) = batch.multipliedReportingOverflow(by: workers)
    guard !overflow, total <= count || order.isOfIndependentDraws else {
      var finding = Diagnostic.batchSize(
        overflow ? Int.max : total, rows: count, data: "the data of `\(problem.name)`", at: span)
      let most = count / workers
      finding.help = [
        most > 0
          ? "write at most `batch \(most)` for \(workers) workers, or take fewer of them"
          : "take at most `workers \(count)`: each has a sample of its own"
      ]
      throw finding
    }
    result.batch = total
    return result
  }
}
