import Arithmetic
import Data
import Diagnostics
import Engine
import Experiments
import Graph
import Messages
import Metrics
import Runs
import Staging
import Syntax
import Tensors
import Values

/// What the theory of a run starts from: its problem, its start, its metrics, and how far each update moves.
struct RunTheory {
  let live: LiveRun
  let problem: StagedProblem
  /// The step at which the theory begins.
  let firstStep: Int
  let lastStep: Int
  /// The run's metrics, planned.
  let segments: [Segment]
  /// Every slot of the run at its first step.
  let start: [Tensor]
  /// Effective step sizes: a constant gradient g moves x by −stepSizes[t] g in the update after step t.
  let stepSizes: [Double]
  /// Numbers of the optimizer's state besides x, for one parameter.
  let memory: Int
  /// The effective step size is at most this many times `lr`.
  let gain: Double

  /// What is recorded from a step on, and the batches that metrics of the next update see.
  struct Segment {
    var start: Int
    var settings: StepSettings
    var groups: [MetricGroup]
    var batches: Batches?
  }

  /// The parameters at the first step in one vector.
  var startPoint: [Double] { problem.leaves.indices.flatMap { start[$0].doubles() } }

  /// Time at step 0, 1, …: the sum of the effective step sizes from the first step on.
  var times: [Double] {
    var result = [Double](repeating: 0, count: firstStep + 1)
    for size in stepSizes.dropFirst(firstStep) { result.append(result[result.count - 1] + size) }
    return result
  }
}

/// The problem of a run and what its optimizer makes of a gradient.
struct TheoryBasis {
  var problem: StagedProblem
  var rules: [RulePlan]
  var stepSizeName: String
  /// How far a constant gradient of 1 moves x in one update in the long run, for a step size of 1 and in each segment: 1
  /// for gradient descent, 1/(1 − β) for heavy ball.
  var gains: [Double]
  /// Numbers of the optimizer's state besides x, for one parameter.
  var memory: Int
}

extension Evaluator {
  /// The run that a theory is asked about; nil where it is not known yet.
  func theoryRun(_ a: BoundArguments) throws(Diagnostic) -> RunValue? {
    switch a[0] {
    case .unknown: return nil
    case .run(let run): return run
    default: throw .expected("a run", found: a[0].kind, at: a.place(0))
    }
  }

  /// What is known of `flow(r)` and its like before they are computed: the names of their results.
  func unknownTheory(of run: RunValue, name: String, adding names: [String] = []) -> Value {
    let parameters = run.finals.indices.filter { !run.finals[$0].path.contains("@") }
    let series = run.series + names.map { Series(name: $0, axis: .step) }
    let value = RunValue(
      name: name, series: series.map { Series(name: $0.name, axis: $0.axis) },
      finals: parameters.map { run.finals[$0] },
      ending: nil, stepCount: run.stepCount, isKnown: false, header: [])
    value.isPartial = run.isPartial
    value.forms = run.forms
    value.finalTypes = parameters.compactMap { $0 < run.finalTypes.count ? run.finalTypes[$0] : nil }
    return .run(value)
  }

  /// The step from which a theory is asked for, in the argument `from`: that of the fork, or 0, unless said.
  private func theoryStart(_ run: RunValue, from index: Int, _ a: BoundArguments) throws(Diagnostic) -> Int {
    guard a.given(index) != nil else { return run.definition?.firstStep ?? 0 }
    let step = try a.whole(index, "the first step", self)
    guard step >= 0, step <= run.stepCount else {
      throw .outOfRange(
        "the first step", "\(step)", expected: "between 0 and the \(run.stepCount) steps of `\(run.name)`",
        at: a.place(index))
    }
    return step
  }

