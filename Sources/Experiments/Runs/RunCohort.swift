package import Engine
import Tensors

/// Runs of one form that step together: one plan, whose values have an axis of members, does the work of all.
///
/// What each run gives is bit for bit what it gives alone. A run leaves when it has ended; when more than half have
/// left, or an interruption comes, the rest are put where they are, to go on alone.
package final class RunCohort {
  private let runs: [Run]
  private let step: Feeder
  private let groups: [Feeder]
  private let stop: Feeder?
  /// The metrics of every step together with the step, where that spares much.
  private let joint: JointStep?
  /// The step that the runs which have not ended are at.
  private var position = 0
  /// Nil where every update sees all samples.
  private let batches: Batches?

  /// Runs at their starts; nil where they differ in more than numbers, or where together they need too much memory.
  ///
  /// - Parameter plans: where the plans of other cohorts of the same form are known.
  package init?(_ runs: [Run], plans: PlanCache? = nil) {
    guard let first = runs.first, runs.allSatisfy({ $0.isAtStart && $0.hasTimes(of: first) }) else { return nil }
    let segments = runs.map(\.segment), plan = first.plan
    guard let step = Feeder.stacked(segments.map(\.plan.feeder), plans: plans) else { return nil }
    var groups: [Feeder] = []
    for number in first.segment.groups.indices {
      guard let all = Feeder.stacked(segments.map { $0.groups[number].feeder }, plans: plans) else { return nil }
      groups.append(all)
    }
    let stop = first.segment.stop == nil ? nil : Feeder.stacked(segments.compactMap(\.stop?.feeder), plans: plans)
    if first.segment.stop != nil, stop == nil { return nil }
    let batches = Batches(together: segments.compactMap(\.batches))
    if first.segment.batches != nil, batches == nil { return nil }
    self.runs = runs
    self.step = step
    self.groups = groups
    self.stop = stop
    self.batches = batches
    joint = JointStep(
      step, slotCount: plan.slots.count,
      with: first.groupsOfEveryStep.map { groups[$0] } + [stop].compactMap { $0 }, count: first.length)
    for (member, run) in runs.enumerated() {
      for (slot, tensor) in run.state.slots.enumerated() { step.executable.setInput(slot, member: member, tensor) }
    }
  }

  /// Runs that have not ended, with their places.
  private var active: [(member: Int, run: Run)] {
    runs.enumerated().filter { $0.element.ending == nil }.map { (member: $0.offset, run: $0.element) }
  }

  /// Goes on as long as it is of use to go on together; each run is then at its end, or where it can go on alone.
  package func advance() throws {
    var active = active
    while 2 * active.count > runs.count {
      do { try arrive(active) } catch is ProgramFault {
        // One of the members: alone each finds out for itself.
        return leave(active)
      }
      active = self.active
      guard let first = active.first?.run else { return }
      if first.signals.isInterrupted() { return leave(active, ending: .interrupted(step: position)) }
      if try !execute(first.nextEvent(memberCount: runs.count) - position, active) { return }
      active = self.active
      for (_, run) in active { run.signals.progressed(position) }
    }
    leave(active)
  }

  /// Puts runs where they are.
  private func leave(_ members: [(member: Int, run: Run)], ending: RunEnding? = nil) {
    for (member, run) in members {
      settle(run, member)
      run.ending = ending
    }
  }

  /// Gives a run its state of the present step.
  private func settle(_ run: Run, _ member: Int) {
    run.load(RunState(step: position, segment: 0, slots: slots(of: member)))
  }

  private func slots(of member: Int) -> [Tensor] {
    runs[member].plan.slots.indices.map { step.executable.input($0, member: member) }
  }

  // MARK: What happens at a step

  private func arrive(_ active: [(member: Int, run: Run)]) throws {
    guard let first = active.first?.run else { return }
    let isJoint = position < first.length && joint?.evaluate(at: position, batches) == true
    let together = isJoint ? first.groupsOfEveryStep : []
    let due = first.segment.groups.map { $0.times.next(from: position, last: first.length) == position }
    for (number, group) in groups.enumerated() where due[number] && !together.contains(number) { try evaluate(group) }
    if !isJoint, let stop { try evaluate(stop) }
    for (member, run) in active {
      try arrive(run, member, due) { number in
        self.values(member, of: run.segment.groups[number], number, part: together.firstIndex(of: number))
      } stops: {
        isJoint
          ? joint?.value(0, ofPart: together.count, member: member) != 0
          : stop?.executable.outputScalar(0, member: member) != 0
      }
    }
  }

  private func arrive(
    _ run: Run, _ member: Int, _ due: [Bool], values: (Int) -> [Double], stops: () -> Bool
  ) throws {
    run.step = position
    run.hasArrived = true
    let values = run.segment.groups.indices.map { due[$0] ? values($0) : [] }
    let isLast = position >= run.length
    if isLast || values.contains(where: { $0.contains { !$0.isFinite } }) { settle(run, member) }
    let holds = run.segment.stop != nil && (position > 0 || run.length > 0) && stops()
    let isStopping = holds || run.isStalled { due[$0] ? values[$0] : nil }
    var rest: [Int: [Double]] = [:]
    if isStopping {
      settle(run, member)
      rest = try run.restAtStop { try run.evaluate(run.segment.groups[$0]) }
    }
    try run.record(values: { rest[$0] ?? values[$0] }, stops: { isStopping })
    if case .stopped? = run.ending { settle(run, member) }
    if run.ending == nil, isLast { run.ending = try run.checkFinite() ?? .completed }
  }

  private func values(_ member: Int, of group: MetricGroup, _ number: Int, part: Int?) -> [Double] {
    group.outputs.map { output in
      part.flatMap { joint?.value(output, ofPart: $0, member: member) }
        ?? groups[number].executable.outputScalar(output, member: member)
    }
  }

  private func evaluate(_ metrics: Feeder) throws {
    metrics.feed(FeedMoment(step: position, slots: .step(step.executable), batches: batches))
    try metrics.executable.run()
  }

  // MARK: Stepping

  /// Makes `count` updates of all members; false when the runs have to go on alone.
  private func execute(_ count: Int, _ active: [(member: Int, run: Run)]) throws -> Bool {
    for (_, run) in active { run.hasArrived = false }
    if let joint, joint.isAhead {
      joint.advance()
      return try settle(.completed, 1, active)
    }
    let outcome: RunOutcome
    do {
      outcome = try step.run(count, after: position, batches)
    } catch {
      // One of the members: alone each finds out for itself.
      for (_, run) in active { try run.replay(from: run.marks.last, to: position) }
      return false
    }
    return try settle(outcome, count, active)
  }

  private func settle(_ outcome: RunOutcome, _ count: Int, _ active: [(member: Int, run: Run)]) throws -> Bool {
    switch outcome {
    case .completed: position += count
    case .interrupted(let steps): position += steps
    }
    for (member, run) in active where position - run.marks.last.step >= RunMarks.interval { try mark(run, member) }
    return true
  }

  private func mark(_ run: Run, _ member: Int) throws {
    let state = RunState(step: position, segment: 0, slots: slots(of: member))
    if state.slots.allSatisfy(\.isFinite) { return run.marks.append(state) }
    run.load(state)
    run.ending = try run.checkFinite()
  }
}

