import Data
import Diagnostics
import Engine
import Experiments
import Syntax
import Tensors

extension Evaluator {
  /// Executes a `run` statement; while checking, stages it and stops there.
  func execute(_ run: RunStatement, in scope: Scope, at span: Span) throws(Diagnostic) {
    if let name = run.name { try requireNew(name, in: scope) }
    if run.isEnsemble { throw .notInThisVersion("ensemble", at: span) }
    var definition = RunDefinition(statement: run, code: code, scope: scope.frozen(), span: span)
    definition.place = drawPlace
    let value = try result(of: definition, from: nil)
    if let name = run.name { scope.define(name.text, .run(value), span: name.span) }
  }

  /// The result of a run, from its start or from a state of another; while checking, what is known of it before.
  func result(of definition: RunDefinition, from start: RunSnapshot?) throws(Diagnostic) -> RunValue {
    let subject = definition.code.tree.span(definition.statement.subject)
    let staged = try pointing(from: subject, "needed by this run") { () throws(Diagnostic) in
      try self.staged(definition)
    }
    guard mode == .run else {
      try checkStarts(of: staged)
      let value = unknownRun(staged)
      value.definition = definition
      return value
    }
    session.announce(header(of: staged), fork: definition.origin.map { "\(staged.name) of \($0)" })
    let live = LiveRun(definition, staged, try prepared(staged, from: start))
    let value = try completed(live)
    if session.verifies { try verify(live, from: start) }
    return value
  }

  /// Looks at the starts of the optimizer's states, of which only the parameters' shapes are known.
  func checkStarts(of staged: StagedRun) throws(Diagnostic) {
    if case .process(let process) = staged.subject {
      _ = try tolerating([]) { () throws(Diagnostic) in try initialStates(of: process, seed: staged.seed) }
    }
    guard case .problem(let problem, let stager) = staged.subject else { return }
    let leaves = try problem.leaves.map { (leaf) throws(Diagnostic) in unknownTensor(TensorType(leaf.shape, .f64)) }
    _ = try tolerating([]) { () throws(Diagnostic) in try stager.initialStates(leaves: leaves, seed: staged.seed) }
  }

  /// What is known of a run before it happens: the names of its results.
  func unknownRun(_ staged: StagedRun) -> RunValue {
    let series = staged.metrics.flatMap(\.names).map { Series(name: $0, axis: staged.axis) }
    let value = RunValue(
      name: staged.name, series: series, finals: staged.step.slots.map { ($0.path, Tensor([], shape: [0])) },
      ending: nil,
      stepCount: staged.length, isKnown: false, header: [], stepsPerEpoch: staged.stepsPerEpoch)
    value.isPartial = staged.isPartial
    for metrics in staged.metrics {
      let positions = plannedPositions(of: metrics, staged)
      for name in metrics.names { value.plannedPositions[name] = positions }
    }
    value.finalTypes = staged.step.slots.map(\.type)
    value.truths = staged.truths
    return value
  }

  /// The most positions of a series that checking keeps.
  private static let plannedMax = 100_000

  /// Where metrics are recorded if a run goes to its end; none where it may well not, or where they are in other units.
  private func plannedPositions(of metrics: StagedMetrics, _ staged: StagedRun) -> [Double] {
    guard staged.axis == .step, !metrics.isConditional, staged.segments.count == 1, staged.segments[0].stop == nil,
      staged.length <= Self.plannedMax
    else { return [] }
    var result: [Double] = []
    var step = 0
    while let due = metrics.times.next(from: step, last: staged.length) {
      result.append(Double(due))
      step = due + 1
    }
    return result
  }

  /// Goes on with a run to its end.
  private func completed(_ live: LiveRun) throws(Diagnostic) -> RunValue {
    let finished: Result<Void, any Error>
    do {
      try finish(live)
      finished = .success(())
    } catch { finished = .failure(error) }
    session.finishProgress()
    if case .failure(let error) = finished {
      throw diagnostic(of: error, at: live.staged.span)
    }
    let value = self.value(of: live)
    session.noteEnding(value.ending)
    try conclude(value, live.staged)
    return value
  }

  /// What a run has given so far, with the run itself.
  func value(of live: LiveRun) -> RunValue {
    let value = outcome(of: live.run, live.staged)
    value.definition = live.definition
    value.live = live
    return value
  }