  /// Looks into a run for what its theory needs.
  ///
  /// - Parameter index: place of the argument `from`.
  func theory(of run: RunValue, from index: Int, _ a: BoundArguments) throws(Diagnostic) -> RunTheory {
    let place = a.place(0)
    let first = try theoryStart(run, from: index, a)
    guard let live = run.live, let basis = try theoryBasis(of: run, live.bound, a) else {
      throw .noTheory(a.callee, "`\(run.name)` cannot be taken up again", at: place)
    }
    var lastStep = run.stepCount
    if case .diverged = run.ending { lastStep = live.bound.length }
    var segments: [RunTheory.Segment] = []
    for segment in live.bound.segments {
      var groups: [MetricGroup] = []
      for metrics in segment.metrics { groups.append(try group(metrics, live.bound)) }
      segments.append(
        RunTheory.Segment(
          start: segment.start, settings: segment.settings, groups: groups,
          batches: try batches(segment.settings.sampling, live.bound)))
    }
    let start: RunState
    do { start = try live.run.state(at: first) } catch {
      throw diagnostic(of: error, at: place)
    }
    let sizes = try stepSizes(basis, live.bound, count: lastStep, a)
    return RunTheory(
      live: live, problem: basis.problem, firstStep: first, lastStep: lastStep, segments: segments, start: start.slots,
      stepSizes: sizes, memory: basis.memory, gain: basis.gains.max() ?? 1)
  }

  /// Looks at a run that has not happened for what its theory needs; findings are those of `theory(of:)`.
  func checkTheory(
    of run: RunValue, from index: Int? = nil, _ a: BoundArguments,
    _ more: (TheoryBasis, BoundRun) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    if let index { _ = try theoryStart(run, from: index, a) }
    guard let definition = run.definition, !run.isPartial else { return }
    let staged = try self.staged(definition)
    guard let basis = try theoryBasis(of: run, staged, a) else { return }
    _ = try stepSizes(basis, staged, count: 0, a)
    try more(basis, staged)
  }

  /// The problem and the optimizer of a run whose theory is known; nil where checking does not know its arguments.
  func theoryBasis(of run: RunValue, _ staged: BoundRun, _ a: BoundArguments) throws(Diagnostic)
    -> TheoryBasis?
  {
    let place = a.place(0)
    guard case .problem(let problem, let stager) = staged.subject else {
      throw .noTheory(a.callee, "`\(run.name)` is no run of a problem", at: place)
    }
    // A theory is of exact arithmetic, to which f32 and f64 come close; where a step stalls in few bits, it would go on.
    if staged.clauses.rounding != nil {
      throw .noTheory(
        a.callee, "`\(run.name)` rounds what each operation gives, and the theory is of exact arithmetic", at: place,
        help: ["ask it of the same run with `precision f64`"])
    }
    if stager.settings.local != nil {
      throw .noTheory(a.callee, "a step of `\(run.name)` is a round of local steps", at: place)
    }
    if stager.isDelayed {
      throw .noTheory(a.callee, "in `\(run.name)` what is sent arrives later", at: place)
    }
    guard stager.rules.count == 1 else {
      throw .noTheory(a.callee, "`\(run.name)` has several optimizers", at: place)
    }
    let optimizer = stager.rules[0].instance
    let name = optimizer.definition.name.text
    if let outer = stager.rules[0].wrappers.first {
      throw .noTheory(a.callee, "`\(outer.definition.name.text)` changes what `\(name)` does", at: place)
    }
    if a.callee != "threshold", let noise = optimizer.definition.noises.first {
      throw .noTheory(a.callee, "`\(name)` has noise of its own, `\(noise)`", at: place)
    }
    guard let open = stepSizeName(of: optimizer.definition.parameters.map(\.name.text)) else {
      throw .noTheory(a.callee, "none of the parameters of `\(name)` is called `lr` or `η`", at: place)
    }
    try checkInterventions(staged, parameters: problem.leaves.count, a)
    var gains: [Double] = []
    var memory = 0
    for segment in staged.segments {
      let changes = segment.settings.hyperparameters
      guard
        let step = try linearStep(
          of: optimizer, open: open, dimension: 1, changes: changes, for: a.callee, at: place)
      else {
        return nil
      }
      if let measured = step.measured {
        throw .noTheory(a.callee, "`\(name)` measures `\(measured)` where the run is", at: place)
      }
      if let others = step.others {
        throw .noTheory(a.callee, "`\(name)` asks for more than its batch: `\(others.rawValue)`", at: place)
      }
      if let reason = step.refusal() {
        throw .noTheory(a.callee, "`\(name)` does not follow the gradient: \(reason)", at: place)
      }
      guard step.isAffine(), let gain = step.speed() else {
        throw .noTheory(a.callee, "`\(name)` does more than follow the gradient", at: place)
      }
      gains.append(gain)
      memory = max(memory, step.stateCount - 1)
    }
    return TheoryBasis(
      problem: problem, rules: stager.rules, stepSizeName: open, gains: gains, memory: memory)
  }

