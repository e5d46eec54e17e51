import Engine
package import Graph
import Tensors

/// What a tangent run follows the change of a run along.
package enum TangentDirection: Hashable, Sendable {
  /// So many directions in the space of the state, on an axis before those of each slot.
  case state(count: Int)
  /// A number that the run's programs are given by name: the state at step 0 does not depend on it.
  case given(String)
}

/// A run whose steps have no such derivative.
package enum TangentError: Error, Sendable {
  case derivative(DerivativeError)
  /// An intervention takes a quadratic model of the loss at this step.
  case model(step: Int)
  /// An intervention assigns to parameters or states of the optimizer at this step, which is not gone back over.
  case assigned(step: Int)
}

extension RunSpec {
  /// The run together with its linearisation: another run, whose slots are those of this one and a tangent for each.
  ///
  /// With s′ = F(s, p) the step of the run, tangents go to
  ///
  ///     v′ = ∂F/∂s v              along directions of the state
  ///     v′ = ∂F/∂s v + ∂F/∂p      along a number p that is given
  ///
  /// with the same samples and the same noise. Along a number what is recorded is the derivative of what this run
  /// records, d m(s, p)/dp = ∂m/∂s v + ∂m/∂p, at the same steps; along directions nothing is. All tangents are 0 at the
  /// start, but what the caller puts in their place.
  ///
  /// What interventions assign to the state, they assign to its tangents by their derivative.
  ///
  /// - Throws: `TangentError` where a step has no derivative, or the loss is exchanged for its model on the way.
  package func tangent(_ direction: TangentDirection) throws(TangentError) -> RunSpec {
    var result = self
    for index in segments.indices {
      let dynamics = segments[index].dynamics
      guard !dynamics.entry.takesModel else { throw .model(step: dynamics.start) }
      let slots = TangentSlots(dynamics.step.slots, direction)
      if index > 0 {
        let before = TangentSlots(segments[index - 1].dynamics.step.slots, direction)
        result.segments[index].dynamics.entry = try before.tangent(of: dynamics.entry)
      }
      result.segments[index].dynamics.step = StepSpec(
        slots: slots.all, program: try slots.tangent(of: dynamics.step.program, keepsValues: true, lastIsFlag: false))
      result.segments[index].recorded.lastMetrics = []
      guard case .given = direction else {
        result.segments[index].recorded = SegmentRecording()
        continue
      }
      func derivative(_ metrics: MetricSpec) throws(TangentError) -> MetricSpec {
        var own = metrics
        own.lossOutputs = []
        own.program = try slots.tangent(
          of: metrics.program, keepsValues: false, lastIsFlag: metrics.isConditional)
        return own
      }
      let recorded = segments[index].recorded
      var (metrics, last): ([MetricSpec], [MetricSpec?]) = ([], [])
      for one in recorded.metrics { metrics.append(try derivative(one)) }
      for one in recorded.lastMetrics { last.append(try one.map(derivative)) }
      result.segments[index].recorded.metrics = metrics
      result.segments[index].recorded.lastMetrics = last
    }
    // Without a start it is only asked whether there is such a run.
    if !start.isEmpty { result.start += TangentSlots(segments[0].dynamics.step.slots, direction).zeros }
    return result
  }
}

extension RunSpec {
  /// The path of the slot whose tangent a slot is; nil for others.
  package static func tangentPath(_ path: String) -> String? {
    path.hasPrefix(TangentSlots.prefix) ? String(path.dropFirst(TangentSlots.prefix.count)) : nil
  }
}

/// The slots of a step with a tangent for each that holds real numbers.
struct TangentSlots {
  let slots: [Slot]
  let direction: TangentDirection
  /// Numbers of the slots that have a tangent: real ones, along the state those that are more than a measurement.
  let moving: [Int]

  init(_ slots: [Slot], _ direction: TangentDirection) {
    self.slots = slots
    self.direction = direction
    let isOfState = if case .state = direction { true } else { false }
    moving = slots.indices.filter { slots[$0].type.dtype.isReal && !(isOfState && slots[$0].isMeasuring) }
  }

  /// What the slot of a tangent is called, before the path of what it is the tangent of.
  static let prefix = "tangent@"

