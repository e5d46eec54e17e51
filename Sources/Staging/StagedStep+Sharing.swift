import Engine
import Experiments
import Graph
import Values

extension StepStager {
  /// Whether several processes can hold the workers.
  var isDivisible: Bool { workerCount > 1 }

  /// A step that says what of it is of which of several workers.
  func shared(_ step: StepSpec) -> StepSpec {
    guard isDivisible else { return step }
    var builder = SharingBuilder(workers: workerCount)
    for (worker, node, cost) in sending.senders {
      builder.note(sent: node, by: worker)
      // What it costs may depend on what nobody else has.
      if case .node(let bits) = cost, isOwned(bits) { builder.note(sent: bits, by: worker) }
    }
    for (slot, parts, whole) in sending.rows { builder.note(rows: parts, of: slot, whole: whole) }
    for hold in holds { if let worker = hold.worker { builder.note(kept: hold.slot, by: worker) } }
    var result = step
    result.sharing = builder.sharing
    result.program.program.marks = builder.marks
    return result
  }

  /// Whether a value depends on what a worker has for itself in other ways than by what it sends.
  private func isOwned(_ node: NodeID) -> Bool {
    var pending = [node]
    var seen: Set<NodeID> = []
    while let next = pending.popLast() {
      guard seen.insert(next).inserted, !sending.sent.contains(next) else { continue }
      if sending.owned[next] != nil { return true }
      pending += evaluator.graph[next].inputs
    }
    return false
  }
}
