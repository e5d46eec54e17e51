import Diagnostics
import Experiments
import Glibc
import Synchronization
import Tensors

/// Members of a sweep that are ready to run, and what has become of them.
///
/// Each run is moved by one thread at a time, and nobody looks at it before all are done; hence `@unchecked`.
final class SweepRuns: @unchecked Sendable {
  private let runs: [Run]
  private let failures: Mutex<[Int: any Error]>

  init(_ runs: [Run]) {
    self.runs = runs
    failures = Mutex([:])
  }

  /// Runs all members on up to `threads` threads.
  ///
  /// What they give depends neither on the number nor on the order.
  func finish(threads: Int) {
    Workers.run(runs.count, threads: threads) { [self] index in
      do { try runs[index].finish() } catch { failures.withLock { $0[index] = error } }
    }
  }

  func run(_ index: Int) -> Run { runs[index] }

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

  /// A member whose run has been staged.
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
  /// Members that are planned together before they run.
  private static let waveMax = 64
  /// Bytes that the plans of one wave may take.
  private static let waveBytes = 512 << 20

  /// Runs the members of a sweep, some at a time, and adds them to it in their order.
  func run(_ points: [SweepPoint], _ body: SweepBody, of sweep: SweepValue, at span: Span) throws(Diagnostic) {
    let progress = SweepProgress(count: points.count)
    var next = 0
    var wave = max(1, session.threads)
    while next < points.count {
      let end = min(points.count, next + wave)
      let before = Memory.inUse
      let members = try prepared(Array(points[next..<end]), body, of: sweep, progress, isFirst: next == 0)
      let bytes = max(1, (Memory.inUse - before) / (end - next))
      try finish(members, of: sweep, at: span)
      next = end
      wave = max(session.threads, min(Self.waveMax, Self.waveBytes / bytes))
    }
    session.finishProgress()
    reportMisfortunes(of: sweep, at: body.span)
  }

  /// A member of a sweep on its way: its run, or why there is none.
  private struct Member {
    var cell: SweepCell
    var staged: StagedRun?
    var run: Run?
  }

  private func prepared(
    _ points: [SweepPoint], _ body: SweepBody, of sweep: SweepValue, _ progress: SweepProgress, isFirst: Bool
  ) throws(Diagnostic) -> [Member] {
    var members: [Member] = []
    for point in points {
      do {
        let (staged, cell) = try staged(point, body, of: sweep)
        if isFirst, members.isEmpty { announce(sweep, like: staged) }
        let number = sweep.cells.count + members.count
        progress.add(length: staged.length)
        let run = try prepared(staged, plansAhead: true) { [session] step in
          let (done, total) = progress.moved(number, to: step)
          if progress.isCaller { session.progressed(run: sweep.name, done: done, total: total) }
        }
        members.append(Member(cell: cell, staged: staged, run: run))
      } catch {
        guard Self.concernsOneMember(error) else { throw error }
        members.append(Member(cell: failed(point, body, error)))
      }
    }
    return members
  }

  /// Interruptions and limits of the script end it; everything else ends one member.
  private static func concernsOneMember(_ error: Diagnostic) -> Bool {
    !error.code.hasPrefix("E09") || error.code == "E0907"
  }

  private func failed(_ point: SweepPoint, _ body: SweepBody, _ error: Diagnostic) -> SweepCell {
    SweepCell(
      values: point.values + body.derived.map { _ in .unknown }, labels: point.labels + body.derived.map { _ in "?" },
      outcome: .failed(error))
  }

  private func finish(_ members: [Member], of sweep: SweepValue, at span: Span) throws(Diagnostic) {
    let runs = SweepRuns(members.compactMap(\.run))
    runs.finish(threads: session.threads)
    var position = 0
    var interruption: Int?
    for member in members {
      var cell = member.cell
      if let staged = member.staged {
        if let error = runs.failure(of: position) {
          cell.outcome = .failed((error as? Diagnostic) ?? .unusable("\(error)", at: staged.span))
        } else {
          let value = outcome(of: runs.run(position), staged)
          if case .interrupted(let step) = value.ending { interruption = step }
          session.noteEnding(value.ending)
          cell.outcome = .run(value)
        }
        position += 1
      }
      sweep.cells.append(cell)
    }
    if let interruption { throw session.interruption(at: span, step: interruption) }
  }

  /// What a reader must know to repeat the sweep: what its first run says of itself.
  private func announce(_ sweep: SweepValue, like staged: StagedRun) {
    session.announce(["\(sweep.name) over \(sweep.axes.joined(separator: ", "))"] + header(of: staged))
  }

  /// Tells of members that diverged or failed, in one finding each.
  private func reportMisfortunes(of sweep: SweepValue, at span: Span) {
    var diverged: [String] = []
    var failed: [String] = []
    for cell in sweep.cells {
      let title = SweepPart.title(sweep.axes, cell.values, cell.labels)
      switch cell.outcome {
      case .failed(let error): failed.append("\(title): \(error.message)")
      case .run(let run):
        guard case .diverged(let step, let slot, let operation, let origin)? = run.ending else { continue }
        let line = place(of: origin).map { session.sources.text($0) } ?? operation
        diverged.append("\(title): step \(step), \(slot.isEmpty ? "" : "`\(slot)`, ")`\(line)`")
      }
    }
    if !diverged.isEmpty {
      report(.membersDiverged(diverged, of: sweep.cells.count, sweep: sweep.name, at: span))
    }
    if !failed.isEmpty { report(.membersFailed(failed, of: sweep.cells.count, sweep: sweep.name, at: span)) }
  }
}
