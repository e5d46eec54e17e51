import Arithmetic
import Data
package import Diagnostics
package import Engine
import Evaluation
package import Experiments
import Graph
import Messages
package import Metrics
package import Staging
package import Syntax
import Tensors
package import Values

extension Evaluator {
  /// Executes a `run` statement; while checking, stages it and stops there.
  package func execute(_ run: RunStatement, in scope: Scope, at span: Span) throws(Diagnostic) {
    if let name = run.name { try requireNew(name, in: scope) }
    var definition = RunDefinition(statement: run, code: code, scope: scope.frozen(), span: span)
    definition.place = drawPlace
    let value = try result(of: definition, from: nil)
    if let name = run.name { scope.define(name.text, .run(value), span: name.span) }
  }

  /// The result of a run, from its start or from a state of another; while checking, what is known of it before.
  func result(of definition: RunDefinition, from start: RunSnapshot?) throws(Diagnostic) -> RunValue {
    let subject = definition.code.tree.span(definition.statement.subject)
    let bound = try pointing(from: subject, "needed by this run") { () throws(Diagnostic) in
      try self.staged(definition)
    }
    guard mode == .run else {
      try requireWorkers(of: bound)
      try checkStarts(of: bound)
      let value = unknownRun(bound)
      value.definition = definition
      return value
    }
    try requireWorkers(of: bound)
    session.announce(header(of: bound), fork: definition.origin.map { "\(bound.name) of \($0)" })
    let live = LiveRun(definition, bound, try prepared(bound, from: start))
    let value = try completed(live)
    if session.verifies { try verify(live, from: start) }
    return value
  }

  /// Looks at the starts of the optimizer's states, of which only the parameters' shapes are known.
  package func checkStarts(of bound: BoundRun) throws(Diagnostic) {
    if case .process(let process) = bound.subject {
      _ = try tolerating([]) { () throws(Diagnostic) in try initialStates(of: process, seed: bound.seed) }
    }
    guard case .problem(let problem, let stager) = bound.subject else { return }
    let leaves = try problem.leaves.map { (leaf) throws(Diagnostic) in unknownTensor(TensorType(leaf.shape, .f64)) }
    _ = try tolerating([]) { () throws(Diagnostic) in try stager.initialStates(leaves: leaves, seed: bound.seed) }
  }

  /// What is known of a run before it happens: the names of its results.
  package func unknownRun(_ bound: BoundRun) -> RunValue {
    let series = bound.metrics.flatMap(\.names).map { Series(name: $0, axis: bound.axis) }
    var states = bound.step.slots.filter { !BoundRun.isHidden($0.path) }
    if bound.isOfOnePath, let paths = bound.ensemble?.paths {
      states = states.map { $0.ofPaths(paths) }
    }
    let value = RunValue(
      name: bound.name, series: series, finals: states.map { ($0.path, Tensor([], shape: [0])) },
      ending: nil,
      stepCount: bound.length, isKnown: false, header: [], stepsPerEpoch: bound.stepsPerEpoch)
    value.isPartial = bound.isPartial
    value.timeStep = bound.clauses.dt
    for metrics in bound.metrics {
      let positions = plannedPositions(of: metrics, bound)
      for name in metrics.names { value.plannedPositions[name] = positions }
    }
    value.finalTypes = states.map(\.type)
    if let ensemble = bound.ensemble {
      value.paths = (ensemble.paths, 0, 0)
      value.vectors = ensemble.kept.map { PathSlots.unknown($0.name) }
    }
    value.forms = bound.forms
    return value
  }

  /// The most positions of a series that checking keeps.
  private static let plannedMax = 100_000

  /// Where metrics are recorded if a run goes to its end; none where it may well not, or where they are in other units.
  private func plannedPositions(of metrics: StagedMetrics, _ bound: BoundRun) -> [Double] {
    guard [.step, .time].contains(bound.axis), !metrics.isConditional, bound.segments.count == 1,
      bound.segments[0].stop == nil,
      bound.segments[0].stalls.isEmpty,
      bound.length <= Self.plannedMax
    else { return [] }
    var result: [Double] = []
    var step = 0
    while let due = metrics.spec.times.next(from: step, last: bound.length) {
      result.append(bound.axis == .time ? StepTime.time(ofStep: Double(due), dt: bound.clauses.dt ?? 1) : Double(due))
      step = due + 1
    }
    return result
  }

