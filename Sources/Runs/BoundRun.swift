import Arithmetic
import Data
package import Diagnostics
import Engine
import Evaluation
package import Experiments
import Glibc
import Graph
import Messages
package import Metrics
package import Staging
import Syntax
package import Tensors
package import Values

/// Everything a `run` statement says, evaluated and staged: steps, metrics, interventions, lengths.
///
/// What the run does is `spec(from:)`, a value that needs none of this. What it is of stays at hand, so that more can be
/// staged on its states: what a session looks at, a theory.
package struct BoundRun {
  package var name: String
  package var seed: Int
  package var real: DType
  /// What is done from which step on; the first begins at step 0.
  package var segments: [BoundSegment]
  package var length: Int
  package var stepsPerEpoch: Int?
  package var subject: Subject
  var axis: SeriesAxis
  package var span: Span
  /// What its header gives.
  package var clauses: RunClauses
  /// Parameters or states at step 0, made when first asked for; nil while checking.
  var start: () throws(Diagnostic) -> [Tensor]?
  /// What an ensemble has beside a run; nil of a run.
  var ensemble: Ensemble?
  /// What its segments complete their steps with.
  var builder: EnsembleBuilder?
  /// What hyper-parameters that are inputs of its programs are in this run.
  package var numbers: [GivenTensor] = []
  /// A line of the body was refused while checking: its results are not missed again.
  package var isPartial = false

  /// What is run: a problem with what stages its steps, or a process.
  package enum Subject {
    case problem(StagedProblem, StepStager)
    case process(StagedProcess)
  }

  /// Whether its segments are of one path, and stacked where it becomes a value.
  var isOfOnePath: Bool {
    if case .problem = subject { ensemble != nil } else { false }
  }

  /// The run as a value.
  ///
  /// - Parameter start: one tensor for each slot at step 0.
  package func spec(from start: [Tensor]) -> RunSpec {
    var spec = RunSpec(
      seed: seed, real: real, length: length, axis: axis, stepsPerEpoch: stepsPerEpoch, start: start,
      segments: segments.map(\.spec))
    spec.given = numbers
    if axis == .time, let timeStep = clauses.dt {
      spec.given.append(GivenTensor(RunSpec.timeStepName, Tensor([timeStep], shape: .scalar)))
    }
    return spec
  }

  /// Series of the run as they are shown.
  package func shown(_ series: [Series]) -> [Series] { series.map { $0.shown(timeStep: clauses.dt) } }

  /// Paths of what it moves: parameters, or states of a process.
  package var paths: [String] { step.slots.filter { $0.state == nil && !Self.isHidden($0.path) }.map(\.path) }
  /// The step before any intervention.
  var step: StepSpec { segments[0].step }
  /// The batches before any intervention; nil for the full batch.
  var sampling: Sampling? { segments[0].settings.sampling }
  /// What is recorded before any intervention; the names are those of all segments.
  var metrics: [StagedMetrics] { segments[0].metrics }
  /// Names of series that are conditions.
  package var forms: RecordedForms { RecordedForms(of: segments.flatMap(\.metrics).map(\.spec)) }
}

extension Evaluator {
  /// Stages a run: every shape, name and argument of it is checked here, before its first step.
  package func staged(_ definition: RunDefinition) throws(Diagnostic) -> BoundRun {
    let bound = try counting(.staging) { () throws(Diagnostic) in
      try at(definition.place) { () throws(Diagnostic) in
        try within(definition.code) { () throws(Diagnostic) in try stagedHere(definition) }
      }
    }
    listPlans(of: bound)
    return bound
  }

  private func stagedHere(_ definition: RunDefinition) throws(Diagnostic) -> BoundRun {
    let (run, scope) = (definition.statement, definition.scope)
    let clauses = try self.clauses(run.clauses, in: scope)
    let subject = try evaluate(run.subject, in: scope)
    guard case .instance(let instance) = try instantiated(subject, at: code.tree.span(run.subject)) else {
      if subject.isUnknownValue { throw unfit(subject, "a problem or a process", at: code.tree.span(run.subject)) }
      throw .expected("a problem or a process", found: subject.kind, at: code.tree.span(run.subject))
    }
    switch instance.definition.kind {
    case .problem:
      try refuseClauses(of: run, for: .problem)
      return try stagedProblemRun(definition, instance, clauses)
    case .process:
      try refuseClauses(of: run, for: .process)
      return try stagedProcessRun(definition, instance, clauses)
    default: throw .expected("a problem or a process", found: subject.kind, at: code.tree.span(run.subject))
    }
  }

  /// A definition named without parentheses is its call without arguments.
  package func instantiated(_ value: Value, at span: Span) throws(Diagnostic) -> Value {
    guard case .function(.definition(let definition)) = value, definition.definition.kind != .function else {
      return value
    }
    let scope = try bind(definition, [], spans: [], at: span)
    return .instance(Instance(definition: definition.definition, code: definition.code, scope: scope, span: span))
  }

