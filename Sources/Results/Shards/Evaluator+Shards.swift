import Data
package import Diagnostics
import Evaluation
import Experiments
import Messages
import Syntax
import Tensors
package import Values

/// A script of which one process makes a share of the runs.
///
/// Note [Shards]
/// The process walks the script as any other does, over those statements that the runs of its sweeps depend on. Of each sweep
/// it makes its own runs. Where a later sweep needs the results, it goes on when the runs of all shards are there, and else
/// leaves out whatever mentions them: starting it again, once they are there, makes the rest. Nothing is shown, judged or
/// written: that is done by the process that runs the whole script with the records (`merge`).
extension Evaluator {
  /// Carries out what the runs of a shard need of a script.
  package func evaluateShard(_ code: Code, _ slice: ShardSlice, in scope: Scope, _ shard: ShardWork) throws(Diagnostic)
  {
    self.code = code
    var open: Set<String> = []
    for (id, part) in zip(code.tree.body, slice.parts) where part.isNeeded {
      if !part.words.isDisjoint(with: open) {
        open.formUnion(part.results)
        if part.hasSweep, !isDefinition(id) { shard.log.note(waiting: part.results.sorted().first ?? "sweep") }
        continue
      }
      shard.isUsed = part.isUsed
      shard.isIncomplete = false
      do {
        try evaluateTop(id, in: scope)
      } catch {
        guard shard.isIncomplete, error.effect == .silent else { throw error }
      }
      guard shard.isIncomplete else { continue }
      open.formUnion(part.results)
      // What a file defines has no names here.
      if case .use = code.tree[id] { return }
    }
  }

  private func isDefinition(_ id: StatementID) -> Bool {
    if case .definition = code.tree[id] { true } else { false }
  }

  /// Makes the runs of a sweep that are of this shard; the sweep has its members only where all are there.
  func run(
    _ points: [SweepPoint], _ body: SweepBody, of sweep: SweepValue, at span: Span, _ shard: ShardWork
  ) throws(Diagnostic) {
    let own = points.indices.filter(shard.shard.holds)
    let titles = own.map { SweepPart.title(sweep.axes, points[$0].values, points[$0].labels) }
    shard.first = shard.log.begin(sweep.name, count: points.count, numbers: own, titles: titles)
    let part = SweepValue(name: sweep.name, axes: sweep.axes, derived: sweep.derived, cells: [], isKnown: true)
    try run(own.map { points[$0] }, body, of: part, at: span)
    for (position, cell) in part.cells.enumerated() {
      if case .failed(let error) = cell.outcome { shard.log.note(shard.first + position, failure: error.message) }
    }
    shard.log.tell()
    // Inside of a loop or a function nothing says what follows.
    guard shard.isUsed || span != topSpan else {
      shard.isIncomplete = true
      return
    }
    shard.isGathering = true
    defer { shard.isGathering = false }
    try run(points, body, of: sweep, at: span)
  }

  /// What cannot be kept was made in vain.
  package func requireKept(at span: Span) throws(Diagnostic) {
    guard let store = session.store, store.isForResults else { return }
    if let failure = session.shard?.log.failure ?? store.failure.first { throw .data(failure, at: span) }
  }

  /// Runs that are not there, where this process does not make them.
  func refuse(_ absent: [String], of count: Int, sweep: SweepValue, at span: Span) throws(Diagnostic) {
    guard !absent.isEmpty else { return }
    guard let shard = session.shard else {
      throw .absentRuns(absent, of: count, sweep: sweep, session, at: span)
    }
    shard.isIncomplete = true
    throw .silent(at: span)
  }
}