  /// Goes on with a run to its end.
  private func completed(_ live: LiveRun) throws(Diagnostic) -> RunValue {
    try requireAlike(live)
    let finished: Result<Void, any Error>
    do {
      try finish(live)
      finished = .success(())
    } catch { finished = .failure(error) }
    if case .failure(let error) = finished {
      throw diagnostic(of: error, in: live.bound)
    }
    noteTraffic(live)
    let value = self.value(of: live)
    session.noteEnding(value.ending)
    try conclude(value, live.bound)
    return value
  }

  /// What a run has given so far, with the run itself.
  package func value(of live: LiveRun) -> RunValue {
    let value = outcome(of: live.run, live.bound)
    value.definition = live.definition
    value.live = live
    return value
  }

  /// What a run has given so far.
  package func outcome(of run: Run, _ bound: BoundRun) -> RunValue {
    let finals = zip(run.slotNames, run.lastState.slots).map { (path: $0, tensor: $1) }
    let value = RunValue(
      name: bound.name, series: bound.shown(run.series),
      finals: finals.filter { !BoundRun.isHidden($0.path) }, ending: run.ending, stepCount: run.step,
      isKnown: true, header: header(of: bound), stepsPerEpoch: bound.stepsPerEpoch, seed: bound.seed)
    value.forms = bound.forms
    value.timeStep = bound.clauses.dt
    value.takePaths(of: finals, timeStep: bound.clauses.dt)
    return value
  }

  /// A diverged run is an outcome that is told; an interrupted one ends the script.
  package func conclude(_ value: RunValue, _ bound: BoundRun) throws(Diagnostic) {
    judgeEstimates(of: [value], bound)
    tellDiverged(value, bound)
    switch value.ending {
    case .diverged(let step, let slot, let operation, let origin):
      var finding = Diagnostic.diverged(
        run: bound.name, step: step, tensor: slot, operation: operation, seed: bound.seed,
        at: place(of: origin) ?? bound.span)
      finding.tellBlowUp(of: bound, step: step, state: slot, equation: equation(of: slot, in: bound))
      if finding.span != bound.span { finding.labels.append(Diagnostic.Label(bound.span, "in this run")) }
      report(finding)
    case .interrupted(let step):
      session.interruptedRun = value
      try session.emit(ValueText.text(.run(value)) + "\n", at: bound.span)
      throw session.interruption(at: bound.span, step: step)
    default: break
    }
  }

  // MARK: From bound to planned

  /// Plans runs as this session wants it: workers are divided among ranks, but for those of a sweep's members.
  package var planner: RunPlanner {
    var planner = RunPlanner(options: session.engineOptions, interrupt: InterruptFlag(session.interruptFlag))
    if session.share == nil { planner.ranks = session.ranks }
    return planner
  }

  /// A run as a value; its start is made here.
  package func spec(of bound: BoundRun) throws(Diagnostic) -> RunSpec {
    let spec = bound.spec(from: try initialState(bound))
    return try bound.isOfOnePath ? stacked(spec, bound) : spec
  }

  /// A run at its start, or where another left it.
  ///
  /// - Parameters:
  ///   - onProgress: told the step that has been reached; the session's progress if there is none.
  ///   - plansAhead: whether all segments are planned now, so that the run can go on in another thread.
  package func prepared(
    _ bound: BoundRun, from start: RunSnapshot? = nil, plansAhead: Bool = false, onProgress: ((Int) -> Void)? = nil
  ) throws(Diagnostic) -> Run {
    try prepared(spec(of: bound), of: bound, from: start, plansAhead: plansAhead, onProgress: onProgress)
  }

  /// The same for a run whose value is known.
  package func prepared(
    _ spec: RunSpec, of bound: BoundRun, from start: RunSnapshot? = nil, plansAhead: Bool = false,
    plans: PlanCache? = nil, onProgress: ((Int) -> Void)? = nil
  ) throws(Diagnostic) -> Run {
    // An order of all samples is written down.
    for sampling in bound.segments.compactMap(\.settings.sampling) where sampling.orderBytes > 0 {
      try requireMemory(TensorType([spec.paths ?? 1, sampling.count], .i64), at: bound.span)
    }
    let (session, name, total) = (session, bound.name, bound.length)
    let signals = RunSignals(
      isInterrupted: { session.isInterrupted },
      progressed: onProgress ?? { session.progressed(run: name, done: $0, total: total) })
    do {
      var planner = planner
      planner.plans = plans
      let run = try planner.run(spec, plansAhead: plansAhead, signals: signals)
      if let start { try run.resume(from: start) }
      return run
    } catch { throw diagnostic(of: error, in: bound) }
  }

