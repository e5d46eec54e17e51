import Arithmetic
import Diagnostics
import Experiments
import Graph
import Messages
import Metrics
import Staging
import Syntax
import Tensors
import Values

/// Stages the step of an ensemble: that of one path with what is kept of it, batched.
///
/// See Note [Ensembles].
final class EnsembleBuilder {
  let paths: Int
  /// What may be kept of each path; what is the same for all of them is not.
  private let candidates: [KeptValue]
  private let scope: Scope
  private let code: Code
  private let dt: Double?
  private(set) var ensemble: Ensemble?
  /// Finds events between steps; nil where paths are known at the ends of steps alone.
  var search: EventSearch?

  init(paths: Int, _ candidates: [KeptValue], in scope: Scope, _ code: Code, dt: Double?) {
    (self.paths, self.candidates, self.scope, self.code, self.dt) = (paths, candidates, scope, code, dt)
  }

  /// The slots and nodes of one path while its step is staged.
  private struct Path {
    var slots: [Slot]
    /// Values before the update.
    var before: [NodeID]
    /// Values after it.
    var after: [NodeID]
    /// The node of one more slot.
    var add: (TensorType) -> NodeID
    /// The steps from which on, and up to which, the update is made.
    var stretch: (start: Int, end: Int?)
  }

  /// The step of all paths.
  ///
  /// - Parameters:
  ///   - inputs: the states of one path, inputs that nobody feeds.
  ///   - carried: what becomes of them.
  ///   - noise: what one path draws, with what all of them draw.
  func step(
    of process: StagedProcess, _ slots: [Slot], _ inputs: [NodeID], carried: [(input: Int, output: NodeID)],
    noise: [(original: NodeID, replacement: NodeID)], by evaluator: Evaluator, at span: Span
  ) throws(Diagnostic) -> StepSpec {
    var path = Path(
      slots: slots, before: inputs, after: inputs, add: { evaluator.graph.freshInput($0) }, stretch: (0, nil))
    for one in carried { path.after[one.input] = one.output }
    let ensemble = try complete(&path, by: evaluator, at: span) { (slots, count) in
      subject(of: process, slots, stateCount: count, real: evaluator.realType)
    }
    let wide = path.slots.indices.map { evaluator.builder.input(.slot($0), ensemble.type(of: $0)) }
    let pairs = zip(path.before, wide).map { (original: $0, replacement: $1) } + noise
    let outputs = evaluator.graph.batch(outputs: path.after, inputs: pairs, size: paths)
    return StepSpec(
      slots: path.slots.map { $0.ofPaths(paths) },
      program: evaluator.builder.program(
        outputs: [], carried: outputs.enumerated().map { (input: $0.offset, output: $0.element) }))
  }

  /// Completes the step of one path of a problem's run, which is stacked where the run becomes a value.
  ///
  /// - Parameters:
  ///   - stretch: the steps between two interventions.
  ///   - subject: what metrics see of slots, so many of which are states.
  func extend(
    _ step: inout PathStep, stretch: (start: Int, end: Int?), by evaluator: Evaluator, at span: Span,
    subject: ([Slot]) -> MetricSubject
  ) throws(Diagnostic) {
    let inputs = step.slots.enumerated().map { evaluator.builder.input(.slot($0), $1.type) }
    var count = inputs.count
    var path = Path(
      slots: step.slots, before: inputs, after: inputs,
      add: { type in
        count += 1
        return evaluator.builder.input(.slot(count - 1), type)
      }, stretch: stretch)
    for one in step.carried { path.after[one.input] = one.output }
    _ = try complete(&path, by: evaluator, at: span) { (slots, states) in
      var result = subject(slots)
      (result.paths, result.stateCount, result.startsApart) = (paths, states, true)
      return result
    }
    step.slots = path.slots
    step.carried = path.after.indices.filter { path.after[$0] != path.before[$0] }.map { ($0, path.after[$0]) }
  }

