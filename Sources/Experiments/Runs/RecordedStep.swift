import Engine
import Tensors

/// The metrics of every step and the update that follows them as one program that makes many steps at once, and keeps what
/// it records as rows of numbers.
///
/// A run that records at each of many short steps would spend its time between them. Bits are those that all have apart.
final class RecordedStep {
  private let state: Executable
  private let feeder: Feeder
  private let slots: Range<Int>
  /// Numbers of a row: those of each group, one after the other.
  private let width: Int
  private var rows: [Double] = []

  /// Nil where the steps are long, where little would be spared, or where together they would have other bits.
  ///
  /// - Parameters:
  ///   - step: the update, with the state in place.
  ///   - slotCount: how many inputs of the step are the state.
  ///   - groups: the metrics of every step.
  ///   - count: how many steps there are.
  init?(_ step: Feeder, slotCount: Int, with groups: [MetricGroup], count: Int) {
    guard count >= Self.countMin, !groups.isEmpty, step.executable.hasShortSteps,
      groups.allSatisfy({ $0.executable.hasShortSteps })
    else { return nil }
    var inputs = JoinedFeeds(step)
    let others = groups.map { (program: $0.executable.program, places: inputs.take($0.feeder)) }
    guard let joint = step.executable.program.joined(with: others) else { return nil }
    var program = joint.program
    program.carried = joint.next.map { ($0.input, joint.program.outputs[$0.output]) }
    width = groups.reduce(0) { $0 + $1.executable.outputTypes.count }
    program.outputs = Array(program.outputs.prefix(width))
    guard let executable = try? Executable(program, options: step.executable.options), executable.hasShortSteps else {
      return nil
    }
    executable.interrupt = step.executable.interrupt
    state = step.executable
    feeder = Feeder(executable, inputs.supplies)
    slots = 0..<slotCount
    for (place, tensor) in inputs.tensors { executable.bindInput(place, tensor) }
  }

  /// Fewer steps are not worth a plan.
  private static let countMin = 1000

  /// Makes updates from the state of a step on, which stays as it is until `accept`.
  ///
  /// - Returns: How many updates were made, with the values of each step before one of them in `row`; nil where one met what
  ///   it cannot go on with, or a value is not finite: that is for the run to find out, step by step.
  func run(_ count: Int, after step: Int, _ batches: Batches?) -> Int? {
    let executable = feeder.executable
    for slot in slots { executable.copyInput(slot, from: state, slot) }
    if rows.count < count * width { rows = [Double](repeating: 0, count: count * width) }
    let outcome = executable.recording(into: &rows) { try? feeder.run(count, after: step, batches) }
    let done: Int
    switch outcome {
    case nil: return nil
    case .completed: done = count
    case .interrupted(let steps): done = steps
    }
    return rows.prefix(done * width).allSatisfy(\.isFinite) ? done : nil
  }

  /// The values of all groups at a step, counted from the one that the last call started from.
  func row(_ number: Int) -> ArraySlice<Double> { rows[number * width..<(number + 1) * width] }

  /// Puts the state after the last call in place.
  func accept() { for slot in slots { state.copyInput(slot, from: feeder.executable, slot) } }
}
