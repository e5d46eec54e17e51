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

  /// Refuses ranks that would compute other numbers: files may differ from machine to machine.
  func requireAlike(_ live: LiveRun) throws(Diagnostic) {
    guard let ranks = session.ranks, live.run.traffic != nil else { return }
    let parts = live.run.spec.parts(session.digests)
    let all: [[UInt8]]
    do throws(RankFault) { all = try ranks.gather(Array(parts.map(\.digest).joined(separator: " ").utf8)) } catch {
      throw session.failure(of: error, at: live.bound.span)
    }
    let digests = all.map { String(decoding: $0, as: UTF8.self).split(separator: " ").map(String.init) }
    for (rank, own) in digests.enumerated() {
      guard let part = parts.indices.first(where: { own.count <= $0 || own[$0] != digests[0][$0] }) else { continue }
      throw .unlikeRuns(rank, parts[part].words, of: live.bound.name, at: live.bound.span)
    }
  }

  /// A checkpoint as all ranks take it up: what the first one has found, so that no other needs to see the folder.
  func ofAllRanks(_ live: LiveRun, _ found: () throws(Diagnostic) -> (checkpoint: RunCheckpoint, path: String)?)
    throws(Diagnostic) -> (checkpoint: RunCheckpoint, path: String)?
  {
    guard let ranks = session.ranks, live.run.traffic != nil else { return try found() }
    let own = ranks.isFirst ? try found() : nil
    do throws(RankFault) {
      let bytes = try ranks.gather(own.map(\.checkpoint.encoded) ?? [])[0]
      if ranks.isFirst { return own }
      return (try? RunCheckpoint(bytes: bytes)).map { ($0, "") }
    } catch { throw session.failure(of: error, at: live.bound.span) }
  }

  /// Remembers what the workers of a run have sent between ranks.
  func noteTraffic(_ live: LiveRun) {
    guard let traffic = live.run.traffic else { return }
    let state = live.run.state
    let bits = live.run.slotNames.firstIndex(of: Sending.slotPath()).map { state.slots[$0].double(at: 0) }
    session.traffic.append(RunTraffic(run: live.bound.name, bits: bits, traffic: traffic))
  }
}
