import Data
package import Diagnostics
import Experiments
import Syntax
import Tensors

/// A script of which one process makes a share of the runs.
///
/// Note [Shards]
/// The process walks the script as any other does, over those statements that the runs of its sweeps depend on. Of each sweep
/// it makes its own runs. Where a later sweep needs the results, it goes on when the runs of all shards are there, and else
/// leaves out whatever mentions them: starting it again, once they are there, makes the rest. Nothing is shown, judged or
/// written: that is done by the process that runs the whole script with the records (`merge`).
extension Evaluator {
  func evaluateShard(_ code: Code, _ slice: ShardSlice, in scope: Scope, _ shard: ShardWork) throws(Diagnostic) {
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
  func requireKept(at span: Span) throws(Diagnostic) {
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

/// The share of a script that this process makes.
final class ShardWork {
  let shard: Shard
  let log: ShardLog
  /// Whether what the present statement defines is needed by a later one.
  var isUsed = false
  /// Set where runs of others are not there yet.
  var isIncomplete = false
  /// Whether the results of all are being put together, none being made.
  var isGathering = false
  /// The place in the log of the first run of the sweep at hand.
  var first = 0

  init(_ shard: Shard, _ log: ShardLog) { (self.shard, self.log) = (shard, log) }
}

// MARK: - Beginning and end

extension Session {
  /// How often the shards of a script must be run one after the other.
  ///
  /// - Throws: a finding where there is nothing to divide.
  package static func shardStages(of source: SourceText) throws(Diagnostic) -> Int {
    let tree = Parser.parse(source, file: 0).tree
    let slice = ShardSlice(tree) { source.text(tree.span($0)) }
    guard slice.parts.contains(where: \.hasSweep) else { throw .nothingToDivide(source.name) }
    return slice.stages
  }

  /// Runs a script as the options say: the whole of it, or a share of its runs.
  func evaluate(_ source: SourceText, _ code: Code, by evaluator: Evaluator, _ context: SessionContext)
    throws(Diagnostic)
  {
    context.scriptName = source.name
    guard let records = options.records else { return try evaluator.evaluateTop(code, in: evaluator.globals) }
    let slice = ShardSlice(code.tree) { context.sources.text(code.tree.span($0)) }
    let own = status(of: source, slice, records)
    let known = ShardStatus.all(in: records.host)
    context.failedKeys = Set(known.flatMap(\.members).filter { !$0.failure.isEmpty }.map(\.key))
    guard let shard = records.shard else {
      context.otherRecords = known.lazy.compactMap(own.difference).first
      return try evaluator.evaluateTop(code, in: evaluator.globals)
    }
    for status in known {
      if let difference = own.difference(from: status) { throw .recordsOfAnother(status, difference: difference) }
    }
    try requireIdle(known, shard, records)
    guard slice.parts.contains(where: \.hasSweep) else { throw .nothingToDivide(source.name) }
    let work = ShardWork(shard, ShardLog(records, shard, own))
    context.shard = work
    try evaluate(code, slice, by: evaluator, work)
  }

  private func evaluate(_ code: Code, _ slice: ShardSlice, by evaluator: Evaluator, _ work: ShardWork)
    throws(Diagnostic)
  {
    work.log.tell()
    do {
      try evaluator.requireKept(at: Span(file: code.tree.file, 0, 0))
      try evaluator.evaluateShard(code, slice, in: evaluator.globals, work)
    } catch {
      work.log.tell(.stopped, error.message)
      throw error
    }
    work.log.tell(.ended)
    try evaluator.requireKept(at: Span(file: code.tree.file, 0, 0))
  }

  /// What a process of this script says of itself at its beginning.
  private func status(of source: SourceText, _ slice: ShardSlice, _ records: RecordsOptions) -> ShardStatus {
    var digest = Digest()
    for part in slice.parts where part.isNeeded { digest.add(part.text + "\n") }
    digest.add("\(options.seed.map(String.init) ?? "")")
    for override in options.overrides { digest.add("\(Spelling.canonical(override.name))=\(override.text)") }
    return ShardStatus(
      script: source.name, identity: digest.text, release: options.release, index: records.shard?.index ?? 0,
      count: records.shard?.count ?? 1, machine: records.machine, process: records.process, told: 0, state: .running,
      reason: "", sweeps: [], waiting: [], members: [])
  }

  /// Two processes of one shard would do everything twice.
  private func requireIdle(_ known: [ShardStatus], _ shard: Shard, _ records: RecordsOptions) throws(Diagnostic) {
    guard let status = known.first(where: { $0.index == shard.index && $0.count == shard.count }) else { return }
    if status.isUnderWay(at: records.clock(), isAlive: records.isAlive) {
      throw .shardUnderWay(status, secondsAgo: max(0, records.clock() - status.told))
    }
  }
}
