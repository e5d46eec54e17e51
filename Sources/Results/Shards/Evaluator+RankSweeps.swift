import Diagnostics
import Engine
import Experiments
import Syntax
import Tensors
import Values

/// Sweeps whose members several processes make, each its share: those whose number leaves its own when it is divided by
/// how many there are.
///
/// Each process makes its members and gives their records to all others; then all have all of them, as from a store. A member
/// that could not be run is tried by everyone, to the same message.
extension Evaluator {
  func runAmongRanks(
    _ points: [SweepPoint], _ body: SweepBody, of sweep: SweepValue, at span: Span
  ) throws(Diagnostic) {
    // A sweep inside of a member is of the rank that makes it.
    guard let ranks = session.ranks, session.share == nil else { return try run(points, body, of: sweep, at: span) }
    let own = points.indices.filter { $0 % ranks.count == ranks.index }
    let part = SweepValue(name: sweep.name, axes: sweep.axes, derived: sweep.derived, cells: [], isKnown: true)
    part.recipe = sweep.recipe
    let share = RankShare()
    session.share = share
    defer { session.share = nil }
    if !own.isEmpty { try run(own.map { points[$0] }, body, of: part, at: span) }
    do throws(RankFault) {
      for bytes in try ranks.gather(share.encoded) { share.take(bytes) }
    } catch { throw session.failure(of: error, at: span) }
    share.isComplete = true
    try run(points, body, of: sweep, at: span)
  }
}
