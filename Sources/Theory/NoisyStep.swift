import Arithmetic
import Diagnostics
import Engine
import Evaluation
import Experiments
import Graph
import Messages
import Staging
import Tensors
import Values

/// One Euler–Maruyama step of the stochastic differential equation of a run.
///
///     θ' = θ − dt ∇L(θ) − √(dt η) C^½(θ) ξ,   ξ ~ N(0, I)
///
/// C is the covariance of a batch's gradient: κ Σ with Σ = Σᵢ pᵢ ∇ℓᵢ ∇ℓᵢᵀ − ∇L ∇Lᵀ for samples of data. Σ^½ ξ is drawn
/// exactly and without Σ: it is Σᵢ cᵢ ∇ℓᵢ with cᵢ = √pᵢ ζᵢ − pᵢ Σⱼ √pⱼ ζⱼ and independent normal ζ, one number a sample, so
/// that the whole step is one gradient of a weighted loss.
///
/// Where samples draw something anew at every step, so does the drift, which is then a noise of its own: what it gives
/// is taken off the rest, so that the covariance of the whole step is dt η C. Samples of data are evaluated at K draws
/// each: the mean of these is the sample's loss, and the difference of two of them has twice the covariance of one draw.
final class NoisyStep {
  let shapes: [Shape]
  private let feeder: Feeder
  /// Samples that stand for the objective where there are no data.
  private let freshCount: Int?

  /// What the program is given: dt, and what the covariance of a sample's parts counts in this step.
  fileprivate enum Given: String {
    case time
    /// √(dt η between).
    case between
    /// dt η within, where samples draw something.
    case sampled
    /// dt η whole, where samples draw something.
    case whole
  }

  /// What all its random numbers are drawn for.
  fileprivate static let purpose = "sde"

  fileprivate init(shapes: [Shape], feeder: Feeder, freshCount: Int?) {
    self.shapes = shapes
    self.feeder = feeder
    self.freshCount = freshCount
  }

  private func give(_ name: Given, _ number: Double) { feeder.give(name.rawValue, number) }

  /// Puts the parameters in place.
  func start(at point: [Double]) {
    feeder.feed(FeedMoment(step: 0, slots: .tensors(tensors(point, shapes))))
  }

  /// Goes on by `time` in an update of the given size; `number` tells the draws of one step from another's.
  func advance(by time: Double, stepSize: Double, _ shares: NoiseShares, number: Int) throws(ProgramFault) {
    give(.time, time)
    var noise = (time * stepSize * shares.between).squareRoot()
    if let count = freshCount {
      // The mean of m draws has 1/m of one's covariance, and kicks see (1 − 1/m) of it.
      let rest = max(0, time * stepSize * shares.within - time * time / Double(count))
      noise = (rest / (1 - 1 / Double(count))).squareRoot()
    }
    give(.between, noise)
    give(.sampled, time * stepSize * shares.within)
    give(.whole, time * stepSize * shares.whole)
    feeder.feed(FeedMoment(step: number))
    try feeder.executable.run()
  }

  /// The parameters in one vector.
  var point: [Double] { shapes.indices.flatMap { feeder.executable.input($0).doubles() } }
}

extension Evaluator {
  /// Plans a step of the equation; nil for a problem whose loss is not a mean over samples.
  ///
  /// - Parameter shares: those of all segments of the run.
  func noisyStep(
    of problem: StagedProblem, _ settings: StepSettings, _ shares: [NoiseShares], seed: Int, at span: Span
  ) throws(Diagnostic) -> NoisyStep? {
    guard problem.loss != nil, problem.sample != nil || !problem.noises.isEmpty, problem.sample?.isBatch != true else {
      return nil
    }
    var freshCount: Int?
    let program = try staging(real: .f64) { () throws(Diagnostic) in
      let leaves = parameterInputs(of: problem)
      let (time, noise) = (given(.time), given(.between))
      var view = wholeView(of: problem, drawnFor: NoisyStep.purpose)
      view.key = { [unowned self] in noiseKey("draw of \($0)") }
      if Self.ignoresWeights(problem, settings) {
        view.isWhole = false
        view.shares = graph.filled(1 / Double(view.count), TensorType([view.count], .f64))
      }
      let point = leaves.map(Value.node)
      let total: NodeID
      if problem.sampleCount != nil, problem.drawsEveryStep {
        let batch = shares.map { $0.within > 0 ? 1 / $0.within : 1 }.max() ?? 1
        total = try drawnStep(problem, at: point, view, (time, noise), batch: batch, span)
      } else {
        if problem.drawsEveryStep {
          let batch = shares.map { $0.within > 0 ? 1 / $0.within : 1 }.max() ?? 1
          view.count = max(view.count, Int(batch.rounded(.up)))
          freshCount = view.count
        }
        let drift = try meanLoss(problem, at: point, view)
        let losses = try sampleLosses(problem, at: point, view)
        let kicks = try centredKicks(losses, problem, view, span)
        let scaledDrift = graph.add(Multiply(), time, drift)
        total = graph.add(Add(), scaledDrift, graph.add(Multiply(), noise, kicks))
      }
      let moves = try gradients(of: total, at: leaves, span)
      let carried = leaves.indices.map { index in
        (input: index, output: graph.add(Subtract(), leaves[index], moves[index]))
      }
      return builder.program(outputs: [], carried: carried)
    }
    return NoisyStep(
      shapes: problem.leaves.map(\.shape), feeder: try feeder(program, at: span) { $0.key(seed: seed) },
      freshCount: freshCount)
  }

  private func given(_ name: NoisyStep.Given) -> NodeID {
    builder.input(.given(name.rawValue), TensorType(.scalar, .f64))
  }