  // MARK: Problems

  private func stagedProblemRun(_ definition: RunDefinition, _ instance: Instance, _ clauses: RunClauses)
    throws(Diagnostic) -> BoundRun
  {
    let (run, scope, span) = (definition.statement, definition.scope, definition.span)
    let problem = try staged(instance, seed: clauses.seed)
    var settings = StepSettings()
    for clause in HeaderClauses.all { try clause.apply(clauses, to: &settings, of: problem, by: self, at: span) }
    if let shift = definition.shift { settings.hyperparameters.append(try shift.change(self)) }
    let rules = try assignedRules(run.rules, problem: problem, in: scope, at: code.tree.span(run.subject))
    if definition.isMember { axisReads?.optimizers = rules.flatMap(\.instances) }
    for clause in HeaderClauses.all { try clause.apply(clauses, to: &settings, of: rules, by: self) }
    try takeLocalSteps(run.rules, into: &settings, in: scope)
    try refuseEpochs(of: settings.sampling, in: definition)
    let perEpoch = settings.sampling.map(\.stepsPerEpoch) ?? 1
    let length = try self.length(definition, stepsPerEpoch: perEpoch, dt: nil)
    if let delay = settings.delay, length > 0, delay.steps >= length {
      throw .outOfRange("the delay", "\(delay.steps)", expected: "less than the run's \(length) steps", at: delay.span)
    }
    let builder = try ensembleBuilder(definition, draw: problem.draws.first, of: .problem, clauses, length: length)
    let stager = StepStager(evaluator: self, problem: problem, rules: rules, settings: settings)
    let stretch = (start: 0, end: try firstMoment(definition, clauses, stepsPerEpoch: perEpoch, length: length))
    let step = try stager.stage(real: clauses.real, at: span, divides: builder == nil) { (step) throws(Diagnostic) in
      try builder?.extend(&step, stretch: stretch, by: self, at: span) { slots in
        subject(of: problem, rules, slots, settings)
      }
    }
    try checkSampleIndices(of: problem)
    let start = started(at: span) { [unowned self] () throws(Diagnostic) in
      try initialParameters(of: problem, seed: clauses.seed)
    }
    var result = BoundRun(
      name: run.name?.text ?? problem.name, seed: clauses.seed, real: clauses.real,
      segments: [BoundSegment(start: 0, settings: settings, step: step, seesNext: stager.seesNext)], length: length,
      stepsPerEpoch: perEpoch, subject: .problem(problem, stager), axis: .step, span: span, clauses: clauses,
      start: start)
    (result.ensemble, result.builder) = (builder?.ensemble, builder)
    try addBody(definition, to: &result)
    return result
  }

  /// What a metric sees of a problem's run.
  func subject(of problem: StagedProblem, _ rules: [RulePlan], _ slots: [Slot], _ settings: StepSettings)
    -> MetricSubject
  {
    MetricSubject(problem: problem, rules: rules, slots: slots, settings: settings) { (names) throws(Diagnostic) in
      try self.defineMembers(of: problem, in: names)
    }
  }

  /// What a metric sees of a run in one of its segments.
  package func metricSubject(of run: BoundRun, _ segment: Int) -> MetricSubject {
    let segment = run.segments[segment]
    switch run.subject {
    case .problem(let problem, let stager):
      var result = subject(of: problem, stager.rules, segment.step.slots, segment.settings)
      result.start = run.start
      guard let ensemble = run.ensemble else { return result }
      (result.paths, result.stateCount) = (ensemble.paths, segment.step.slots.firstIndex { $0.path == PathSlots.died })
      result.startsApart = true
      return result
    case .process(let process):
      let slots = run.ensemble?.slots ?? segment.step.slots
      var result = subject(of: process, slots, stateCount: run.ensemble?.stateCount, dt: run.clauses.dt)
      (result.paths, result.start, result.startsApart) = (run.ensemble?.paths, run.start, run.ensemble != nil)
      return result
    }
  }

  /// What a metric sees of a process's run.
  private func subject(of process: StagedProcess, _ slots: [Slot], stateCount: Int?, dt: Double?) -> MetricSubject {
    let states = stateCount.map { Array(slots.prefix($0)) } ?? slots.filter { !BoundRun.isHidden($0.path) }
    var result = MetricSubject(problem: nil, rules: [], slots: slots, dt: dt) { (names) throws(Diagnostic) in
      for name in process.scope.localNames {
        if let binding = process.scope.local(name) { names.define(name, binding.value) }
      }
      for (index, slot) in states.enumerated() { names.define(slot.path, .leaf(index)) }
    }
    result.stateCount = states.count
    return result
  }

