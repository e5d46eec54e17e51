import Diagnostics
import Engine
import Experiments
import Runs
import Syntax
import Tensors
import Values

/// Sweeps whose members several processes make, each its share: those whose number leaves its own when it is divided by
/// how many there are.
///
/// Each process stages and makes its members and gives their records to all others, with what is known of each besides its
/// numbers; nobody stages a member of another. One that could not be run is tried by everyone, to the same message.
extension Evaluator {
  func runAmongRanks(
    _ points: [SweepPoint], _ body: SweepBody, of sweep: SweepValue, at span: Span
  ) throws(Diagnostic) {
    // A sweep inside of a member is of the rank that makes it.
    guard let ranks = session.ranks, session.share == nil else { return try run(points, body, of: sweep, at: span) }
    let own = points.indices.filter { $0 % ranks.count == ranks.index }
    let part = SweepValue(name: sweep.name, axes: sweep.axes, derived: sweep.derived, cells: [], isKnown: true)
    part.recipe = sweep.recipe
    let share = RankShare(part, places: own)
    session.share = share
    defer { session.share = nil }
    let example = try requireAlike(points, body, of: sweep, ranks, at: span)
    if !own.isEmpty { try run(own.map { points[$0] }, body, of: part, at: span) }
    do throws(RankFault) {
      let odd = share.complete(sweep, with: try ranks.gather(share.encoded))
      if let odd { throw RankFault(.outOfStep(rank: odd)) }
    } catch { throw session.failure(of: error, at: span) }
    try run(points, body, of: sweep, at: span, like: example)
  }

  /// Refuses ranks whose members have other numbers, by the first that can be staged, which it gives: files may differ from
  /// machine to machine.
  private func requireAlike(
    _ points: [SweepPoint], _ body: SweepBody, of sweep: SweepValue, _ ranks: RankChannel, at span: Span
  ) throws(Diagnostic) -> BoundRun? {
    var parts: [RunCheckpoint.Identity.Part] = []
    var example: BoundRun?
    for point in points where example == nil {
      do {
        let bound = try staged(point, body, of: sweep).bound
        parts = try spec(of: bound).parts(session.digests)
        example = bound
      } catch {
        guard error.effect != .limit, error.effect != .interrupt else { throw error }
      }
    }
    try requireAlike(parts, of: sweep.name, ranks, at: span)
    return example
  }
}
