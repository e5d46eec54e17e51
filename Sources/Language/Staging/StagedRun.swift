import Data
import Diagnostics
import Engine
import Experiments
import Glibc
import Graph
import Syntax
import Tensors

/// Everything a `run` statement says, evaluated and staged: steps, metrics, interventions, lengths.
struct StagedRun {
  var name: String
  var seed: Int
  var real: DType
  var step: StagedStep
  var metrics: [StagedMetrics]
  var stop: StagedMetrics?
  var interventions: [(step: Int, staged: StagedStep)]
  var length: Int
  var stepsPerEpoch: Int?
  var sampling: (order: SamplingOrder, count: Int, batch: Int)?
  var subject: Subject
  var axis: SeriesAxis
  var span: Span
  /// A line of the body was refused while checking: its results are not missed again.
  var isPartial = false

  enum Subject {
    case problem(StagedProblem, StepStager)
    case process(StagedProcess)
  }
}

/// The clauses of a run header.
struct RunClauses {
  var seed = 0
  var batch: (size: Int, span: Span)?
  var order: (word: String, span: Span)?
  var dt: Double?
  var real = DType.f64
}

extension Evaluator {
  /// Stages a run: every shape, name and argument of it is checked here, before its first step.
  func staged(_ run: RunStatement, in scope: Scope, at span: Span) throws(Diagnostic) -> StagedRun {
    let clauses = try self.clauses(run.clauses, in: scope)
    let subject = try evaluate(run.subject, in: scope)
    guard case .instance(let instance) = try instantiated(subject, at: code.tree.span(run.subject)) else {
      if case .unknown = subject { throw .silent(at: span) }
      throw .expected("a problem or a process", found: subject.kind, at: code.tree.span(run.subject))
    }
    switch instance.definition.kind {
    case .problem: return try stagedProblemRun(run, instance, clauses, in: scope, at: span)
    case .process: return try stagedProcessRun(run, instance, clauses, in: scope, at: span)
    default: throw .expected("a problem or a process", found: subject.kind, at: code.tree.span(run.subject))
    }
  }

  /// A definition named without parentheses is its call without arguments.
  private func instantiated(_ value: Value, at span: Span) throws(Diagnostic) -> Value {
    guard case .function(.definition(let definition)) = value, definition.definition.kind != .function else {
      return value
    }
    let scope = try bind(definition, [], spans: [], at: span)
    return .instance(Instance(definition: definition.definition, code: definition.code, scope: scope, span: span))
  }

  // MARK: Clauses

  private func clauses(_ clauses: [RunClause], in scope: Scope) throws(Diagnostic) -> RunClauses {
    var result = RunClauses()
    result.seed = memberSeed ?? session.defaultSeed
    result.real = session.precision
    for clause in clauses {
      let before = result
      result = try tolerating(before) { () throws(Diagnostic) in
        var next = before
        try apply(clause, to: &next, in: scope)
        return next
      }
    }
    return result
  }

  private func apply(_ clause: RunClause, to result: inout RunClauses, in scope: Scope) throws(Diagnostic) {
    let place = clause.value.map { code.tree.span($0) } ?? clause.name.span
    if let word = clause.word, clause.name.text != "precision" { result.order = (word.text, word.span) }
    switch clause.name.text {
    case "seed":
      guard let value = clause.value else { return }
      result.seed = try whole(evaluate(value, in: scope), what: "a seed", at: place)
      guard result.seed >= 0 else { throw .outOfRange("a seed", "\(result.seed)", expected: "0 or more", at: place) }
    case "batch":
      guard let value = clause.value else { return }
      let size = try whole(evaluate(value, in: scope), what: "the batch size", at: place)
      guard size >= 1 else { throw .outOfRange("the batch size", "\(size)", expected: "1 or more", at: place) }
      result.batch = (size, place)
    case "dt":
      guard let value = clause.value else { return }
      let dt = try number(evaluate(value, in: scope), what: "dt", at: place)
      guard dt > 0, dt.isFinite else { throw .outOfRange("dt", NumberText.short(dt), expected: "positive", at: place) }
      result.dt = dt
    case "sampler": break
    case "precision":
      guard let word = clause.word else { return }
      result.real = try precision(word)
    default: throw .notAllowed("`\(clause.name.text)` is not available for this run", at: clause.name.span)
    }
  }