  /// What ended a run, as a finding.
  func diagnostic(of error: any Error, in bound: BoundRun) -> Diagnostic {
    guard let fault = error as? PlanFault else { return diagnostic(of: error, at: bound.span) }
    switch fault.cause {
    case .engine(let error): return .engine(error, at: bound.place(of: fault))
    case .data(let error): return .data(error, at: bound.span)
    case .indivisible: return .indivisible(bound.name, at: bound.span)
    }
  }

  /// The batches of a run by what it says of them; nil where updates see all samples.
  package func batches(_ sampling: Sampling?, _ bound: BoundRun) throws(Diagnostic) -> Batches? {
    do { return try sampling?.batches(seed: bound.seed) } catch { throw .data(error, at: bound.span) }
  }

  /// Plans a group of metrics.
  package func group(_ metrics: StagedMetrics, _ bound: BoundRun) throws(Diagnostic) -> MetricGroup {
    do { return try planner.group(metrics.spec, seed: bound.seed) } catch { throw .engine(error, at: metrics.span) }
  }

  /// The value of every slot at step 0.
  func initialState(_ bound: BoundRun) throws(Diagnostic) -> [Tensor] {
    let values = try unroundedState(bound)
    return bound.clauses.rounding.map { rounding in values.map { $0.rounded(to: rounding.format) } } ?? values
  }

  private func unroundedState(_ bound: BoundRun) throws(Diagnostic) -> [Tensor] {
    switch bound.subject {
    case .problem(let problem, let stager):
      if let ensemble = bound.ensemble {
        return try initialStates(of: problem, stager, ensemble, bound)
      }
      var values = try initialParameters(of: problem, seed: bound.seed)
      values += try stager.initialStates(leaves: values, seed: bound.seed)
      return try tensors(values, of: bound)
    case .process(let process):
      var values = try initialStates(of: process, seed: bound.seed, paths: bound.ensemble?.paths).map {
        (value) throws(Diagnostic) in try tensor(value, at: bound.span).converted(to: bound.real)
      }
      if let ensemble = bound.ensemble { values += ensemble.startOfKept(real: bound.real) }
      // All of the step that has led here is done.
      if bound.step.slots.last?.path == StepSpec.sharePath {
        values.append(Tensor([1], shape: .scalar, dtype: bound.real))
      }
      return values
    }
  }

  /// Values of slots at step 0 in the element types of those.
  func tensors(_ values: [Value], of bound: BoundRun) throws(Diagnostic) -> [Tensor] {
    let slots = bound.segments[0].step.slots
    return try values.enumerated().map { (index, value) throws(Diagnostic) in
      try tensor(value, at: bound.span).converted(to: index < slots.count ? slots[index].type.dtype : bound.real)
    }
  }

  /// The parameters at step 0.
  package func initialParameters(of problem: StagedProblem, seed: Int) throws(Diagnostic) -> [Value] {
    try problem.leaves.map { (leaf) throws(Diagnostic) in
      let stream = StreamName(seed: seed, purpose: "init", detail: leaf.path)
      return try initialValue(leaf.start, shape: leaf.shape, stream: stream, at: leaf.span)
    }
  }

  /// The states of a process at step 0.
  func initialStates(of process: StagedProcess, seed: Int, paths: Int? = nil) throws(Diagnostic) -> [Value] {
    try zip(process.states, process.coordinates).map { (state, coordinate) throws(Diagnostic) in
      let stream = StreamName(seed: seed, purpose: "init", detail: state.name.text)
      let shape = Shape((paths.map { [$0] } ?? []) + state.shape.sizes)
      let value = try initialValue(state.start, shape: shape, stream: stream, at: state.name.span)
      try requireRange(value, of: state.name, coordinate)
      return value
    }
  }

  /// What a reader must know to repeat the run: what it is of, and what each clause says of it.
  package func header(of bound: BoundRun) -> [String] {
    let parts = HeaderClauses.byPlace.compactMap { $0.header(of: bound) }
    if case .process(let process) = bound.subject { return [process.name] + parts }
    guard case .problem(let problem, _) = bound.subject else { return parts }
    func count(_ number: Int, _ noun: String) -> String { number == 1 ? "1 \(noun)" : "\(number) \(noun)s" }
    let loss = problem.sampleCount.map { "mean loss over " + count($0, "sample") } ?? "loss without samples"
    return ["\(problem.name): \(loss), \(count(problem.parameterCount, "parameter"))"] + parts
  }
}

extension BoundRun {
  /// Where a part that could not be planned is written.
  fileprivate func place(of fault: PlanFault) -> Span {
    let segment = segments[fault.segment]
    switch fault.part {
    case .metrics(let index): return segment.metrics[index].span
    case .stop: return segment.stop?.span ?? span
    case .step, .entry, .order: return span
    }
  }
}
