import Arithmetic
import Diagnostics
import Engine
import Experiments
import Glibc
import Messages
import Runs
import Synchronization
import Syntax
import Tensors
import Values

/// Members of a sweep that are ready to run, and what has become of them.
///
/// Each run is moved by one thread at a time, and nobody looks at it before all are done; hence `@unchecked`.
final class SweepRuns: @unchecked Sendable {
  private let runs: [(run: Run, key: String?)]
  private let store: RunStore?
  private let plans: PlanCache
  private let failures: Mutex<[Int: any Error]>
  /// The caller's clock in seconds; nil where there is none.
  private let now: (@Sendable () -> Double)?

  /// Seconds between two times at which a run on its way is kept, where that is done.
  private static let keepInterval = 60.0

  /// - Parameter runs: each with its name in the store, if it is to be kept.
  init(
    _ runs: [(run: Run, key: String?)], store: RunStore?, plans: PlanCache, now: (@Sendable () -> Double)?
  ) {
    (self.runs, self.store, self.plans, self.now) = (runs, store, plans, now)
    failures = Mutex([:])
  }

  /// Runs all members on up to `threads` threads, those that differ in numbers only together.
  ///
  /// What they give depends neither on the number of threads, nor on the order, nor on who runs together. Each is kept
  /// as soon as it has ended.
  func finish(threads: Int) {
    let shares = shares(threads: threads)
    Workers.run(shares.count, threads: threads) { [self] number in
      let share = shares[number]
      if let store, store.isForResults, let failure = store.failure.first {
        failures.withLock { for index in share { $0[index] = failure } }
        return
      }
      do {
        if share.count > 1 { try RunCohort(share.map { runs[$0].run }, plans: plans)?.advance() }
      } catch {
        failures.withLock { for index in share { $0[index] = error } }
        return
      }
      for index in share { finish(index) }
    }
  }

  private func finish(_ index: Int) {
    keepOnTheWay(index)
    do {
      try runs[index].run.finish()
      keep(runs[index].run, runs[index].key)
    } catch { failures.withLock { $0[index] = error } }
  }

  /// Sees to it that a process which is killed loses little of a run that lasts.
  private func keepOnTheWay(_ index: Int) {
    guard let store, store.isForResults, let now, let key = runs[index].key else { return }
    var due = now() + Self.keepInterval
    runs[index].run.checkpoint = { run in
      if now() >= due {
        store.keepUnderWay(run.snapshot, key)
        due = now() + Self.keepInterval
      }
      return true
    }
  }

  /// Memory that the steps of runs which go together may go over: they are to stay near the processor.
  private static let cohortBytes = 256 << 10
  private static let cohortMax = 256

  /// Places of runs that go together, each time as many as are worth it, and every thread has its share.
  private func shares(threads: Int) -> [[Int]] {
    var kinds: [[Int]] = []
    for index in runs.indices {
      let isSmall = 2 * runs[index].run.workingBytes <= Self.cohortBytes
      if isSmall, let kind = kinds.firstIndex(where: { runs[index].run.isLike(runs[$0[$0.count - 1]].run) }) {
        kinds[kind].append(index)
      } else {
        kinds.append([index])
      }
    }
    return kinds.flatMap { kind in
      let room = Self.cohortBytes / max(1, runs[kind[0]].run.workingBytes)
      let size = max(1, min(Self.cohortMax, room, (kind.count + threads - 1) / max(1, threads)))
      return stride(from: 0, to: kind.count, by: size).map { Array(kind[$0..<min($0 + size, kind.count)]) }
    }
  }

  /// Runs that diverged are kept by the thread that knows the places of the script.
  private func keep(_ run: Run, _ key: String?) {
    guard let key, let store, let ending = run.ending else { return }
    switch ending {
    case .completed, .stopped: store.keep(Self.record(of: run, ending, cause: ""), key)
    case .interrupted: store.keepUnderWay(run.snapshot, key)
    case .diverged: return
    }
  }

  /// What a run leaves behind.
  static func record(of run: Run, _ ending: RunEnding, cause: String) -> RunRecord {
    RunRecord(
      series: run.series, finals: zip(run.slotNames, run.state.slots).map { (path: $0, tensor: $1) }, ending: ending,
      stepCount: run.step, cause: cause)
  }

  /// Why the member could not be run to an end, if it could not.
  func failure(of index: Int) -> (any Error)? { failures.withLock { $0[index] } }
}