  /// Those of the run, then the tangents.
  var all: [Slot] {
    slots + moving.map { Slot(path: Self.prefix + slots[$0].path, type: type(of: $0), state: slots[$0].state) }
  }

  private func type(of slot: Int) -> TensorType {
    let type = slots[slot].type
    guard case .state(let count) = direction else { return type }
    return TensorType(Shape([count] + type.shape.sizes), type.dtype)
  }

  /// Tangents that are 0.
  var zeros: [Tensor] {
    moving.map { slot in
      let type = type(of: slot)
      return Tensor([Double](repeating: 0, count: type.count), shape: type.shape, dtype: type.dtype)
    }
  }

  /// A program with the tangents of its outputs and carried values.
  ///
  /// - Parameters:
  ///   - keepsValues: whether the values stay beside their tangents.
  ///   - lastIsFlag: whether the last output is a condition, which has no tangent and stays.
  func tangent(of fed: FedProgram, keepsValues: Bool, lastIsFlag: Bool) throws(TangentError) -> FedProgram {
    let program = fed.program
    var graph = program.graph
    let inputs = moving.map { program.inputs[$0] }
    let tangents = inputs.map { graph.freshInput(graph.type($0)) }
    var (along, moved): ([NodeID], [NodeID?]) = (inputs, tangents)
    if case .given(let name) = direction, let place = fed.feeds.firstIndex(of: .given(name)) {
      let input = program.inputs[place]
      along.append(input)
      moved.append(graph.filled(1, graph.type(input)))
    }
    let measured = lastIsFlag ? Array(program.outputs.dropLast()) : program.outputs
    let carried = program.carried.filter { moving.contains($0.input) }
    var results: [NodeID]
    do {
      results = try graph.jacobianVectorProduct(
        of: measured + carried.map(\.output), withRespectTo: along, tangents: moved)
    } catch { throw .derivative(error) }
    let fedTangents = batched(tangents, &results, in: &graph)
    let first = program.inputs.prefix(slots.count), rest = program.inputs.dropFirst(slots.count)
    var all = keepsValues ? program.carried : []
    for (tangent, own) in zip(results.dropFirst(measured.count), carried) {
      all.append((input: slots.count + (moving.firstIndex(of: own.input) ?? 0), output: tangent))
    }
    let flag = lastIsFlag ? Array(program.outputs.suffix(1)) : []
    return FedProgram(
      program: Program(
        graph: graph, inputs: first + fedTangents + rest, outputs: Array(results.prefix(measured.count)) + flag,
        carried: all),
      feeds: fed.feeds.prefix(slots.count) + moving.indices.map { .slot(slots.count + $0) }
        + fed.feeds.dropFirst(slots.count),
      externals: fed.externals)
  }

  /// What an intervention assigns to slots of this segment, and by its derivative to their tangents.
  func tangent(of entry: EntrySpec) throws(TangentError) -> EntrySpec {
    guard var values = entry.values else { return entry }
    var result = entry
    let program = try tangent(of: values.program, keepsValues: false, lastIsFlag: false)
    let isReal = entry.targets.map { moving.contains($0) }
    // The values themselves, then the tangents of those that have one.
    values.program = program
    values.program.program.outputs =
      entry.values.map(\.program.program.outputs).map { own in
        own + zip(program.program.outputs, isReal).filter(\.1).map(\.0)
      } ?? []
    result.targets += entry.targets.compactMap { target in
      moving.firstIndex(of: target).map { slots.count + $0 }
    }
    values.names = result.targets.map { all[$0].path }
    result.values = values
    return result
  }

  /// The inputs that take the tangents: of several directions all at once.
  private func batched(_ tangents: [NodeID], _ results: inout [NodeID], in graph: inout Graph) -> [NodeID] {
    guard case .state(let count) = direction else { return tangents }
    let pairs = tangents.map { tangent in
      (
        original: tangent,
        replacement: graph.freshInput(TensorType(Shape([count] + graph.shape(tangent).sizes), graph.dtype(tangent)))
      )
    }
    results = graph.batch(outputs: results, inputs: pairs, size: count)
    return pairs.map(\.replacement)
  }
}