  /// Adds the slots that are no states.
  private func complete(
    _ path: inout Path, by evaluator: Evaluator, at span: Span,
    subject: ([Slot], Int) -> MetricSubject
  ) throws(Diagnostic) -> Ensemble {
    let stateCount = path.slots.count
    let (count, overflow) = path.slots.reduce(1) { $0 + $1.type.shape.count }.multipliedReportingOverflow(by: paths)
    try evaluator.requireMemory(TensorType([overflow ? Int.max / 8 : count], evaluator.realType), at: span)
    addDivergence(to: &path, evaluator)
    var kept: [KeptValue] = []
    let stager = MetricStager(evaluator: evaluator, subject: subject(path.slots, stateCount))
    for candidate in candidates where ensemble?.kept.contains(where: { $0.id == candidate.id }) != false {
      let value = try stager.value(of: candidate, over: path.before, in: scope, code, at: span)
      let streams = stager.subject.problem == nil ? [] : evaluator.builder.moving.filter(\.feed.isOfEachPath)
      guard ensemble != nil || evaluator.graph.depends(value, on: path.before + streams.map(\.node)) else { continue }
      try refuse(candidate, stager, value, evaluator)
      try add(candidate, value, stateCount: stateCount, to: &path, evaluator)
      kept.append(candidate)
    }
    let result = Ensemble(paths: paths, slots: path.slots, stateCount: stateCount, kept: kept)
    ensemble = ensemble ?? result
    return result
  }

  /// Refuses what cannot be kept of one path.
  private func refuse(_ candidate: KeptValue, _ stager: MetricStager, _ value: NodeID, _ evaluator: Evaluator)
    throws(Diagnostic)
  {
    guard stager.paths?.reductions.isEmpty != false else {
      throw .notAvailable(
        "over path", "in what is recorded of each path by itself", at: candidate.span,
        help: "record the statistic by itself, and write its value here")
    }
    guard !stager.looksAhead else {
      throw .notAvailable(
        "next", "in what is recorded of each path by itself", at: candidate.span,
        help: "record a statistic of it: `mean(… over path)`")
    }
    let shape = evaluator.graph.shape(value)
    guard shape.rank == 0 else {
      throw .recordedNotScalar(candidate.name, shape, most: 1, at: candidate.span)
    }
  }

  /// What metrics see of one path.
  func subject(of process: StagedProcess, _ slots: [Slot], stateCount: Int, real: DType) -> MetricSubject {
    var subject = MetricSubject(problem: nil, rules: [], slots: slots, dt: dt) { (names) throws(Diagnostic) in
      for name in process.scope.localNames {
        if let binding = process.scope.local(name) { names.define(name, binding.value) }
      }
      for (index, slot) in slots.prefix(stateCount).enumerated() { names.define(slot.path, .leaf(index)) }
    }
    (subject.paths, subject.stateCount, subject.startsApart) = (paths, stateCount, true)
    return subject
  }

  // MARK: Divergence

  /// A path whose next state is not finite stays where it is, for good.
  private func addDivergence(to path: inout Path, _ evaluator: Evaluator) {
    let real = evaluator.realType
    let died = path.add(TensorType(.scalar, real))
    let zero = evaluator.graph.constant(0, real), one = evaluator.graph.constant(1, real)
    var isSound = one
    for node in path.after {
      let rank = evaluator.graph.shape(node).rank
      let flags = evaluator.graph.add(IsFinite(), evaluator.graph.convert(node, to: real))
      let flag = rank == 0 ? flags : evaluator.graph.add(ReduceMin(axes: Array(0..<rank)), flags)
      isSound = evaluator.graph.add(Multiply(), isSound, flag)
    }
    let isAlive = evaluator.graph.add(Equal(), died, zero)
    let moves = evaluator.graph.add(Multiply(), isAlive, isSound)
    for index in path.after.indices where path.after[index] != path.before[index] {
      let shape = evaluator.graph.shape(path.after[index])
      path.after[index] = evaluator.graph.add(
        Select(), evaluator.graph.broadcast(moves, to: shape), path.after[index], path.before[index])
    }
    let step = evaluator.graph.convert(evaluator.builder.time, to: real)
    let end = evaluator.graph.add(Select(), isSound, zero, step)
    path.slots.append(Slot(path: PathSlots.died, type: TensorType(.scalar, real)))
    path.before.append(died)
    path.after.append(evaluator.graph.add(Select(), isAlive, end, died))
  }