  func precision(_ word: Name) throws(Diagnostic) -> DType {
    switch word.text {
    case "f32": return .f32
    case "f64": return .f64
    default: throw .outOfRange("the precision", "`\(word.text)`", expected: "`f32` or `f64`", at: word.span)
    }
  }

  // MARK: Problems

  private func stagedProblemRun(
    _ run: RunStatement, _ instance: Instance, _ clauses: RunClauses, in scope: Scope, at span: Span
  )
    throws(Diagnostic) -> StagedRun
  {
    let problem = try staged(instance, seed: clauses.seed)
    let sampling = try tolerating(nil) { () throws(Diagnostic) in try self.sampling(problem, clauses, at: span) }
    let batch = sampling == nil && problem.sampleCount == nil ? clauses.batch?.size : sampling?.batch
    if case .draws = problem.sample?.space, clauses.batch == nil {
      throw .notAllowed(
        "the problem `\(problem.name)` draws fresh samples at every step: say how many", at: span,
        help: ["write `batch 16`"])
    }
    let rules = try assignedRules(run.rules, problem: problem, in: scope, at: code.tree.span(run.subject))
    let perEpoch = sampling.map { Self.stepsPerEpoch($0) } ?? 1
    let length = try self.length(run, stepsPerEpoch: perEpoch, dt: nil, in: scope, at: span)
    let isFresh = problem.sampleCount == nil
    let stager = StepStager(evaluator: self, problem: problem, rules: rules, batch: isFresh ? nil : batch)
    stager.freshCount = isFresh ? batch : nil
    let step = try stager.stage(real: clauses.real, at: span)
    let subject = MetricSubject(problem: problem, rules: rules, slots: step.slots) { (names) throws(Diagnostic) in
      try self.defineMembers(of: problem, in: names)
    }
    var result = StagedRun(
      name: run.name?.text ?? problem.name, seed: clauses.seed, real: clauses.real, step: step, metrics: [], stop: nil,
      interventions: [], length: length, stepsPerEpoch: perEpoch, sampling: sampling,
      subject: .problem(problem, stager), axis: .step,
      span: span)
    try addBody(run.body, subject, stager, to: &result, in: scope)
    return result
  }

  private static func stepsPerEpoch(_ sampling: (order: SamplingOrder, count: Int, batch: Int)) -> Int {
    sampling.order == .permuted
      ? max(1, sampling.count / sampling.batch) : (sampling.count + sampling.batch - 1) / sampling.batch
  }

  private func sampling(_ problem: StagedProblem, _ clauses: RunClauses, at span: Span) throws(Diagnostic)
    -> (order: SamplingOrder, count: Int, batch: Int)?
  {
    guard let count = problem.sampleCount else {
      if !problem.drawsEveryStep, let place = clauses.batch?.span ?? clauses.order?.span {
        throw .notAllowed(
          "the problem `\(problem.name)` has no samples to take a batch of", at: place, help: ["leave the batch out"])
      }
      if let order = clauses.order {
        throw .notAllowed("fresh samples come in no order: `\(order.word)` has no meaning", at: order.span)
      }
      return nil
    }
    guard let (batch, place) = clauses.batch else {
      if let order = clauses.order {
        throw .notAllowed("`\(order.word)` needs a batch size", at: order.span, help: ["write `batch 1 \(order.word)`"])
      }
      return nil
    }
    guard batch <= count else {
      throw .batchSize(batch, rows: count, data: "the data of `\(problem.name)`", at: place)
    }
    let word = clauses.order?.word ?? (problem.isWeighted ? "weighted" : "shuffled")
    if word == "weighted" {
      guard case .indices(_, _, let weights?)? = problem.sample?.space else {
        throw .notAllowed(
          "`weighted` needs weights", at: clauses.order?.span ?? span,
          help: ["write `sample i in 0..<n weight …` in the problem"])
      }
      guard case .tensor(let tensor) = weights else { return (.replacement, count, batch) }
      return (.weighted(tensor.doubles()), count, batch)
    }
    guard let order = SamplingOrder(word: word) else {
      throw .outOfRange(
        "the sampler", "`\(word)`", expected: "`shuffled`, `replacement`, `cyclic` or `weighted`",
        at: clauses.order?.span ?? span)
    }
    return (order, count, batch)
  }

