import Arithmetic
package import Diagnostics
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

/// `delay 3`: what is sent in a step arrives three steps later.
package struct Delay {
  package var steps: Int
  package var span: Span

  package init(steps: Int, span: Span) {
    self.steps = steps
    self.span = span
  }
}

extension StepStager {
  /// What arrives in this step of what is sent in this and the steps before it: with `delay d` that of d steps before, and 0 in
  /// the first d steps.
  ///
  /// What is on its way is a slot of the run, [d, …], of which each step takes the first row and appends one.
  func arriving(_ node: NodeID, _ name: String) throws(Diagnostic) -> NodeID {
    guard let delay = settings.delay, delay.steps > 0 else { return node }
    let shape = evaluator.graph.shape(node)
    let whole = Shape([delay.steps] + shape.sizes)
    try evaluator.requireMemory(TensorType(whole, evaluator.graph.dtype(node)), at: delay.span)
    let waiting = keep("on its way: \(name)", TensorType(whole, evaluator.graph.dtype(node)), state: "on its way") {
      (_) in .tensor(Tensor([Double](repeating: 0, count: whole.count), shape: whole))
    }
    let one = Shape([1] + shape.sizes), zeros = shape.sizes.map { _ in 0 }
    let last = evaluator.graph.reshape(node, to: one)
    var following = [last]
    if delay.steps > 1 {
      let rest = Slice(starts: [1] + zeros, stops: whole.sizes)
      following.insert(evaluator.graph.add(rest, waiting.input), at: 0)
    }
    let next = following.count == 1 ? last : evaluator.graph.add(Concatenate(axis: 0), inputs: following)
    settle(waiting, next)
    let first = evaluator.graph.add(Slice(starts: [0] + zeros, stops: one.sizes), waiting.input)
    return evaluator.graph.reshape(first, to: shape)
  }

  /// Values of what workers have sent, as they are of what has arrived.
  func arrived(_ values: [NodeID], _ path: String) throws(Diagnostic) -> [NodeID] {
    guard isDelayed else { return values }
    let needed = evaluator.graph.requirement(of: values)
    let sent = sending.sent.filter { $0.index < needed.count && needed[Int($0.index)] }.sorted { $0.index < $1.index }
    guard !sent.isEmpty else { return values }
    let part = evaluator.graph.extracted(outputs: values, inputs: sent)
    let arriving = try sent.map { (node) throws(Diagnostic) in
      if let known = arrivals[node] { return known }
      let result = try self.arriving(node, sending.name(at: path))
      arrivals[node] = result
      return result
    }
    return evaluator.graph.inline(part.body, inputs: arriving + part.captured)
  }

  /// Refuses a delay of what no rule reduces over workers, which would wait for nothing.
  func requireArrivals() throws(Diagnostic) {
    guard isDelayed, arrivals.isEmpty, round?.meanMoves.isEmpty ?? true, let delay = settings.delay else { return }
    throw .meansNothing(
      "delay", "where nothing that is sent is taken `over worker`", at: delay.span,
      help: ["write `x' = x - mean(send(…) over worker)` in the rule, which is the same for one worker"])
  }

  // MARK: Slots behind all others

  /// A slot behind all others, by its name.
  struct KeptSlot {
    var place: Int
    var input: NodeID
  }

  /// A slot behind all others; its next value is what `settle` gives, until then the same.
  ///
  /// - Parameter worker: the one that alone has it; nil for all.
  func keep(
    _ path: String, _ type: TensorType, state: String, of worker: Int? = nil,
    from start: @escaping (Int) throws(Diagnostic) -> Value
  ) -> KeptSlot {
    let models = settings.isQuadratic ? problem.leaves.count : 0
    let slot = surroundings?.slots.firstIndex { $0.path == path } ?? slots.count + models + holds.count
    let input = slotNode(slot, type)
    var hold = HeldNumber(path: path, slot: slot, type: type, output: input, state: state, start: start)
    hold.worker = worker
    holds.append(hold)
    return KeptSlot(place: holds.count - 1, input: input)
  }

  func settle(_ kept: KeptSlot, _ next: NodeID) { holds[kept.place].output = next }
}
