import Diagnostics
import Graph
import Tensors

// The run around a state, as its metrics see it: where it started, the batch of the next update, and the state after it.

extension MetricStager {
  /// Gives `start`, `live` and `next` their meaning in a scope.
  func defineSteps(in names: Scope, _ span: Span) {
    names.define(
      "start",
      .deferred(
        Deferred { [unowned self] () throws(Diagnostic) in
          let block = evaluator.point?.loss?.block ?? Array(leaves.indices)
          return try evaluator.flattened(start(block, span), at: span)
        }))
    names.define("live", .deferred(Deferred { [unowned self] () throws(Diagnostic) in try live(span) }))
    names.define("next", .deferred(Deferred { [unowned self] () throws(Diagnostic) in try next(span) }))
  }

  /// Tensors at step 0: a constant of the run, so that a metric of them is still a function of the state.
  func start(_ block: [Int], _ span: Span) throws(Diagnostic) -> [NodeID] {
    guard let tensors = try subject.start() else {
      return block.map { evaluator.graph.freshInput(evaluator.graph.type(leaves[$0])) }
    }
    return block.map { evaluator.constantNode(tensors[$0]) }
  }

  /// The samples and the noise of the next update, or of one further ahead.
  private func batch(ahead: Int) -> BatchView {
    let key = { [unowned self] (name: String) -> NodeID in
      let now = noiseKey(name)
      return ahead == 0 ? now : evaluator.graph.add(Add(), now, evaluator.constantNode(Self.oneStep))
    }
    if let size = subject.settings.sampling?.batch {
      return BatchView(indices: indexNode(size, ahead: ahead), count: size, isWhole: false, key: key)
    }
    let fresh = subject.settings.freshCount
    let isWhole = fresh == nil && !(subject.problem?.drawsEveryStep ?? false)
    return BatchView(indices: nil, count: fresh ?? subject.problem?.sampleCount ?? 1, isWhole: isWhole, key: key)
  }

  /// What a key of noise grows by with each step.
  private static let oneStep = Tensor(integers: [0, 1, 0], shape: [3])

  /// The loss of the batch of the next update.
  private func live(_ span: Span) throws(Diagnostic) -> Value {
    guard let loss = point(batch(ahead: 0), block: evaluator.point?.loss?.block) else { return .unknown }
    let names = Scope(parent: nil)
    loss.define(in: names, span)
    return .view(names)
  }

  /// The state after the next update: the objective there, `next.live` its batch, and the optimizer's states.
  private func next(_ span: Span) throws(Diagnostic) -> Value {
    guard let problem = subject.problem else { return .unknown }
    let step = StepStager(evaluator: evaluator, problem: problem, rules: subject.rules, settings: subject.settings)
    steps.append(step)
    let surroundings = StepSurroundings(slots: slotNodes, gradients: nil, view: batch(ahead: 0)) { [unowned self] in
      timeNode()
    }
    let slots = try step.next(in: surroundings, at: span)
    let moved = Array(slots.prefix(leaves.count))
    let block = evaluator.point?.loss?.block
    let names = Scope(parent: nil)
    for name in Set(subject.slots.compactMap(\.state)).sorted() {
      let own = subject.slots.indices.filter { subject.slots[$0].state == name && $0 < slots.count }.map { slots[$0] }
      names.define(name, own.count == 1 ? .node(own[0]) : try evaluator.flattened(own, at: span))
    }
    point(view, at: moved, block: block)?.define(in: names, span)
    names.define(
      "live",
      .deferred(
        Deferred { [unowned self] () throws(Diagnostic) in
          let inner = Scope(parent: nil)
          point(batch(ahead: 1), at: moved, block: block)?.define(in: inner, span)
          return .view(inner)
        }))
    return .view(names)
  }
}