  /// Parameters, metrics and arguments of a problem, as `record` sees them.
  private func defineMembers(of problem: StagedProblem, in names: Scope) throws(Diagnostic) {
    for name in problem.scope.localNames {
      guard let binding = problem.scope.local(name) else { continue }
      names.define(name, binding.value)
    }
  }

  // MARK: Processes

  private func stagedProcessRun(
    _ run: RunStatement, _ instance: Instance, _ clauses: RunClauses, in scope: Scope, at span: Span
  )
    throws(Diagnostic) -> StagedRun
  {
    let process = try stagedProcess(instance, seed: clauses.seed)
    if process.isDifferential, clauses.dt == nil {
      throw .notAllowed("a process with `dt` needs a step of time", at: span, help: ["write `dt 0.01`"])
    }
    let step = try stagedStep(process, dt: clauses.dt, real: clauses.real, at: span)
    let length = try self.length(run, stepsPerEpoch: 1, dt: clauses.dt, in: scope, at: span)
    let subject = MetricSubject(problem: nil, rules: [], slots: step.slots, dt: clauses.dt) {
      (names) throws(Diagnostic) in
      for name in process.scope.localNames {
        if let binding = process.scope.local(name) { names.define(name, binding.value) }
      }
      for (index, slot) in step.slots.enumerated() { names.define(slot.path, .leaf(index)) }
    }
    var result = StagedRun(
      name: run.name?.text ?? instance.definition.name.text, seed: clauses.seed, real: clauses.real, step: step,
      metrics: [],
      stop: nil, interventions: [], length: length, stepsPerEpoch: nil, sampling: nil, subject: .process(process),
      axis: .step,
      span: span)
    try addBody(run.body, subject, nil, to: &result, in: scope)
    return result
  }

  private func length(_ run: RunStatement, stepsPerEpoch: Int, dt: Double?, in scope: Scope, at span: Span)
    throws(Diagnostic) -> Int
  {
    guard let id = run.length else {
      throw .notAllowed("this run has no length", at: span, help: ["write `for 1000 steps`"])
    }
    let place = code.tree.span(id)
    let value = try evaluate(id, in: scope)
    if run.unit == .time {
      guard let dt else {
        throw .notAllowed("a length in `time` needs a step of time", at: place, help: ["write `dt 0.01`"])
      }
      let time = try number(value, what: "the length", at: place)
      guard time >= 0, time / dt < 1e15 else {
        throw .outOfRange("the length", NumberText.short(time), expected: "0 or more", at: place)
      }
      return Int((time / dt).rounded())
    }
    let count = try whole(value, what: "the length of a run", at: place)
    guard count >= 0 else { throw .outOfRange("the length of a run", "\(count)", expected: "0 or more", at: place) }
    guard run.unit == .epochs else { return count }
    let (steps, overflow) = count.multipliedReportingOverflow(by: stepsPerEpoch)
    guard !overflow else { throw .outOfRange("the length of a run", "\(count)", expected: "fewer epochs", at: place) }
    return steps
  }

  // MARK: The body

  /// Interventions first, in the order of their steps: what is recorded sees them.
  private func addBody(
    _ items: [RunItem], _ subject: MetricSubject, _ stager: StepStager?, to run: inout StagedRun, in scope: Scope
  ) throws(Diagnostic) {
    var subject = subject
    subject.changes = try addInterventions(items, stager, to: &run, in: scope)
    var conditions: [ExpressionID] = []
    for item in items {
      switch item {
      case .record(let recording, let span):
        try judged(&run) { (run) throws(Diagnostic) in
          let names = recordedNames(recording, taken: run.metrics.flatMap(\.names))
          var metrics = try MetricStager(evaluator: self, subject: subject).stage(
            recording, names: names, real: run.real, in: scope, at: span)
          metrics.times = try times(recording.cadence, run, in: scope)
          run.metrics.append(metrics)
        }
      case .stop(let condition, _): conditions.append(condition)
      case .at: break
      }
    }
    guard !conditions.isEmpty else { return }
    try judged(&run) { (run) throws(Diagnostic) in
      run.stop = try MetricStager(evaluator: self, subject: subject).stage(
        conditions: conditions, real: run.real, in: scope, at: code.tree.span(conditions[0]))
    }
  }

