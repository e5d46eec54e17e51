import Engine
package import Tensors

/// One step of a run as the engine executes it.
package struct StepPlan {
  package var feeder: Feeder
  /// Names of the carried slots, which are the first inputs.
  package var slots: [String]
  /// The slot that holds what share of the last step was done; nil where steps are whole.
  let shareSlot: Int?

  package init(feeder: Feeder, slots: [String]) {
    self.feeder = feeder
    self.slots = slots
    shareSlot = slots.firstIndex(of: StepSpec.sharePath)
  }

  var executable: Executable { feeder.executable }
}

/// When a group of metrics is evaluated, in steps.
package enum RecordingTimes: Sendable, Hashable, Codable {
  case every(Int)
  /// Increasing step numbers.
  case at([Int])
  case end

  /// The first due step at or after `step`, up to `last`.
  package func next(from step: Int, last: Int) -> Int? {
    switch self {
    case .every(let interval):
      let due = (step + interval - 1) / interval * interval
      return due <= last ? due : nil
    case .at(let steps):
      var low = 0
      var high = steps.count
      while low < high {
        let middle = (low + high) / 2
        if steps[middle] < step { low = middle + 1 } else { high = middle }
      }
      return low < steps.count && steps[low] <= last ? steps[low] : nil
    case .end: return step <= last ? last : nil
    }
  }

  /// About `count` whole steps from 0 to `last`, evenly spaced in the logarithm, without repetition.
  ///
  /// Differs in: step 0 comes first, since a logarithm has no place for it.
  package static func logspaced(_ count: Int, last: Int, power: (Double) -> Double) -> RecordingTimes {
    var steps = [0]
    for index in 0..<max(count, 1) {
      let exponent = count > 1 ? Double(index) / Double(count - 1) : 1
      let step = min(last, max(1, Int(power(exponent).rounded())))
      if step > steps[steps.count - 1] { steps.append(step) }
    }
    return .at(steps)
  }
}

/// Metrics that are evaluated together on the state of one step.
package struct MetricGroup {
  package var names: [String]
  package var feeder: Feeder
  package var times: RecordingTimes
  /// A last output that says whether this state is recorded (`record … when …`).
  package var isConditional: Bool
  /// Outputs that are the run's loss: a run whose loss is not finite has diverged.
  package var lossOutputs: [Int]

  package init(
    names: [String], feeder: Feeder, times: RecordingTimes, isConditional: Bool, lossOutputs: [Int] = []
  ) {
    self.names = names
    self.feeder = feeder
    self.times = times
    self.isConditional = isConditional
    self.lossOutputs = lossOutputs
  }

  var executable: Executable { feeder.executable }
}

/// What a run does from one step on: its updates, the order of its samples and its metrics.
///
/// A run is one segment until an intervention begins the next.
package struct RunSegment {
  package var plan: StepPlan
  /// Nil where every update sees all samples.
  package var batches: Batches?
  package var groups: [MetricGroup]
  /// What takes the place of a group at the last step before the next segment, where metrics look beyond it.
  package var lastGroups: [MetricGroup?]
  /// The batches of the next segment; nil where there is none.
  package var later: LaterBatches?
  /// Its first output is not 0 where the run stops.
  package var stop: MetricGroup?
  /// Series at whose stall the run stops.
  package var stalls: [StallSpec] = []
  /// How its slots are made of those of the segment before.
  package var entry: SegmentEntry
  /// What concerns other processes; nil where this one holds all workers.
  var ranked: RankedStep?
  /// The metrics of every step together with the step; nil until one records, and where that spares nothing.
  var joint: JointStep?
  /// Whether it is known if the metrics are better evaluated with the step.
  var hasSoughtJoint = false
  /// What makes many steps at once that record each time; nil until such steps are made, and where that spares nothing.
  var recorded: RecordedStep?
  /// Whether it is known if many steps can be made at once.
  var hasSoughtRecorded = false

  package init(
    plan: StepPlan, batches: Batches?, groups: [MetricGroup],
    lastGroups: [MetricGroup?] = [], later: LaterBatches? = nil, stop: MetricGroup?, entry: SegmentEntry
  ) {
    self.plan = plan
    self.batches = batches
    self.groups = groups
    self.lastGroups = lastGroups
    self.later = later
    self.stop = stop
    self.entry = entry
  }
}

/// The state of a run after some number of updates: everything that the next update depends on.
///
/// The sampler's position and all random counters are functions of the step number.
package struct RunState: Sendable {
  package var step: Int
  /// Number of the segment whose slots these are.
  package var segment: Int
  package var slots: [Tensor]

  package init(step: Int, segment: Int, slots: [Tensor]) {
    self.step = step
    self.segment = segment
    self.slots = slots
  }

  /// Bytes of all slots.
  package var byteCount: Int { slots.map { $0.count * $0.dtype.byteCount }.reduce(0, +) }
}

/// A run as it can be taken up again: its state and what it recorded so far.
package struct RunSnapshot: Sendable {
  package var state: RunState
  package var series: [Series]
  package var ending: RunEnding?
  /// Whether what happens at this step, interventions and recording, has happened.
  package var hasArrived: Bool
  /// Earlier states, to go back to; none in a snapshot that was read from a file.
  package var marks: RunMarks?

  package init(
    state: RunState, series: [Series], ending: RunEnding?, hasArrived: Bool, marks: RunMarks? = nil
  ) {
    self.state = state
    self.series = series
    self.ending = ending
    self.hasArrived = hasArrived
    self.marks = marks
  }
}

/// How a run ended.
package enum RunEnding: Sendable, Hashable {
  case completed
  /// The `stop when` condition held at this step.
  case stopped(step: Int)
  /// A value that is not finite appeared in the update to this step; `origin` maps to a place in the script.
  case diverged(step: Int, slot: String, operation: String, origin: UInt32)
  case interrupted(step: Int)
}
