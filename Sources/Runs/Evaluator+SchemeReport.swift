import Arithmetic
import Diagnostics
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

/// Conditions of a scheme as numbers: two outputs for each, a difference that is to be 0 and a size to judge it by.
struct SchemeReport {
  var program: FedProgram
  /// What is said where a difference is not 0.
  var faults: [Diagnostic]
}

extension Evaluator {
  /// The conditions of a scheme at the state that its inputs hold; nil where there are none.
  func schemeReport(
    _ scheme: ProcessScheme, of process: StagedProcess, dt: Double, _ inputs: [NodeID], at span: Span
  ) throws(Diagnostic) -> SchemeReport? {
    let scope = Scope(parent: process.scope)
    for (node, state) in zip(inputs, process.states) {
      scope.define(state.name.text, .node(node), span: state.name.span)
    }
    scope.define(.dt, .real(dt))
    let start = Value.real(0)
    scope.define(.t, start)
    let slots = process.states.map { Slot(path: $0.name.text, type: TensorType($0.shape, .f64)) }
    let context = ProcessStep(evaluator: self, process, dt: dt)
    return try at(.rule([], context.names), in: process.code) { () throws(Diagnostic) in
      // Meets every `dB`.
      _ = try equations(of: process, slots, inputs, in: scope, context)
      let equations = ProcessEquations(self, process, slots, context, scheme, start: start, dt: dt, at: span)
      // A map beside the equations may speak of next values, which are known in a whole step alone.
      guard equations.needsMore || process.equations.allSatisfy(\.isDifferential) else { return nil }
      let conditions = try equations.conditions(at: inputs)
      var outputs: [NodeID] = []
      for condition in conditions {
        let pairs = zip(condition.left, condition.right).map { graph.add(Subtract(), $0, $1) }
        outputs.append(largest(pairs))
        outputs.append(largest(condition.left + condition.right))
      }
      return SchemeReport(program: builder.program(outputs: outputs), faults: conditions.map(\.fault))
    }
  }

  /// The largest absolute value of several tensors.
  private func largest(_ nodes: [NodeID]) -> NodeID {
    var result = graph.constant(0, .f64)
    for node in nodes {
      let size = graph.add(Absolute(), node), rank = graph.shape(node).rank
      result = graph.add(Maximum(), result, rank == 0 ? size : graph.add(ReduceMax(axes: Array(0..<rank)), size))
    }
    return result
  }
}

extension ProcessEquations {
  /// Two sides that are to agree.
  struct Condition {
    var left: [NodeID]
    var right: [NodeID]
    var fault: Diagnostic
  }

  /// What the scheme needs of the equations.
  func conditions(at states: [NodeID]) throws(Diagnostic) -> [Condition] {
    var result = try linear(states)
    if hasCoordinates, !process.isStratonovich {
      for motion in motions where motion.shape.count > 1 { result.append(try separate(motion, states)) }
    }
    guard needsMore, !motions.isEmpty, needsTrace else { return result }
    for motion in motions where motion.shape.count > 1 {
      result.append(try local(motion, states))
    }
    if isMilstein { result += try commuting(states) }
    return result
  }

  /// What every scheme needs: twice the noise the other way and no time is minus twice what the noise adds.
  private func linear(_ states: [NodeID]) throws(Diagnostic) -> [Condition] {
    let both = try rightSides(states, after: 0, dt: 0.5, .given(try weighted([0.7, 1.3, 0.4])))
    let drift = try rightSides(states, after: 0, dt: 0.25, .none)
    let rest = try rightSides(states, after: 0, dt: 0, .given(try weighted([-1.4, -2.6, -0.8])))
    return differentials.map { index, name, place in
      Condition(
        left: [both[index]], right: [sum(scaled(drift[index], 2), scaled(rest[index], -0.5))],
        fault: .nonlinearIncrement(name, hasNoise: !motions.isEmpty, at: place))
    }
  }

  /// Each element of a motion moves the elements at its place alone: b·(v ∘ 1) = v ∘ b·1, and so do the derivatives.
  private func local(_ motion: (name: String, shape: Shape), _ states: [NodeID]) throws(Diagnostic) -> Condition {
    let fault = Diagnostic.requires(
      "`scheme \(schemeName)`\(isMilstein ? "" : " of an equation in the other sense")",
      "a `\(motion.name)` of which each element moves its own place alone", at: span,
      help: [isMilstein ? "write `scheme euler`" : "write it in the scheme's own sense, or `scheme euler`"])
    let weights = try weighted([0.7, 1.3, 0.4])
    let own: NoiseValues = .given(weights.filter { $0.key == motion.name })
    let values = try change(of: own, along: .ones(motion.name), states, after: 0)
    let other = try change(of: .ones(motion.name), along: .ones(motion.name), states, after: 0)
    let along = try change(of: .ones(motion.name), along: own, states, after: 0)
    var (left, right): ([NodeID], [NodeID]) = ([], [])
    for index in states.indices {
      guard shape(of: states[index]) == motion.shape, let weight = weights[motion.name] else {
        // Of another shape: only what the trace does not see, a constant diffusion, is right.
        left += [other[index], values[index]]
        right += [scaled(other[index], 0), scaled(values[index], 0)]
        continue
      }
      let expected = product(weight, other[index])
      left += [values[index], along[index]]
      right += [expected, expected]
    }
    return Condition(left: left, right: right, fault: fault)
  }

  /// Each element of a motion moves the element at its place of a state with a coordinate: b·v = v ∘ b·1.
  private func separate(_ motion: (name: String, shape: Shape), _ states: [NodeID]) throws(Diagnostic) -> Condition {
    let fault = Diagnostic.requires(
      demand, "a `\(motion.name)` of which each element moves its own place alone", at: span,
      help: ["write it without `by`"])
    let weights = try weighted([0.7, 1.3, 0.4])
    let values = try rightSides(states, after: 0, dt: 0, .given(weights.filter { $0.key == motion.name }))
    let other = try rightSides(states, after: 0, dt: 0, .ones(motion.name))
    var (left, right): ([NodeID], [NodeID]) = ([], [])
    for index in states.indices where process.coordinates[index] != nil {
      guard let weight = weights[motion.name] else { continue }
      left.append(values[index])
      right.append(
        shape(of: states[index]) == motion.shape ? product(weight, other[index]) : scaled(values[index], 0))
    }
    return Condition(left: left, right: right, fault: fault)
  }

  private func commuting(_ states: [NodeID]) throws(Diagnostic) -> [Condition] {
    var result: [Condition] = []
    for (index, first) in motions.enumerated() {
      for second in motions.dropFirst(index + 1) {
        let fault = Diagnostic.requires(
          "`scheme milstein`", "noises that commute, and `\(first.name)` and `\(second.name)` do not", at: span,
          help: ["write `scheme euler`, of strong order ½: the areas between them are not drawn"])
        result.append(
          Condition(
            left: try change(of: .ones(second.name), along: .ones(first.name), states, after: 0),
            right: try change(of: .ones(first.name), along: .ones(second.name), states, after: 0), fault: fault))
      }
    }
    return result
  }

  /// Fixed numbers for every motion.
  private func weighted(_ numbers: [Double]) throws(Diagnostic) -> [String: NodeID] {
    var result: [String: NodeID] = [:]
    for (offset, motion) in motions.enumerated() {
      let values = (0..<motion.shape.count).map { numbers[(offset + $0) % numbers.count] }
      result[motion.name] = constant(Tensor(values, shape: motion.shape))
    }
    return result
  }
}
