package import Diagnostics
package import Engine
package import Experiments
import Messages
import Staging
import Tensors
package import Values

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
    try requireAlike(live.run.spec.parts(session.digests), of: live.bound.name, ranks, at: live.bound.span)
  }

  /// The same of what has these parts; of none where it could not be made.
  package func requireAlike(
    _ parts: [RunCheckpoint.Identity.Part], of name: String, _ ranks: RankChannel, at span: Span
  ) throws(Diagnostic) {
    let own = parts.map { "\($0.digest) \($0.words)" }.joined(separator: "\n")
    let all: [[UInt8]]
    do throws(RankFault) { all = try ranks.gather(Array(own.utf8)) } catch {
      throw session.failure(of: error, at: span)
    }
    let lines = all.map { String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init) }
    for (rank, other) in lines.enumerated() where other != lines[0] {
      let different = zip(other, lines[0]).first { $0 != $1 }?.0.split(separator: " ", maxSplits: 1).last.map(
        String.init)
      throw .unlikeRuns(rank, different ?? "the values", of: name, at: span)
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
    session.traffic.append(RunTraffic(run: live.bound.name, bits: live.run.bitsSent, traffic: traffic))
  }
}
