import Arithmetic
import Data
import Diagnostics
import Experiments
import Glibc
import Messages
import Metrics
import Runs
import Staging
import Tensors
import Values

extension Evaluator {
  /// The gradient flow θ' = −∇L(θ) from the start of a run, recorded at the times of the run's own steps.
  ///
  /// The time of a step is the sum of the effective step sizes before it.
  func gradientFlow(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let run = try theoryRun(a) else { return .unknown(.any) }
    let tolerance = a.given(1) == nil ? 1e-8 : try a.number(1, "the tolerance", self)
    guard tolerance > 0, tolerance < 1 else {
      throw .outOfRange("the tolerance", NumberText.short(tolerance), expected: "between 0 and 1", at: a.place(1))
    }
    let name = "flow(\(run.name))"
    guard mode == .run else {
      try checkTheory(of: run, from: 2, a) { (basis, staged) throws(Diagnostic) in
        try checkExpectation(of: basis.problem, a)
        _ = try samplingSettings(of: basis.problem, staged.segments.map(\.settings), a)
      }
      return unknownTheory(of: run, name: name)
    }
    let theory = try theory(of: run, from: 2, a)
    try checkExpectation(of: theory.problem, a)
    let settings = try samplingSettings(of: theory.problem, theory.segments.map(\.settings), a)
    let field = try gradientField(of: theory.problem, settings, seed: theory.live.bound.seed, at: a.span)
    let recorder = PathRecorder(theory)
    let times = theory.times
    var method = DormandPrince(relativeTolerance: tolerance, absoluteTolerance: tolerance * 1e-3)
    let outcome: DormandPrince.Outcome
    do {
      outcome = try method.integrate(
        from: theory.startPoint, times: recorder.steps.map { times[$0] },
        { [session] point in
          if session.isInterrupted { throw session.interruption(at: a.span) }
          return try field.gradient(at: point).map { -$0 }
        },
        onValue: { [session] number, point in
          session.progressed(run: name, done: recorder.steps[number], total: theory.lastStep)
          return try recorder.record(point, at: recorder.steps[number])
        })
    } catch { throw diagnostic(of: error, at: a.span) }
    var header = [
      "gradient flow of \(theory.problem.name)", "time \(NumberText.short(times[theory.lastStep]))",
      "tolerance \(NumberText.short(tolerance))", "\(method.evaluationCount) gradients",
    ]
    if let count = field.drawCount { header.append("expectation over \(count) draws") }
    var ending = RunEnding.completed
    if outcome != .reached {
      let last = recorder.path.last?.step ?? 0
      ending = .diverged(step: last, slot: "", operation: "flow", origin: 0)
      report(.theoryDiverged(name, after: last, at: a.span))
    }
    return theoryValue(theory, recorder, name: name, header: header, ending: ending)
  }