  // MARK: Kept values

  private func add(
    _ kept: KeptValue, _ value: NodeID, stateCount: Int, to path: inout Path, _ evaluator: Evaluator
  ) throws(Diagnostic) {
    let real = evaluator.realType
    let type = TensorType(.scalar, real)
    let slot = path.add(type)
    let number = evaluator.graph.convert(evaluator.builder.time, to: real)
    func constant(_ value: Double) -> NodeID { evaluator.graph.constant(value, real) }
    let next = later(value, stateCount: stateCount, path, evaluator)
    let isFirst = evaluator.graph.add(Equal(), number, constant(Double(path.stretch.start + 1)))
    var result: NodeID
    switch kept.moment {
    case .at(path.stretch.start): result = evaluator.graph.add(Select(), isFirst, value, slot)
    // What an intervention makes of the state there is known in its own stretch.
    case .at(let step) where step == path.stretch.end: result = slot
    case .at(let step):
      result = evaluator.graph.add(Select(), evaluator.graph.add(Equal(), number, constant(Double(step))), next, slot)
    case .end: result = next
    case .first:
      let atOnce = evaluator.graph.add(Multiply(), isFirst, value)
      let place = try self.place(of: value, slot, number, stateCount: stateCount, path, evaluator)
      result = evaluator.graph.add(Select(), next, place, constant(-1))
      result = evaluator.graph.add(Select(), atOnce, constant(Double(path.stretch.start)), result)
      result = evaluator.graph.add(Select(), evaluator.graph.add(LessEqual(), constant(0), slot), slot, result)
    }
    path.slots.append(Slot(path: kept.path, type: type))
    path.before.append(slot)
    path.after.append(result)
  }

  /// Where in the step that ends at a number a condition begins to hold, in steps; that number where it is not searched.
  private func place(
    of value: NodeID, _ slot: NodeID, _ number: NodeID, stateCount: Int, _ path: Path, _ evaluator: Evaluator
  ) throws(Diagnostic) -> NodeID {
    let old = Array(path.before.prefix(stateCount)), new = Array(path.after.prefix(stateCount))
    guard let search, let condition = EventCondition(value, over: old, evaluator) else { return number }
    let isOpen = evaluator.graph.add(Less(), slot, evaluator.graph.constant(0, evaluator.realType))
    let share = try search(condition, old, new, isOpen).share
    let rest = evaluator.graph.add(Subtract(), evaluator.graph.constant(1, evaluator.realType), share)
    return evaluator.graph.add(Subtract(), number, rest)
  }

  /// The same of the state that the update leads to.
  private func later(_ value: NodeID, stateCount: Int, _ path: Path, _ evaluator: Evaluator) -> NodeID {
    let builder = evaluator.builder
    var mapping = zip(path.before, path.after).prefix(stateCount + 1).map { (original: $0, replacement: $1) }
    for (feed, node) in builder.moving where evaluator.graph.depends(value, on: [node]) {
      let type = evaluator.graph.type(node)
      switch feed.later {
      case .same: break
      case .fed(let later): mapping.append((node, builder.input(later, type)))
      case .added(let step):
        let isNumber = step.shape.rank == 0
        let more =
          isNumber ? evaluator.graph.constant(step.double(at: 0), type.dtype) : evaluator.constantNode(step)
        mapping.append((node, evaluator.graph.add(Add(), node, more)))
      }
    }
    return evaluator.graph.substitute(outputs: [value], mapping: mapping)[0]
  }
}

