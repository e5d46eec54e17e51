package import Diagnostics
package import Experiments
import Graph
package import Syntax
package import Tensors
import Values

// Note [Ensembles]
//
// An ensemble is a run whose slots have an axis of paths in front. The step of one path is staged as that of a run, and batched;
// element i of what a path draws has the number (path, i), so that path 0 is the run of the same seed, bit for bit, and a
// smaller ensemble the beginning of a larger one. A path whose next state is not finite has diverged: it stays where it was,
// and the number of the step is kept beside it. A statistic over paths is made of the batched state when it is due, and no path
// is kept; what is recorded of each path by itself is a slot: its value at one moment, or the first step at which a condition
// holds. All of that is part of the step, so that replay, checkpoints and files know nothing of ensembles.
//
// The runs of a problem are an ensemble whose paths have a seed each. Its step is staged for one path, with what is kept of it,
// and stacked where the run becomes a value: streams and batches are those of all paths (`Feed.paths`), and every path has the
// bits that it has alone.

/// Many paths of one process, or of one problem's run, that step as one batch.
package struct Ensemble {
  package var paths: Int
  /// What one path carries from step to step, in the order of the run's slots.
  package var slots: [Slot]
  /// How many of them are states, or parameters and states; the first ones.
  package var stateCount: Int
  /// The expressions whose values for each path are slots, by their names.
  package var kept: [KeptValue]

  /// The type of a slot of all paths.
  package func type(of slot: Int) -> TensorType { slots[slot].type.ofPaths(paths) }

  /// What slots hold at step 0 that are no states: no path has diverged, no event has happened.
  package func startOfKept(real: DType) -> [Tensor] {
    let values = [0.0] + kept.map { if case .first = $0.moment { -1 } else { 0 } }
    return values.map { Tensor([Double](repeating: $0, count: paths), shape: [paths], dtype: real) }
  }

  /// Whether a recorded expression is a slot.
  package func keeps(_ id: ExpressionID) -> Bool { kept.contains { $0.id == id } }

  package init(paths: Int, slots: [Slot], stateCount: Int, kept: [KeptValue]) {
    self.paths = paths
    self.slots = slots
    self.stateCount = stateCount
    self.kept = kept
  }
}

/// What is kept of each path by itself.
package struct KeptValue: Hashable {
  /// When it is looked at.
  package enum Moment: Hashable {
    /// Its value at a step.
    case at(Int)
    /// Its value where the ensemble ends, which a condition decides.
    case end
    /// The first step, or its time, at which it holds.
    case first(inTime: Bool)
  }

  /// What is recorded.
  package var id: ExpressionID
  /// What is looked at: itself, or the condition in it.
  package var value: ExpressionID
  package var name: String
  package var moment: Moment
  package var span: Span

  /// The path of its slot.
  package var path: String {
    switch moment {
    case .at(let step): "\(PathSlots.prefix)at \(step) \(name)"
    case .end: "\(PathSlots.prefix)end 0 \(name)"
    case .first(let inTime): "\(PathSlots.prefix)\(inTime ? "time" : "step") 0 \(name)"
    }
  }

  package init(id: ExpressionID, value: ExpressionID, name: String, moment: Moment, span: Span) {
    self.id = id
    self.value = value
    self.name = name
    self.moment = moment
    self.span = span
  }
}

/// The slots of a run that hold something of each path of an ensemble beside the states.
package enum PathSlots {
  package static let prefix = StepSpec.pathPrefix
  /// The step at which a path diverged; 0 while it has not.
  package static let died = prefix + "diverged"

  /// How many paths diverged, of how many; nil of a run that is no ensemble.
  static func diverged(in slots: [(path: String, tensor: Tensor)]) -> (count: Int, total: Int, first: Int)? {
    guard let died = slots.first(where: { $0.path == died }) else { return nil }
    let steps = died.tensor.doubles()
    let dead = steps.filter { $0 > 0 }
    return (dead.count, steps.count, Int(dead.min() ?? 0))
  }

  /// The name of what a slot keeps of each path; nil for other slots.
  package static func name(of path: String) -> String? {
    guard path.hasPrefix(prefix), path != died else { return nil }
    let words = path.dropFirst(prefix.count).split(separator: " ", maxSplits: 2)
    return words.count == 3 ? String(words[2]) : nil
  }

  /// What was kept of each path, by its name: a vector along the paths.
  ///
  /// - Parameters:
  ///   - length: the steps that were made.
  ///   - timeStep: the time of one.
  static func vectors(in slots: [(path: String, tensor: Tensor)], length: Int, timeStep: Double?) -> [AxisVector] {
    guard let died = slots.first(where: { $0.path == died })?.tensor.doubles() else { return [] }
    return slots.compactMap { slot in
      guard slot.path.hasPrefix(prefix), slot.path != Self.died else { return nil }
      let words = slot.path.dropFirst(prefix.count).split(separator: " ", maxSplits: 2).map(String.init)
      guard words.count == 3, let step = Int(words[1]) else { return nil }
      let values = slot.tensor.doubles()
      // Where the ensemble stopped before, there is no such value.
      let moment = words[0] == "end" ? max(length, 1) : step
      let points =
        ["at", "end"].contains(words[0])
        ? zip(values, died).map { value, died in
          died > 0 && Int(died) <= moment ? Estimate.diverged : Estimate(moment <= length ? value : .nan)
        } : zip(values, died).map { event($0, died: $1, length: length, timeStep: words[0] == "time" ? timeStep : nil) }
      return vector(words[2], points)
    }
  }

  /// The step or time of an event; of one that did not happen what is known of it.
  private static func event(_ step: Double, died: Double, length: Int, timeStep: Double?) -> Estimate {
    func position(_ step: Double) -> Double { timeStep.map { StepTime.time(ofStep: step, dt: $0) } ?? step }
    if step >= 0 { return Estimate(position(step)) }
    if died > 0 { return .diverged }
    var result = Estimate(.infinity, source: "the first position at which it holds")
    let end = position(Double(length))
    result.floor = [Estimate(end)]
    result.remarks = [
      .censored(1, of: 1, by: "\(NumberFormat.standard.text(end)) \(timeStep == nil ? "steps" : "times")")
    ]
    return result
  }

  private static func vector(_ name: String, _ points: [Estimate]) -> AxisVector {
    let places = AxisPlaces(
      axes: axes, labels: points.indices.map { ["\($0)"] }, coordinates: points.indices.map { [Double($0)] },
      isWhole: true, isSample: true)
    return AxisVector(name, places, points, diverged: (points.count(where: \.isDiverged), points.count))
  }

  /// What is known of such a vector before its run.
  package static func unknown(_ name: String) -> AxisVector {
    AxisVector(name, AxisPlaces(axes: axes, labels: [], coordinates: [], isWhole: true, isSample: true), [])
  }

  /// The axis along which its paths stand.
  package static let axis = AxisPlaces.pathAxis
  private static let axes = [axis]
}

extension RunValue {
  /// Takes what the slots of an ensemble hold of its paths.
  package func takePaths(of slots: [(path: String, tensor: Tensor)], timeStep: Double?) {
    guard let diverged = PathSlots.diverged(in: slots) else { return }
    paths = (diverged.total, diverged.count, diverged.first)
    vectors = PathSlots.vectors(in: slots, length: stepCount, timeStep: timeStep)
  }
}
