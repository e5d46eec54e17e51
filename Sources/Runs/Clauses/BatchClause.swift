import Arithmetic
import Data
import Diagnostics
import Evaluation
import Experiments
import Messages
import Metrics
import Staging
import Syntax
import Values

/// The clause `batch 4 replacement`: how many samples a step takes, and in which order they come.
enum BatchClause: HeaderClause {
  struct Setting {
    /// That of the first update.
    var size: Int
    /// Whether later ones have other sizes, as it is of the number of the step.
    var isOfStep: Bool
    var span: Span
    var order: Name?
  }

  static let word = "batch"
  static let help = "the samples of a step, a number or of `t`, and their order; all of them without it"
  static let subjects: Set<RunSubject> = [.problem]
  static let place = HeaderPlace.samples

  static func read(_ clause: RunClause, by evaluator: Evaluator, in scope: Scope) throws(Diagnostic) -> Setting? {
    guard let value = clause.value else { return nil }
    let first = try evaluator.batchSize(value, update: 1, in: scope)
    return Setting(
      size: first.size, isOfStep: first.isOfStep, span: evaluator.code.tree.span(value), order: clause.word)
  }

  static func apply(
    _ clauses: RunClauses, to settings: inout StepSettings, of problem: StagedProblem, by evaluator: Evaluator,
    at span: Span
  ) throws(Diagnostic) {
    settings.sampling = try evaluator.tolerating(nil) { () throws(Diagnostic) in
      try sampling(problem, clauses, by: evaluator, at: span)
    }
    let batch = clauses[BatchClause.self]
    if problem.sampleCount == nil { settings.freshCount = batch?.size }
    if case .draws = problem.sample?.space, batch == nil {
      throw .needs(
        "a run of `\(problem.name)`, which draws fresh samples at every step,", "a batch size", at: span,
        help: ["write `batch 16`"])
    }
  }

  private static func sampling(
    _ problem: StagedProblem, _ clauses: RunClauses, by evaluator: Evaluator, at span: Span
  ) throws(Diagnostic) -> Sampling? {
    let (batch, word) = (clauses[BatchClause.self], clauses[SamplerClause.self])
    if let word, let first = batch?.order {
      throw .givenTwice("the order of the samples", first: first.span, at: word.span)
    }
    let order = word ?? batch?.order
    guard let count = problem.sampleCount else {
      if !problem.drawsEveryStep, let place = batch?.span ?? order?.span {
        throw withoutSamples(problem, at: place)
      }
      if let order {
        throw .meansNothing(
          order.text, "for fresh samples, which have no order", at: order.span, help: ["leave it out"])
      }
      return nil
    }
    guard let batch else {
      if let order {
        throw .needs(
          "`\(order.text)`", "a batch size", at: order.span, help: ["write `batch 1 \(order.text)`"])
      }
      return nil
    }
    let chosen =
      if let order { try evaluator.order(order.text, of: problem, at: order.span) } else {
        try evaluator.defaultOrder(of: problem, at: span)
      }
    try requireRows(batch.size, of: count, in: chosen, problem, at: batch.span)
    return Sampling(order: chosen, count: count, batch: batch.size)
  }

  /// Refuses a batch of more samples than there are, where none is drawn twice.
  static func requireRows(
    _ size: Int, of count: Int, in order: SamplingOrder, _ problem: StagedProblem, at span: Span
  ) throws(Diagnostic) {
    guard size <= count || order.isOfIndependentDraws else {
      throw .batchSize(size, rows: count, data: "the data of `\(problem.name)`", at: span)
    }
  }

  static func header(of run: BoundRun) -> String? {
    guard let first = firstHeader(of: run) else { return nil }
    guard run.clauses[Self.self]?.isOfStep == true else { return first }
    var (last, changes): (Int?, [String]) = (size(of: run.segments[0].settings), [])
    for segment in run.segments.dropFirst() where size(of: segment.settings) != last {
      last = size(of: segment.settings)
      if let last { changes.append("\(last) from step \(segment.start)") }
    }
    let shown = changes.prefix(3) + (changes.count > 4 ? ["…"] : []) + changes.dropFirst(3).suffix(1)
    return ([first] + shown).joined(separator: ", ")
  }

  private static func size(of settings: StepSettings) -> Int? { settings.samplesOfWorker ?? settings.freshCount }

  private static func firstHeader(of run: BoundRun) -> String? {
    if let sampling = run.sampling { return sampling.header }
    guard case .problem(let problem, let stager) = run.subject else { return nil }
    return problem.drawsEveryStep && problem.sampleCount == nil
      ? "\(stager.settings.freshCount ?? 1) fresh" : "full batch"
  }

  static let isChangeable = true

  static func change(_ change: ClauseChange, of settings: inout StepSettings, by evaluator: Evaluator)
    throws(Diagnostic)
  {
    let (problem, place) = (change.target.problem, change.place)
    var size = try evaluator.batchValue(change.value, update: change.target.step + 1, in: change.scope).value
    let old = settings.samplesOfWorker ?? settings.freshCount ?? problem.sampleCount ?? 1
    if let operation = change.operation { size = try evaluator.binary(operation, .integer(old), size, at: place) }
    if case .unknown = size { return }
    let batch = try evaluator.whole(size, what: "the batch size", in: 1...Evaluator.wholeMax, at: place.right)
    try set(batch, on: change.target, in: &settings, by: evaluator, at: place)
  }

  /// Batches of another size from a step on.
  static func set(
    _ batch: Int, on target: InterventionTarget, in settings: inout StepSettings, by evaluator: Evaluator,
    at place: OperandPlaces
  ) throws(Diagnostic) {
    let problem = target.problem
    guard let count = problem.sampleCount else {
      guard problem.drawsEveryStep else { throw withoutSamples(problem, at: place.whole) }
      settings.freshCount = batch
      return
    }
    var order = settings.sampling?.order
    if order == nil { order = try evaluator.defaultOrder(of: problem, at: place.whole) }
    let (total, overflow) = batch.multipliedReportingOverflow(by: settings.workers)
    try requireRows(overflow ? .max : total, of: count, in: order ?? .permuted, problem, at: place.right)
    guard !overflow else {
      throw .outOfRange("the batch size", "\(batch)", expected: "fewer samples a worker", at: place.right)
    }
    // What goes through the data walks on; what is drawn is drawn anew.
    let next = Sampling(
      order: order ?? .permuted, count: count, batch: total, start: target.step,
      keepsRest: settings.sampling?.keepsRest ?? false, first: settings.sampling?.place(after: target.step) ?? 0)
    settings.sampling =
      try settings.local.map { (local) throws(Diagnostic) in
        try next.repeated(local.turns, at: place.right)
      } ?? next
  }

  private static func withoutSamples(_ problem: StagedProblem, at span: Span) -> Diagnostic {
    .meansNothing(word, "for the problem `\(problem.name)`, which has no samples", at: span, help: ["leave it out"])
  }
}
