import Data
import Engine
import Tensors

/// The metrics of every step and the update that follows them, evaluated as one: what both need is computed once.
///
/// The state stays as it is until `advance`, so that a run may stop where it stands; and every value has the bits that
/// it has apart. It is of use to a run that records at each of many steps, and made for no other.
final class JointStep {
  /// What a joint step is made of: metrics of a run, or of a cohort, with their plan for all members.
  struct Part {
    var group: MetricGroup
    var executable: Executable
    /// The streams of its inputs, one for each member.
    var keys: [(input: Int, keys: [Int])]
  }

  private let state: Executable
  private let executable: Executable
  /// Inputs that read the state, and those that take a copy of it.
  private var copies: [(input: Int, slot: Int)] = []
  private let next: [(input: Int, output: Int)]
  /// The first output of each part.
  private let firsts: [Int]
  private var places: Places
  /// Whether the state of the next step is known.
  private(set) var isAhead = false

  /// Nil where little would be spared.
  ///
  /// - Parameters:
  ///   - count: how often it would be run.
  ///   - keys: the streams of the step's inputs, one for each member.
  init?(_ plan: StepPlan, _ state: Executable, keys: [(input: Int, keys: [Int])], with parts: [Part], count: Int) {
    guard count >= Self.countMin, !parts.isEmpty else { return nil }
    var places = Places(plan, state, keys)
    let others = parts.map { (program: $0.executable.program, places: places.take($0)) }
    guard let joint = state.program.joined(with: others) else { return nil }
    let copied = plan.slots.indices.reduce(0) { $0 + state.inputTypes[$1].count }
    let spared = joint.sparedWork - Double(Self.copyWork * copied)
    guard spared * Double(count) >= Double(Self.planningWork * joint.nodeCount),
      let executable = try? Executable(joint.program)
    else { return nil }
    self.state = state
    self.executable = executable
    self.places = places
    next = joint.next
    var first = 0
    firsts = parts.map { part in
      defer { first += part.executable.outputTypes.count }
      return first
    }
    executable.innerInterrupt = parts[0].executable.innerInterrupt
    for slot in plan.slots.indices where !executable.lendInput(slot, from: state, slot) { copies.append((slot, slot)) }
    for (place, tensor) in places.tensors { executable.bindInput(place, tensor) }
  }

  /// Fewer steps are not worth a plan.
  private static let countMin = 16
  /// Operations in whose time a plan's node is made: some microseconds.
  private static let planningWork = 20_000
  /// Operations in whose time an element of the state is copied.
  private static let copyWork = 1

  /// Evaluates metrics and update on the state of a step; false when it was broken off, or met a number outside of its
  /// table.
  ///
  /// - Parameter batches: the samples of the batches of an update that is some number of updates ahead.
  func evaluate(at step: Int, batches: (Int) -> [Int]) -> Bool {
    isAhead = false
    for (input, slot) in copies { executable.copyInput(input, from: state, slot) }
    if let input = places.time { executable.setInput(input, Double(step + 1)) }
    if let input = places.index { executable.setInput(input, ints: batches(0)) }
    if let input = places.laterIndex { executable.setInput(input, ints: batches(1)) }
    for (input, keys) in places.keys { executable.setInput(input, ints: keys.flatMap { [$0, step, 0] }) }
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

/// The inputs of a joint step: those of the step, then what only metrics read.
private struct Places {
  private(set) var time: Int?
  private(set) var index: Int?
  private(set) var laterIndex: Int?
  private(set) var keys: [(input: Int, keys: [Int])]
  /// What is the same at every step.
  private(set) var tensors: [(place: Int, tensor: Tensor)]
  private let slotCount: Int
  private var count: Int

  init(_ plan: StepPlan, _ state: Executable, _ keys: [(input: Int, keys: [Int])]) {
    (time, index, self.keys) = (plan.timeInput, plan.indexInput, keys)
    (slotCount, count) = (plan.slots.count, state.inputTypes.count)
    let fed = Set(keys.map(\.input) + [plan.timeInput, plan.indexInput].compactMap { $0 })
    tensors = (plan.slots.count..<count).filter { !fed.contains($0) }.map { ($0, state.value(ofInput: $0)) }
  }

  /// The places of the inputs of a part.
  mutating func take(_ part: JointStep.Part) -> [Int] {
    let group = part.group
    return part.executable.inputTypes.indices.map { input in
      if input < slotCount { return input }
      switch input {
      case group.timeInput: return Self.place(&time, &count)
      case group.indexInput: return Self.place(&index, &count)
      case group.laterIndexInput: return Self.place(&laterIndex, &count)
      default: break
      }
      if let own = part.keys.first(where: { $0.input == input })?.keys { return place(ofKeys: own) }
      return place(of: part.executable.value(ofInput: input))
    }
  }

  private static func place(_ known: inout Int?, _ count: inout Int) -> Int {
    if let known { return known }
    known = count
    count += 1
    return count - 1
  }

  private mutating func place(ofKeys own: [Int]) -> Int {
    if let known = keys.first(where: { $0.keys == own }) { return known.input }
    keys.append((count, own))
    count += 1
    return count - 1
  }

  /// Larger tensors are the same only where they share their elements.
  private static let comparedMax = 1 << 12

  private mutating func place(of tensor: Tensor) -> Int {
    let isSame = { (other: Tensor) in
      other.identity == tensor.identity && other.type == tensor.type
        || tensor.count <= Self.comparedMax && other.hasSameBits(as: tensor)
    }
    if let known = tensors.first(where: { isSame($0.tensor) }) { return known.place }
    tensors.append((count, tensor))
    count += 1
    return count - 1
  }
}
