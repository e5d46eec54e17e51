package import Data
import Engine
package import Tensors

/// The state of a run after some number of updates: everything that the next update depends on.
///
/// The sampler's position and all random counters are functions of the step number, so a copy of this value
/// is a checkpoint.
package struct RunState: Sendable {
  package var step: Int
  package var slots: [Tensor]
}

/// One run: a fold of a step over its state, with metrics evaluated on the way.
///
/// Metrics read a copy of the state and have random streams of their own, so recording cannot change a run.
package final class Run {
  package private(set) var step = 0
  package private(set) var series: [Series] = []
  package private(set) var ending: RunEnding?
  package let length: Int

  private var plan: StepPlan
  private var sampler: Sampler?
  private let groups: [MetricGroup]
  private let stop: MetricGroup?
  private let interventions: [(step: Int, plan: () throws -> StepPlan)]
  private let axis: SeriesAxis
  /// The last state known to be finite, from which a divergence is searched.
  private var anchor: RunState
  private var stream: [Int64] = []
  private let isInterrupted: () -> Bool
  private let onProgress: (Int) -> Void

  /// A run at step 0.
  ///
  /// - Parameters:
  ///   - initial: one tensor for each slot of the plan.
  ///   - interventions: in the order of their steps; each makes the plan used from its step on.
  package init(
    plan: StepPlan, initial: [Tensor], sampler: Sampler?, groups: [MetricGroup], stop: MetricGroup?,
    interventions: [(step: Int, plan: () throws -> StepPlan)], length: Int, axis: SeriesAxis = .step,
    isInterrupted: @escaping () -> Bool, onProgress: @escaping (Int) -> Void
  ) {
    self.plan = plan
    self.sampler = sampler
    self.groups = groups
    self.stop = stop
    self.interventions = interventions
    self.length = length
    self.axis = axis
    self.isInterrupted = isInterrupted
    self.onProgress = onProgress
    anchor = RunState(step: 0, slots: initial)
    for group in groups {
      for name in group.names { series.append(Series(name: name, axis: axis)) }
    }
    load(anchor)
  }

  /// The current value of every slot.
  package var state: RunState {
    RunState(step: step, slots: plan.slots.indices.map { plan.executable.input($0) })
  }

  package var slotNames: [String] { plan.slots }

  /// Runs to the end, a stop, a divergence or an interrupt.
  package func finish() throws {
    while ending == nil {
      try intervene()
      record()
      if ending != nil { break }
      if step >= length {
        ending = checkFinite() ?? .completed
        break
      }
      advance(to: nextEvent())
      onProgress(step)
      if ending == nil, isInterrupted() { ending = .interrupted(step: step) }
    }
    if case .diverged(let last, _, _, _) = ending { trim(after: last) }
  }

  /// Drops what was recorded behind the step at which the run diverged.
  private func trim(after last: Int) {
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
  private var chunk: Int {
    let elements = anchor.slots.map(\.count).reduce(1, +) * max(1, sampler?.batch ?? 1)
    return max(1, min(Self.chunkMax, Self.chunkElements / elements))
  }

  private static let anchorInterval = 1024

  /// The next step at which something other than stepping happens.
  private func nextEvent() -> Int {
    var next = min(length, step + chunk)
    for group in groups {
      if let due = group.times.next(from: step + 1, last: length) { next = min(next, due) }
    }
    if stop != nil { next = min(next, step + 1) }
    for intervention in interventions where intervention.step > step { next = min(next, intervention.step) }
    return next
  }

  private func advance(to target: Int) {
    execute(target - step)
    if ending == nil, step - anchor.step >= Self.anchorInterval {
      if let divergence = checkFinite() { ending = divergence } else { anchor = state }
    }
  }

  private func execute(_ count: Int) {
    setCounters()
    var counters: [CounterInput] = []
    if let input = plan.timeInput { counters.append(.increment(input: input, element: 0)) }
    for key in plan.keyInputs { counters.append(.increment(input: key.input, element: 1)) }
    let outcome: RunOutcome
    if let input = plan.indexInput, var sampler {
      let needed = count * sampler.batch
      if stream.count < needed { stream = [Int64](repeating: 0, count: needed) }
      outcome = stream.withUnsafeMutableBufferPointer { buffer in
        sampler.fill(stream: buffer, from: step, to: step + count)
        guard let base = buffer.baseAddress else { return .completed }
        counters.append(.stream(input: input, values: UnsafePointer(base), batch: sampler.batch))
        return plan.executable.run(count, advancing: counters)
      }
      self.sampler = sampler
    } else {
      outcome = plan.executable.run(count, advancing: counters)
    }
    settle(outcome, count)
  }

  private func settle(_ outcome: RunOutcome, _ count: Int) {
    switch outcome {
    case .completed: step += count
    case .interrupted(let steps):
      step += steps
      ending = .interrupted(step: step)
    case .indexOutOfRange(let steps):
      step += steps
      ending = .diverged(step: step + 1, slot: "", operation: "index", origin: 0)
    }
  }

  private func setCounters() {
    if let input = plan.timeInput { plan.executable.setInput(input, Double(step + 1)) }
    for key in plan.keyInputs { plan.executable.setInput(key.input, ints: [key.key, step, 0]) }
  }

  private func load(_ state: RunState) {
    step = state.step
    for (index, tensor) in state.slots.enumerated() { plan.executable.setInput(index, tensor) }
  }

  // MARK: Interventions

  private func intervene() throws {
    for intervention in interventions where intervention.step == step {
      let before = state
      let next = try intervention.plan()
      let old = plan.slots
      plan = next
      for (index, name) in next.slots.enumerated() {
        if let previous = old.firstIndex(of: name) { plan.executable.setInput(index, before.slots[previous]) }
      }
      anchor = state
    }
  }

  // MARK: Recording

  private func record() {
    var column = 0
    for group in groups {
      defer { column += group.names.count }
      guard group.times.next(from: step, last: length) == step else { continue }
      let values = evaluate(group)
      if group.isConditional, values.last == 0 { continue }
      for index in group.names.indices {
        series[column + index].positions.append(Double(step))
        series[column + index].values.append(values[index])
      }
      if ending == nil, values.contains(where: { !$0.isFinite }), let divergence = checkFinite() { ending = divergence }
    }
    if ending == nil, let stop, step > 0 || length > 0 {
      if evaluate(stop).first != 0 { ending = .stopped(step: step) }
    }
  }

  /// The values of a group's metrics on the current state.
  package func evaluate(_ group: MetricGroup) -> [Double] {
    for (input, slot) in group.slotInputs { group.executable.setInput(input, plan.executable.input(slot)) }
    if let input = group.timeInput { group.executable.setInput(input, Double(step + 1)) }
    for key in group.keyInputs { group.executable.setInput(key.input, ints: [key.key, step, 0]) }
    group.executable.run()
    let count = group.names.count + (group.isConditional ? 1 : 0)
    return (0..<count).map { group.executable.outputScalar($0) }
  }

  // MARK: Divergence

  /// Nil when the state is finite; else the first update that was not, found by replay from the last state
  /// known to be finite.
  private func checkFinite() -> RunEnding? {
    guard firstBadSlot() != nil else { return nil }
    let reached = step
    load(anchor)
    while step < reached {
      let before = state
      execute(1)
      if let slot = firstBadSlot() {
        let found = explanation(from: before)
        return .diverged(
          step: step, slot: plan.slots[slot], operation: found?.operation ?? "update", origin: found?.origin ?? 0)
      }
    }
    return .diverged(step: reached, slot: "", operation: "update", origin: 0)
  }

  /// The first operation of the step from `state` that leaves the finite numbers.
  private func explanation(from state: RunState) -> (operation: String, origin: UInt32)? {
    let reached = step
    load(state)
    setCounters()
    if let input = plan.indexInput, var sampler { plan.executable.setInput(input, ints: sampler.batch(step: step)) }
    let values = plan.program.inputs.indices.map { plan.executable.input($0) }
    step = reached
    return plan.program.firstNonFinite(values)
  }

  private func firstBadSlot() -> Int? {
    plan.slots.indices.first { !plan.executable.input($0).isFinite }
  }
}
