import Diagnostics
import Engine
import Graph
import Tensors

/// One Euler–Maruyama step of the stochastic differential equation of a run.
///
///     θ' = θ − dt ∇L(θ) − √(dt η κ) Σ^½(θ) ξ,   Σ = Σᵢ pᵢ ∇ℓᵢ ∇ℓᵢᵀ − ∇L ∇Lᵀ,   ξ ~ N(0, I)
///
/// Σ^½ ξ is drawn exactly and without Σ: it is Σᵢ cᵢ ∇ℓᵢ with cᵢ = √pᵢ ζᵢ − pᵢ Σⱼ √pⱼ ζⱼ and independent normal ζ, one
/// number a sample, so that the whole step is one gradient of a weighted loss.
final class NoisyStep {
  let shapes: [Shape]
  private let executable: Executable
  private let inputs: ProgramInputs
  private let places: (time: Int, noise: Int)
  private let streams: [(position: Int, key: Int)]

  fileprivate init(
    shapes: [Shape], executable: Executable, inputs: ProgramInputs, places: (time: Int, noise: Int), seed: Int
  ) {
    self.shapes = shapes
    self.executable = executable
    self.inputs = inputs
    self.places = places
    streams = inputs.keys.map { (name, position) in
      (position, StreamName(seed: seed, purpose: "sde", detail: name).key)
    }
  }

  /// Puts the parameters in place.
  func start(at point: [Double]) {
    for (input, tensor) in tensors(point, shapes).enumerated() { executable.setInput(input, tensor) }
  }

  /// Goes on by `time`; `noise` is √(dt η κ), and `number` tells the draws of one step from another's.
  func advance(by time: Double, noise: Double, number: Int) throws(IndexFault) {
    executable.setInput(places.time, time)
    executable.setInput(places.noise, noise)
    for stream in streams { executable.setInput(stream.position, ints: [stream.key, number, 0]) }
    try executable.run()
  }

  /// The parameters in one vector.
  var point: [Double] { shapes.indices.flatMap { executable.input($0).doubles() } }
}

extension Evaluator {
  /// Plans a step of the equation; nil for a problem whose loss is not a mean over samples.
  func noisyStep(of problem: StagedProblem, seed: Int, at span: Span) throws(Diagnostic) -> NoisyStep? {
    guard problem.loss != nil, problem.sample != nil || !problem.noises.isEmpty, problem.sample?.isBatch != true else {
      return nil
    }
    let inputs = ProgramInputs()
    var places = (time: 0, noise: 0)
    let program = try staging(real: .f64) { () throws(Diagnostic) in
      let leaves = problem.leaves.map { inputs.add(TensorType($0.shape, .f64), to: &graph) }
      places = (inputs.nodes.count, inputs.nodes.count + 1)
      let time = inputs.add(TensorType(.scalar, .f64), to: &graph)
      let noise = inputs.add(TensorType(.scalar, .f64), to: &graph)
      let view = wholeView(of: problem, inputs)
      let drift = try meanLoss(problem, at: leaves.map(Value.node), view)
      let kicks = try weightedLoss(problem, at: leaves.map(Value.node), view, inputs, span)
      let scaledDrift = graph.add(Multiply(), time, drift)
      let total = graph.add(Add(), scaledDrift, graph.add(Multiply(), noise, kicks))
      let moves = try gradients(of: total, at: leaves, span)
      let carried = leaves.indices.map { index in
        (input: index, output: graph.add(Subtract(), leaves[index], moves[index]))
      }
      return self.program(inputs: inputs.nodes, outputs: [], carried: carried)
    }
    return NoisyStep(
      shapes: problem.leaves.map(\.shape), executable: try compiled(program, at: span), inputs: inputs, places: places,
      seed: seed)
  }

  /// Σᵢ cᵢ ℓᵢ, whose gradient has the covariance of one sample's gradient.
  private func weightedLoss(
    _ problem: StagedProblem, at parameters: [Value], _ view: BatchView, _ inputs: ProgramInputs, _ span: Span
  ) throws(Diagnostic) -> NodeID {
    let losses = try sampleLosses(problem, at: parameters, view)
    let key = inputs.key("kick", in: self)
    let draws = graph.add(Draw(distribution: .normal, shape: [view.count], dtype: .f64), key)
    let shares = try sampleShares(of: problem, count: view.count, at: span)
    let roots = graph.add(SquareRoot(), shares)
    let kicks = graph.add(Multiply(), roots, draws)
    let sum = graph.add(ReduceSum(axes: [0]), kicks)
    let centred = graph.add(Subtract(), kicks, graph.add(Multiply(), shares, sum))
    return graph.add(ReduceSum(axes: [0]), graph.add(Multiply(), centred, losses))
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
    guard let (id, span) = problem.loss else { throw .unusable("this problem has no loss", at: problem.span) }
    let outer = point
    point = PointContext(parameters: parameters, names: Scope(parent: nil))
    defer { point = outer }
    return try within(problem.code) { () throws(Diagnostic) in
      let (members, scope) = try sampleScope(problem, view)
      let one = try node(asReal(evaluate(id, in: scope), at: span), at: span)
      return try node(batch([.node(one)], members, count: view.count, at: span)[0], at: span)
    }
  }
}
