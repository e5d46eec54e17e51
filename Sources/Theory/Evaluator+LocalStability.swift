import Arithmetic
import Builtins
import Diagnostics
import Engine
import Evaluation
import Experiments
import Graph
import Messages
import Metrics
import Runs
import Staging
import Tensors
import Values

extension Evaluator {
  /// The largest step size at which the optimizer of a run is mean-square stable where the run ended.
  ///
  /// The curvature of a step is that of its batch at the last parameters: the Hessians of all samples, averaged over a
  /// batch of the run's size.
  func stabilityThreshold(of run: RunValue, _ a: BoundArguments) throws(Diagnostic) -> Value {
    for index in 1..<7 where a.given(index) != nil {
      throw .meansNothing(
        Builtin.stabilityArguments[index].name, "for a run, which has its curvature and its batches",
        at: a.place(index),
        help: ["write `threshold(\(run.name))`"])
    }
    guard mode == .run, let live = run.live else {
      try checkTheory(of: run, a) { (basis, staged) throws(Diagnostic) in
        try checkLocalStability(basis.problem, memory: basis.memory, a)
        for segment in staged.segments { try requireEqualBatches(segment.settings, a) }
      }
      return unknownTensor(TensorType(.scalar, .f64))
    }
    guard let basis = try theoryBasis(of: run, live.bound, a) else { return .unknown(.any) }
    let problem = basis.problem
    try checkLocalStability(problem, memory: basis.memory, a)
    let point = Array(live.run.state.slots.prefix(problem.leaves.count))
    let settings = live.bound.segments[live.run.segmentNumber].settings
    try requireEqualBatches(settings, a)
    let curvature = try sampleCurvature(of: problem, at: point, settings, name: run.name, a)
    guard curvature.matrices.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw .noTheory(a.callee, "`\(run.name)` has no finite curvature where it ended", at: a.place(0))
    }
    let optimizer = basis.rules[0].instance
    let edge = try stabilityEdge(
      of: optimizer, open: basis.stepSizeName, changes: settings.hyperparameters, curvature, a)
    return .real(edge ?? .infinity)
  }

  private func checkLocalStability(_ problem: StagedProblem, memory: Int, _ a: BoundArguments) throws(Diagnostic) {
    let count = problem.parameterCount
    guard count * (memory + 1) <= Self.stateEntriesMax else {
      throw .outOfRange(
        "the number of parameters", "\(count)",
        expected: "at most \(Self.stateEntriesMax / (memory + 1)) for the threshold of this run", at: a.place(0))
    }
    guard problem.sample?.isBatch != true, problem.loss != nil else {
      throw .noTheory(a.callee, "the loss of `\(problem.name)` is not a mean over samples", at: a.place(0))
    }
  }

  /// The curvature of a step's batch, or that of the objective where there is no noise.
  private func sampleCurvature(
    of problem: StagedProblem, at parameters: [Tensor], _ settings: StepSettings, name: String, _ a: BoundArguments
  ) throws(Diagnostic) -> RandomCurvature {
    let purpose = "threshold"
    let isNoisy = settings.sampling != nil || problem.drawsEveryStep
    var counts = (samples: 1, draws: 1, isDrawn: false)
    let program = try staging(real: .f64) { () throws(Diagnostic) -> FedProgram in
      let leaves = parameterInputs(of: problem)
      guard isNoisy else {
        let loss = try meanLoss(problem, at: leaves.map(Value.node), wholeView(of: problem, drawnFor: purpose))
        return builder.program(outputs: [try hessian(of: loss, leaves, a)])
      }
      let expectation = try expectation(of: problem, settings, drawnFor: purpose, drawsMin: 2, at: a.span)
      counts = (expectation.sampleCount, expectation.drawCount, expectation.isDrawn)
      let view = expectation.view
      let hessians = try sampleHessians(problem, leaves, view, a)
      let shares = try sampleShares(of: problem, view, at: a.span)
      return builder.program(outputs: [hessians, shares])
    }
    let feeder = try feeder(program, at: a.span) { $0.key(seed: 0) }
    feeder.feed(FeedMoment(step: 0, slots: .tensors(parameters)))
    let executable = feeder.executable
    try run(executable, at: a.span)
    let count = problem.parameterCount
    let values = executable.output(0).doubles()
    guard isNoisy else { return RandomCurvature(dimension: count, matrices: [values], weights: [1]) }
    let weights = executable.output(1).doubles()
    let size = count * count
    let matrices = weights.indices.map { Array(values[($0 * size)..<(($0 + 1) * size)]) }
    var curvature = RandomCurvature(dimension: count, matrices: matrices, weights: weights)
    let shares = try noiseShares(problem, settings, name: name, a)
    guard problem.drawsEveryStep else {
      curvature.share = shares.between
      return curvature
    }
    if counts.isDrawn, mode == .run { report(.drawnTheory(a.callee, draws: counts.draws * counts.samples, at: a.span)) }
    return curvature.ofBatch(shares, draws: counts.draws, isDrawn: counts.isDrawn)
  }

  private func hessian(of loss: NodeID, _ leaves: [NodeID], _ a: BoundArguments) throws(Diagnostic) -> NodeID {
    try differentiated(a.span) { try $0.hessian(of: loss, withRespectTo: leaves) }
  }

  /// The Hessian of each sample's loss, [samples, parameters, parameters].
  private func sampleHessians(_ problem: StagedProblem, _ leaves: [NodeID], _ view: BatchView, _ a: BoundArguments)
    throws(Diagnostic) -> NodeID
  {
    guard let (id, span) = problem.loss else { throw .withoutLoss(problem.name, at: problem.span) }
    let count = problem.parameterCount
    try requireMemory(TensorType([view.count, count, count], .f64), at: a.place(0))
    return try at(PointContext(parameters: leaves.map(Value.node)), in: problem.code) { () throws(Diagnostic) in
      let (members, scope) = try sampleScope(problem, view)
      let one = try node(asReal(evaluate(id, in: scope), at: span), at: span)
      let whole = try hessian(of: one, leaves, a)
      return try node(batch([.node(whole)], members, count: view.count, at: span)[0], at: span)
    }
  }
}

extension Diagnostic {
  /// Theory whose expectation over fresh draws is a mean of draws.
  fileprivate static func drawnTheory(_ name: String, draws: Int, at span: Span) -> Diagnostic {
    let percent = NumberFormat.significant(1).text(100 / Double(draws).squareRoot())
    return Diagnostic(
      "W0729", "`\(name)` takes means over \(draws) draws, which are off by about \(percent)%", at: span,
      label: "an estimate", severity: .warning,
      help: ["up to three fresh numbers of a sample are integrated over without an error"])
  }
}
