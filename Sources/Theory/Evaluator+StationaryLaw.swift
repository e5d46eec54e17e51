import Arithmetic
import Diagnostics
import Engine
import Experiments
import Glibc
import Graph
import Messages
import Metrics
import Runs
import Staging
import Syntax
import Tensors
import Values

/// The density of a stationary law on a grid.
struct StationaryDensity {
  /// Equidistant.
  var points: [Double]
  /// Logarithm of the density.
  var heights: [Double]

  /// The density at a point: its logarithm is interpolated linearly; 0 outside of the grid.
  func callAsFunction(_ x: Double) -> Double {
    guard let first = points.first, let last = points.last, x >= first, x <= last else { return x.isNaN ? .nan : 0 }
    let place = (x - first) / (last - first) * Double(points.count - 1)
    let index = min(points.count - 2, Int(place))
    return exp(heights[index] + (place - Double(index)) * (heights[index + 1] - heights[index]))
  }

  /// The share of each point in the whole, by the trapezoid rule; on any increasing grid.
  var shares: [Double] {
    let (last, most) = (points.count - 1, heights.max() ?? 0)
    guard last > 0 else { return points.map { _ in 1 } }
    let weights = points.indices.map { index in
      exp(heights[index] - most) * (points[min(last, index + 1)] - points[max(0, index - 1)])
    }
    let total = Statistics.sum(weights)
    return weights.map { $0 / total }
  }

  /// The integral of a function times the density, by the trapezoid rule.
  func mean(_ f: (Double) -> Double) -> Double {
    guard points.count > 1 else { return .nan }
    let width = points[1] - points[0]
    var terms = points.indices.map { exp(heights[$0]) * f(points[$0]) * width }
    terms[0] /= 2
    terms[terms.count - 1] /= 2
    return Statistics.sum(terms)
  }
}

/// Drift and squared diffusion of an equation in one dimension, as functions of its state.
private struct ScalarEquation {
  let feeder: Feeder
  let count: Int
  let evaluate: ([Double]) throws(Diagnostic) -> (drift: [Double], square: [Double], first: [Double])
}

extension Evaluator {
  /// Points of the grid of a density.
  private static let lawPoints = 8193
  /// Equal shares that a law must at least be spread over, for its grid to resolve it.
  private static let lawPointsMin = 100.0
  /// What the logarithm of a density falls by until it counts as 0: e⁻⁴⁵ is 3e-20.
  private static let lawDepth = 45.0
  /// How often the range is doubled.
  private static let lawDoublings = 40
  /// How often it is doubled again behind the place where the density has fallen, to find where it rises.
  private static let lawMargin = 4

  /// The form `stationary_law(process, from, to)`.
  func stationaryLaw(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard case .instance(let instance) = try instantiated(a[0], at: a.place(0)), instance.definition.kind == .process
    else {
      throw .expected("a process", found: a[0].kind, at: a.place(0))
    }
    let (process, equation) = try scalarEquation(of: instance, at: a.place(0))
    guard mode == .run else { return .unknown(.any) }
    let density: StationaryDensity
    if a.given(1) != nil || a.given(2) != nil {
      guard a.given(1) != nil, a.given(2) != nil else {
        throw .needs("a range of `stationary_law`", "both ends", at: a.span, help: ["write `from = …, to = …`"])
      }
      let (low, high) = (try a.number(1, "the start", self), try a.number(2, "the end", self))
      guard high > low, low.isFinite, high.isFinite else {
        throw .outOfRange("the end", NumberText.short(high), expected: "after the start", at: a.place(2))
      }
      let whole = try profile(equation, from: low, to: high)
      guard whole.points.count == equation.count else {
        throw .withoutLaw("its noise is 0 within the range", at: a.place(0))
      }
      density = whole
    } else {
      density = try searched(equation, from: start(of: process, at: a.place(0)), at: a.place(0))
    }
    let normal = try normalised(density, at: a.place(0))
    // A range so wide that the law stands on a few points of the grid, as heavy tails have, gives no numbers.
    let concentration = Statistics.sum(density.shares.map { $0 * $0 })
    guard concentration * Self.lawPointsMin < 1 else {
      throw .withoutLaw(
        "its tails are so heavy that a grid over them does not resolve it; give a range: `from = …, to = …`",
        at: a.place(0))
    }
    let mean = normal.mean { $0 }
    let variance = normal.mean { ($0 - mean) * ($0 - mean) }
    let native = NativeFunction(
      name: "stationary_law",
      fields: [("mean", .real(mean)), ("var", .real(variance)), ("std", .real(variance.squareRoot()))]
    ) { (evaluator, values, span) throws(Diagnostic) in
      guard values.count == 1 else { throw .needs("a density", "one number", at: span) }
      switch values[0] {
      case .tensor(let tensor): return .tensor(Tensor(tensor.doubles().map { normal($0) }, shape: tensor.shape))
      case .series(var series):
        series.values = series.values.map { normal($0) }
        return .series(series)
      default: return .real(normal(try evaluator.number(values[0], what: "a place", at: span)))
      }
    }
    return .function(.native(native))
  }