  /// What a run has given so far.
  func outcome(of run: Run, _ staged: StagedRun) -> RunValue {
    let finals = zip(run.slotNames, run.state.slots).map { (path: $0, tensor: $1) }
    let value = RunValue(
      name: staged.name, series: run.series,
      finals: finals.filter { !$0.path.hasPrefix(StagedStep.modelPrefix) }, ending: run.ending, stepCount: run.step,
      isKnown: true, header: header(of: staged), stepsPerEpoch: staged.stepsPerEpoch, seed: staged.seed)
    value.truths = staged.truths
    return value
  }

  /// A diverged run is an outcome that is told; an interrupted one ends the script.
  func conclude(_ value: RunValue, _ staged: StagedRun) throws(Diagnostic) {
    judgeEstimates(of: [value], staged)
    switch value.ending {
    case .diverged(let step, let slot, let operation, let origin):
      var finding = Diagnostic.diverged(
        run: staged.name, step: step, tensor: slot, operation: operation, seed: staged.seed,
        at: place(of: origin) ?? staged.span)
      if finding.span != staged.span { finding.labels.append(Diagnostic.Label(staged.span, "in this run")) }
      report(finding)
    case .interrupted(let step):
      session.interruptedRun = value
      try session.emit(ValueText.text(.run(value)) + "\n", at: staged.span)
      throw session.interruption(at: staged.span, step: step)
    default: break
    }
  }

  // MARK: From staged to planned

  /// A run at its start, or where another left it.
  ///
  /// - Parameters:
  ///   - onProgress: told the step that has been reached; the session's progress if there is none.
  ///   - plansAhead: whether all segments are planned now, so that the run can go on in another thread.
  func prepared(
    _ staged: StagedRun, from start: RunSnapshot? = nil, plansAhead: Bool = false, onProgress: ((Int) -> Void)? = nil
  ) throws(Diagnostic) -> Run {
    let initial = try initialState(staged)
    var sources: [SegmentSource] = []
    for index in staged.segments.indices {
      let planned = plansAhead ? try segment(index, of: staged) : nil
      sources.append(
        SegmentSource(start: staged.segments[index].start) { [unowned self] in
          try planned ?? segment(index, of: staged)
        })
    }
    let (session, name, total) = (session, staged.name, staged.length)
    do {
      let run = try Run(
        sources: sources, initial: initial, length: staged.length, axis: staged.axis,
        signals: RunSignals(
          isInterrupted: { session.isInterrupted },
          progressed: onProgress ?? { session.progressed(run: name, done: $0, total: total) }))
      if let start { try run.resume(from: start) }
      return run
    } catch { throw diagnostic(of: error, at: staged.span) }
  }

  /// Plans one segment of a run.
  private func segment(_ index: Int, of staged: StagedRun) throws(Diagnostic) -> RunSegment {
    let segment = staged.segments[index]
    var groups: [MetricGroup] = []
    for metrics in segment.metrics { groups.append(try group(metrics, staged)) }
    let stop = try segment.stop.map { (metrics) throws(Diagnostic) in try group(metrics, staged) }
    var last: [MetricGroup?] = []
    for metrics in segment.lastMetrics {
      last.append(try metrics.map { (metrics) throws(Diagnostic) in try group(metrics, staged) })
    }
    let later = try staged.following(index).last.map { (next) throws(Diagnostic) in
      LaterBatches(begin: next.start, batches: try batches(next.settings.sampling, staged))
    }
    return RunSegment(
      plan: try stepPlan(segment.step, staged), batches: try batches(segment.settings.sampling, staged),
      groups: groups, lastGroups: last, later: later, stop: stop, enter: try entrance(index, staged))
  }

  /// The batches of a run by what it says of them; nil where updates see all samples.
  func batches(_ sampling: Sampling?, _ staged: StagedRun) throws(Diagnostic) -> Batches? {
    guard let sampling else { return nil }
    // An order that begins later is another one, not the first again.
    let detail = sampling.start == 0 ? "" : "from step \(sampling.start)"
    let key = StreamName(seed: staged.seed, purpose: "order", detail: detail).key
    // An order of all samples is written down; draws with replacement are not.
    switch sampling.order {
    case .permuted, .permutedWhole, .weighted: try requireMemory(TensorType([sampling.count], .i64), at: staged.span)
    case .replacement, .cyclic: break
    }
    do {
      let sampler = try Sampler(
        sampling.order, count: sampling.count, batch: sampling.batch, key: UInt64(bitPattern: Int64(key)),
        keepsRest: sampling.keepsRest)
      return Batches(sampler, from: sampling.start)
    } catch { throw .data(error, at: staged.span) }
  }

