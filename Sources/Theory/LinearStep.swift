import Arithmetic
import Diagnostics
import Engine
import Evaluation
import Experiments
import Graph
import Messages
import Staging
import Syntax
import Tensors
import Values

/// One step of an optimizer on ½ xᵀ H x as the matrix T(H, step size) that takes its state (x, v, …) to the next.
///
/// The step is the one that runs: the update rule is staged on a quadratic whose H is an input of the graph, and T is
/// the derivative of the new state with respect to the old one. Nothing is known of any optimizer by name.
final class LinearStep {
  /// Name of the update rule.
  let name: String
  /// Entries of x.
  let dimension: Int
  /// Entries of the whole state.
  let stateCount: Int

  private let feeder: Feeder
  /// Those on which x depends in the long run, with their numbers among those of the step.
  private let slots: [(number: Int, slot: Slot)]
  /// The state of all slots, where those that x does not depend on are 0.
  private var state: [Tensor]
  /// The samples besides its batch's that the rule asks for; nil for none.
  fileprivate(set) var others: OtherSamples?
  /// Whether T depends on what the rule draws.
  fileprivate(set) var multipliesNoise = false
  /// A metric that the rule measures; nil for none.
  fileprivate(set) var measured: String?
  /// An index outside of its table, met in some evaluation, whose values are then NaN.
  private var fault: ProgramFault?

  /// H, and the parameter that was left open: what the program is given by these names.
  fileprivate static let curvatureName = "curvature", stepSizeName = "step size"

  fileprivate init(name: String, dimension: Int, slots: [Slot], state: [Int], feeder: Feeder) {
    self.name = name
    self.dimension = dimension
    self.slots = state.map { ($0, slots[$0]) }
    self.feeder = feeder
    self.state = slots.map { Tensor([Double](repeating: 0, count: $0.type.count), shape: $0.type.shape) }
    stateCount = state.map { slots[$0].type.count }.reduce(0, +)
  }

  /// The number of the step that stands for all late ones: corrections for a short past have died out.
  private static let late = 1e9

  /// Whether the step size that was left open takes part in the step.
  var usesStepSize: Bool { feeder.asks(for: Self.stepSizeName) }

  /// T [stateCount, stateCount], by rows: the derivative at a state away from 0, where the slope of a kink such as that of
  /// max(g, 0) is a choice.
  ///
  /// - Parameters:
  ///   - curvature: H [dimension, dimension], by rows.
  ///   - stepSize: the value of the parameter that was left open, if one was.
  func matrix(_ curvature: [Double], stepSize: Double) -> [Double] {
    evaluate(curvature, stepSize: stepSize, state: probeState(0.7), time: Self.late).matrix
  }

  private func evaluate(_ curvature: [Double], stepSize: Double, state: [Double], time: Double) -> (
    next: [Double], matrix: [Double]
  ) {
    var offset = 0
    for (number, slot) in slots {
      let values = Array(state[offset..<(offset + slot.type.count)])
      self.state[number] = Tensor(values, shape: slot.type.shape)
      offset += slot.type.count
    }
    feeder.feed(FeedMoment(step: Int(time) - 1, slots: .tensors(self.state)))
    feeder.give(Self.curvatureName, Tensor(curvature, shape: [dimension, dimension]))
    feeder.give(Self.stepSizeName, stepSize)
    do { try feeder.executable.run() } catch {
      fault = fault ?? error
      return (state.map { _ in .nan }, [Double](repeating: .nan, count: stateCount * stateCount))
    }
    return (feeder.executable.output(0).doubles(), feeder.executable.output(1).doubles())
  }

  // MARK: What the step must be