  /// While checking, each line of a run is judged on its own.
  private func judged(_ run: inout StagedRun, _ body: (inout StagedRun) throws(Diagnostic) -> Void) throws(Diagnostic) {
    do { try body(&run) } catch {
      guard mode == .check else { throw error }
      if Self.isCheckFinding(error) { report(error) }
      run.isPartial = true
    }
  }

  private func addInterventions(_ items: [RunItem], _ stager: StepStager?, to run: inout StagedRun, in scope: Scope)
    throws(Diagnostic) -> [HyperparameterChange]
  {
    var moments: [(step: Int, order: Int, statements: [StatementID], span: Span)] = []
    for case .at(let moment, let unit, let statements, let span) in items {
      try judged(&run) { (run) throws(Diagnostic) in
        guard stager != nil else { throw .notAllowed("a process takes no interventions", at: span) }
        moments.append((try self.moment(moment, unit, run, in: scope), moments.count, statements, span))
      }
    }
    moments.sort { ($0.step, $0.order) < ($1.step, $1.order) }
    var changes: [HyperparameterChange] = []
    for moment in moments {
      try judged(&run) { (run) throws(Diagnostic) in
        guard let stager else { return }
        changes = try self.changes(moment.statements, at: moment.step, rules: stager.rules, after: changes, in: scope)
        let next = try stager.changed(by: changes).stage(real: run.real, at: moment.span)
        // Of two interventions at one step the second knows both.
        run.interventions.removeAll { $0.step == moment.step }
        run.interventions.append((moment.step, next))
      }
    }
    return changes
  }

  private func times(_ cadence: Cadence, _ run: StagedRun, in scope: Scope) throws(Diagnostic) -> RecordingTimes {
    switch cadence {
    case .always, .when: return .every(1)
    case .end: return .end
    case .every(let id, let unit):
      let count = try whole(evaluate(id, in: scope), what: "the interval", at: code.tree.span(id))
      guard count >= 1 else {
        throw .outOfRange("the interval", "\(count)", expected: "1 or more", at: code.tree.span(id))
      }
      return .every(unit == .epochs ? count * (run.stepsPerEpoch ?? 1) : count)
    case .logspaced(let id):
      let count = try whole(evaluate(id, in: scope), what: "the number of recordings", at: code.tree.span(id))
      guard count >= 1 else {
        throw .outOfRange("the number of recordings", "\(count)", expected: "1 or more", at: code.tree.span(id))
      }
      let last = Double(max(run.length, 1))
      return .logspaced(count, last: run.length) { pow(last, $0) }
    }
  }

  private func moment(_ id: ExpressionID, _ unit: Unit, _ run: StagedRun, in scope: Scope) throws(Diagnostic) -> Int {
    let place = code.tree.span(id)
    let count = try whole(evaluate(id, in: scope), what: "the step of an intervention", at: place)
    let step = unit == .epochs ? count * (run.stepsPerEpoch ?? 1) : count
    guard step >= 0, step <= run.length else {
      throw .outOfRange(
        "the step of an intervention", "\(step)", expected: "between 0 and the run's length \(run.length)", at: place)
    }
    return step
  }

  /// Names under which a `record` line keeps its series: the alias, the metric's name, or the text.
  private func recordedNames(_ recording: Recording, taken: [String]) -> [String] {
    var names: [String] = []
    for item in recording.items {
      let text = session.sources.text(code.tree.span(item.value))
      var name = item.alias?.text ?? shortName(item.value) ?? text
      if taken.contains(name) || names.contains(name) { name = text }
      names.append(name)
    }
    return names
  }

  private func shortName(_ id: ExpressionID) -> String? {
    switch code.tree[id] {
    case .name(let name): name
    case .call(let callee, _, _): shortName(callee)
    case .member(_, let name): name.text
    default: nil
    }
  }
}
