import Engine
import Graph
import Tensors

/// The derivative of a number that is made of the last state of a run by a number that its steps are given.
package struct HyperGradient: Sendable {
  /// The share of each step, dL/dpₜ where the number may be another at each step; their sum is the derivative but for
  /// `ofObjective`.
  package var bySteps: [Double]
  /// ∂L/∂p at the last state itself.
  package var ofObjective: Double

  /// dL/dp.
  package var total: Double { bySteps.reduce(ofObjective, +) }
}

extension RunSpec {
  /// Bytes of states that are kept at once while going back.
  private static let stateBytes = 256 << 20

  /// The derivative of an objective at the last state by a number `p`, going back from the end (reverse mode).
  ///
  /// With s′ = F(s, p) a step and L(s, p) the objective,
  ///
  ///     λ_T = ∂L/∂s,   dL/dpₜ = (∂F/∂p)ᵀ λₜ₊₁,   λₜ = (∂F/∂s)ᵀ λₜ₊₁
  ///
  /// with the states of the run, which are kept in blocks and made again from the start of each: with T steps about
  /// 2 √T states are in memory, and each step is made three times at most.
  ///
  /// - Parameters:
  ///   - objective: its first output is a number of the last state.
  ///   - parameter: the name of the feed; the state at step 0 does not depend on it.
  ///   - stepCount: steps that the run has made.
  /// - Returns: nil where it was interrupted.
  /// - Throws: `TangentError`, `PlanFault`, or what ends a run.
  /// - Reference: Griewank, Walther, "Evaluating Derivatives", 2nd edition, SIAM 2008, chapter 12.
  package func hyperGradient(
    of objective: MetricSpec, by parameter: String, stepCount: Int, _ planner: RunPlanner, signals: RunSignals
  ) throws -> HyperGradient? {
    var plain = self
    plain.length = stepCount
    for index in segments.indices {
      guard !segments[index].dynamics.entry.changesState else {
        throw TangentError.assigned(step: segments[index].dynamics.start)
      }
      plain.segments[index].recorded = SegmentRecording()
    }
    let run = try planner.run(plain, signals: signals)
    guard let kept = try KeptStates(run, stepCount, budget: Self.stateBytes) else { return nil }
    let last = run.state
    var backward = try BackwardSteps(plain, parameter, planner)
    var adjoint = try backward.start(
      objective, at: FeedMoment(step: last.step, slots: .tensors(last.slots), batches: run.segment.batches), last)
    var shares = [Double](repeating: 0, count: stepCount)
    for block in kept.blocks.indices.reversed() {
      guard let states = try kept.states(of: block, run) else { return nil }
      for state in states.reversed() {
        shares[state.step] = try backward.step(&adjoint, from: state)
        if signals.isInterrupted() { return nil }
      }
    }
    return HyperGradient(bySteps: shares, ofObjective: backward.ofObjective)
  }
}

/// States of a run at the starts of blocks of steps, from which those between are made again.
private struct KeptStates {
  /// First and last step of each block, the last of one being the first of the next.
  var blocks: [Range<Int>] = []
  private var starts: [RunSnapshot] = []

  /// Runs to a step; nil where it was interrupted.
  init?(_ run: Run, _ count: Int, budget: Int) throws {
    let bytes = max(1, run.state.byteCount)
    var size = max(1, min(count, budget / bytes))
    if size < count { size = max(1, Int(Double(count).squareRoot())) }
    var step = 0
    while step < count {
      let end = min(count, step + size)
      guard try run.advance(to: step), run.step == step else { return nil }
      blocks.append(step..<end)
      starts.append(run.snapshot)
      step = end
    }
    guard try run.advance(to: count), run.step == count else { return nil }
  }

  /// The states before each step of a block; nil where making them was interrupted.
  func states(of block: Int, _ run: Run) throws -> [RunState]? {
    try run.resume(from: starts[block])
    var result: [RunState] = []
    for step in blocks[block] {
      if step > blocks[block].lowerBound { guard try run.advance(to: step), run.step == step else { return nil } }
      result.append(run.state)
    }
    return result
  }
}

/// The steps of a run, backwards.
private struct BackwardSteps {
  private let spec: RunSpec
  private let parameter: String
  private let planner: RunPlanner
  private var planned: [Int: (feeder: Feeder, batches: Batches?)] = [:]
  /// ∂L/∂p at the last state itself.
  private(set) var ofObjective = 0.0
  private var segment = 0