  /// One state without axes, one differential equation that does not speak of the time.
  private func scalarEquation(of instance: Instance, at span: Span) throws(Diagnostic) -> (
    StagedProcess, ScalarEquation
  ) {
    let process = try stagedProcess(instance, seed: session.defaultSeed)
    guard process.states.count == 1, process.states[0].shape.rank == 0, process.equations.count == 1,
      process.isDifferential
    else { throw .requires("`stationary_law`", "one state, a single number, with one equation `d… = …`", at: span) }
    let count = Self.lawPoints
    let program = try staging(real: .f64) { () throws(Diagnostic) -> FedProgram in
      let state = graph.freshInput(TensorType(.scalar, .f64)), time = graph.freshInput(TensorType(.scalar, .f64))
      let slots = [Slot(path: process.states[0].name.text, type: TensorType(.scalar, .f64))]
      let scope = Scope(parent: process.scope)
      scope.define(process.states[0].name.text, .node(state), span: process.states[0].name.span)
      scope.define(.dt, .real(1))
      scope.define(.t, .node(time))
      let context = ProcessStep(evaluator: self, process, dt: 1)
      return try at(.rule([], context.names), in: process.code) { () throws(Diagnostic) in
        _ = try equations(of: process, slots, [state], in: scope, context)
        let own = ProcessEquations(self, process, slots, context, .euler, start: .node(time), dt: 1, at: span)
        let (drift, diffusions) = try own.coefficients(at: state)
        guard let first = diffusions.first else {
          throw .requires("`stationary_law`", "an equation with `dB`", at: span)
        }
        guard !graph.depends(drift, on: [time]), !diffusions.contains(where: { graph.depends($0, on: [time]) }) else {
          throw .requires("`stationary_law`", "an equation that does not speak of `t`", at: span)
        }
        var square = graph.add(Square(), first)
        for other in diffusions.dropFirst() { square = graph.add(Add(), square, graph.add(Square(), other)) }
        let wide = builder.input(.slot(0), TensorType([count], .f64))
        return builder.program(
          outputs: graph.batch(outputs: [drift, square, first], inputs: [(state, wide)], size: count))
      }
    }
    let feeder = try feeder(program, at: span) { $0.detail.utf8.count }
    return (
      process,
      ScalarEquation(feeder: feeder, count: count) { [unowned self] (points) throws(Diagnostic) in
        feeder.feed(FeedMoment(step: 0, slots: .tensors([Tensor(points, shape: [points.count])])))
        try run(feeder.executable, at: span)
        let values = (0..<3).map { feeder.executable.output($0).doubles() }
        return (values[0], values[1], values[2])
      }
    )
  }

  private func start(of process: StagedProcess, at span: Span) throws(Diagnostic) -> Double {
    guard case .value(let value) = process.states[0].start else { return 0 }
    return try number(value, what: "the start", at: span)
  }

  /// ln p = ∫ 2a/b² − ln b², up to a constant, from one end of a range on; it ends before the place where b is 0.
  private func profile(_ equation: ScalarEquation, from low: Double, to high: Double) throws(Diagnostic)
    -> StationaryDensity
  {
    let step = (high - low) / Double(equation.count - 1)
    let points = (0..<equation.count).map { low + Double($0) * step }
    let (drift, square, first) = try equation.evaluate(points)
    var result = StationaryDensity(points: [], heights: [])
    var integral = 0.0
    for index in points.indices {
      let rate = 2 * drift[index] / square[index]
      guard square[index] > 0, rate.isFinite, index == 0 || first[index] * first[index - 1] >= 0 else { break }
      if index > 0 { integral += 0.5 * step * (rate + 2 * drift[index - 1] / square[index - 1]) }
      result.points.append(points[index])
      result.heights.append(integral - log(square[index]))
    }
    return result
  }

  /// The density around a place, on the range where it counts.
  private func searched(_ equation: ScalarEquation, from start: Double, at span: Span) throws(Diagnostic)
    -> StationaryDensity
  {
    guard try !profile(equation, from: start, to: start + 1).points.isEmpty else {
      throw .withoutLaw("its noise is 0 at its start \(NumberText.short(start))", at: span)
    }
    let below = try reached(equation, from: start, -1, at: span),
      above = try reached(equation, from: start, 1, at: span)
    var whole = StationaryDensity(points: below.points.reversed(), heights: below.heights.reversed())
    for (point, height) in zip(above.points, above.heights) where point > whole.points[whole.points.count - 1] {
      whole.points.append(point)
      whole.heights.append(height)
    }
    return try focused(whole, equation, at: span)
  }

