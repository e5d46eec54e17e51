import Arithmetic
import Diagnostics
import Experiments
import Messages
import Metrics
import Runs
import Staging
import Tensors
import Values

extension Evaluator {
  /// The central flow of a run of gradient descent: its path with the oscillation averaged out.
  ///
  ///     dw/dt = −η (∇L + ½ ∇⟨H, Σ⟩),   Σ ⪰ 0 on the eigenvectors of H at the edge 2/η, where H ⪯ 2/η is kept
  ///
  /// Recorded besides the run's own metrics: `oscillation` = tr Σ, and `mean_loss` = L + tr Σ / η, the mean of the
  /// oscillating loss to second order.
  ///
  /// Reference: J. Cohen, A. Damian, A. Talwalkar, Z. Kolter, J. Lee, ICLR 2025, arXiv:2410.24206.
  /// Differs in: Euler steps in which H ⪯ 2/η is asked of the next point to first order, so that no drift off the edge
  ///   remains to be corrected.
  func centralFlow(_ a: BoundArguments) throws(Diagnostic) -> Value {
    guard let run = try theoryRun(a) else { return .unknown(.any) }
    let substeps = a.given(1) == nil ? 4 : try a.whole(1, "the number of substeps", self)
    guard substeps >= 1 else {
      throw .outOfRange("the number of substeps", "\(substeps)", expected: "1 or more", at: a.place(1))
    }
    let name = "central_flow(\(run.name))"
    let extra = ["oscillation", "mean_loss"].filter { name in !run.series.contains { $0.name == name } }
    guard mode == .run else {
      try checkTheory(of: run, from: 2, a) { (basis, staged) throws(Diagnostic) in
        try checkCentralFlow(basis.problem, staged, memory: basis.memory, a)
      }
      return unknownTheory(of: run, name: name, adding: extra)
    }
    let theory = try theory(of: run, from: 2, a)
    try checkCentralFlow(theory.problem, theory.live.bound, memory: theory.memory, a)
    guard theory.stepSizes.dropFirst(theory.firstStep).allSatisfy({ $0 > 0 }) else {
      throw .outOfRange("the step size", "0", expected: "positive", at: a.place(0))
    }
    let field = try curvatureField(of: theory.problem, at: a.span)
    let recorder = PathRecorder(theory)
    var point = theory.startPoint
    var isFinite = try recorded(recorder, point, at: theory.firstStep, a.span)
    var due = recorder.steps.dropFirst()
    for index in theory.firstStep..<theory.lastStep where isFinite {
      if session.isInterrupted { throw session.interruption(at: a.span) }
      session.progressed(run: name, done: index, total: theory.lastStep)
      var spread = 0.0
      var loss = 0.0
      do {
        for part in 0..<substeps {
          let step = try centralStep(field, point, stepSize: theory.stepSizes[index], share: 1 / Double(substeps))
          point = step.next
          if let excess = step.excess {
            throw Diagnostic.noWayBack(
              run.name, excess: excess, edge: 2 / theory.stepSizes[index], step: index, at: a.place(0))
          }
          if part == 0 { (spread, loss) = (step.oscillation, step.loss) }
        }
      } catch let error as MemoryError {
        throw .memory(error, at: a.span)
      } catch { throw diagnostic(of: error, at: a.span) }
      if index == theory.firstStep || due.first == index {
        if extra.contains("oscillation") { recorder.add("oscillation", spread, at: index) }
        if extra.contains("mean_loss") {
          recorder.add("mean_loss", loss + spread / theory.stepSizes[index], at: index)
        }
      }
      if due.first == index { due = due.dropFirst() }
      if due.first == index + 1 { isFinite = try recorded(recorder, point, at: index + 1, a.span) }
    }
    let header = ["central flow of \(theory.problem.name)", "\(substeps) Euler steps for each update"]
    var ending = RunEnding.completed
    if !isFinite {
      let last = recorder.path.last?.step ?? 0
      ending = .diverged(step: last, slot: "", operation: "central_flow", origin: 0)
      report(.theoryDiverged(name, after: last, at: a.span))
    }
    return theoryValue(theory, recorder, name: name, header: header, ending: ending)
  }

