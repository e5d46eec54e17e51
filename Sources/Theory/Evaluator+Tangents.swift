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

/// Derivatives along a run: the run is read once more, linearised, as a value.
extension Evaluator {
  // MARK: Lyapunov exponents

  /// `lyapunov(r, count, from)`: how fast neighbouring states part, per step or per unit of time.
  func lyapunov(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let run = try theoryRun(a) else { return .unknown(.any) }
    let count = a.given(1) == nil ? 1 : try a.whole(1, "the number of exponents", self)
    let start = a.given(2) == nil ? nil : try a.whole(2, "the first step", self)
    guard mode == .run else {
      guard let bound = try checkedTangents(of: run, a) else { return .unknown(.any) }
      try checkLyapunov(of: bound.segments[0].step.slots, count, start, run, a)
      return .unknown(.any)
    }
    let live = try tangentRun(run, a)
    let slots = live.bound.segments[0].step.slots
    try checkLyapunov(of: slots, count, start, run, a)
    let first = start ?? run.stepCount / 10
    let spectrum = try tangents(of: run, a) { () throws -> LyapunovSpectrum? in
      try live.run.spec.lyapunov(count: count, from: first, to: run.stepCount, planner, signals: quietSignals)
    }
    guard spectrum.stepCount == run.stepCount else {
      throw .noTheory(a.callee, "`\(run.name)` leaves the finite numbers", at: a.place(0))
    }
    let time = live.bound.clauses.dt ?? 1
    let exponents = spectrum.growth.map { series -> Value in
      var scaled = series
      scaled.values = series.values.map { $0 / time }
      return .estimate(scaled.correlatedMean())
    }
    return count == 1 ? exponents[0] : .list(exponents)
  }

  private func checkLyapunov(of slots: [Slot], _ count: Int, _ start: Int?, _ run: RunValue, _ a: BoundArguments)
    throws(Diagnostic)
  {
    guard run.stepCount > 0 else {
      throw .noTheory(a.callee, "`\(run.name)` has no step", at: a.place(0))
    }
    let dimension = RunSpec.dimension(of: slots)
    guard count >= 1, count <= dimension else {
      throw .outOfRange(
        "the number of exponents", "\(count)",
        expected: "between 1 and \(dimension), the numbers in the state of `\(run.name)`", at: a.place(1))
    }
    guard let start else { return }
    guard start >= 0, start < run.stepCount else {
      throw .outOfRange(
        "the first step", "\(start)", expected: "between 0 and \(max(0, run.stepCount - 1))", at: a.place(2))
    }
  }

  // MARK: Derivatives by a hyper-parameter

  /// `sensitivity(r, "lr")`: the derivatives of what a run records by a hyper-parameter, as another run.
  func sensitivity(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let run = try theoryRun(a) else { return .unknown(.any) }
    guard let parameter = try hyperparameterName(a) else { return .unknown(.any) }
    let name = "sensitivity(\(run.name), \(parameter))"
    guard mode == .run else {
      _ = try checkedTangents(of: run, by: parameter, a)
      return unknownTheory(of: run, name: name)
    }
    let live = try tangentRun(run, a)
    let (bound, spec) = try perturbed(run, by: parameter, a)
    let result = try tangents(of: run, a) { () throws -> Run? in
      var moved = try spec.tangent(.given(Self.shiftName))
      moved.length = live.step
      // It ends where the run has ended, for whatever reason.
      for index in moved.segments.indices {
        moved.segments[index].recorded.stop = nil
        moved.segments[index].recorded.stalls = []
      }
      let other = try planner.run(moved, signals: quietSignals)
      try other.finish()
      if case .interrupted? = other.ending { return nil }
      return other
    }
    guard case .completed? = result.ending else {
      throw .noTheory(a.callee, "`\(run.name)` leaves the finite numbers", at: a.place(0))
    }
    let names = result.series.map(\.name)
    let finals = zip(result.slotNames, result.state.slots).compactMap {
      path, tensor -> (path: String, tensor: Tensor)? in
      RunSpec.tangentPath(path).map { (path: $0, tensor: tensor) }
    }
    // What stands beside a number, its error, has no derivative to be shown beside that of the number.
    let series = result.series.filter { own in !names.contains { own.name.hasPrefix($0 + ".") } }
    return .run(
      RunValue(
        name: name, series: series, finals: finals, ending: .completed, stepCount: result.step, isKnown: true,
        header: ["d/d\(parameter) of \(run.name)"] + header(of: bound), stepsPerEpoch: bound.stepsPerEpoch,
        seed: bound.seed))
  }