/// How far the members of a sweep are, together.
final class SweepProgress: Sendable {
  private struct State {
    var steps: [Int: Int] = [:]
    var done = 0
    /// Steps of the members whose length is known.
    var length = 0
    var members = 0
  }

  private let state = Mutex(State())
  private let count: Int
  /// Others leave the terminal to the thread that began.
  private let caller = pthread_self()

  /// - Parameter count: members of the sweep.
  init(count: Int) { self.count = count }

  var isCaller: Bool { pthread_equal(pthread_self(), caller) != 0 }

  /// A member whose run has been bound.
  func add(length: Int) {
    state.withLock {
      $0.length += length
      $0.members += 1
    }
  }

  /// A member has reached a step; gives the steps of all that are done, and about how many there will be.
  func moved(_ member: Int, to step: Int) -> (done: Int, total: Int) {
    state.withLock { state in
      state.done += step - (state.steps[member] ?? 0)
      state.steps[member] = step
      let mean = Double(state.length) / Double(max(1, state.members))
      return (state.done, max(state.done, Int(mean * Double(count))))
    }
  }
}

extension Evaluator {
  /// Members that are planned before they run.
  private static let waveMax = 512
  /// Bytes that their plans may take.
  private static let waveBytes = 512 << 20

  /// Runs the members of a sweep, some at a time, and adds them to it in their order.
  ///
  /// - Parameter example: one of them as it is bound, where it is known.
  func run(
    _ points: [SweepPoint], _ body: SweepBody, of sweep: SweepValue, at span: Span, like example: BoundRun? = nil
  ) throws(Diagnostic) {
    let progress = SweepProgress(count: points.count)
    let plans = PlanCache()
    let first = sweep.cells.count
    var next = 0
    var template: SweepTemplate?
    var example = example
    var absent: [String] = []
    while next < points.count {
      let before = Memory.inUse
      var members: [Member] = []
      while next < points.count, members.count < Self.waveMax,
        members.count < session.threads || Memory.inUse - before < Self.waveBytes
      {
        if sweep.recipe?.axesUseSeed != false { template = nil }
        let number = sweep.cells.count + members.count
        if let shared = try shared(points[next], next, body, of: sweep) {
          if number == 0 { announce(sweep, shared.header, body) }
          members.append(Member(cell: shared.cell))
        } else {
          members.append(
            try prepared(points[next], body, of: sweep, number: number, progress, plans, like: &template))
        }
        next += 1
      }
      absent += members.compactMap(\.absence)
      example = example ?? members.lazy.compactMap(\.source?.bound).first
      try finish(members, of: sweep, plans, at: span)
      try requireKept(at: body.span)
    }
    try refuse(absent, of: points.count, sweep: sweep, at: body.span)
    if session.shard != nil || session.share?.isComplete == false { return }
    if let mistake = Self.commonMistake(in: sweep.cells.dropFirst(first)) { throw mistake }
    reportMisfortunes(of: sweep, from: first, at: body.span)
    if let example { judgeEstimates(of: sweep.cells.dropFirst(first).compactMap(\.run), example) }
  }

  /// A member of a sweep on its way: its run, or what is known without one.
  private struct Member {
    var cell: SweepCell
    var source: BoundMember?
    var run: Run?
    /// Its name in the store.
    var key: String?
    /// What it is called, where it is not in the store and others make it.
    var absence: String?
  }

  private func prepared(
    _ point: SweepPoint, _ body: SweepBody, of sweep: SweepValue, number: Int, _ progress: SweepProgress,
    _ plans: PlanCache, like template: inout SweepTemplate?
  ) throws(Diagnostic) -> Member {
    do {
      let (source, spec) = try specified(point, body, of: sweep, like: &template)
      if number == 0 { announce(sweep, header(of: source.bound), body) }
      progress.add(length: source.bound.length)
      return try prepared(source, spec, number, of: sweep, progress, plans)
    } catch {
      guard Self.concernsOneMember(error) else { throw error }
      return Member(cell: failed(point, body, error))
    }
  }

