package import Data
import Engine
package import Tensors

extension Run {
  /// Evaluates what is due at the present step; false, and nothing recorded, when an interrupt broke it off.
  func record() throws -> Bool {
    let isOpen = ending == nil && (step > 0 || length > 0)
    let joint = isOpen ? evaluatedWithStep() : nil
    if let joint, joint.isBroken { return false }
    let together = joint == nil ? [] : groupsOfEveryStep
    var looked: [MetricGroup] = []
    func values(_ group: MetricGroup, _ part: Int?) throws -> [Double] {
      if let joint, let part { return group.outputs.map { joint.value($0, ofPart: part, member: nil) } }
      looked.append(group)
      return try evaluate(group)
    }
    let found: [[Double]?] = try segment.groups.indices.map { number in
      guard segment.groups[number].times.next(from: step, last: length) == step else { return nil }
      if let last = lastGroup(number) { return try values(last, nil) }
      return try values(segment.groups[number], together.firstIndex(of: number))
    }
    let stops =
      isOpen ? try segment.stop.map { try values($0, joint.map { _ in together.count }).first != 0 } ?? false : false
    let rest = stops ? try restAtStop { try values(segment.groups[$0], nil) } : [:]
    if looked.contains(where: \.isBroken) { return false }
    try record(values: { found[$0] ?? rest[$0] ?? [] }, stops: { _ in stops })
    return true
  }

  /// Takes in what is due at the present step.
  ///
  /// - Parameters:
  ///   - values: those of a group, by its number, with its condition's last.
  ///   - stops: whether the run's condition to stop holds. Where it does the last state is recorded by every group, due or
  ///     not: it is where the run ends.
  func record(values: (Int) -> [Double], stops: (MetricGroup) -> Bool) throws {
    let isStopping = ending == nil && (step > 0 || length > 0) && segment.stop.map(stops) == true
    var column = 0
    for (number, group) in segment.groups.enumerated() {
      defer { column += group.names.count }
      let isDue = group.times.next(from: step, last: length) == step
      guard isDue || isStopping && !group.isConditional else { continue }
      let values = values(number)
      if group.isConditional, values.last == 0 { continue }
      for index in group.names.indices {
        series[column + index].positions.append(Double(step))
        series[column + index].values.append(values[index])
      }
      if ending == nil, values.contains(where: { !$0.isFinite }) { ending = try divergence(group, values) }
    }
    if ending == nil, isStopping { ending = .stopped(step: step) }
  }

  /// What groups that are not due say of the state at which the run stops, by their numbers.
  func restAtStop(_ values: (Int) throws -> [Double]) rethrows -> [Int: [Double]] {
    var result: [Int: [Double]] = [:]
    for (number, group) in segment.groups.enumerated() where !group.isConditional {
      if group.times.next(from: step, last: length) != step { result[number] = try values(number) }
    }
    return result
  }

  /// A state that is not finite, or a loss that is not: squares overflow long before what they are of.
  private func divergence(_ group: MetricGroup, _ values: [Double]) throws -> RunEnding? {
    if let divergence = try checkFinite() { return divergence }
    guard group.lossOutputs.contains(where: { !values[$0].isFinite }) else { return nil }
    return .diverged(step: step, slot: "loss", operation: "loss", origin: 0)
  }

  /// What takes the place of a group at the last step of a segment, where it looks ahead.
  private func lastGroup(_ number: Int) -> MetricGroup? {
    guard step + 1 == segment.later?.begin, number < segment.lastGroups.count, var last = segment.lastGroups[number]
    else { return nil }
    if let input = last.laterIndexInput, let later = segment.later, var sampler = later.sampler {
      last.executable.setInput(input, ints: sampler.batch(step: step + 1 - later.samplerStart))
    }
    // It is told already.
    last.laterIndexInput = nil
    return last
  }

  /// The values of a group's metrics on the current state.
  ///
  /// - Throws: `RunFault` where one of them reads by an index that is outside.
  package func evaluate(_ group: MetricGroup) throws -> [Double] {
    feedBatch(to: group)
    try group.run(on: plan.executable, step: step)
    return group.outputs.map { group.executable.outputScalar($0) }
  }

  /// Tells a group the samples of the next batches.
  private func feedBatch(to group: MetricGroup) {
    group.feedBatches(of: segment.sampler, from: step - segment.samplerStart)
  }

  /// The values of a group on the current state, whatever their shapes.
  package func tensors(of group: MetricGroup) throws -> [Tensor] {
    feedBatch(to: group)
    try group.run(on: plan.executable, step: step)
    return group.names.indices.map { group.executable.output($0) }
  }
}

extension MetricGroup {
  /// Its numbers, with the condition's last.
  var outputs: Range<Int> { 0..<names.count + (isConditional ? 1 : 0) }

  /// Whether an interrupt broke its last evaluation off: the values mean nothing.
  package var isBroken: Bool { executable.isBroken }

  /// Evaluates on the slots that an executable of the run's step holds.
  fileprivate func run(on source: Executable, step: Int) throws(RunFault) {
    for (input, slot) in slotInputs { executable.setInput(input, source.input(slot)) }
    if let input = timeInput { executable.setInput(input, Double(step + 1)) }
    for key in keyInputs { executable.setInput(key.input, ints: [key.key, step, 0]) }
    try run(at: step)
  }

  /// Tells the samples of the next updates' batches.
  ///
  /// - Parameter step: updates that the sampler has dealt for.
  package func feedBatches(of sampler: Sampler?, from step: Int) {
    guard var sampler else { return }
    if let input = indexInput { executable.setInput(input, ints: sampler.batch(step: step)) }
    if let input = laterIndexInput { executable.setInput(input, ints: sampler.batch(step: step + 1)) }
  }

  /// The values of a group on a state that is given; `feedBatches` comes first where it asks for batches.
  package func tensors(on state: RunState) throws(RunFault) -> [Tensor] {
    for (input, slot) in slotInputs { executable.setInput(input, state.slots[slot]) }
    if let input = timeInput { executable.setInput(input, Double(state.step + 1)) }
    for key in keyInputs { executable.setInput(key.input, ints: [key.key, state.step, 0]) }
    try run(at: state.step)
    return names.indices.map { executable.output($0) }
  }

  /// Evaluates on inputs that are set.
  package func run(at step: Int) throws(RunFault) {
    do { try executable.run() } catch { throw RunFault(error, step: step, metrics: names) }
  }
}