  private func noiseKey(_ name: String) -> NodeID { builder.key(NoisyStep.purpose, name) }

  /// The loss whose gradient is the step, for samples of data that draw something anew.
  private func drawnStep(
    _ problem: StagedProblem, at parameters: [Value], _ view: BatchView, _ scales: (time: NodeID, noise: NodeID),
    batch: Double, _ span: Span
  ) throws(Diagnostic) -> NodeID {
    let (sampled, whole) = (given(.sampled), given(.whole))
    let shares = try sampleShares(of: problem, view, at: span)
    // So many that what the drift and the kicks between samples bring of the noise stays below what it must be.
    let largest = Self.largestWeight(of: problem, view)
    let drawCount = min(64, max(2, 1 + Int((batch * largest).rounded(.up))))
    var losses: [NodeID] = []
    for number in 0..<drawCount {
      var own = view
      own.key = { [unowned self] in noiseKey("draw \(number) of \($0)") }
      losses.append(try sampleLosses(problem, at: parameters, own))
    }
    let sum = losses.dropFirst().reduce(losses[0]) { graph.add(Add(), $0, $1) }
    let mean = graph.add(Multiply(), sum, graph.constant(1 / Double(drawCount), .f64))
    let drift = graph.add(ReduceSum(axes: [0]), graph.add(Multiply(), shares, mean))
    let between = try centredKicks(mean, problem, view, span)
    let draws = graph.add(
      Draw(distribution: .normal, shape: [view.count], dtype: .f64), noiseKey("kick of the draws"))
    let difference = graph.add(Subtract(), losses[0], losses[1])
    let roots = withinRoots(shares, sampled, whole, scales, count: drawCount)
    let within = graph.add(
      ReduceSum(axes: [0]), graph.add(Multiply(), graph.add(Multiply(), roots, draws), difference))
    let moved = graph.add(Multiply(), scales.time, drift)
    return graph.add(Add(), graph.add(Add(), moved, graph.add(Multiply(), scales.noise, between)), within)
  }

  /// √(vᵢ/2) with vᵢ = s pᵢ + w pᵢ² − (b²/K)(pᵢ − pᵢ²) − (dt²/K) pᵢ²: what the other parts leave of the covariance of
  /// sample i's draws, for a difference of two of them.
  private func withinRoots(
    _ shares: NodeID, _ sampled: NodeID, _ whole: NodeID, _ scales: (time: NodeID, noise: NodeID), count: Int
  ) -> NodeID {
    let squares = graph.add(Multiply(), shares, shares)
    let part = graph.constant(1 / Double(count), .f64)
    let between = graph.add(Multiply(), part, graph.add(Multiply(), scales.noise, scales.noise))
    let drift = graph.add(Multiply(), part, graph.add(Multiply(), scales.time, scales.time))
    let linear = graph.add(Multiply(), graph.add(Subtract(), sampled, between), shares)
    let factor = graph.add(Subtract(), graph.add(Add(), whole, between), drift)
    let rest = graph.add(Add(), linear, graph.add(Multiply(), factor, squares))
    let half = graph.add(Multiply(), graph.constant(0.5, .f64), rest)
    return graph.add(SquareRoot(), graph.add(Maximum(), half, graph.constant(0, .f64)))
  }

  /// The largest probability of a sample.
  private static func largestWeight(of problem: StagedProblem, _ view: BatchView) -> Double {
    if view.shares == nil, case .indices(_, _, .tensor(let weights)?)? = problem.sample?.space {
      return weights.doubles().max() ?? 1
    }
    return 1 / Double(max(1, view.count))
  }

  /// Σᵢ cᵢ ℓᵢ, whose gradient has the covariance of one sample's gradient.
  private func centredKicks(
    _ losses: NodeID, _ problem: StagedProblem, _ view: BatchView, _ span: Span
  ) throws(Diagnostic) -> NodeID {
    let key = noiseKey("kick")
    let draws = graph.add(Draw(distribution: .normal, shape: [view.count], dtype: .f64), key)
    let shares = try sampleShares(of: problem, view, at: span)
    let roots = graph.add(SquareRoot(), shares)
    let kicks = graph.add(Multiply(), roots, draws)
    let sum = graph.add(ReduceSum(axes: [0]), kicks)
    let centred = graph.add(Subtract(), kicks, graph.add(Multiply(), shares, sum))
    return graph.add(ReduceSum(axes: [0]), graph.add(Multiply(), centred, losses))
  }

  /// The probabilities of the samples that a view stands for.
  func sampleShares(of problem: StagedProblem, _ view: BatchView, at span: Span) throws(Diagnostic) -> NodeID {
    if let shares = view.shares { return shares }
    return try sampleShares(of: problem, count: view.count, at: span)
  }

  /// The probability of each sample.
  func sampleShares(of problem: StagedProblem, count: Int, at span: Span) throws(Diagnostic) -> NodeID {
    if case .indices(_, _, let weights?) = problem.sample?.space {
      return try node(asReal(weights, at: span), at: span)
    }
    return graph.filled(1 / Double(count), TensorType([count], .f64))
  }

  /// The losses of the single samples of a batch.
  private func sampleLosses(_ problem: StagedProblem, at parameters: [Value], _ view: BatchView) throws(Diagnostic)
    -> NodeID
  {
    guard let (id, span) = problem.loss else { throw .withoutLoss(problem.name, at: problem.span) }
    return try at(PointContext(parameters: parameters), in: problem.code) { () throws(Diagnostic) in
      let (members, scope) = try sampleScope(problem, view)
      let one = try node(asReal(evaluate(id, in: scope), at: span), at: span)
      return try node(batch([.node(one)], members, count: view.count, at: span)[0], at: span)
    }
  }
}