  /// A member that is in the store already, or its run at its start.
  private func prepared(
    _ source: BoundMember, _ spec: RunSpec, _ number: Int, of sweep: SweepValue, _ progress: SweepProgress,
    _ plans: PlanCache
  ) throws(Diagnostic) -> Member {
    let bound = source.bound
    var member = Member(cell: source.cell, source: source)
    if let share = session.share, !share.isOf(sweep), !bound.isPartial {
      let key = spec.key(release: session.release, session.digests)
      member.key = key
      if let record = share[key] {
        member.cell.outcome = .run(value(of: record, facts(of: bound)))
        return member
      }
    }
    if let store = session.store, !bound.isPartial {
      let key = spec.key(release: store.release, session.digests)
      member.key = key
      if let shard = session.shard, !shard.isGathering { shard.log.note(shard.first + number, key: key) }
      switch store.entry(key) {
      case .found(let record):
        member.cell.outcome = .run(value(of: record, facts(of: bound)))
        _ = progress.moved(number, to: bound.length)
        session.storedRuns += 1
        noteShared(record, key, bound, number, of: sweep)
        return member
      case .damaged: sweep.damagedEntries += 1
      case .missing: break
      }
      if session.shard?.isGathering ?? !session.makesAbsentRuns, !session.failedKeys.contains(key) {
        member.absence = SweepPart.title(sweep.axes, member.cell.values, member.cell.labels)
        return member
      }
    }
    member.run = try prepared(spec, of: bound, plansAhead: true, plans: plans) {
      [session, log = session.shard?.log] step in
      let (done, total) = progress.moved(number, to: step)
      log?.beat()
      if progress.isCaller { session.progressed(run: sweep.name, done: done, total: total) }
    }
    if let run = member.run, let key = member.key { try takeUp(run, key, at: bound.span) }
    return member
  }

  /// Goes on where another process was interrupted.
  private func takeUp(_ run: Run, _ key: String, at span: Span) throws(Diagnostic) {
    guard let snapshot = session.store?.underWay(key) else { return }
    do { if try run.canResume(from: snapshot) { try run.resume(from: snapshot) } } catch {
      throw diagnostic(of: error, at: span)
    }
  }

  private func facts(of bound: BoundRun) -> MemberFacts {
    MemberFacts(
      name: bound.name, seed: bound.seed, header: header(of: bound), stepsPerEpoch: bound.stepsPerEpoch,
      timeStep: bound.clauses.dt, forms: bound.forms)
  }

  private func value(of record: RunRecord, _ facts: MemberFacts) -> RunValue {
    let value = RunValue(
      name: facts.name, series: record.series.map { $0.shown(timeStep: facts.timeStep) },
      finals: record.finals.filter { !BoundRun.isHidden($0.path) }, ending: record.ending,
      stepCount: record.stepCount, isKnown: true, header: facts.header, stepsPerEpoch: facts.stepsPerEpoch,
      seed: facts.seed)
    value.cause = record.cause
    value.forms = facts.forms
    value.timeStep = facts.timeStep
    return value
  }

  /// Keeps a run for the other ranks.
  private func noteShared(
    _ record: RunRecord, _ key: String?, _ bound: BoundRun, _ number: Int, of sweep: SweepValue
  ) {
    guard let share = session.share, !share.isComplete else { return }
    if share.isOf(sweep) { return share.note(number, facts(of: bound), record) }
    if let key { share.note(key, record) }
  }

  /// A member that a rank has made and given to all; nothing of it is staged.
  private func shared(_ point: SweepPoint, _ place: Int, _ body: SweepBody, of sweep: SweepValue)
    throws(Diagnostic) -> (cell: SweepCell, header: [String])?
  {
    guard let share = session.share, share.isOf(sweep), let (facts, record) = share[place] else { return nil }
    var cell = SweepCell(values: point.values, labels: point.labels, outcome: .run(value(of: record, facts)))
    if !body.derived.isEmpty {
      let derived = try derived(point, body, of: sweep)
      cell.values += derived
      cell.labels += derived.map(ValueText.text)
    }
    return (cell, facts.header)
  }

  /// Interruptions and limits of the script end it; everything else ends one member.
  private static func concernsOneMember(_ error: Diagnostic) -> Bool {
    error.effect != .limit && error.effect != .interrupt
  }

  /// Where no member could be run there are no results to go on with: the mistake of the first is that of the sweep.
  private static func commonMistake(in cells: ArraySlice<SweepCell>) -> Diagnostic? {
    let mistakes = cells.compactMap { cell -> Diagnostic? in
      if case .failed(let error) = cell.outcome { return error }
      return nil
    }
    guard !cells.isEmpty, mistakes.count == cells.count, var first = mistakes.first else { return nil }
    if cells.count > 1 { first.notes.append("none of the \(cells.count) runs of this sweep could be run") }
    return first
  }

