import Diagnostics
import Experiments
import Graph
import Syntax
import Tensors

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
    var path = Path(slots: slots, before: inputs, after: inputs)
    for one in carried { path.after[one.input] = one.output }
    addDivergence(to: &path, evaluator)
    let stateCount = slots.count
    var kept: [KeptValue] = []
    let stager = MetricStager(
      evaluator: evaluator, subject: subject(of: process, path.slots, stateCount: stateCount, real: evaluator.realType))
    for candidate in candidates {
      let value = try stager.value(of: candidate, over: path.before, in: scope, code, at: span)
      guard evaluator.graph.depends(value, on: path.before) else { continue }
      guard stager.paths?.reductions.isEmpty != false else {
        throw .notAvailable(
          "over path", "in what is recorded of each path by itself", at: candidate.span,
          help: "record the statistic by itself, and write its value here")
      }
      let shape = evaluator.graph.shape(value)
      guard shape.rank == 0 else {
        throw .recordedNotScalar(candidate.name, shape, most: 1, at: candidate.span)
      }
      add(candidate, value, stateCount: stateCount, to: &path, evaluator)
      kept.append(candidate)
    }
    let ensemble = Ensemble(paths: paths, slots: path.slots, stateCount: stateCount, kept: kept)
    self.ensemble = ensemble
    let wide = path.slots.indices.map { evaluator.builder.input(.slot($0), ensemble.type(of: $0)) }
    let pairs = zip(path.before, wide).map { (original: $0, replacement: $1) } + noise
    let outputs = evaluator.graph.batch(outputs: path.after, inputs: pairs, size: paths)
    return StepSpec(
      slots: path.slots.indices.map { Slot(path: path.slots[$0].path, type: ensemble.type(of: $0)) },
      program: evaluator.builder.program(
        outputs: [], carried: outputs.enumerated().map { (input: $0.offset, output: $0.element) }))
  }

  /// What metrics see of one path.
  func subject(of process: StagedProcess, _ slots: [Slot], stateCount: Int, real: DType) -> MetricSubject {
    var subject = MetricSubject(problem: nil, rules: [], slots: slots, dt: dt) { (names) throws(Diagnostic) in
      for name in process.scope.localNames {
        if let binding = process.scope.local(name) { names.define(name, binding.value) }
      }
      for (index, slot) in slots.prefix(stateCount).enumerated() { names.define(slot.path, .leaf(index)) }
    }
    subject.paths = paths
    subject.stateCount = stateCount
    return subject
  }

  // MARK: Divergence

  /// A path whose next state is not finite stays where it is, for good.
  private func addDivergence(to path: inout Path, _ evaluator: Evaluator) {
    let real = evaluator.realType
    let died = evaluator.graph.freshInput(TensorType(.scalar, real))
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
  ) {
    let real = evaluator.realType
    let type = TensorType(.scalar, real)
    let slot = evaluator.graph.freshInput(type)
    let time = evaluator.builder.time
    let number = evaluator.graph.convert(time, to: real)
    func constant(_ value: Double) -> NodeID { evaluator.graph.constant(value, real) }
    // The same of the state that the update leads to.
    let later = evaluator.graph.add(Add(), time, evaluator.graph.constant(1, .f64))
    let mapping = zip(path.before, path.after).map { (original: $0, replacement: $1) } + [(time, later)]
    let next = evaluator.graph.substitute(
      outputs: [value], mapping: mapping.prefix(stateCount + 1) + mapping.suffix(1))[0]
    let isFirst = evaluator.graph.add(Equal(), number, constant(1))
    var result: NodeID
    switch kept.moment {
    case .at(0): result = evaluator.graph.add(Select(), isFirst, value, slot)
    case .at(let step):
      result = evaluator.graph.add(Select(), evaluator.graph.add(Equal(), number, constant(Double(step))), next, slot)
    case .first:
      let atOnce = evaluator.graph.add(Multiply(), isFirst, value)
      result = evaluator.graph.add(Select(), next, number, constant(-1))
      result = evaluator.graph.add(Select(), atOnce, constant(0), result)
      result = evaluator.graph.add(Select(), evaluator.graph.add(LessEqual(), constant(0), slot), slot, result)
    }
    path.slots.append(Slot(path: kept.path, type: type))
    path.before.append(slot)
    path.after.append(result)
  }
}

extension Evaluator {
  /// The builder of an ensemble's step; nil of a run that is none.
  func ensembleBuilder(_ definition: RunDefinition, _ process: StagedProcess, _ clauses: RunClauses, length: Int)
    throws(Diagnostic) -> EnsembleBuilder?
  {
    let (run, scope, span) = (definition.statement, definition.scope, definition.span)
    guard run.isEnsemble else {
      guard let place = PathsClause.span(in: run, code.tree) else { return nil }
      throw .meansNothing(
        "paths", "for one run: it is how many an ensemble has", at: place,
        help: ["write `ensemble NAME = … paths …`"])
    }
    guard let paths = clauses.paths else {
      if let place = PathsClause.span(in: run, code.tree) { throw .silent(at: place) }
      throw .needs("an ensemble", "a number of paths", at: span, help: ["write `paths 1000`"])
    }
    if let draw = process.draws.first {
      throw .drawInEnsemble(draw.text, at: draw.span)
    }
    var candidates: [KeptValue] = []
    for case .record(let recording, _) in run.body {
      for item in recording.items {
        if let kept = try candidate(item, recording.cadence, length: length, clauses, in: scope) {
          candidates.append(kept)
        }
      }
    }
    for index in candidates.indices {
      let name = candidates[index].name
      if candidates.prefix(index).contains(where: { $0.name == name }) {
        throw .alreadyRecorded(name, at: candidates[index].span)
      }
    }
    return EnsembleBuilder(paths: paths, candidates, in: scope, code, dt: clauses.dt)
  }

  /// What is recorded at one moment, or of the first moment at which something holds; nil for anything else.
  private func candidate(
    _ item: Recording.Item, _ cadence: Cadence, length: Int, _ clauses: RunClauses, in scope: Scope
  ) throws(Diagnostic) -> KeptValue? {
    let place = code.tree.span(item.value)
    func kept(_ value: ExpressionID, _ moment: KeptValue.Moment) throws(Diagnostic) -> KeptValue {
      guard length > 0 else {
        throw .needs("what is recorded of each path", "a run of one step at least", at: place)
      }
      let name = item.alias?.text ?? shortName(item.value) ?? session.sources.text(place)
      return KeptValue(id: item.value, value: value, name: name, moment: moment, span: place)
    }
    if case .call(let callee, let arguments, _) = code.tree[item.value], case .name("first") = code.tree[callee],
      arguments.count == 1, case .filtered(let axis, let condition) = code.tree[arguments[0].value],
      case .name(let unit) = code.tree[axis], ["time", "step"].contains(unit)
    {
      guard unit == "step" || clauses.dt != nil else {
        throw .meansNothing(
          "time", "for a map, whose steps have none", at: code.tree.span(axis), help: ["write `step`"])
      }
      switch cadence {
      case .always, .end: return try kept(condition, .first(inTime: unit == "time"))
      default:
        throw .meansNothing(
          "a cadence", "for the first moment at which something holds", at: place, help: ["give it a line of its own"])
      }
    }
    switch cadence {
    case .end: return try kept(item.value, .at(length))
    case .at(let id, let unit):
      return try kept(
        item.value, .at(recordedStep(id, unit, length: length, stepsPerEpoch: nil, dt: clauses.dt, in: scope)))
    default: return nil
    }
  }
}
