import Data
import Diagnostics
import Experiments
import Messages
import Metrics
import Staging
import Syntax
import Tensors
import Values

/// The clause `sampler cyclic`: the order in which samples enter batches.
enum SamplerClause: HeaderClause {
  typealias Setting = Name

  static let word = "sampler"
  static let help = "the order of the samples: shuffled, replacement, cyclic, subset, weighted"
  static let subjects: Set<RunSubject> = [.problem]

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Name? {
    clause.word
  }

  static let isChangeable = true

  static func change(_ change: ClauseChange, of settings: inout StepSettings, by evaluator: Evaluator)
    throws(Diagnostic)
  {
    let span = change.place.right
    guard var sampling = settings.sampling else {
      throw .meansNothing(word, "for the full batch, which has no order", at: span, help: ["set `batch = …` first"])
    }
    guard change.operation == nil, case .name(let word) = evaluator.code.tree[change.value] else {
      throw .unknownOrder("`\(evaluator.session.sources.text(span))`", at: span)
    }
    let before = sampling
    sampling.order = try evaluator.order(word, of: change.target.problem, at: span)
    try BatchClause.requireRows(sampling.batch, of: sampling.count, in: sampling.order, change.target.problem, at: span)
    sampling.first = sampling.order == .cyclic ? before.place(after: change.target.step) : 0
    if sampling.keepsRest { try KeepClause.require(sampling.order, at: span) }
    sampling.start = change.target.step
    settings.sampling = sampling
  }
}

extension Evaluator {
  /// The order of samples of a run that names none.
  func defaultOrder(of problem: StagedProblem, at span: Span) throws(Diagnostic) -> SamplingOrder {
    try order(problem.isWeighted ? "weighted" : "shuffled", of: problem, at: span)
  }

  /// An order of samples by its word.
  func order(_ word: String, of problem: StagedProblem, at span: Span) throws(Diagnostic) -> SamplingOrder {
    if word == "weighted" {
      guard case .indices(_, _, let weights?)? = problem.sample?.space else {
        throw .needs(
          "`weighted`", "weights", at: span, help: ["write `sample i in 0..<n weight …` in the problem"])
      }
      guard case .tensor(let tensor) = weights else { return .replacement }
      return .weighted(tensor.doubles())
    }
    guard let order = SamplingOrder(word: word) else { throw .unknownOrder("`\(word)`", at: span) }
    if problem.isWeighted { report(.samplerIgnoresWeights(word, of: problem.name, at: span)) }
    return order
  }
}

extension Diagnostic {
  fileprivate static func unknownOrder(_ found: String, at span: Span) -> Diagnostic {
    .outOfRange("the sampler", found, expected: "`shuffled`, `replacement`, `cyclic`, `subset` or `weighted`", at: span)
  }
}