  private func failed(_ point: SweepPoint, _ body: SweepBody, _ error: Diagnostic) -> SweepCell {
    SweepCell(
      values: point.values + body.derived.map { _ in .unknown(.any) },
      labels: point.labels + body.derived.map { _ in "?" },
      outcome: .failed(error))
  }

  private func finish(_ members: [Member], of sweep: SweepValue, _ plans: PlanCache, at span: Span) throws(Diagnostic) {
    let runs = SweepRuns(
      members.compactMap { member in member.run.map { ($0, member.key) } }, store: session.store, plans: plans,
      now: session.clock)
    runs.finish(threads: session.threads)
    var position = 0
    var interruption: Int?
    for member in members {
      var cell = member.cell
      if let source = member.source, let run = member.run {
        if let error = runs.failure(of: position) {
          cell.outcome = .failed(diagnostic(of: error, at: source.bound.span))
        } else {
          let value = ended(run, member, source.bound)
          cell.outcome = .run(value)
          if session.share?.isComplete == false, let ending = run.ending {
            let record = SweepRuns.record(of: run, ending, cause: value.cause)
            noteShared(record, member.key, source.bound, sweep.cells.count, of: sweep)
          }
          if session.verifies { try verify(LiveRun(source.definition, source.bound, run)) }
        }
        position += 1
      }
      if let run = cell.run {
        if case .interrupted(let step)? = run.ending { interruption = step }
        session.noteEnding(run.ending)
      }
      sweep.cells.append(cell)
    }
    if let interruption { throw session.interruption(at: span, step: interruption) }
  }

  /// The value of a run that has ended; of one that diverged it is kept with the words of the script that did it.
  private func ended(_ run: Run, _ member: Member, _ bound: BoundRun) -> RunValue {
    let value = outcome(of: run, bound)
    guard case .diverged(_, _, let operation, let origin)? = value.ending, let ending = value.ending else {
      return value
    }
    value.cause = place(of: origin).map { session.sources.text($0) } ?? operation
    if let key = member.key { session.store?.keep(SweepRuns.record(of: run, ending, cause: value.cause), key) }
    return value
  }

  /// What a reader must know to repeat the sweep: what its first run says of itself.
  private func announce(_ sweep: SweepValue, _ header: [String], _ body: SweepBody) {
    let varied = Set(sweep.axes + body.derived)
    var words: [String] = []
    for clause in body.run.clauses {
      let values = [clause.value].compactMap(\.self) + clause.more.map(\.value)
      let isVaried = values.contains { code.tree.names(in: $0).contains { varied.contains($0.text) } }
      if isVaried { words.append("`\(clause.name.text)`") }
    }
    if let length = body.run.length, code.tree.names(in: length).contains(where: { varied.contains($0.text) }) {
      words.append("`for`")
    }
    let others = words.isEmpty ? [] : ["others differ in \(words.joined(separator: ", "))"]
    session.announce(["\(sweep.name) over \(sweep.axes.joined(separator: ", "))"] + header + others)
  }

  /// Tells of members that diverged or failed, in one finding each.
  private func reportMisfortunes(of sweep: SweepValue, from first: Int, at span: Span) {
    var diverged: [String] = []
    var failed: [String] = []
    let cells = sweep.cells.dropFirst(first)
    for cell in cells {
      let title = SweepPart.title(sweep.axes, cell.values, cell.labels)
      switch cell.outcome {
      case .failed(let error): failed.append("\(title): \(error.message)")
      case .run(let run):
        guard case .diverged(let step, let slot, _, _)? = run.ending else { continue }
        diverged.append("\(title): step \(step), \(slot.isEmpty ? "" : "`\(slot)`, ")`\(run.cause)`")
      }
    }
    if !diverged.isEmpty {
      report(.membersDiverged(diverged, of: cells.count, sweep: sweep.name, at: span))
    }
    if !failed.isEmpty { report(.membersFailed(failed, of: cells.count, sweep: sweep.name, at: span)) }
    if sweep.damagedEntries > 0 { report(.damagedEntries(sweep.damagedEntries, sweep: sweep.name, at: span)) }
  }
}