  /// Why the step is no fixed linear map of its state: nil where it is one.
  func refusal() -> String? {
    let curvature = probeCurvature(1)
    let first = probeState(0.7)
    let a = evaluate(curvature, stepSize: 0.1, state: first, time: Self.late)
    let others = otherProbes().map { ($0, evaluate(curvature, stepSize: 0.1, state: $0, time: Self.late).next) }
    let later = evaluate(curvature, stepSize: 0.1, state: first, time: 2 * Self.late)
    if let fault {
      var what = "meets a matrix that cannot be factorised"
      if case .index(let index, let count) = fault.cause { what = "reads element \(index) of \(count)" }
      return "it \(what) where t is large, which stands for all late steps"
    }
    for (state, next) in others {
      if let row = (0..<stateCount).first(where: { row in
        var expected = 0.0
        for column in 0..<stateCount {
          expected += a.matrix[row * stateCount + column] * (first[column] - state[column])
        }
        let found = a.next[row] - next[row]
        return !((found - expected).magnitude <= 1e-9 * (1 + expected.magnitude))
      }) {
        return "`\(slotName(row))'` is not a linear function of the state and the gradient"
      }
    }
    for row in 0..<stateCount {
      for column in 0..<stateCount where differ(a.matrix, later.matrix, row * stateCount + column) {
        return "`\(slotName(row))'` changes with the number of the step"
      }
    }
    return nil
  }

  /// Whether T is a constant plus a linear function of H, so that mean and variance of H are all that matters.
  func isAffine() -> Bool {
    let none = matrix(probeCurvature(0), stepSize: 0.1)
    let once = matrix(probeCurvature(1), stepSize: 0.1)
    let twice = matrix(probeCurvature(2), stepSize: 0.1)
    return none.indices.allSatisfy { i in
      (twice[i] - 2 * once[i] + none[i]).magnitude <= 1e-11 * (1 + twice[i].magnitude)
    }
  }

  /// Whether this step of two coordinates does to each of them what a step does to its one.
  func isEachOf(_ one: LinearStep) -> Bool {
    guard dimension == 2, one.dimension == 1, slots.count == one.slots.count,
      zip(slots, one.slots).allSatisfy({ $0.slot.type.count == 2 * $1.slot.type.count }),
      stateCount == 2 * one.stateCount
    else { return false }
    let curvatures = [1.3, 0.4]
    let both = matrix([curvatures[0], 0, 0, curvatures[1]], stepSize: 0.1)
    let single = curvatures.map { one.matrix([$0], stepSize: 0.1) }
    for row in 0..<stateCount {
      for column in 0..<stateCount {
        let coordinate = row % 2
        let expected = column % 2 == coordinate ? single[coordinate][row / 2 * one.stateCount + column / 2] : 0
        guard (both[row * stateCount + column] - expected).magnitude <= 1e-12 * (1 + expected.magnitude) else {
          return false
        }
      }
    }
    return true
  }

  /// How far x moves in one update against a constant gradient of 1, in the long run and for a step size of 1.
  ///
  /// Nil where x also moves without a gradient (weight decay), or the speed settles nowhere.
  ///
  /// - Precondition: `dimension` is 1 and the step is affine in H.
  func speed() -> Double? {
    let scale = 1e-3
    let still = matrix([0], stepSize: scale)
    let curved = matrix([1], stepSize: scale)
    for row in 0..<stateCount where still[row * stateCount] != (row == 0 ? 1 : 0) { return nil }
    let push = (0..<stateCount).map { curved[$0 * stateCount] - still[$0 * stateCount] }
    var state = [Double](repeating: 0, count: stateCount)
    var last = Double.nan
    for _ in 0..<100_000 {
      var next = push
      for row in 0..<stateCount {
        for column in 1..<max(1, stateCount) { next[row] += still[row * stateCount + column] * state[column] }
      }
      let speed = -next[0]
      state = next
      if (speed - last).magnitude <= 1e-15 * speed.magnitude { return speed > 0 ? speed / scale : nil }
      last = speed
    }
    return nil
  }

  private func differ(_ a: [Double], _ b: [Double], _ index: Int) -> Bool {
    !((a[index] - b[index]).magnitude <= 1e-12 * (1 + a[index].magnitude))
  }

  private func slotName(_ row: Int) -> String {
    var offset = 0
    for (_, slot) in slots {
      offset += slot.type.count
      if row < offset { return slot.state ?? "x" }
    }
    return "x"
  }

