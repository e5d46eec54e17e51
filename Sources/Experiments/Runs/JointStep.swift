import Engine
import Tensors

/// The metrics of every step and the update that follows them, evaluated as one: what both need is computed once.
///
/// The state stays as it is until `advance`, so that a run may stop where it stands; and every value has the bits that
/// it has apart. It is of use to a run that records at each of many steps, and made for no other.
final class JointStep {
  private let state: Executable
  private let feeder: Feeder
  /// Slots whose inputs take a copy of the state; the others read it.
  private var copies: [Int] = []
  private let next: [(input: Int, output: Int)]
  /// The first output of each part.
  private let firsts: [Int]
  /// Whether the state of the next step is known.
  private(set) var isAhead = false

  /// Nil where little would be spared.
  ///
  /// - Parameters:
  ///   - step: the update, with the state in place.
  ///   - slotCount: how many inputs of the step are the state.
  ///   - parts: metrics, of a run or of all members of a cohort.
  ///   - count: how often it would be run.
  init?(_ step: Feeder, slotCount: Int, with parts: [Feeder], count: Int) {
    guard count >= Self.countMin, !parts.isEmpty else { return nil }
    let state = step.executable
    var inputs = JoinedFeeds(step)
    let others = parts.map { (program: $0.executable.program, places: inputs.take($0)) }
    guard let joint = state.program.joined(with: others) else { return nil }
    let copied = (0..<slotCount).reduce(0) { $0 + state.inputTypes[$1].count }
    let spared = joint.sparedWork - Double(Self.copyWork * copied)
    guard spared * Double(count) >= Double(Self.planningWork * joint.nodeCount),
      let executable = try? Executable(joint.program, options: state.options)
    else { return nil }
    self.state = state
    feeder = Feeder(executable, inputs.supplies)
    next = joint.next
    var first = 0
    firsts = parts.map { part in
      defer { first += part.executable.outputTypes.count }
      return first
    }
    executable.innerInterrupt = parts[0].executable.innerInterrupt
    for slot in 0..<slotCount where !executable.lendInput(slot, from: state, slot) { copies.append(slot) }
    for (place, tensor) in inputs.tensors { executable.bindInput(place, tensor) }
  }

  private var executable: Executable { feeder.executable }

  /// Fewer steps are not worth a plan.
  private static let countMin = 16
  /// Operations in whose time a plan's node is made: some microseconds.
  private static let planningWork = 20_000
  /// Operations in whose time an element of the state is copied.
  private static let copyWork = 1

  /// Evaluates metrics and update on the state of a step; false when it was broken off, or met a number outside of its
  /// table.
  ///
  /// - Parameter batches: those of the run, or of all members.
  func evaluate(at step: Int, _ batches: Batches?) -> Bool {
    isAhead = false
    for slot in copies { executable.copyInput(slot, from: state, slot) }
    feeder.feed(FeedMoment(step: step, batches: batches))
    // Apart, the one of both that meets an index outside of its table says so.
    isAhead = (try? executable.run()) == .completed && !executable.isBroken
    return isAhead
  }

  /// Whether the last evaluation was broken off by an interrupt.
  var isBroken: Bool { executable.isBroken }

  /// A number of one of the parts, of the member where there are several.
  func value(_ number: Int, ofPart part: Int, member: Int?) -> Double {
    let output = firsts[part] + number
    return member.map { executable.outputScalar(output, member: $0) } ?? executable.outputScalar(output)
  }

  /// Puts the next state in place of the present one.
  ///
  /// Precondition: it is known, and the present one is still that of the evaluation.
  func advance() {
    for (input, output) in next { state.setInput(input, toOutput: output, of: executable) }
    isAhead = false
  }

  /// Forgets the next state, as the present one has been replaced.
  func forget() { isAhead = false }
}