  /// The same density on an even grid over the range where it counts, which is looked for anew until it is found again.
  ///
  /// Beyond an end of it lies a share of 1e-8 of ∫ (1 + (x − mean)²/variance) p dx.
  private func focused(_ density: StationaryDensity, _ equation: ScalarEquation, at span: Span) throws(Diagnostic)
    -> StationaryDensity
  {
    var density = density
    for turn in 0..<Self.lawDoublings {
      let points = density.points
      let shares = density.shares
      let mean = Statistics.sum(zip(shares, points).map { $0 * $1 })
      let variance = Statistics.sum(zip(shares, points).map { $0 * ($1 - mean) * ($1 - mean) })
      let counted = zip(shares, points).map { share, x in
        variance > 0 ? share * (1 + (x - mean) * (x - mean) / variance) : share
      }
      let limit = 1e-8 * Statistics.sum(counted)
      var (from, to, low, high) = (0, counted.count - 1, 0.0, 0.0)
      while from < to, low + counted[from] < limit {
        low += counted[from]
        from += 1
      }
      while to > from, high + counted[to] < limit {
        high += counted[to]
        to -= 1
      }
      let (start, end) = (points[max(0, from - 1)], points[min(counted.count - 1, to + 1)])
      if turn > 0, !(end - start < 0.9 * (points[points.count - 1] - points[0])) { return density }
      density = try profile(equation, from: start, to: end)
      guard density.points.count == equation.count else {
        throw .withoutLaw("its noise is 0 within its range", at: span)
      }
    }
    return density
  }

  /// The density from a place to one side, on pieces of which each is as long as all before it, until it has fallen for good.
  private func reached(_ equation: ScalarEquation, from start: Double, _ sign: Double, at span: Span) throws(Diagnostic)
    -> StationaryDensity
  {
    var (width, end, rest, offset) = (1.0, start, Self.lawMargin, 0.0)
    var (most, hasFallen) = (-Double.infinity, false)
    var result = StationaryDensity(points: [], heights: [])
    for _ in 0..<Self.lawDoublings {
      let next = start + sign * width
      let part = try profile(equation, from: end, to: next)
      let base = part.heights.first ?? 0
      for (point, height) in zip(part.points, part.heights) {
        let own = offset + height - base
        most = max(most, own)
        if own > most - Self.lawDepth {
          hasFallen = false
        } else if !hasFallen {
          (hasFallen, rest) = (true, Self.lawMargin)
        }
        result.points.append(point)
        result.heights.append(own)
      }
      guard part.points.count == equation.count else {
        if hasFallen { return result }
        throw .withoutLaw(
          "its noise is 0 near \(NumberText.short(part.points.last ?? end)), where the density has not fallen", at: span
        )
      }
      if hasFallen {
        rest -= 1
        if rest == 0 { return result }
      }
      (offset, end, width) = (result.heights.last ?? 0, next, 2 * width)
    }
    if hasFallen { return result }
    throw .withoutLaw("its density does not fall towards \(sign > 0 ? "large" : "small") values", at: span)
  }

  private func normalised(_ density: StationaryDensity, at span: Span) throws(Diagnostic) -> StationaryDensity {
    var result = density
    let most = density.heights.max() ?? 0
    result.heights = density.heights.map { $0 - most }
    let total = result.mean { _ in 1 }
    guard total > 0, total.isFinite else { throw .withoutLaw("its density cannot be normalised", at: span) }
    result.heights = result.heights.map { $0 - log(total) }
    return result
  }
}

extension ProcessEquations {
  /// Drift and diffusions in Itô's sense, at the state of an equation in one dimension.
  func coefficients(at state: NodeID) throws(Diagnostic) -> (drift: NodeID, diffusions: [NodeID]) {
    var drift = try rightSides([state], after: 0, dt: 1, .none)[0]
    if isStratonovich { drift = sum(drift, scaled(try traces([state], after: 0)[0], 0.5)) }
    var diffusions: [NodeID] = []
    for motion in motions { diffusions.append(try rightSides([state], after: 0, dt: 0, .ones(motion.name))[0]) }
    return (drift, diffusions)
  }
}

extension Diagnostic {
  /// A process that has no stationary law with a density, or none that is found.
  fileprivate static func withoutLaw(_ reason: String, at span: Span) -> Diagnostic {
    .requires(
      "`stationary_law`", "a density that can be normalised: \(reason)", at: span,
      help: ["write `from = …, to = …` for that of the process kept within a range"])
  }
}
