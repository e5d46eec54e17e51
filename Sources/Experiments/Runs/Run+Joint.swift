import Engine

// Runs that record at every step evaluate their metrics together with the update that follows.

extension Run {
  /// Numbers of the present segment's groups that are due at every step.
  var groupsOfEveryStep: [Int] {
    segment.groups.indices.filter { segment.groups[$0].times == .every(1) }
  }

  /// The metrics of every step and the update after the present one, evaluated; nil where they are better apart.
  func evaluatedWithStep() -> JointStep? {
    guard step < length else { return nil }
    if soughtRecorded() != nil { return nil }
    if !segment.hasSoughtJoint {
      segment.joint = soughtJoint()
      segment.hasSoughtJoint = true
    }
    guard let joint = segment.joint else { return nil }
    let isDone = joint.evaluate(at: step, segment.batches)
    return isDone || joint.isBroken ? joint : nil
  }

  private func soughtJoint() -> JointStep? {
    // A metric of every step would be part of what is exchanged.
    if segment.ranked != nil { return nil }
    let end = starts.dropFirst(segmentIndex + 1).min() ?? length
    let parts = groupsOfEveryStep.map { segment.groups[$0] } + [segment.stop].compactMap { $0 }
    return JointStep(plan.feeder, slotCount: plan.slots.count, with: parts.map(\.feeder), count: end - step)
  }

  /// Whether the metrics of every step are evaluated with the update.
  package var isJoint: Bool { segment.joint != nil }

  /// Gives the memory of the present segment's joint step back.
  func dropJoint() {
    segment.joint = nil
    segment.hasSoughtJoint = false
    segment.recorded = nil
    segment.hasSoughtRecorded = false
  }
}
