import Engine
import Tensors

/// One run: a fold of a step over its state, with metrics evaluated on the way.
///
/// Metrics read a copy of the state and have random streams of their own, so recording cannot change a run. The
/// state of any step that was passed can be had again, bit for bit: from sparse copies of the state and replay.
package final class Run {
  package internal(set) var step = 0
  package internal(set) var series: [Series] = []
  package internal(set) var ending: RunEnding?
  package let length: Int
  /// The steps at which its segments begin.
  let starts: [Int]
  /// What a run draws its progress with, and what it watches for to stop early.
  package let signals: RunSignals

  /// What it is a run of.
  package let spec: RunSpec
  private let planner: RunPlanner
  /// The state at step 0.
  package let origin: RunState
  /// Called between chunks of steps, when the run may be kept; false stops it.
  package var checkpoint: ((Run) -> Bool)?
  /// Segments that are planned, the first of the run's.
  private(set) var planned: [RunSegment] = []
  /// Number of the segment the run is in.
  var segmentIndex = 0
  var segment: RunSegment
  /// Whether the states of workers that other processes hold are those of an earlier step.
  var hasStaleRows = false
  /// What its workers had sent before this process took it up, as the rule counts it.
  var bitsBefore: Double?
  /// Whether interventions and recording at the present step are done.
  var hasArrived = false
  /// The smallest values so far of series that are looked at for a stall, by their numbers.
  var bests: [Int: BestValue] = [:]
  /// Copies of the state to go back to; the last is known to be finite, and a divergence is searched from it.
  var marks = RunMarks()

  /// A run at step 0.
  ///
  /// - Parameter plansAhead: whether all segments are planned now and not when they are entered.
  /// - Throws: `PlanFault`.
  init(_ spec: RunSpec, planner: RunPlanner, plansAhead: Bool, signals: RunSignals) throws {
    (self.spec, self.planner, self.signals) = (spec, planner, signals)
    length = spec.length
    starts = spec.segments.map(\.dynamics.start)
    origin = RunState(step: 0, segment: 0, slots: spec.start)
    segment = try planner.segment(0, of: spec)
    planned = [segment]
    for group in segment.groups {
      for name in group.names { series.append(Series(name: name, axis: spec.axis)) }
    }
    if plansAhead { try plan(upTo: starts.count - 1) }
    load(origin)
    // The same tensors, where their types are those of the slots: a copy would take the memory of a state.
    let types = plan.slots.indices.map { plan.executable.inputTypes[$0] }
    marks.restart(at: origin.slots.map(\.type) == types ? origin : state)
  }

  /// The current value of every slot.
  package var state: RunState {
    settleRows()
    return RunState(step: step, segment: segmentIndex, slots: plan.slots.indices.map { plan.executable.input($0) })
  }

  /// The same; of a run that has ended without copies of large tensors, for as long as it does not go on.
  package var lastState: RunState {
    guard ending != nil, segment.joint == nil, segment.ranked == nil else { return state }
    settleRows()
    return RunState(
      step: step, segment: segmentIndex, slots: plan.slots.indices.map { plan.executable.sharedInput($0) })
  }

  package var slotNames: [String] { plan.slots }

  /// Number of the stretch between interventions that the run is in.
  package var segmentNumber: Int { segmentIndex }

  var plan: StepPlan {
    get { segment.plan }
    set { segment.plan = newValue }
  }

  /// Runs to the end, a stop, a divergence or an interrupt.
  package func finish() throws {
    try advance(to: length)
    if ending == nil { ending = .interrupted(step: step) }
    dropJoint()
  }

  /// Goes on to a step, or to where the run ends before it; false when it was interrupted on the way.
  ///
  /// What is due at the step reached, interventions and recording, has happened.
  @discardableResult package func advance(to target: Int) throws -> Bool {
    try arrive()
    guard hasArrived || ending != nil else { return false }
    while ending == nil, step < min(target, length) {
      let isComplete = try executeRecorded(to: target) ?? execute(min(nextEvent(), target) - step)
      if ending == nil { try mark() }
      if ending == nil, isComplete || isEvent(step) { try arrive() }
      try requireRanks()
      signals.progressed(step)
      if let checkpoint, ending == nil, !checkpoint(self) { return false }
      if ending == nil, signals.isInterrupted() || !isComplete { return false }
    }
    if case .diverged(let last, _, _, _) = ending { trim(after: last) }
    return true
  }

  /// Everything that happens at the present step before the next update.
  private func arrive() throws {
    guard !hasArrived, ending == nil else { return }
    hasArrived = true
    try intervene()
    guard try record() else {
      hasArrived = false
      return
    }
    if ending == nil, step >= length { ending = try checkFinite() ?? .completed }
  }

  /// Drops what was recorded behind a step.
  func trim(after last: Int) {
    bests = [:]
    for index in series.indices {
      let kept = series[index].positions.prefix { $0 <= Double(last) }.count
      series[index].positions.removeLast(series[index].positions.count - kept)
      series[index].values.removeLast(series[index].values.count - kept)
    }
  }

  // MARK: Stepping

  /// Most steps between two looks at progress; fewer where a step is long.
  private static let chunkMax = 4096
  /// Elements of state that the steps of one chunk may go over, about a tenth of a second of work.
  private static let chunkElements = 1 << 26

  /// The next step at which something other than stepping happens.
  ///
  /// - Parameters:
  ///   - memberCount: how many runs like this one step together.
  ///   - besides: recording at these times is no event.
  func nextEvent(memberCount: Int = 1, besides: RecordingTimes? = nil) -> Int {
    let batch = (segment.batches?.size ?? 1) / max(1, spec.paths ?? 1)
    let elements = memberCount * inputElements * max(1, batch)
    var next = min(length, step + max(1, min(Self.chunkMax, Self.chunkElements / elements)))
    for group in segment.groups where group.times != besides {
      if let due = group.times.next(from: step + 1, last: length) { next = min(next, due) }
    }
    if segment.stop != nil { next = min(next, step + 1) }
    for start in starts.dropFirst(segmentIndex + 1) where start > step { next = min(next, start) }
    // At the last step of a segment metrics may look beyond it.
    if besides != nil, let later = segment.later { next = min(next, max(step, later.begin - 1)) }
    return next
  }

  private var inputElements: Int {
    plan.slots.indices.map { plan.executable.inputTypes[$0].count }.reduce(1, +)
  }

  /// Whether something is due at a step, which an interrupt must not leave out.
  private func isEvent(_ step: Int) -> Bool {
    step >= length || segment.stop != nil || starts.contains(step)
      || segment.groups.contains { $0.times.next(from: step, last: length) == step }
  }

  private func mark() throws {
    guard step - marks.last.step >= RunMarks.interval else { return }
    if let divergence = try checkFinite() { ending = divergence } else { marks.append(state) }
  }

  /// Makes `count` updates; false when fewer were made.
  @discardableResult func execute(_ count: Int) throws -> Bool {
    hasArrived = false
    if let joint = segment.joint, joint.isAhead, count > 0 {
      joint.advance()
      step += 1
      return try count == 1 || execute(count - 1)
    }
    do {
      hasStaleRows = segment.ranked != nil
      return settle(try segment.plan.feeder.run(count, after: step, segment.batches), count)
    } catch {
      try requireRanks()
      try stop(by: error)
      return true
    }
  }

  private func settle(_ outcome: RunOutcome, _ count: Int) -> Bool {
    switch outcome {
    case .completed: step += count
    case .interrupted(let steps):
      step += steps
      return steps == count
    }
    return true
  }

  /// What there is to see of the present step: the state, and the batches of this segment.
  var moment: FeedMoment {
    FeedMoment(step: step, slots: .step(segment.plan.executable), batches: segment.batches)
  }

  /// Puts a state of an entered segment in place.
  func load(_ state: RunState) {
    if state.segment != segmentIndex {
      dropJoint()
      planned[segmentIndex] = segment
      segmentIndex = state.segment
      segment = planned[segmentIndex]
    }
    step = state.step
    hasStaleRows = false
    segment.joint?.forget()
    for (index, tensor) in state.slots.enumerated() { plan.executable.setInput(index, tensor) }
  }

  // MARK: Interventions

  /// Enters the segments that begin at or before the present step.
  func intervene() throws {
    while segmentIndex + 1 < starts.count, starts[segmentIndex + 1] <= step {
      let before = state
      let names = slotNames
      try enter(segmentIndex + 1)
      let slots = try segment.entry.slots(after: before, names)
      load(RunState(step: step, segment: segmentIndex, slots: slots))
      marks.append(state)
    }
  }

  /// Makes a segment the present one, without touching its slots.
  func enter(_ index: Int) throws {
    dropJoint()
    planned[segmentIndex] = segment
    try plan(upTo: index)
    segmentIndex = index
    segment = planned[index]
  }

  private func plan(upTo index: Int) throws {
    while planned.count <= index { planned.append(try planner.segment(planned.count, of: spec)) }
  }
}

/// What a run tells and asks while it is under way.
package struct RunSignals {
  /// Whether to stop after the present step.
  package var isInterrupted: () -> Bool
  /// Called between chunks of steps with the number of the present one.
  package var progressed: (Int) -> Void

  package init(isInterrupted: @escaping () -> Bool, progressed: @escaping (Int) -> Void) {
    self.isInterrupted = isInterrupted
    self.progressed = progressed
  }
}