  /// One path of the stochastic differential equation of a run.
  ///
  ///     dθ = −∇L dt + √(η κ Σ) dB,   κ = 1/b, or (n − b)/(b (n − 1)) without replacement
  func stochasticFlow(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let run = try theoryRun(a) else { return .unknown(.any) }
    let given = a.given(1) == nil ? nil : try a.whole(1, "the number of substeps", self)
    if let given, given < 1 {
      throw .outOfRange("the number of substeps", "\(given)", expected: "1 or more", at: a.place(1))
    }
    let name = "sde(\(run.name))"
    guard mode == .run else {
      try checkTheory(of: run, from: 3, a) { (basis, staged) throws(Diagnostic) in
        for segment in staged.segments {
          _ = try noiseShares(basis.problem, segment.settings, name: run.name, a)
        }
        _ = try samplingSettings(of: basis.problem, staged.segments.map(\.settings), a)
      }
      return unknownTheory(of: run, name: name)
    }
    let theory = try theory(of: run, from: 3, a)
    let seed = a.given(2) == nil ? theory.live.bound.seed : try a.whole(2, "a seed", self)
    let shares = try theory.segments.map { (segment) throws(Diagnostic) in
      try noiseShares(theory.problem, segment.settings, name: run.name, a)
    }
    let settings = try samplingSettings(of: theory.problem, theory.segments.map(\.settings), a)
    guard let step = try noisyStep(of: theory.problem, settings, shares, seed: seed, at: a.span) else {
      throw .noTheory("sde", "the loss of `\(theory.problem.name)` is not a mean over samples", at: a.place(0))
    }
    let substeps = given ?? max(1, Int(theory.gain.rounded()))
    let recorder = PathRecorder(theory)
    step.start(at: theory.startPoint)
    var isFinite = try recorded(recorder, theory.startPoint, at: theory.firstStep, a.span)
    var due = recorder.steps.dropFirst()
    for index in theory.firstStep..<theory.lastStep where isFinite {
      let share = shares[theory.segments.lastIndex { $0.start <= index } ?? 0]
      if index & 0xFF == 0 {
        if session.isInterrupted { throw session.interruption(at: a.span) }
        session.progressed(run: name, done: index, total: theory.lastStep)
      }
      let size = theory.stepSizes[index]
      let time = size / Double(substeps)
      for part in 0..<substeps {
        do {
          try step.advance(by: time, stepSize: size, share, number: index * substeps + part)
        } catch { throw diagnostic(of: error, at: a.span) }
      }
      if due.first == index + 1 {
        isFinite = try recorded(recorder, step.point, at: index + 1, a.span)
        due = due.dropFirst()
      }
    }
    let header = [
      "stochastic flow of \(theory.problem.name)", "seed \(seed)",
      "Euler–Maruyama, \(substeps) step\(substeps == 1 ? "" : "s") for each update",
    ]
    var ending = RunEnding.completed
    if !isFinite {
      let last = recorder.path.last?.step ?? 0
      ending = .diverged(step: last, slot: "", operation: "sde", origin: 0)
      report(.theoryDiverged(name, after: last, at: a.span))
    }
    return theoryValue(theory, recorder, name: name, header: header, ending: ending)
  }

  /// A loss of a whole batch has no expectation over the noise of single samples.
  private func checkExpectation(of problem: StagedProblem, _ a: BoundArguments) throws(Diagnostic) {
    guard problem.sample?.isBatch == true, problem.drawsEveryStep else { return }
    throw .noTheory(a.callee, "the loss of `\(problem.name)` is of a whole batch and its noise", at: a.place(0))
  }

  /// Covariance of a batch's gradient as multiples of those of one sample.
  func noiseShares(_ problem: StagedProblem, _ settings: StepSettings, name: String, _ a: BoundArguments)
    throws(Diagnostic) -> NoiseShares
  {
    guard let sampling = settings.sampling else {
      guard problem.drawsEveryStep else {
        throw .noTheory(
          "sde", "`\(name)` takes the full batch: its gradients have no noise", at: a.place(0),
          help: ["run it with `batch n`, or take `flow`"])
      }
      guard problem.sampleCount == nil else { return NoiseShares(between: 0, within: 0, whole: 1) }
      return NoiseShares(between: 0, within: 1 / Double(settings.freshCount ?? 1), whole: 0)
    }
    try requireEqualBatches(settings, a)
    let (n, b) = (Double(sampling.count), Double(sampling.batch))
    switch sampling.order {
    case .replacement, .weighted: return NoiseShares(between: 1 / b, within: 1 / b, whole: 0)
    default:
      return NoiseShares(between: sampling.count > 1 ? (n - b) / (b * (n - 1)) : 0, within: 1 / b, whole: 0)
    }
  }
}

/// How the covariance of a batch's mean follows from those of its samples.
///
/// Of samples i with probabilities pᵢ, which each draw something anew at every step, with mean mᵢ over those draws and
/// covariance Vᵢ:
///
///     Cov = between · Covᵢ(mᵢ) + within · Σ pᵢ Vᵢ + whole · Σ pᵢ² Vᵢ
struct NoiseShares {
  /// 1/b for independent samples, (n − b)/(b (n − 1)) for n equal ones without replacement, 0 for the full batch.
  var between: Double
  /// 1/b for a batch of b samples.
  var within: Double
  /// 1 for the full batch.
  var whole: Double
}

extension Diagnostic {
  /// A run whose theory is not known to this function.
  static func noTheory(_ function: String, _ reason: String, at span: Span, help: [String] = []) -> Diagnostic {
    Diagnostic("E0621", "`\(function)` has no answer: \(reason)", at: span, label: "asked of this run", help: help)
  }

  /// A flow that left the finite numbers: an outcome, told as a warning.
  static func theoryDiverged(_ name: String, after step: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      "W0702", "`\(name)` leaves the finite numbers after step \(step)", at: span,
      label: "recorded up to that step", severity: .warning)
  }
}