  /// Parameters above which eigenvectors at every step are too much work.
  private static let centralParametersMax = 100_000

  private func checkCentralFlow(_ problem: StagedProblem, _ staged: BoundRun, memory: Int, _ a: BoundArguments)
    throws(Diagnostic)
  {
    guard memory == 0 else {
      throw .noTheory(
        "central_flow", "it is known for gradient descent, and this optimizer keeps a state", at: a.place(0))
    }
    guard staged.segments.allSatisfy({ $0.settings.sampling == nil }), !problem.drawsEveryStep else {
      throw .noTheory("central_flow", "`\(staged.name)` is not full batch", at: a.place(0))
    }
    guard problem.parameterCount <= Self.centralParametersMax else {
      throw .outOfRange(
        "the number of parameters", "\(problem.parameterCount)",
        expected: "at most \(Self.centralParametersMax) for a central flow", at: a.place(0))
    }
  }

  /// Eigenvalues above this share of 2/η may reach it in one step.
  private static let criticalShare = 0.9
  private static let criticalMax = 12
  /// A curvature further above the edge than this share of it, which no oscillation lowers, is no rounding.
  private static let excessShare = 1e-3

  private func centralStep(_ field: CurvatureField, _ point: [Double], stepSize: Double, share: Double)
    throws -> (next: [Double], oscillation: Double, loss: Double, excess: Double?)
  {
    let edge = 2 / stepSize
    let here = try field.curvature(at: point, above: Self.criticalShare * edge, countMax: Self.criticalMax)
    let time = stepSize * share
    var velocity = here.gradient
    var oscillation = 0.0
    var excess: Double?
    if !here.pairs.isEmpty {
      let size = here.pairs.count
      let vectors = here.pairs.map(\.vector)
      var slopes = [[Double]](repeating: [], count: size * size)
      for i in 0..<size {
        for j in i..<size {
          let slope = try field.curvatureSlope(at: point, vectors[i], vectors[j])
          slopes[i * size + j] = slope
          slopes[j * size + i] = slope
        }
      }
      var right = [Double](repeating: 0, count: size * size)
      for i in 0..<size {
        for j in 0..<size {
          right[i * size + j] = -time * dot(slopes[i * size + j], here.gradient)
          if i == j { right[i * size + j] += here.pairs[i].value - edge }
        }
      }
      let gram = slopes.flatMap { left in slopes.map { 0.5 * time * dot(left, $0) } }
      let cone = ConeComplementarity(size: size, right: right, gram: gram)
      let covariance = try cone.solution()
      // What no oscillation takes back of an eigenvalue above the edge.
      let left = cone.residual(covariance)
      let worst = (0..<size).map { -left[$0 * size + $0] }.max() ?? 0
      if worst > Self.excessShare * edge { excess = edge + worst }
      for (entry, slope) in zip(covariance, slopes) where entry != 0 {
        for k in velocity.indices { velocity[k] += 0.5 * entry * slope[k] }
      }
      oscillation = (0..<size).reduce(0) { $0 + covariance[$1 * size + $1] }
    }
    return (zip(point, velocity).map { $0 - time * $1 }, oscillation, here.loss, excess)
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }
}

extension Diagnostic {
  /// A curvature above the edge of stability that does not fall where the parameters oscillate.
  static func noWayBack(_ run: String, excess: Double, edge: Double, step: Int, at span: Span) -> Diagnostic {
    .noTheory(
      "central_flow",
      "at step \(step) of `\(run)` an eigenvalue of the Hessian stays at \(NumberText.short(excess)), above 2/η = "
        + "\(NumberText.short(edge)), and no oscillation lowers it",
      at: span, help: ["gradient descent diverges there: take a smaller step size"])
  }
}