  init(_ spec: RunSpec, _ parameter: String, _ planner: RunPlanner) throws {
    (self.spec, self.parameter, self.planner) = (spec, parameter, planner)
  }

  /// Tensors that adjoint values of the slots of a segment are, those of real numbers alone.
  private func moving(_ segment: Int) -> [Int] {
    TangentSlots(spec.segments[segment].dynamics.step.slots, .state(count: 1)).moving
  }

  /// λ at the end, by path.
  mutating func start(_ objective: MetricSpec, at moment: FeedMoment, _ last: RunState) throws -> [String: Tensor] {
    segment = last.segment
    let fed = try Self.backward(objective.program, moving(segment), parameter, isStep: false)
    let feeder = try plan(fed, segment)
    feeder.feed(moment)
    try feeder.executable.run()
    ofObjective = feeder.executable.output(moving(segment).count).doubles()[0]
    return adjoints(of: feeder)
  }

  private func plan(_ fed: FedProgram, _ segment: Int) throws -> Feeder {
    do { return try planner.feeder(fed, seed: spec.seed, given: spec.given) } catch {
      throw PlanFault(segment: segment, part: .step, cause: .engine(error))
    }
  }

  private func adjoints(of feeder: Feeder) -> [String: Tensor] {
    let slots = spec.segments[segment].dynamics.step.slots
    var result: [String: Tensor] = [:]
    for (place, slot) in moving(segment).enumerated() { result[slots[slot].path] = feeder.executable.output(place) }
    return result
  }

  /// Goes back over the step from a state; gives the share of the number in that step.
  mutating func step(_ adjoint: inout [String: Tensor], from state: RunState) throws -> Double {
    segment = state.segment
    if planned[segment] == nil {
      let dynamics = spec.segments[segment].dynamics
      let fed = try Self.backward(dynamics.step.program, moving(segment), parameter, isStep: true)
      planned[segment] = (try plan(fed, segment), try dynamics.sampling?.batches(seed: spec.seed))
    }
    guard let (feeder, batches) = planned[segment] else { return 0 }
    let slots = spec.segments[segment].dynamics.step.slots
    feeder.feed(FeedMoment(step: state.step, slots: .tensors(state.slots), batches: batches))
    for slot in moving(segment) {
      let type = slots[slot].type
      // A slot that the next segment has not is lost there.
      let own =
        adjoint[slots[slot].path]
        ?? Tensor([Double](repeating: 0, count: type.count), shape: type.shape, dtype: type.dtype)
      feeder.give(Self.name(slot), own)
    }
    try feeder.executable.run()
    adjoint = adjoints(of: feeder)
    return feeder.executable.output(moving(segment).count).doubles()[0]
  }

  private static func name(_ slot: Int) -> String { "adjoint \(slot)" }

  /// The reverse of a program.
  ///
  /// Adjoints of its carried values are given by name, those of its slots and of the number come out. Of an objective the
  /// adjoint is 1.
  private static func backward(
    _ fed: FedProgram, _ moving: [Int], _ parameter: String, isStep: Bool
  ) throws(TangentError) -> FedProgram {
    let program = fed.program
    var graph = program.graph
    var (outputs, adjoints): ([NodeID], [NodeID?]) = ([], [])
    var (inputs, feeds) = (program.inputs, fed.feeds)
    if isStep {
      for slot in moving {
        let own = program.carried.last { $0.input == slot }?.output ?? program.inputs[slot]
        let adjoint = graph.freshInput(graph.type(own))
        inputs.append(adjoint)
        feeds.append(.given(name(slot)))
        outputs.append(own)
        adjoints.append(adjoint)
      }
    } else {
      outputs = [program.outputs[0]]
      adjoints = [graph.filled(1, graph.type(outputs[0]))]
    }
    let number = feeds.firstIndex(of: .given(parameter)).map { program.inputs[$0] }
    let wanted = moving.map { program.inputs[$0] } + [number].compactMap { $0 }
    var results: [NodeID]
    do {
      results = try graph.vectorJacobianProduct(of: outputs, adjoints: adjoints, withRespectTo: wanted)
    } catch { throw .derivative(error) }
    if number == nil { results.append(graph.constant(0, .f64)) }
    return FedProgram(
      program: Program(graph: graph, inputs: inputs, outputs: results), feeds: feeds, externals: fed.externals)
  }
}
