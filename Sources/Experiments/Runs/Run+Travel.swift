import Engine
import Tensors

extension Run {
  /// Goes to a step, back by replay from the nearest mark or onwards by running; false when interrupted.
  ///
  /// The state is that of the original pass, bit for bit. What was recorded behind the step is dropped, since going on
  /// records it again.
  ///
  /// - Precondition: step ≥ 0.
  @discardableResult package func goTo(_ target: Int) throws -> Bool {
    guard target < step || (target == step && !hasArrived) else { return try advance(to: target) }
    let isComplete = try replay(from: marks.nearest(to: target) ?? origin, to: target)
    ending = nil
    marks.drop(after: step)
    if marks.last.step > step { marks.restart(at: state) }
    trim(after: step)
    return isComplete
  }

  /// The state of a step that was passed; the run stays where it is.
  package func state(at wanted: Int) throws -> RunState {
    let here = (state, ending, hasArrived)
    guard wanted < step else { return here.0 }
    try replay(from: marks.nearest(to: wanted) ?? origin, to: wanted)
    let found = state
    load(here.0)
    (ending, hasArrived) = (here.1, here.2)
    return found
  }

  /// Everything needed to take the run up again.
  package var snapshot: RunSnapshot {
    RunSnapshot(state: state, series: series, ending: ending, hasArrived: hasArrived, marks: marks)
  }

  /// The run as it was at a step that it passed, before anything happened there.
  ///
  /// Interventions of that step are in its state; the series end before the step.
  package func snapshot(before wanted: Int) throws -> RunSnapshot {
    var result = RunSnapshot(
      state: try state(at: wanted), series: series, ending: nil, hasArrived: false, marks: marks)
    result.marks?.drop(after: wanted)
    for index in result.series.indices {
      let kept = result.series[index].positions.prefix { $0 < Double(wanted) }.count
      result.series[index].positions.removeLast(result.series[index].positions.count - kept)
      result.series[index].values.removeLast(result.series[index].values.count - kept)
    }
    return result
  }

  /// Takes up a run with the same segments where another left it.
  package func resume(from snapshot: RunSnapshot) throws {
    if snapshot.state.segment != segmentIndex { try enter(snapshot.state.segment) }
    load(snapshot.state)
    bitsBefore = bits
    if snapshot.series.count == series.count { series = snapshot.series }
    bests = [:]
    ending = snapshot.ending
    hasArrived = snapshot.hasArrived
    guard let known = snapshot.marks else { return marks.restart(at: state) }
    marks = known
    marks.append(state)
  }

  /// Whether a snapshot that was read from a file is one of this run: its step and segment are the run's, and it has what
  /// the segment keeps and what the run records.
  ///
  /// The run is left in that segment, as `resume` needs it.
  package func canResume(from snapshot: RunSnapshot) throws -> Bool {
    let state = snapshot.state
    guard state.step <= length, starts.indices.contains(state.segment), starts[state.segment] <= state.step,
      snapshot.series.map(\.name) == series.map(\.name)
    else { return false }
    if state.segment != segmentIndex { try enter(state.segment) }
    let types = plan.slots.indices.map { plan.executable.inputTypes[$0] }
    return state.slots.map(\.type) == types
  }

  /// Makes the steps from a mark again, without recording; false when interrupted.
  @discardableResult func replay(from mark: RunState, to target: Int) throws -> Bool {
    load(mark)
    ending = nil
    while step < target {
      var next = target
      for start in starts.dropFirst(segmentIndex + 1) where start > step { next = min(next, start) }
      let isComplete = try execute(min(next - step, 4096))
      try interveneAgain()
      if !isComplete || signals.isInterrupted() { return false }
    }
    try interveneAgain()
    hasArrived = true
    return true
  }

  /// Enters what begins here, as in the original pass, without a new mark.
  private func interveneAgain() throws {
    while segmentIndex + 1 < starts.count, starts[segmentIndex + 1] <= step {
      let before = state
      let names = slotNames
      try enter(segmentIndex + 1)
      load(RunState(step: step, segment: segmentIndex, slots: try segment.entry.slots(after: before, names)))
    }
  }
}
