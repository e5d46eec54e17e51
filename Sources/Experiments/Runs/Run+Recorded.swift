import Engine

// Runs that record at each of many short steps make them at once.

extension Run {
  /// Fewer steps than these are made one by one.
  private static let stretchMin = 32

  /// Makes updates and records before each but the first of them, whose record is there; false where that is not possible
  /// and nothing has happened.
  ///
  /// Precondition: all that is due at the present step has happened.
  func executeRecorded(to target: Int) throws -> Bool? {
    let count = min(nextEvent(besides: .every(1)), target) - step
    guard hasArrived, count >= Self.stretchMin, let recorded = soughtRecorded() else { return nil }
    guard let done = recorded.run(count, after: step, segment.batches) else {
      // Step by step it is found out where.
      segment.recorded = nil
      return nil
    }
    if done == 0 { return false }
    recorded.accept()
    segment.joint?.forget()
    hasArrived = false
    let first = step
    for number in 1..<max(1, done) {
      step = first + number
      append(recorded.row(number))
    }
    step = first + done
    return done == count
  }

  /// What makes and records many steps at once; nil where a run may end at one of them, or where that spares nothing.
  func soughtRecorded() -> RecordedStep? {
    if segment.hasSoughtRecorded { return segment.recorded }
    segment.hasSoughtRecorded = true
    let groups = groupsOfEveryStep.map { segment.groups[$0] }
    guard segment.stop == nil, segment.stalls.isEmpty, groups.allSatisfy({ !$0.isConditional }) else { return nil }
    let end = starts.dropFirst(segmentIndex + 1).min() ?? length
    segment.recorded = RecordedStep(plan.feeder, slotCount: plan.slots.count, with: groups, count: end - step)
    return segment.recorded
  }

  /// Takes in the values of all groups of every step at the present one.
  private func append(_ row: ArraySlice<Double>) {
    var place = row.startIndex, column = 0
    for group in segment.groups {
      if group.times == .every(1) {
        for index in group.names.indices {
          series[column + index].positions.append(Double(step))
          series[column + index].values.append(row[place + index])
        }
        place += group.executable.outputTypes.count
      }
      column += group.names.count
    }
  }
}