  /// Whether the gradient takes part in the step.
  var usesGradient: Bool {
    let once = matrix(probeCurvature(1), stepSize: 0.1)
    return matrix(probeCurvature(2), stepSize: 0.1) != once
  }

  /// A symmetric matrix without special structure.
  func probeCurvature(_ scale: Double) -> [Double] {
    var result: [Double] = []
    for row in 0..<dimension {
      for column in 0..<dimension {
        let diagonal: Double = row == column ? 1 : 0
        result.append(scale * (diagonal + 0.3 / Double(1 + row + column)))
      }
    }
    return result
  }

  /// States to compare with the first one: on the other side of 0, close to it, and off its line, where what is linear
  /// along a line through 0 alone shows itself.
  private func otherProbes() -> [[Double]] {
    var result = [probeState(-1.3), probeState(1e-6)]
    // Numbers between −2 and 2 from a fixed sequence.
    var number: UInt64 = 0x9E37_79B9_7F4A_7C15
    for _ in 0..<8 {
      result.append(
        (0..<stateCount).map { _ in
          number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          return Double(number >> 40) / Double(1 << 22) - 2
        })
    }
    return result
  }

  private func probeState(_ scale: Double) -> [Double] {
    (0..<stateCount).map { (index: Int) -> Double in
      scale * (1 + 0.37 * Double(index % 7) - 0.11 * Double(index % 3))
    }
  }
}

extension Evaluator {
  /// Stages one step of an optimizer on ½ xᵀ H x; nil where checking does not know its arguments.
  ///
  /// - Parameters:
  ///   - open: the parameter that `LinearStep.matrix` gives a value; nil where all have one.
  ///   - changes: what interventions have made of the other parameters.
  ///   - callee: the theory of a run that asks, which has no answer for rules of matrices; nil for a threshold.
  func linearStep(
    of optimizer: Instance, open: String?, dimension: Int, changes: [HyperparameterChange] = [],
    for callee: String? = nil, at span: Span
  ) throws(Diagnostic) -> LinearStep? {
    guard case .function(.definition(let form))? = try libraryDefinition("quadratic_form") else { return nil }
    let names = Scope(parent: form.scope)
    names.define("n", .integer(dimension))
    names.define("start", .real(1))
    let matrixType = TensorType([dimension, dimension], .f64)
    names.define("H", .deferred(given(LinearStep.curvatureName, matrixType)))
    let quadratic = Instance(definition: form.definition, code: form.code, scope: names, span: span)
    let problem = try staged(quadratic, seed: 0)
    let stepSize = given(LinearStep.stepSizeName, TensorType(.scalar, .f64))
    let rule = open.map { optimizer.opened($0, as: .deferred(stepSize)) } ?? optimizer
    let rules = [try rulePlan(rule, leaves: [0], span: span)]
    var settings = StepSettings()
    settings.hyperparameters = changes.filter { $0.name != open }
    let stager = StepStager(evaluator: self, problem: problem, rules: rules, settings: settings)
    let name = optimizer.definition.name.text, step: StepSpec
    do { step = try stager.stage(real: .f64, at: span) } catch {
      // A number may be out of a range that hangs on how many coordinates there are: `top(2)` of one.
      guard error.ground == .shapes || error.ground == .numbers else { throw error }
      let vector = dimension == 1 ? "one coordinate" : "\(dimension) coordinates"
      let form = error.ground == .shapes ? "one vector" : "a vector of \(vector)"
      let reason = "steps are looked at on a quadratic of \(form), where \(error.message)"
      guard let callee else { throw .noThreshold(name, reason: reason, frozen: [], at: span) }
      throw .noTheory(callee, "`\(name)` is no rule for vectors: \(reason)", at: span)
    }
    let result = try linearised(step, name: name, dimension: dimension, at: span)
    result?.others = stager.otherUses.first?.samples
    result?.measured = stager.measures.first
    return result
  }

  /// An input that is given by a name, made when it is first asked for.
  private func given(_ name: String, _ type: TensorType) -> Deferred {
    Deferred { [unowned self] () throws(Diagnostic) in .node(builder.input(.given(name), type)) }
  }

