import Engine
package import Tensors

extension Run {
  /// Evaluates what is due at the present step; false, and nothing recorded, when an interrupt broke it off.
  func record() throws -> Bool {
    let isOpen = ending == nil && (step > 0 || length > 0)
    if looksAtRows { settleRows() }
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
      if let last = lastGroup(number) {
        looked.append(last)
        var ahead = moment
        ahead.later = segment.later
        return try last.numbers(at: ahead)
      }
      return try values(segment.groups[number], together.firstIndex(of: number))
    }
    let holds =
      isOpen ? try segment.stop.map { try values($0, joint.map { _ in together.count }).first != 0 } ?? false : false
    let stops = holds || isOpen && isStalled { found[$0] }
    let rest = stops ? try restAtStop { try values(segment.groups[$0], nil) } : [:]
    if looked.contains(where: \.isBroken) { return false }
    try record(values: { found[$0] ?? rest[$0] ?? [] }, stops: { stops })
    return true
  }

  /// Takes in what is due at the present step.
  ///
  /// - Parameters:
  ///   - values: those of a group, by its number, with its condition's last.
  ///   - stops: whether the run's condition to stop holds. Where it does the last state is recorded by every group, due or
  ///     not: it is where the run ends.
  func record(values: (Int) -> [Double], stops: () -> Bool) throws {
    let isStopping = ending == nil && (step > 0 || length > 0) && stops()
    var column = 0
    for (number, group) in segment.groups.enumerated() {
      defer { column += group.names.count }
      let isDue = group.times.next(from: step, last: length) == step
      guard isDue || isStopping && !group.isConditional else { continue }
      let values = values(number)
      if group.isConditional, values.last == 0 { continue }
      for index in group.names.indices {
        series[column + index].positions.append(position)
        series[column + index].values.append(values[index])
      }
      if ending == nil, values.contains(where: { !$0.isFinite }) { ending = try divergence(group, values) }
    }
    if ending == nil, isStopping { ending = .stopped(step: step) }
  }

  /// Where the present state lies, in steps: an event may have ended the last one early.
  private var position: Double {
    guard let slot = plan.shareSlot else { return Double(step) }
    return Double(step - 1) + plan.executable.input(slot).double(at: 0)
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
    guard step + 1 == segment.later?.begin, number < segment.lastGroups.count else { return nil }
    return segment.lastGroups[number]
  }

  /// The values of a group's metrics on the current state.
  ///
  /// - Throws: `RunFault` where one of them reads by an index that is outside.
  package func evaluate(_ group: MetricGroup) throws -> [Double] { try group.numbers(at: moment) }

  /// The values of a group on the current state, whatever their shapes.
  package func tensors(of group: MetricGroup) throws -> [Tensor] { try group.tensors(at: moment) }
}

extension MetricGroup {
  /// Its numbers, with the condition's last.
  var outputs: Range<Int> { 0..<names.count + (isConditional ? 1 : 0) }

  /// Whether an interrupt broke its last evaluation off: the values mean nothing.
  package var isBroken: Bool { executable.isBroken }

  /// Its numbers at a step, with the condition's last.
  ///
  /// - Throws: `RunFault` where one of them reads by an index that is outside.
  package func numbers(at moment: FeedMoment) throws(RunFault) -> [Double] {
    try evaluate(at: moment)
    return outputs.map { executable.outputScalar($0) }
  }

  /// Its values at a step, whatever their shapes.
  ///
  /// - Throws: `RunFault` where one of them reads by an index that is outside.
  package func tensors(at moment: FeedMoment) throws(RunFault) -> [Tensor] {
    try evaluate(at: moment)
    return names.indices.map { executable.output($0) }
  }

  private func evaluate(at moment: FeedMoment) throws(RunFault) {
    feeder.feed(moment)
    do { try executable.run() } catch { throw RunFault(error, step: moment.step, metrics: names) }
  }
}