  /// `hypergradient(r, "lr")`: the derivative of the objective at the last state, going back over the steps.
  func hypergradient(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let run = try theoryRun(a) else { return .unknown(.any) }
    guard let parameter = try hyperparameterName(a) else { return .unknown(.any) }
    var isByStep: Bool? = false
    switch a.given(2) {
    case nil: break
    case .boolean(let flag): isByStep = flag
    case .unknown(let kind):
      try require(kind, "true or false", at: a.place(2)) { $0 == .truth }
      isByStep = nil
    case let other?: throw .expected("true or false", found: other.kind, at: a.place(2))
    }
    let name = "hypergradient(\(run.name), \(parameter))"
    guard mode == .run else {
      let bound = try checkedTangents(of: run, by: parameter, goesBack: true, a)
      if let bound { _ = try objective(of: bound, at: a.span) }
      switch isByStep {
      case true?: return .unknown(Kind(.series((0..<run.stepCount).prefix(100_000).map(Double.init))))
      case false?: return unknownTensor(TensorType(.scalar, .f64))
      case nil: return .unknown(.any)
      }
    }
    let live = try tangentRun(run, a)
    let (bound, spec) = try perturbed(run, by: parameter, a)
    let objective = try objective(of: bound, at: a.span)
    let gradient = try tangents(of: run, a) { () throws -> HyperGradient? in
      try spec.hyperGradient(
        of: objective, by: Self.shiftName, stepCount: live.step, planner, signals: quietSignals)
    }
    guard gradient.total.isFinite else {
      throw .noTheory(a.callee, "the derivative is beyond all numbers", at: a.place(0))
    }
    guard isByStep == true else { return .real(gradient.total) }
    return .series(
      Series(
        name: name, axis: .step, positions: gradient.bySteps.indices.map(Double.init), values: gradient.bySteps))
  }

  /// The loss over all data at the last state, as `record loss` has it.
  private func objective(of bound: BoundRun, at span: Span) throws(Diagnostic) -> MetricSpec {
    guard let snippet = session.snippet("loss") else { throw .silent(at: span) }
    let recording = Recording(items: [Recording.Item(value: snippet.expression, alias: nil)], cadence: .end)
    let last = bound.segments.lastIndex { $0.start <= bound.length } ?? 0
    return try within(snippet.code) { () throws(Diagnostic) in
      try MetricStager(evaluator: self, subject: metricSubject(of: bound, last)).stage(
        recording, names: ["loss"], real: bound.real, in: builtins, at: span
      ).spec
    }
  }

  private func hyperparameterName(_ a: BoundArguments) throws(Diagnostic) -> String? {
    if case .unknown = a[1] { return nil }
    return try a.text(1, "the name of a hyper-parameter, as \"lr\"")
  }

  // MARK: What is asked of

  /// The feed that is added to a hyper-parameter; it holds 0.
  private static let shiftName = "shift of a hyper-parameter"

  /// The run at hand, of which derivatives are asked.
  private func tangentRun(_ run: RunValue, _ a: BoundArguments) throws(Diagnostic) -> LiveRun {
    guard let live = run.live, run.definition != nil else {
      throw .noTheory(a.callee, "`\(run.name)` cannot be taken up again", at: a.place(0))
    }
    if case .diverged = run.ending { throw .noTheory(a.callee, "`\(run.name)` diverged", at: a.place(0)) }
    try refuseFork(run, a)
    return live
  }

  private func refuseFork(_ run: RunValue, _ a: BoundArguments) throws(Diagnostic) {
    guard run.definition?.origin != nil else { return }
    throw .noTheory(
      a.callee, "`\(run.name)` is a fork, which begins where another run was", at: a.place(0),
      help: ["ask it of a run that has the change as an intervention: `at step … { … }`"])
  }