  private func linearised(_ step: StepSpec, name: String, dimension: Int, at span: Span) throws(Diagnostic)
    -> LinearStep?
  {
    var graph = step.program.program.graph
    let inputs = step.program.program.inputs
    let outputs = step.slots.indices.map { slot in
      step.program.program.carried.first { $0.input == slot }?.output ?? inputs[slot]
    }
    let state = statesOfParameters(graph, inputs, outputs)
    let slots = state.map { step.slots[$0] }
    let count = slots.map(\.type.count).reduce(0, +)
    let parts = zip(state, slots).map { graph.reshape(outputs[$0], to: [$1.type.count]) }
    let next = graph.add(Concatenate(axis: 0), inputs: parts)
    var columns: [NodeID] = []
    do {
      for (slot, part) in zip(state, try graph.jacobian(of: next, withRespectTo: state.map { inputs[$0] })) {
        columns.append(graph.reshape(part, to: [count, step.slots[slot].type.count]))
      }
    } catch { throw .derivative(error, at: span) }
    let matrix = graph.add(Concatenate(axis: 1), inputs: columns)
    guard isFed(graph, [next, matrix], by: inputs) else { return nil }
    var fed = step.program
    fed.program = Program(graph: graph, inputs: inputs, outputs: [next, matrix])
    let result = LinearStep(
      name: name, dimension: dimension, slots: step.slots, state: state,
      feeder: try feeder(fed, at: span) { _ in 0 })
    fed.program.outputs = [matrix]
    result.multipliesNoise = fed.neededFeeds.contains { if case .key = $0 { true } else { false } }
    return result
  }

  /// The slots on which x depends in the long run, x first: an average of the iterates, say, is none of them.
  private func statesOfParameters(_ graph: Graph, _ inputs: [NodeID], _ outputs: [NodeID]) -> [Int] {
    var found = [0]
    var position = 0
    while position < found.count {
      let isNeeded = graph.requirement(of: [outputs[found[position]]])
      for slot in outputs.indices where !found.contains(slot) {
        let index = Int(inputs[slot].index)
        if index < isNeeded.count, isNeeded[index] { found.append(slot) }
      }
      position += 1
    }
    return found.sorted()
  }

  /// Whether every input that the outputs need has a value; while checking some are not known.
  private func isFed(_ graph: Graph, _ outputs: [NodeID], by inputs: [NodeID]) -> Bool {
    let isNeeded = graph.requirement(of: outputs)
    return isNeeded.indices.allSatisfy { index in
      let id = NodeID(index)
      return !isNeeded[index] || !(graph[id].primitive is Input) || inputs.contains(id)
    }
  }
}

extension Instance {
  /// A copy in which a parameter has the given value, whatever was given for it.
  fileprivate func opened(_ parameter: String, as value: Value) -> Instance {
    let own = Scope(parent: scope)
    own.define(parameter, value)
    return copy(definition, own, without: parameter)
  }

  /// A copy whose update rule holds some of its states fixed at 1, before and after the step.
  func holding(_ states: [String]) -> Instance {
    guard !states.isEmpty, case .members(let members) = definition.body else { return self }
    let own = Scope(parent: scope)
    for state in states {
      own.define(state, .real(1))
      own.define(state + "'", .real(1))
    }
    var rule = definition
    rule.body = .members(
      members.compactMap { member in
        switch member {
        case .equation(let name, _, _, _) where states.contains(name.text): nil
        case .state(let declarations, let isWorker, let span):
          .state(declarations.filter { !states.contains($0.name.text) }, isWorker: isWorker, span)
        default: member
        }
      })
    return copy(rule, own, without: nil)
  }

  private func copy(_ definition: Definition, _ own: Scope, without parameter: String?) -> Instance {
    let copy = Instance(definition: definition, code: code, scope: own, span: span)
    for (name, thunk) in thunks where name != parameter {
      var moved = thunk
      if thunk.scope === scope { moved.scope = own }
      copy.thunks.append((name, moved))
    }
    return copy
  }
}
