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
    if run.isEnsemble { throw .notAllowed("`ensemble` is not available in this version", at: span) }
    let staged = try pointing(from: code.tree.span(run.subject), "needed by this run") { () throws(Diagnostic) in
      try self.staged(run, in: scope, at: span)
    }
    if mode == .check { try checkStarts(of: staged) }
    let value = mode == .check ? unknownRun(staged) : try result(of: staged)
    if let name = run.name { scope.define(name.text, .run(value), span: name.span) }
  }

  /// Looks at the starts of the optimizer's states, of which only the parameters' shapes are known.
  func checkStarts(of staged: StagedRun) throws(Diagnostic) {
    guard case .problem(let problem, let stager) = staged.subject else { return }
    let leaves = try problem.leaves.map { (leaf) throws(Diagnostic) in try unknownTensor(TensorType(leaf.shape, .f64)) }
    _ = try tolerating([]) { () throws(Diagnostic) in try stager.initialStates(leaves: leaves, seed: staged.seed) }
  }

  /// What is known of a run before it happens: the names of its results.
  func unknownRun(_ staged: StagedRun) -> RunValue {
    let series = staged.metrics.flatMap(\.names).map { Series(name: $0, axis: staged.axis) }
    let value = RunValue(
      name: staged.name, series: series, finals: staged.step.slots.map { ($0.path, Tensor([], shape: [0])) },
      ending: nil,
      stepCount: staged.length, isKnown: false, header: [])
    value.isPartial = staged.isPartial
    value.finalTypes = staged.step.slots.map(\.type)
    return value
  }

  private func result(of staged: StagedRun) throws(Diagnostic) -> RunValue {
    session.announce(header(of: staged))
    let run = try prepared(staged)
    let finished: Result<Void, any Error>
    do {
      try run.finish()
      finished = .success(())
    } catch { finished = .failure(error) }
    session.finishProgress()
    if case .failure(let error) = finished {
      throw (error as? Diagnostic) ?? .unusable("\(error)", at: staged.span)
    }
    let value = outcome(of: run, staged)
    session.runs.append(value)
    try conclude(value, staged)
    return value
  }

  /// What a run that has ended leaves behind.
  func outcome(of run: Run, _ staged: StagedRun) -> RunValue {
    RunValue(
      name: staged.name, series: run.series, finals: zip(run.slotNames, run.state.slots).map { (path: $0, tensor: $1) },
      ending: run.ending, stepCount: run.step, isKnown: true, header: header(of: staged),
      stepsPerEpoch: staged.stepsPerEpoch)
  }

  /// A diverged run is an outcome that is told; an interrupted one ends the script.
  private func conclude(_ value: RunValue, _ staged: StagedRun) throws(Diagnostic) {
    switch value.ending {
    case .diverged(let step, let slot, let operation, let origin):
      var finding = Diagnostic.diverged(
        run: staged.name, step: step, tensor: slot, operation: operation, seed: staged.seed,
        at: place(of: origin) ?? staged.span)
      if finding.span != staged.span { finding.labels.append(Diagnostic.Label(staged.span, "in this run")) }
      report(finding)
    case .interrupted(let step):
      try session.emit(ValueText.text(.run(value)) + "\n", at: staged.span)
      throw session.interruption(at: staged.span, step: step)
    default: break
    }
  }

  // MARK: From staged to planned

  /// A run at its start.
  ///
  /// - Parameters:
  ///   - onProgress: told the step that has been reached; the session's progress if there is none.
  ///   - plansAhead: whether interventions are planned now, so that the run can go on in another thread.
  func prepared(_ staged: StagedRun, plansAhead: Bool = false, onProgress: ((Int) -> Void)? = nil)
    throws(Diagnostic) -> Run
  {
    let initial = try initialState(staged)
    let plan = try stepPlan(staged.step, staged)
    var groups: [MetricGroup] = []
    for metrics in staged.metrics { groups.append(try group(metrics, staged)) }
    let stop = try staged.stop.map { (metrics) throws(Diagnostic) in try group(metrics, staged) }
    var sampler: Sampler?
    if let sampling = staged.sampling {
      let key = StreamName(seed: staged.seed, purpose: "order", detail: "").key
      do {
        sampler = try Sampler(
          sampling.order, count: sampling.count, batch: sampling.batch, key: UInt64(bitPattern: Int64(key)))
      } catch { throw .data(error, at: staged.span) }
    }
    let total = staged.length
    return Run(
      plan: plan, initial: initial, sampler: sampler, groups: groups, stop: stop,
      interventions: try interventions(of: staged, ahead: plansAhead),
      length: total, axis: staged.axis, isInterrupted: { [session] in session.isInterrupted },
      onProgress: onProgress ?? { [session] step in session.progressed(run: staged.name, done: step, total: total) })
  }

  private func interventions(of staged: StagedRun, ahead: Bool) throws(Diagnostic) -> [(
    step: Int, plan: () throws -> StepPlan
  )] {
    var result: [(step: Int, plan: () throws -> StepPlan)] = []
    for (step, next) in staged.interventions {
      if ahead {
        let plan = try stepPlan(next, staged)
        result.append((step, { plan }))
      } else {
        result.append((step, { [unowned self] in try self.stepPlan(next, staged) }))
      }
    }
    return result
  }

  private func stepPlan(_ step: StagedStep, _ staged: StagedRun) throws(Diagnostic) -> StepPlan {
    StepPlan(
      executable: try compiled(step.program, at: staged.span), program: step.program.program,
      slots: step.slots.map(\.path), timeInput: step.timeInput,
      indexInput: step.indexInput, keyInputs: keys(step.keyInputs, purpose: "noise", staged))
  }

  private func keys(_ inputs: [(input: Int, stream: String)], purpose: String, _ staged: StagedRun) -> [(
    input: Int, key: Int
  )] {
    inputs.map { ($0.input, StreamName(seed: staged.seed, purpose: purpose, detail: $0.stream).key) }
  }

  private func group(_ metrics: StagedMetrics, _ staged: StagedRun) throws(Diagnostic) -> MetricGroup {
    MetricGroup(
      names: metrics.names, executable: try compiled(metrics.program, at: metrics.span), slotInputs: metrics.slotInputs,
      timeInput: metrics.timeInput, keyInputs: keys(metrics.keyInputs, purpose: "metric", staged),
      times: metrics.times, isConditional: metrics.isConditional)
  }

  /// The value of every slot at step 0.
  private func initialState(_ staged: StagedRun) throws(Diagnostic) -> [Tensor] {
    switch staged.subject {
    case .problem(let problem, let stager):
      var values: [Value] = []
      for leaf in problem.leaves {
        let stream = StreamName(seed: staged.seed, purpose: "init", detail: leaf.path)
        values.append(try initialValue(leaf.start, shape: leaf.shape, stream: stream, at: leaf.span))
      }
      values += try stager.initialStates(leaves: values, seed: staged.seed)
      return try values.map { (value) throws(Diagnostic) in
        try tensor(value, at: staged.span).converted(to: staged.real)
      }
    case .process(let process):
      var tensors: [Tensor] = []
      for state in process.states {
        let stream = StreamName(seed: staged.seed, purpose: "init", detail: state.name.text)
        let value = try initialValue(state.start, shape: state.shape, stream: stream, at: state.name.span)
        tensors.append(try tensor(value, at: state.name.span).converted(to: staged.real))
      }
      return tensors
    }
  }

  /// `1 step`, `2 steps`.
  private static func count(_ number: Int, _ noun: String) -> String {
    number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
  }

  /// What a reader must know to repeat the run.
  func header(of staged: StagedRun) -> [String] {
    var parts = ["seed \(staged.seed)", "\(staged.real)", Self.count(staged.length, "step")]
    if case .problem(let problem, let stager) = staged.subject {
      let loss = problem.sampleCount.map { "mean loss over " + Self.count($0, "sample") } ?? "loss without samples"
      parts.insert("\(problem.name): \(loss), \(Self.count(problem.parameterCount, "parameter"))", at: 0)
      parts.insert(stager.rules.map(\.instance.definition.name.text).joined(separator: ", "), at: 1)
    }
    if let sampling = staged.sampling {
      parts.append("batch \(sampling.batch) \(sampling.order.word)")
    } else if case .problem(let problem, let stager) = staged.subject {
      parts.append(
        problem.drawsEveryStep && problem.sampleCount == nil ? "\(stager.freshCount ?? 1) fresh" : "full batch")
    }
    return parts
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