  /// Looks at a run that has not happened; nil where it is not known enough.
  private func checkedTangents(
    of run: RunValue, by parameter: String? = nil, goesBack: Bool = false, _ a: BoundArguments
  ) throws(Diagnostic) -> BoundRun? {
    if run.isPartial { return nil }
    guard let definition = run.definition else {
      throw .noTheory(a.callee, "`\(run.name)` cannot be taken up again", at: a.place(0))
    }
    try refuseFork(run, a)
    let changed = try parameter.map { (name) throws(Diagnostic) in try shifted(definition, name, of: run, a) }
    let bound = try staged(changed ?? definition)
    for segment in bound.segments.dropFirst() {
      if segment.entry.takesModel { throw Self.refusal(of: .model(step: segment.start), a) }
      if goesBack, segment.entry.values != nil { throw Self.refusal(of: .assigned(step: segment.start), a) }
    }
    guard !goesBack else { return bound }
    // The derivatives themselves: a step, or what is recorded, may have none.
    do {
      _ = try bound.spec(from: []).tangent(parameter == nil ? .state(count: 1) : .given(Self.shiftName))
    } catch { throw Self.refusal(of: error, a) }
    return bound
  }

  /// A run whose hyper-parameter is given a shift of 0.
  private func perturbed(_ run: RunValue, by parameter: String, _ a: BoundArguments) throws(Diagnostic)
    -> (BoundRun, RunSpec)
  {
    guard let definition = run.definition else { throw .silent(at: a.span) }
    let bound = try staged(shifted(definition, parameter, of: run, a))
    try requireFixedStart(bound, parameter, a)
    var spec = try spec(of: bound)
    spec.given = [GivenTensor(Self.shiftName, Tensor([0], shape: .scalar, dtype: bound.real))]
    return (bound, spec)
  }

  /// The definition with a shift of a hyper-parameter that its optimizers have.
  private func shifted(_ definition: RunDefinition, _ parameter: String, of run: RunValue, _ a: BoundArguments)
    throws(Diagnostic) -> RunDefinition
  {
    let bound = try staged(definition)
    guard case .problem(_, let stager) = bound.subject else {
      throw .noTheory(a.callee, "`\(run.name)` is no run of a problem", at: a.place(0))
    }
    let names = stager.rules.flatMap(\.hyperparameters)
    guard names.contains(parameter) else {
      throw .unknownName(parameter, near: names, at: a.place(1))
    }
    let rivals = rivals(for: parameter, among: stager.rules)
    guard rivals.isEmpty else {
      throw .ambiguous(
        parameter, among: rivals, help: ["a rule of the script's own can have it under another name"], at: a.place(1))
    }
    var result = definition
    result.shift = HyperparameterShift(name: parameter, feed: Self.shiftName, place: a.place(1))
    return result
  }

  /// Refuses a run whose optimizer begins with numbers that are made of the hyper-parameter.
  private func requireFixedStart(_ bound: BoundRun, _ parameter: String, _ a: BoundArguments) throws(Diagnostic) {
    guard case .problem(let problem, let stager) = bound.subject else { return }
    let leaves = try initialParameters(of: problem, seed: bound.seed)
    let isMoved = try staging(real: bound.real) { () throws(Diagnostic) in
      let states = try stager.initialStates(leaves: leaves, seed: bound.seed, changes: stager.settings.hyperparameters)
      return states.contains(where: \.isSymbolic)
    }
    guard isMoved else { return }
    throw .noTheory(
      a.callee, "the optimizer of `\(bound.name)` begins with what depends on `\(parameter)`", at: a.place(0))
  }

  private var quietSignals: RunSignals {
    RunSignals(isInterrupted: { [session] in session.isInterrupted }, progressed: { _ in })
  }

  /// Does work on tangents, with what stops it as a finding.
  private func tangents<T>(of run: RunValue, _ a: BoundArguments, _ body: () throws -> T?) throws(Diagnostic) -> T {
    let result: T?
    do { result = try body() } catch let error as TangentError { throw Self.refusal(of: error, a) } catch {
      guard let fault = error as? PlanFault, case .engine(let engine) = fault.cause else {
        throw diagnostic(of: error, at: a.span)
      }
      throw .engine(engine, at: a.span)
    }
    guard let result else { throw session.interruption(at: a.span) }
    return result
  }

  private static func refusal(of error: TangentError, _ a: BoundArguments) -> Diagnostic {
    switch error {
    case .derivative(let error):
      .noTheory(
        a.callee, "a step, or what is recorded, has no such derivative: \(error.operation), \(error.reason)",
        at: a.place(0))
    case .model(let step):
      .noTheory(a.callee, "the intervention at step \(step) exchanges the loss for a model of it", at: a.place(0))
    case .assigned(let step):
      .noTheory(
        a.callee, "the intervention at step \(step) assigns to the state", at: a.place(0),
        help: ["`final(sensitivity(…).loss)` has the same derivative, going forward"])
    }
  }
}