extension Evaluator {
  /// The builder of an ensemble's step; nil of a run that is none.
  ///
  /// - Parameter draw: what the problem or process draws once for a run.
  func ensembleBuilder(
    _ definition: RunDefinition, draw: Name?, of subject: RunSubject, _ clauses: RunClauses, length: Int
  ) throws(Diagnostic) -> EnsembleBuilder? {
    let (run, scope, span) = (definition.statement, definition.scope, definition.span)
    guard run.isEnsemble else {
      try refuseEvents(in: run)
      guard let place = PathsClause.span(in: run, code.tree) else { return nil }
      throw .meansNothing(
        "paths", "for one run: it is how many an ensemble has", at: place,
        help: ["write `ensemble NAME = … paths …`"])
    }
    guard let paths = clauses.paths else {
      if let place = PathsClause.span(in: run, code.tree) { throw .silent(at: place) }
      throw .needs("an ensemble", "a number of paths", at: span, help: ["write `paths 1000`"])
    }
    if let draw { throw .drawInEnsemble(draw.text, of: subject, at: draw.span) }
    let isStopping = run.body.contains { if case .stop = $0 { true } else { false } }
    var candidates: [KeptValue] = []
    for case .record(let recording, _) in run.body {
      for item in recording.items {
        if let kept = try candidate(item, recording.cadence, length: length, isStopping, clauses, in: scope) {
          candidates.append(kept)
        }
      }
    }
    for index in candidates.indices {
      let name = candidates[index].name
      if name == PathSlots.axis || candidates.prefix(index).contains(where: { $0.name == name }) {
        throw .alreadyRecorded(name, at: candidates[index].span)
      }
    }
    return EnsembleBuilder(paths: paths, candidates, in: scope, code, dt: clauses.dt)
  }

  /// What is recorded at one moment, or of the first moment at which something holds; nil for anything else.
  private func candidate(
    _ item: Recording.Item, _ cadence: Cadence, length: Int, _ isStopping: Bool, _ clauses: RunClauses, in scope: Scope
  ) throws(Diagnostic) -> KeptValue? {
    let place = code.tree.span(item.value)
    func kept(_ value: ExpressionID, _ moment: KeptValue.Moment) throws(Diagnostic) -> KeptValue {
      guard length > 0 else {
        throw .needs("what is recorded of each path", "a run of one step at least", at: place)
      }
      let name = item.alias?.text ?? shortName(item.value) ?? session.sources.text(place)
      return KeptValue(id: item.value, value: value, name: name, moment: moment, span: place)
    }
    if let (axis, unit, condition) = event(item.value) {
      guard unit == "step" || clauses.dt != nil else {
        throw .meansNothing(
          "time", "for a map, whose steps have none", at: code.tree.span(axis), help: ["write `step`"])
      }
      switch cadence {
      case .always: return try kept(condition, .first(inTime: unit == "time"))
      default:
        throw .meansNothing(
          "a cadence", "for the first moment at which something holds", at: place, help: ["give it a line of its own"])
      }
    }
    switch cadence {
    case .end: return try kept(item.value, isStopping ? .end : .at(length))
    case .at(let id, let unit):
      return try kept(
        item.value, .at(recordedStep(id, unit, length: length, stepsPerEpoch: nil, dt: clauses.dt, in: scope)))
    default: return nil
    }
  }

  /// The axis and the condition of `first(time where y < 0)`; nil of anything else.
  private func event(_ id: ExpressionID) -> (axis: ExpressionID, unit: String, condition: ExpressionID)? {
    guard case .call(let callee, let arguments, _) = code.tree[id], case .name("first") = code.tree[callee],
      arguments.count == 1, case .filtered(let axis, let condition) = code.tree[arguments[0].value],
      case .name(let unit) = code.tree[axis], ["time", "step"].contains(unit)
    else { return nil }
    return (axis, unit, condition)
  }

  /// Refuses what a run cannot record on its way: when something first holds is known afterwards.
  private func refuseEvents(in run: RunStatement) throws(Diagnostic) {
    for case .record(let recording, _) in run.body {
      for item in recording.items {
        guard let (_, unit, condition) = event(item.value) else { continue }
        let text = session.sources.text(code.tree.span(condition))
        let subject = "`ensemble \(run.name?.text ?? "NAME") = … paths 1 …`"
        throw .meansNothing(
          "first(\(unit) where …)", "in what one run records", at: code.tree.span(item.value),
          help: [
            "end the run there by `stop when \(text)`, or ask its series afterwards",
            "\(subject) records it of each path",
          ])
      }
    }
  }
}