  /// What ends a run of a process between its steps; nil where nothing does, or where its states are too coarse.
  private func eventSource(_ definition: RunDefinition, of process: StagedProcess, _ clauses: RunClauses)
    -> EventSource?
  {
    guard !definition.statement.isEnsemble, clauses.rounding == nil else { return nil }
    var conditions: [ExpressionID] = []
    for case .stop(let condition, _) in definition.statement.body where !isStall(condition, in: definition.scope) {
      conditions.append(condition)
    }
    guard !conditions.isEmpty else { return nil }
    let slots = process.states.map { Slot(path: $0.name.text, type: TensorType($0.shape, clauses.real)) }
    return EventSource(
      conditions: conditions, scope: definition.scope, code: code,
      subject: subject(of: process, slots, stateCount: nil, dt: clauses.dt))
  }

  /// Parameters, metrics and arguments of a problem, as `record` sees them.
  package func defineMembers(of problem: StagedProblem, in names: Scope) throws(Diagnostic) {
    for name in problem.scope.localNames {
      guard let binding = problem.scope.local(name) else { continue }
      names.define(name, binding.value)
    }
  }

  // MARK: Processes

  private func stagedProcessRun(_ definition: RunDefinition, _ instance: Instance, _ clauses: RunClauses)
    throws(Diagnostic) -> BoundRun
  {
    let span = definition.span
    let process = try stagedProcess(instance, seed: clauses.seed)
    if process.isDifferential, clauses.dt == nil {
      // One that was refused is not missed again.
      if let place = DtClause.span(in: definition.statement, code.tree) { throw .silent(at: place) }
      throw .needs("a process with `dt`", "a step of time", at: span, help: ["write `dt 0.01`"])
    }
    if mode == .run { try requireIncrements(of: process, at: span) }
    try refuseEpochs(of: definition)
    let length = try self.length(definition, stepsPerEpoch: 1, dt: clauses.dt)
    let builder = try ensembleBuilder(definition, draw: process.draws.first, of: .process, clauses, length: length)
    let schemePlace = SchemeClause.span(in: definition.statement, code.tree) ?? span
    let step = try stagedStep(
      process, dt: clauses.dt,
      by: SchemeChoice(scheme: clauses.scheme, place: schemePlace, tolerance: clauses.tolerance),
      event: eventSource(definition, of: process, clauses), ensemble: builder, real: clauses.real, at: span)
    if mode == .run { try requireScheme(clauses.scheme, of: process, dt: clauses.dt, at: schemePlace) }
    if clauses.tolerance != nil, clauses.scheme != .adaptive {
      throw .meansNothing(
        "tolerance", "without `scheme adaptive`",
        at: ToleranceClause.span(in: definition.statement, code.tree) ?? span, help: ["write `scheme adaptive`"])
    }
    if !process.isDifferential, clauses[SchemeClause.self] != nil {
      throw .meansNothing("scheme", "for a map: it is for equations with `dt`", at: schemePlace, help: ["leave it out"])
    }
    if !process.isDifferential, process.isStratonovich {
      throw .meansNothing("stratonovich", "for a map: it is for equations with `dB`", at: span, help: ["leave it out"])
    }
    let start = started(at: span) { [unowned self] () throws(Diagnostic) in
      try initialStates(of: process, seed: clauses.seed)
    }
    var result = BoundRun(
      name: definition.statement.name?.text ?? instance.definition.name.text, seed: clauses.seed, real: clauses.real,
      segments: [BoundSegment(start: 0, settings: StepSettings(), step: step)], length: length, stepsPerEpoch: nil,
      subject: .process(process), axis: definition.statement.unit == .time ? .time : .step, span: span,
      clauses: clauses, start: start)
    result.ensemble = builder?.ensemble
    try addBody(definition, to: &result)
    return result
  }

  /// Values at step 0 as tensors, made when first asked for; nil while checking.
  private func started(at span: Span, _ values: @escaping () throws(Diagnostic) -> [Value]) -> () throws(Diagnostic) ->
    [Tensor]?
  {
    var known: [Tensor]?
    return { [unowned self] () throws(Diagnostic) in
      // What is staged with the start of one member is not that of another.
      seedReads += 1
      if known == nil, mode == .run {
        known = try values().map { (value) throws(Diagnostic) in try tensor(value, at: span) }
      }
      return known
    }
  }

  private func length(_ definition: RunDefinition, stepsPerEpoch: Int?, dt: Double?) throws(Diagnostic) -> Int {
    let (run, scope) = (definition.statement, definition.scope)
    guard let id = run.length else {
      if definition.isOpen { return RunDefinition.openLength }
      throw .needs("this run", "a length", at: definition.span, help: ["write `for 1000 steps`"])
    }
    let place = code.tree.span(id)
    if run.unit == .time {
      return try steps(ofTime: id, dt: dt, what: "the length", least: 0, in: scope)
    }
    let value = try evaluate(id, in: scope)
    return try stepCount(value, run.unit, stepsPerEpoch, "the length of a run", from: 0, at: place)
  }
}
