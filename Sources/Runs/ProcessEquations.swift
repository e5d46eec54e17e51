import Arithmetic
package import Diagnostics
import Evaluation
package import Experiments
package import Graph
import Messages
import Syntax
package import Tensors
package import Values

/// The differential equations of a process as functions of state, time, dt and noise, of which schemes make their steps.
///
/// What is called Δ is the right side as it is written, an increment: linear in dt and the `dB…` together.
package final class ProcessEquations {
  unowned let evaluator: Evaluator
  let process: StagedProcess
  private let slots: [Slot]
  private let context: ProcessStep
  private let scheme: ProcessScheme
  /// Of `adaptive`.
  var tolerance = ProcessScheme.standardTolerance
  private let start: Value
  private let dt: Double
  let span: Span

  /// - Parameters:
  ///   - context: has met every `dB` of the equations.
  ///   - start: the time at which the step begins.
  package init(
    _ evaluator: Evaluator, _ process: StagedProcess, _ slots: [Slot], _ context: ProcessStep, _ scheme: ProcessScheme,
    start: Value, dt: Double, at span: Span
  ) {
    (self.evaluator, self.process, self.slots, self.context) = (evaluator, process, slots, context)
    (self.scheme, self.start, self.dt, self.span) = (scheme, start, dt, span)
  }

  private var names: [String] { motions.map(\.name) }
  package var motions: [(name: String, shape: Shape)] { context.motions }
  var schemeName: String { scheme.rawValue }
  package var isStratonovich: Bool { process.isStratonovich }
  var isMilstein: Bool { scheme == .milstein }
  /// Whether a step takes Σ_j b_j' b_j.
  var needsTrace: Bool { isMilstein || process.isStratonovich != scheme.isStratonovich }
  /// Whether a state is stepped in another coordinate than its own.
  var hasCoordinates: Bool { process.coordinates.contains { $0 != nil } }
  /// What a message calls the first coordinate.
  var demand: String { "`by \(process.coordinates.lazy.compactMap(\.self).first?.rawValue ?? "")`" }
  /// Whether states are in the coordinates in which they are stepped.
  var isMapped = false

  /// Whether the scheme is more than adding Δ, for equations meant as these are.
  var needsMore: Bool { scheme != .euler || process.isStratonovich && !names.isEmpty || hasCoordinates }

  /// Whether its paths are smooth: each state has a differential equation, and none has noise.
  var isSmooth: Bool { names.isEmpty && process.equations.allSatisfy(\.isDifferential) }

  /// The states that have a differential equation, by their numbers, with where its right side stands.
  var differentials: [(index: Int, name: String, place: Span)] {
    process.equations.compactMap { name, id, isDifferential in
      guard isDifferential, let index = slots.firstIndex(where: { $0.path == name.text }) else { return nil }
      return (index, name.text, process.code.tree.span(id))
    }
  }

  /// The next value of every state; see `ProcessScheme`.
  func step(from states: [NodeID]) throws(Diagnostic) -> [(input: Int, output: NodeID)] {
    try require()
    evaluator.setOrigin(span)
    return try inCoordinates(states) { (states) throws(Diagnostic) in try next(states) }
      .enumerated().map { (input: $0.offset, output: $0.element) }
  }

  private func next(_ states: [NodeID]) throws(Diagnostic) -> [NodeID] {
    let delta = try increments(states)
    let next: [NodeID]
    switch scheme {
    case .euler: next = delta
    case .milstein: next = zip(delta, try products(states)).map(sum)
    case .heun:
      let second = try increments(zip(states, delta).map(sum), after: 1)
      next = zip(delta, second).map { scaled(sum($0, $1), 0.5) }
    case .tamed: next = tamed(delta)
    case .rk4: next = try classical(states, delta)
    case .adaptive: return try adaptive(states, until: number(1))
    }
    return zip(states, next).map(sum)
  }

  private func require() throws(Diagnostic) {
    if let map = process.equations.first(where: { !$0.isDifferential }) {
      throw .requires(
        scheme == .euler && hasCoordinates ? demand : "`scheme \(scheme.rawValue)`",
        "differential equations only, and `\(map.name.text)'` is a map",
        at: map.name.span,
        help: ["write `d\(map.name.text) = (…) * dt`, or leave the scheme out"])
    }
    switch scheme {
    case _ where scheme.isSmooth && !names.isEmpty:
      throw .meansNothing(
        scheme.rawValue, "for an equation with `\(names[0])`: its order is that of smooth paths", at: span,
        help: ["write `scheme heun`, or `scheme milstein`"])
    case .milstein where names.isEmpty:
      throw .meansNothing(
        "milstein", "for an equation without `dB`", at: span, help: ["write `scheme rk4`, or leave it out"])
    default: break
    }
  }

  // MARK: Schemes

  /// Δ in the sense of the scheme, at a state that is reached so many steps of dt after the start.
  private func increments(_ states: [NodeID], after share: Double = 0) throws(Diagnostic) -> [NodeID] {
    let plain = try rightSides(states, after: share, dt: dt, .drawn)
    guard process.isStratonovich != scheme.isStratonovich, !names.isEmpty else { return plain }
    let sign = process.isStratonovich ? 0.5 : -0.5
    return zip(plain, try traces(states, after: share)).map { sum($0, scaled($1, sign * dt)) }
  }

  /// ½ Σ_{jk} b_k' b_j (ΔB_j ΔB_k − δ_jk dt).
  private func products(_ states: [NodeID]) throws(Diagnostic) -> [NodeID] {
    var noise: [String: NodeID] = [:]
    for own in context.known where own.name.hasPrefix("dB") {
      if case .node(let node) = own.value { noise[own.name] = node }
    }
    let all = try change(of: .given(noise), along: .given(noise), states, after: 0)
    return zip(all, try traces(states, after: 0)).map { scaled(sum($0, scaled($1, -dt)), 0.5) }
  }

  /// c = Σ_j b_j' b_j.
  package func traces(_ states: [NodeID], after share: Double) throws(Diagnostic) -> [NodeID] {
    var result = states.map { evaluator.graph.zeros(like: $0) }
    for name in names {
      result = zip(result, try change(of: .ones(name), along: .ones(name), states, after: share)).map(sum)
    }
    return result
  }

  /// The derivative of b·v by the state, along b·u.
  func change(of v: NoiseValues, along u: NoiseValues, _ states: [NodeID], after share: Double) throws(Diagnostic)
    -> [NodeID]
  {
    let fresh = states.map { evaluator.graph.freshInput(evaluator.graph.type($0)) }
    let direction = try rightSides(fresh, after: share, dt: 0, u)
    let values = try rightSides(fresh, after: share, dt: 0, v)
    let results: [NodeID]
    do {
      results = try evaluator.graph.jacobianVectorProduct(
        of: values, withRespectTo: fresh, tangents: direction.map { $0 })
    } catch { throw .derivative(error, at: span) }
    return evaluator.graph.substitute(
      outputs: results, mapping: zip(fresh, states).map { (original: $0, replacement: $1) })
  }

  /// Δ / max(1, dt ‖Δ‖), with the norm over all states.
  ///
  /// - Parameter share: of dt, where Δ is that of a part of the step.
  private func tamed(_ delta: [NodeID], after share: NodeID? = nil) -> [NodeID] {
    let squares = delta.map { node in
      let square = evaluator.graph.add(Square(), node)
      let rank = evaluator.graph.shape(node).rank
      return rank == 0 ? square : evaluator.graph.add(ReduceSum(axes: Array(0..<rank)), square)
    }
    let total = squares.dropFirst().reduce(squares[0], sum)
    var length = scaled(evaluator.graph.add(SquareRoot(), total), dt)
    if let share { length = product(share, length) }
    let one = evaluator.graph.constant(1, like: length)
    let factor = evaluator.graph.add(Reciprocal(), evaluator.graph.add(Maximum(), one, length))
    return delta.map { node in
      evaluator.graph.add(Multiply(), evaluator.graph.broadcast(factor, to: evaluator.graph.shape(node)), node)
    }
  }

  /// (k₁ + 2 k₂ + 2 k₃ + k₄) / 6.
  private func classical(_ states: [NodeID], _ first: [NodeID]) throws(Diagnostic) -> [NodeID] {
    func moved(_ slopes: [NodeID], _ share: Double) -> [NodeID] {
      zip(states, slopes).map { sum($0, share == 1 ? $1 : scaled($1, share)) }
    }
    let second = try increments(moved(first, 0.5), after: 0.5)
    let third = try increments(moved(second, 0.5), after: 0.5)
    return combined(first, second, third, try increments(moved(third, 1), after: 1))
  }

  private func combined(_ first: [NodeID], _ second: [NodeID], _ third: [NodeID], _ fourth: [NodeID]) -> [NodeID] {
    first.indices.map { index in
      let middle = scaled(sum(second[index], third[index]), 2)
      return scaled(sum(sum(first[index], middle), fourth[index]), 1 / 6)
    }
  }

  /// The states a share of dt later, by the same scheme; of equations without noise.
  func states(after share: NodeID, from states: [NodeID]) throws(Diagnostic) -> [NodeID] {
    try inCoordinates(states) { (states) throws(Diagnostic) in try part(of: share, from: states) }
  }

  private func part(of share: NodeID, from states: [NodeID]) throws(Diagnostic) -> [NodeID] {
    if scheme == .adaptive { return try adaptive(states, until: share) }
    func slopes(at states: [NodeID], _ part: Double = 0) throws(Diagnostic) -> [NodeID] {
      let time = try evaluator.apply(Add(), [start, .node(scaled(share, part * dt))], at: span)
      return try rightSides(states, at: time, dt: dt, .none).map {
        product(evaluator.graph.broadcast(share, to: shape(of: $0)), $0)
      }
    }
    func moved(by slopes: [NodeID], _ part: Double = 1) -> [NodeID] {
      zip(states, slopes).map { sum($0, part == 1 ? $1 : scaled($1, part)) }
    }
    let first = try slopes(at: states)
    switch scheme {
    case .tamed: return moved(by: tamed(first, after: share))
    case .heun: return try moved(by: zip(first, slopes(at: moved(by: first), 1)).map(sum), 0.5)
    case .rk4:
      let second = try slopes(at: moved(by: first, 0.5), 0.5), third = try slopes(at: moved(by: second, 0.5), 0.5)
      return moved(by: combined(first, second, third, try slopes(at: moved(by: third), 1)))
    default: return moved(by: first)
    }
  }

  // MARK: Adaptive steps

  /// Nodes, weights and errors of the pair of Dormand and Prince.
  private static let pair: (times: [Double], rows: [[Double]], error: [Double]) = (
    [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1],
    [
      [], [1 / 5], [3 / 40, 9 / 40], [44 / 45, -56 / 15, 32 / 9],
      [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
      [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
      [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    ],
    [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40]
  )
  /// Steps within one dt before it counts as never ending.
  private static let turnsMax = 100_000
  /// The least step, as a share of dt.
  private static let leastShare = 1e-13

  /// The states a share of dt later, by steps whose errors are below the tolerance; not a number where they cannot be made.
  private func adaptive(_ states: [NodeID], until end: NodeID) throws(Diagnostic) -> [NodeID] {
    let real = evaluator.realType
    let scalar = TensorType(.scalar, real)
    let (done, share, last) = (
      evaluator.graph.freshInput(scalar), evaluator.graph.freshInput(scalar), evaluator.graph.freshInput(scalar)
    )
    let old = states.map { evaluator.graph.freshInput(evaluator.graph.type($0)) }
    let next = try turn(old, done: done, share: share, until: last)
    let body = evaluator.graph.extracted(outputs: next, inputs: [done, share, last] + old)
    let condition = Subgraph(inputTypes: body.body.inputTypes) { graph, inputs in
      let isOpen = graph.add(Less(), inputs[0], inputs[2])
      let isLong = graph.add(Less(), graph.constant(Self.leastShare, like: inputs[1]), inputs[1])
      return [graph.add(Multiply(), isOpen, isLong)]
    }
    let one = evaluator.graph.constant(1, real)
    let parts: [NodeID]
    do {
      parts = try evaluator.graph.whileLoop(
        WhileLoop(condition: condition, body: body.body, limit: Self.turnsMax),
        carried: [evaluator.graph.constant(0, real), one, end] + states, constants: body.captured)
    } catch { throw evaluator.dressed(error, at: span) }
    let isDone = evaluator.graph.add(Equal(), parts[0], end)
    return parts.dropFirst(3).map { node in
      let type = evaluator.graph.type(node)
      return evaluator.graph.add(
        Select(), evaluator.graph.broadcast(isDone, to: type.shape), node, evaluator.graph.filled(.nan, type))
    }
  }

  /// One step or its refusal: how much of dt is done, the next step as a share of dt, how much is to be done, the states.
  private func turn(_ old: [NodeID], done: NodeID, share: NodeID, until last: NodeID) throws(Diagnostic) -> [NodeID] {
    func constant(_ value: Double) -> NodeID { evaluator.graph.constant(value, evaluator.realType) }
    let rest = evaluator.graph.add(Subtract(), last, done)
    let isLast = evaluator.graph.add(LessEqual(), rest, share)
    let step = evaluator.graph.add(Minimum(), rest, share)
    var slopes: [[NodeID]] = []
    var reached = old
    for (time, row) in zip(Self.pair.times, Self.pair.rows) {
      reached = moved(old, by: step, row, slopes)
      let place = evaluator.graph.add(Add(), done, evaluator.graph.add(Multiply(), constant(time), step))
      let moment = try evaluator.apply(
        Add(), [start, .node(evaluator.graph.add(Multiply(), constant(dt), place))], at: span)
      slopes.append(try rightSides(reached, at: moment, dt: dt, .none))
    }
    let zeros = old.map { evaluator.graph.zeros(like: $0) }
    let size = errorSize(moved(zeros, by: step, Self.pair.error, slopes), old, reached)
    let isGood = evaluator.graph.add(LessEqual(), size, constant(1))
    let wanted = evaluator.graph.add(
      Multiply(), constant(0.9), evaluator.graph.add(Power(), size, constant(-0.2)))
    let bounded = evaluator.graph.add(Maximum(), constant(0.2), evaluator.graph.add(Minimum(), constant(5), wanted))
    let isKnown = evaluator.graph.add(IsFinite(), size)
    let factor = evaluator.graph.add(Select(), isKnown, bounded, constant(0.1))
    let end = evaluator.graph.add(Select(), isLast, last, evaluator.graph.add(Add(), done, step))
    let states = zip(reached, old).map { new, before in
      evaluator.graph.add(
        Select(), evaluator.graph.broadcast(isGood, to: evaluator.graph.shape(new)), new, before)
    }
    return [
      evaluator.graph.add(Select(), isGood, end, done), evaluator.graph.add(Multiply(), step, factor), last,
    ] + states
  }

  /// y + step Σ weight k.
  private func moved(_ states: [NodeID], by step: NodeID, _ weights: [Double], _ slopes: [[NodeID]]) -> [NodeID] {
    states.indices.map { index in
      let terms = zip(weights, slopes).filter { $0.0 != 0 }.map { scaled($1[index], $0) }
      guard let first = terms.first else { return states[index] }
      let total = terms.dropFirst().reduce(first, sum)
      return sum(
        states[index],
        product(evaluator.graph.broadcast(step, to: evaluator.graph.shape(total)), total))
    }
  }

  /// The root mean square of errors over tolerance (1 + |y|), |y| the larger one before and after.
  private func errorSize(_ errors: [NodeID], _ before: [NodeID], _ after: [NodeID]) -> NodeID {
    var total = evaluator.graph.constant(0, evaluator.realType)
    var count = 0
    for index in errors.indices {
      let large = evaluator.graph.add(
        Maximum(), evaluator.graph.add(Absolute(), before[index]), evaluator.graph.add(Absolute(), after[index]))
      let type = evaluator.graph.type(large)
      let unit = scaled(sum(large, evaluator.graph.filled(1, type)), tolerance)
      let square = evaluator.graph.add(Square(), evaluator.graph.add(Divide(), errors[index], unit))
      let rank = type.shape.rank
      total = sum(total, rank == 0 ? square : evaluator.graph.add(ReduceSum(axes: Array(0..<rank)), square))
      count += type.count
    }
    return evaluator.graph.add(SquareRoot(), scaled(total, 1 / Double(max(1, count))))
  }

  // MARK: Right sides

  /// The right sides as they are written, or in the coordinates of the states.
  package func rightSides(_ states: [NodeID], after share: Double, dt: Double, _ noise: NoiseValues) throws(Diagnostic)
    -> [NodeID]
  {
    let time = share > 0 ? try evaluator.apply(Add(), [start, .real(share * self.dt)], at: span) : start
    return try rightSides(states, at: time, dt: dt, noise)
  }

  private func rightSides(_ states: [NodeID], at time: Value, dt: Double, _ noise: NoiseValues) throws(Diagnostic)
    -> [NodeID]
  {
    guard isMapped else { return try writtenSides(states, at: time, dt: dt, noise) }
    let own = outward(states)
    var squares: [[NodeID]] = []
    if dt != 0, !process.isStratonovich {
      for name in names {
        squares.append(try writtenSides(own, at: time, dt: 0, .ones(name)).map { product($0, $0) })
      }
    }
    return mapped(try writtenSides(own, at: time, dt: dt, noise), at: states, squares: squares, dt: dt)
  }

  private func writtenSides(_ states: [NodeID], at time: Value, dt: Double, _ noise: NoiseValues) throws(Diagnostic)
    -> [NodeID]
  {
    let scope = Scope(parent: process.scope)
    for (node, state) in zip(states, process.states) {
      scope.define(state.name.text, .node(node), span: state.name.span)
    }
    scope.define(.t, time)
    scope.define(.dt, .real(dt))
    let saved = context.noise
    context.noise = noise
    defer { context.noise = saved }
    let lets = ProcessLets(process)
    var result = states.map { evaluator.graph.zeros(like: $0) }
    for (name, id, _) in process.equations {
      guard let slot = slots.firstIndex(where: { $0.path == name.text }) else { continue }
      let place = process.code.tree.span(id)
      let value = try context.within(slots[slot].type.shape, at: place) { () throws(Diagnostic) in
        try evaluator.evaluate(id, in: lets.scope(in: scope, context, evaluator))
      }
      result[slot] = try evaluator.nextState(value, slots[slot], at: place)
    }
    return result
  }
}
