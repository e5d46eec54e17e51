import Diagnostics
import Engine
import Experiments
import Messages
import Staging
import Tensors
import Values

extension Evaluator {
  /// Refuses a run of fewer workers than there are ranks; one without workers is made by each rank for itself.
  func requireWorkers(of bound: BoundRun) throws(Diagnostic) {
    guard let ranks = session.ranks, case .problem(_, let stager) = bound.subject else { return }
    let workers = stager.settings.workers
    guard workers > 1, workers < ranks.count else { return }
    throw .moreRanks(
      ranks.count, than: workers, of: bound.name, at: bound.clauses[WorkersClause.self]?.span ?? bound.span)
  }

  /// Remembers what the workers of a run have sent between ranks.
  func noteTraffic(_ live: LiveRun) {
    guard let traffic = live.run.traffic else { return }
    let state = live.run.state
    let bits = live.run.slotNames.firstIndex(of: Sending.slotPath()).map { state.slots[$0].double(at: 0) }
    session.traffic.append(RunTraffic(run: live.bound.name, bits: bits, traffic: traffic))
  }
}
