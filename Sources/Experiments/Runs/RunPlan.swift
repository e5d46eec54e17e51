import Data
package import Engine
import Tensors

/// One step of a run as the engine executes it: which inputs are state, and which the run feeds.
package struct StepPlan {
  package var executable: Executable
  /// What the executable was planned from, to explain a divergence.
  package var program: Program
  /// Names of the carried slots, which are the first inputs.
  package var slots: [String]
  /// The input that holds the number of the next update, from 1.
  package var timeInput: Int?
  /// The input that holds the sample numbers of the batch.
  package var indexInput: Int?
  /// Inputs that hold (stream key, step, lane) of a source of noise.
  package var keyInputs: [(input: Int, key: Int)]

  package init(
    executable: Executable, program: Program, slots: [String], timeInput: Int?, indexInput: Int?,
    keyInputs: [(input: Int, key: Int)]
  ) {
    self.executable = executable
    self.program = program
    self.slots = slots
    self.timeInput = timeInput
    self.indexInput = indexInput
    self.keyInputs = keyInputs
  }
}

/// When a group of metrics is evaluated, in steps.
package enum RecordingTimes: Sendable, Hashable {
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
  package var executable: Executable
  /// Program inputs that read a slot of the state.
  package var slotInputs: [(input: Int, slot: Int)]
  /// The input that holds the number of the next update, t = step + 1.
  package var timeInput: Int?
  package var keyInputs: [(input: Int, key: Int)]
  package var times: RecordingTimes
  /// A last output that says whether this state is recorded (`record … when …`).
  package var isConditional: Bool

  package init(
    names: [String], executable: Executable, slotInputs: [(input: Int, slot: Int)], timeInput: Int?,
    keyInputs: [(input: Int, key: Int)], times: RecordingTimes, isConditional: Bool
  ) {
    self.names = names
    self.executable = executable
    self.slotInputs = slotInputs
    self.timeInput = timeInput
    self.keyInputs = keyInputs
    self.times = times
    self.isConditional = isConditional
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
