import Engine
import Tensors

extension Run {
  /// What stands for an operation where a state began so, or was changed to it: no update has made it.
  package static let given = "given"

  /// Nil when the state is finite; else the first update that was not, found by replay from the last state
  /// known to be finite.
  func checkFinite() throws -> RunEnding? {
    guard let bad = firstBadSlot() else { return nil }
    let reached = step
    load(marks.last)
    if let slot = firstBadSlot() {
      return .diverged(step: step, slot: plan.slots[slot], operation: Self.given, origin: 0)
    }
    while step < reached {
      let before = state
      try execute(1)
      if let slot = firstBadSlot() {
        let found = explanation(from: before)
        return .diverged(
          step: step, slot: plan.slots[slot], operation: found?.operation ?? "update", origin: found?.origin ?? 0)
      }
    }
    return .diverged(step: reached, slot: plan.slots[bad], operation: Self.given, origin: 0)
  }

  /// The first operation of the step from `state` that leaves the finite numbers.
  private func explanation(from state: RunState) -> (operation: String, origin: UInt32)? {
    let reached = step
    load(state)
    plan.feeder.feed(FeedMoment(step: step, batches: segment.batches))
    let program = segment.ranked?.whole ?? plan.executable.program
    let values = program.inputs.indices.map { plan.executable.input($0) }
    step = reached
    return program.firstNonFinite(values)
  }

  private func firstBadSlot() -> Int? {
    settleRows()
    // What was seen of a path may be any number, and moves nothing.
    return plan.slots.indices.first {
      !plan.slots[$0].hasPrefix(StepSpec.pathPrefix) && !plan.executable.isFinite(input: $0)
    }
  }
}