  /// Makes the slots of a segment of those before it: by name, but for what is assigned.
  private func entrance(_ index: Int, _ staged: StagedRun) throws(Diagnostic)
    -> (RunState, [String]) throws -> [Tensor]
  {
    let (segment, entry) = (staged.segments[index], staged.segments[index].entry)
    // What is assigned sees the batches of the segment before.
    let batches = try batches(staged.segments[max(0, index - 1)].settings.sampling, staged)
    let values = try entry.values.map { (metrics) throws(Diagnostic) in try group(metrics, staged) }
    let slots = segment.step.slots
    return { before, names in
      var assigned: [String: Tensor] = [:]
      if let values {
        let moment = FeedMoment(step: before.step, slots: .tensors(before.slots), batches: batches)
        for (target, tensor) in try zip(entry.targets, values.tensors(at: moment)) { assigned[names[target]] = tensor }
      }
      func value(of path: String) -> Tensor? {
        assigned[path] ?? names.firstIndex(of: path).map { before.slots[$0] }
      }
      return slots.map { slot in
        let point =
          slot.path.hasPrefix(StagedStep.modelPrefix)
          ? String(slot.path.dropFirst(StagedStep.modelPrefix.count)) : nil
        let known = point != nil && entry.takesModel ? value(of: point ?? "") : value(of: slot.path)
        return known
          ?? Tensor([Double](repeating: 0, count: slot.type.count), shape: slot.type.shape, dtype: slot.type.dtype)
      }
    }
  }

  private func stepPlan(_ step: StagedStep, _ staged: StagedRun) throws(Diagnostic) -> StepPlan {
    StepPlan(
      feeder: try feeder(step.program, at: staged.span) { $0.key(seed: staged.seed) }, slots: step.slots.map(\.path))
  }

  /// Plans a group of metrics.
  func group(_ metrics: StagedMetrics, _ staged: StagedRun) throws(Diagnostic) -> MetricGroup {
    // A look at a state may be broken off, which a step may not.
    let feeder = try feeder(metrics.program, at: metrics.span) { $0.key(seed: staged.seed) }
    feeder.executable.innerInterrupt = session.interruptFlag
    return MetricGroup(
      names: metrics.names, feeder: feeder, times: metrics.times, isConditional: metrics.isConditional,
      lossOutputs: metrics.lossOutputs)
  }

  /// The value of every slot at step 0.
  func initialState(_ staged: StagedRun) throws(Diagnostic) -> [Tensor] {
    switch staged.subject {
    case .problem(let problem, let stager):
      var values = try initialParameters(of: problem, seed: staged.seed)
      values += try stager.initialStates(leaves: values, seed: staged.seed)
      return try values.map { (value) throws(Diagnostic) in
        try tensor(value, at: staged.span).converted(to: staged.real)
      }
    case .process(let process):
      return try initialStates(of: process, seed: staged.seed).map { (value) throws(Diagnostic) in
        try tensor(value, at: staged.span).converted(to: staged.real)
      }
    }
  }

  /// The parameters at step 0.
  func initialParameters(of problem: StagedProblem, seed: Int) throws(Diagnostic) -> [Value] {
    try problem.leaves.map { (leaf) throws(Diagnostic) in
      let stream = StreamName(seed: seed, purpose: "init", detail: leaf.path)
      return try initialValue(leaf.start, shape: leaf.shape, stream: stream, at: leaf.span)
    }
  }

  /// The states of a process at step 0.
  func initialStates(of process: StagedProcess, seed: Int) throws(Diagnostic) -> [Value] {
    try process.states.map { (state) throws(Diagnostic) in
      let stream = StreamName(seed: seed, purpose: "init", detail: state.name.text)
      return try initialValue(state.start, shape: state.shape, stream: stream, at: state.name.span)
    }
  }

  /// What a reader must know to repeat the run: what it is of, and what each clause says of it.
  func header(of staged: StagedRun) -> [String] {
    let parts = HeaderClauses.byPlace.compactMap { $0.header(of: staged) }
    guard case .problem(let problem, _) = staged.subject else { return parts }
    func count(_ number: Int, _ noun: String) -> String { number == 1 ? "1 \(noun)" : "\(number) \(noun)s" }
    let loss = problem.sampleCount.map { "mean loss over " + count($0, "sample") } ?? "loss without samples"
    return ["\(problem.name): \(loss), \(count(problem.parameterCount, "parameter"))"] + parts
  }
}

extension SamplingOrder {
  /// The word a script uses for this order.
  var word: String {
    switch self {
    case .permuted: "shuffled"
    case .permutedWhole: "shuffled_whole"
    case .replacement: "replacement"
    case .cyclic: "cyclic"
    case .weighted: "weighted"
    }
  }
}