  /// Interventions may change numbers and states of the optimizer and the batches; what moves the parameters by itself
  /// or exchanges the loss has no theory here.
  private func checkInterventions(_ staged: BoundRun, parameters: Int, _ a: BoundArguments) throws(Diagnostic) {
    for segment in staged.segments.dropFirst() {
      let settings = segment.settings
      var what: String?
      if settings.isQuadratic { what = "exchanges the loss" }
      if settings.update != nil { what = "changes the update itself" }
      if !settings.frozen.isEmpty { what = "freezes parameters" }
      if segment.entry.targets.contains(where: { $0 < parameters }) { what = "moves the parameters" }
      guard let what else { continue }
      throw .noTheory(a.callee, "the intervention at step \(segment.start) \(what)", at: a.place(0))
    }
  }

  /// The step size of each update, where it does not depend on the state.
  private func stepSizes(_ basis: TheoryBasis, _ staged: BoundRun, count: Int, _ a: BoundArguments) throws(Diagnostic)
    -> [Double]
  {
    let (name, problem) = (basis.stepSizeName, basis.problem)
    let source = SourceText(name: "step size", name)
    let tree = Parser.parse(source, file: session.addSource(source)).tree
    guard let first = tree.body.first, case .expression(let id) = tree[first] else { return [] }
    let recording = Recording(items: [Recording.Item(value: id, alias: nil)], cadence: .always)
    var sizes: [Double] = []
    for (index, segment) in staged.segments.enumerated() {
      let subject = MetricSubject(
        problem: problem, rules: basis.rules, slots: segment.step.slots, settings: segment.settings
      ) { (names) throws(Diagnostic) in try self.defineMembers(of: problem, in: names) }
      let metrics = try within(Code(tree)) { () throws(Diagnostic) in
        try MetricStager(evaluator: self, subject: subject).stage(
          recording, names: [name], real: .f64, in: globals, at: a.place(0))
      }
      guard metrics.program.neededFeeds.allSatisfy(\.isKnownBeforehand) else {
        throw .noTheory(a.callee, "`\(name)` depends on where the run is", at: a.place(0))
      }
      guard count > 0 else { continue }
      let changes = metrics.program.neededFeeds.contains { !$0.isFixed }
      let feeder = try feeder(metrics.program, at: a.place(0)) { _ in 0 }
      let end = index + 1 < staged.segments.count ? min(count, staged.segments[index + 1].start) : count
      for step in sizes.count..<max(sizes.count, end) {
        if changes || step == segment.start {
          feeder.feed(FeedMoment(step: step))
          try run(feeder.executable, at: a.place(0))
        }
        sizes.append(feeder.executable.outputScalar(0) * basis.gains[index])
      }
    }
    guard sizes.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw .noTheory(a.callee, "`\(name)` is not a finite positive number at every step", at: a.place(0))
    }
    return sizes
  }

  /// The result of a theory, in the form of a run.
  func theoryValue(
    _ theory: RunTheory, _ recorder: PathRecorder, name: String, header: [String], ending: RunEnding
  ) -> Value {
    let shapes = theory.problem.leaves.map(\.shape)
    let last = recorder.path.last?.parameters ?? theory.startPoint
    let finals = zip(theory.problem.leaves.map(\.path), tensors(last, shapes)).map { (path: $0, tensor: $1) }
    let value = RunValue(
      name: name, series: recorder.series, finals: finals, ending: ending,
      stepCount: recorder.path.last?.step ?? 0, isKnown: true, header: header,
      stepsPerEpoch: theory.live.bound.stepsPerEpoch)
    value.path = recorder.path
    value.forms = theory.live.bound.forms
    return .run(value)
  }
}
