import Arithmetic
import Diagnostics
import Experiments
import Graph
import Messages
import Staging
import Tensors
import Values

// The next update of a run, as its metrics see it.

extension MetricStager {
  /// x′ − x of the optimizer at the present state for a gradient, one tensor for each parameter; of a block of them.
  func update(by gradients: [NodeID], _ view: BatchView, _ block: [Int], _ span: Span) throws(Diagnostic) -> Value {
    guard let problem = subject.problem else { throw .unavailableHere("update", "a process has no updates", at: span) }
    guard measuringPoint == nil else {
      throw .unavailableHere("update", "a hyper-parameter is measured before its update", at: span)
    }
    let step = StepStager(evaluator: evaluator, problem: problem, rules: subject.rules, settings: subject.settings)
    steps.append(step)
    let next = try step.next(in: StepSurroundings(gradients: gradients, view: view, slots: subject.slots), at: span)
    if step.drawsFreshNoise { drawsRuleNoise = true }
    var moves: [NodeID] = []
    for leaf in block { moves.append(evaluator.graph.add(Subtract(), next[leaf], leaves[leaf])) }
    return try evaluator.flattened(moves, at: span)
  }

  /// A state of the optimizer for some of the parameters, as one vector; nil where it is not kept by parameter.
  func state(_ name: String, of block: [Int]) -> [NodeID]? {
    guard let problem = subject.problem else { return nil }
    var nodes: [NodeID] = []
    for leaf in block {
      let path = "@" + problem.leaves[leaf].path
      guard let slot = subject.slots.firstIndex(where: { $0.state == name && $0.path.hasSuffix(path) }) else {
        return nil
      }
      nodes.append(slotNodes[slot])
    }
    return nodes
  }
}
