import Arithmetic
import Diagnostics
import Experiments
import Graph
import Messages
import Staging
import Tensors
import Values

// The run around a state, as its metrics see it: where it started, the batch of the next update, and the state after it.

extension MetricStager {
  /// Gives `start`, `live` and `next` their meaning in a scope.
  func defineSteps(in names: Scope, _ span: Span) {
    names.define(.start) { [unowned self] () throws(Diagnostic) in
      let block = evaluator.point?.loss?.block ?? Array(leaves.indices)
      return try evaluator.flattened(start(block, span), at: span)
    }
    names.define(.live) { [unowned self] () throws(Diagnostic) in try live(span) }
    names.define(.next) { [unowned self] () throws(Diagnostic) in try next(span) }
  }

  /// Tensors at step 0: a constant of the run, so that a metric of them is still a function of the state.
  func start(_ block: [Int], _ span: Span) throws(Diagnostic) -> [NodeID] {
    guard !subject.startsApart else {
      throw .unavailableHere("start", "each path of an ensemble has its own", at: span)
    }
    guard let tensors = try subject.start() else {
      return block.map { evaluator.graph.freshInput(evaluator.graph.type(leaves[$0])) }
    }
    return block.map { evaluator.constantNode(tensors[$0]) }
  }

  /// The samples and the noise of the next update, or of one further ahead.
  func batch(ahead: Int) -> BatchView {
    let key = { [unowned self] (name: String) -> NodeID in
      let now = noiseKey(name)
      return ahead == 0 ? now : evaluator.graph.add(Add(), now, evaluator.constantNode(Self.oneStep))
    }
    if ahead > 0 { looksAhead = true }
    let settings = ahead > 0 ? subject.following.last?.settings ?? subject.settings : subject.settings
    if let sampling = settings.sampling {
      return BatchView(
        indices: indexNode(sampling.batch, ahead: ahead), count: sampling.batch, isWhole: false, key: key,
        shares: evaluator.sharesNode(sampling, ahead: ahead))
    }
    let fresh = settings.freshCount
    let isWhole = fresh == nil && !(subject.problem?.drawsEveryStep ?? false)
    return BatchView(indices: nil, count: fresh ?? subject.problem?.sampleCount ?? 1, isWhole: isWhole, key: key)
  }

  /// What a key of noise grows by with each step.
  private static let oneStep = Tensor(integers: [0, 1, 0], shape: [3])

  /// The loss of the batch of the next update.
  private func live(_ span: Span) throws(Diagnostic) -> Value {
    if subject.settings.local != nil { throw .ofLocalSteps(StepName.live.rawValue, at: span) }
    guard let loss = point(batch(ahead: 0), block: evaluator.point?.loss?.block) else { return .unknown(.any) }
    let names = Scope(parent: nil)
    loss.define(in: names, span)
    return .view(names)
  }

  /// The state after the next update: the objective there, `next.live` its batch, and the optimizer's states.
  private func next(_ span: Span) throws(Diagnostic) -> Value {
    guard let problem = subject.problem else { return .unknown(.any) }
    let step = StepStager(evaluator: evaluator, problem: problem, rules: subject.rules, settings: subject.settings)
    steps.append(step)
    looksAhead = true
    let surroundings = StepSurroundings(
      gradients: nil, view: batch(ahead: 0), next: batch(ahead: 1), slots: subject.slots)
    let slots = try entered(step.next(in: surroundings, at: span), span)
    let moved = Array(slots.prefix(leaves.count))
    let block = evaluator.point?.loss?.block
    let names = Scope(parent: nil)
    for name in Set(subject.slots.compactMap(\.state)).sorted() {
      let own = subject.slots.indices.filter { subject.slots[$0].state == name && $0 < slots.count }.map { slots[$0] }
      if own.isEmpty { continue }
      names.define(name, own.count == 1 ? .node(own[0]) : try evaluator.flattened(own, at: span))
    }
    point(view, at: moved, block: block)?.define(in: names, span)
    names.define(.live) { [unowned self] () throws(Diagnostic) in
      let inner = Scope(parent: nil)
      point(batch(ahead: 1), at: moved, block: block)?.define(in: inner, span)
      return .view(inner)
    }
    return .view(names)
  }

  /// The state after the next update as the next step finds it: with what interventions assign there.
  private func entered(_ slots: [NodeID], _ span: Span) throws(Diagnostic) -> [NodeID] {
    var slots = slots
    for segment in subject.following where !segment.assignments.isEmpty {
      guard let problem = subject.problem, let outer = evaluator.point else { break }
      let target = InterventionTarget(
        problem: problem, rules: subject.rules, slots: Array(subject.slots.prefix(slots.count)), step: segment.start)
      let moved = Array(slots.prefix(leaves.count)), names = Scope(parent: outer.names)
      point(view, at: moved)?.define(in: names, span)
      // Where the order of samples changes too, the first batch of the new one stands for that of the old.
      names.define(.live) { [unowned self] () throws(Diagnostic) in
        let inner = Scope(parent: nil)
        point(batch(ahead: 1), at: moved)?.define(in: inner, span)
        return .view(inner)
      }
      let own = PointContext(parameters: moved.map(Value.node), names: names)
      (own.stager, own.metric) = (self, outer.metric)
      slots = try evaluator.at(own) { () throws(Diagnostic) in
        var assigned = slots
        for assignment in segment.assignments {
          let places = evaluator.leavesOrStates(assignment.target, target)
          let scope = try assignmentScope(assignment, slots, names, span)
          let values = try values(of: assignment, for: places.map { slots[$0] }, in: scope)
          for (place, value) in zip(places, values) { assigned[place] = value }
        }
        return assigned
      }
    }
    return slots
  }

  /// What an assignment at the next step sees: the state there, with the optimizer's numbers as they have been.
  private func assignmentScope(_ assignment: StateAssignment, _ slots: [NodeID], _ names: Scope, _ span: Span)
    throws(Diagnostic) -> Scope
  {
    let scope = Scope(parent: assignment.thunk.scope)
    scopes.append(scope)
    scope.adopt(StepName.plain, from: names)
    let now = try evaluator.realTime(at: span)
    scope.define(.step, now)
    scope.define(.t, now)
    let stepNames = hyperparameterNames(names, ahead: 1, at: Array(slots.prefix(leaves.count)), span)
    stepNames.define(.t, try evaluator.apply(Add(), [now, .real(1)], at: span))
    for instance in subject.rules.flatMap(\.instances) {
      let values = Hyperparameters(
        evaluator, instance, changes: subject.settings.hyperparameters, stepNames: stepNames)
      values.isOfRun = true
      values.place = subject.rules.flatMap(\.instances).firstIndex { $0 === instance } ?? 0
      hyperparameters.append(values)
      values.define(in: scope)
    }
    for state in Set(subject.slots.compactMap(\.state)).sorted() where scope.lookup(state)?.span == nil {
      let own = subject.slots.indices.filter { subject.slots[$0].state == state && $0 < slots.count }.map { slots[$0] }
      if own.isEmpty { continue }
      scope.define(state, own.count == 1 ? .node(own[0]) : try evaluator.flattened(own, at: span))
    }
    try subject.names(scope)
    return scope
  }
}