extension Run {
  /// Whether nothing has happened yet, and no intervention or checkpoint will.
  fileprivate var isAtStart: Bool {
    step == 0 && !hasArrived && ending == nil && starts.count == 1 && checkpoint == nil
  }

  /// Whether another run does the same things at the same steps.
  fileprivate func hasTimes(of other: Run) -> Bool {
    length == other.length && plan.slots == other.plan.slots && segment.batches?.size == other.segment.batches?.size
      && (segment.stop == nil) == (other.segment.stop == nil) && segment.groups.count == other.segment.groups.count
      && zip(segment.groups, other.segment.groups).allSatisfy {
        $0.names == $1.names && $0.times == $1.times && $0.isConditional == $1.isConditional
      }
  }

  /// Whether another run can step together with this one: it differs in numbers only.
  package func isLike(_ other: Run) -> Bool {
    guard isAtStart, other.isAtStart, hasTimes(of: other), plan.executable.isLike(other.plan.executable) else {
      return false
    }
    let pairs = zip(segment.groups, other.segment.groups)
    guard pairs.allSatisfy({ $0.executable.isLike($1.executable) }) else { return false }
    guard let stop = segment.stop, let twin = other.segment.stop else { return true }
    return stop.executable.isLike(twin.executable)
  }

  /// Bytes that the steps and metrics of this run go over.
  package var workingBytes: Int {
    segment.groups.reduce(plan.executable.workingBytes) { $0 + $1.executable.workingBytes }
  }
}
