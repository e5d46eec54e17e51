import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Metrics
import Runs
import Staging
import Syntax
import Tensors
import Values

/// The curvature at the present state of a run.
extension Evaluator {
  /// The form `spectrum 8`: the largest eigenvalues of the objective's Hessian, by Lanczos.
  func spectrum(_ count: ExpressionID?, in scope: Scope, at span: Span) throws(Diagnostic) {
    let run = try openRun(nil, in: scope, at: span)
    var number = 5
    if let count {
      number = try whole(evaluate(count, in: scope), what: "the number of eigenvalues", at: code.tree.span(count))
    }
    guard number >= 1 else {
      throw .outOfRange("the number of eigenvalues", "\(number)", expected: "1 or more", at: span)
    }
    guard mode == .run else { return }
    let live = try live(run, at: span)
    let size = try parameterCount(of: live, at: span)
    let pairs = try eigenpairs(of: live, state: nil, count: min(number, size), in: scope, at: span)
    let values = pairs.values.map(NumberText.short).joined(separator: "  ")
    try session.emit("\(live.name) at step \(live.step)  Hessian  \(values)\n", at: span)
  }

  private func parameterCount(of live: LiveRun, at span: Span) throws(Diagnostic) -> Int {
    guard case .problem(let problem, _) = live.bound.subject else {
      throw .unavailableHere("the Hessian", "a process has no loss", at: span)
    }
    return problem.parameterCount
  }

  /// The largest eigenvalues of the Hessian with their vectors, at a state or the present one.
  private func eigenpairs(of live: LiveRun, state: RunState?, count: Int, in scope: Scope, at span: Span)
    throws(Diagnostic) -> (values: [Double], vectors: [[Double]])
  {
    let tensors = try measured(
      ["eigenpairs(hvp, probe(), \(count), 200, 1e-6)"], on: live, state: state, in: scope, at: span)
    guard tensors.count == 2 else { return ([], []) }
    let values = tensors[0].doubles()
    let all = tensors[1].doubles()
    let size = values.isEmpty ? 0 : all.count / values.count
    return (values, values.indices.map { Array(all[($0 * size)..<(($0 + 1) * size)]) })
  }

  /// Values of texts on a state of a run, or on its present one.
  func measured(_ texts: [String], on live: LiveRun, state: RunState?, in scope: Scope, at span: Span)
    throws(Diagnostic) -> [Tensor]
  {
    var values: [Tensor] = []
    let state = state ?? live.run.state
    let bound = live.bound
    let subject = metricSubject(of: bound, state.segment)
    for text in texts {
      guard let snippet = session.snippet(text) else { continue }
      let metrics = try within(snippet.code) { () throws(Diagnostic) in
        try MetricStager(evaluator: self, subject: subject).stage(
          values: [snippet.expression], real: bound.real, in: scope, at: span)
      }
      let group = try group(metrics, bound)
      let sampling = bound.segments[state.segment].settings.sampling
      let moment = FeedMoment(
        step: state.step, slots: .tensors(state.slots), batches: try batches(sampling, bound))
      do { values += try group.tensors(at: moment) } catch { throw diagnostic(of: error, at: span) }
      if group.isBroken { throw session.interruption(at: span) }
    }
    return values
  }
}

/// Where the loss went in one step, and why.
///
/// With Δ the change of the parameters, all at the state before it:
///
///     L(x + Δ) − L(x) = g·Δ + ½ Δ·HΔ + rest
///
/// The step that the whole data would have made is the drift; what is left of Δ is the noise of the batch.
private struct StepAccount {
  var before = 0.0
  var after = 0.0
  /// g·Δ: of the drift, and of the noise.
  var slope = (drift: 0.0, noise: 0.0)
  /// ½ Δ·HΔ: of the drift, of the noise, and of both together.
  var curvature = (drift: 0.0, noise: 0.0, both: 0.0)
  /// For each of the largest eigenvalues: itself, its share of g·Δ and its share of ½ Δ·HΔ.
  var directions: [(value: Double, slope: Double, curvature: Double)] = []

  var rest: Double {
    after - before - slope.drift - slope.noise - curvature.drift - curvature.noise - curvature.both
  }
}

extension Evaluator {
  /// The form `why`: the change of the loss by the last step, split.
  func explainStep(in scope: Scope, at span: Span) throws(Diagnostic) {
    let run = try openRun(nil, in: scope, at: span)
    guard mode == .run else { return }
    let live = try live(run, at: span)
    let size = try parameterCount(of: live, at: span)
    guard live.step > 0 else { throw .beyondStart(live.name, 0, 1, at: span) }
    let before: RunState
    do { before = try live.run.state(at: live.step - 1) } catch {
      throw diagnostic(of: error, at: span)
    }
    let account = try account(of: live, from: before, size: size, in: scope, at: span)
    let isShared = isShared(live, from: before)
    try session.emit(
      Self.text(account, live, hasNoise: live.run.nextBatch != nil && !isShared)
        + (isShared ? "  drift and noise of several workers are not told apart\n" : ""), at: span)
  }

  private func account(of live: LiveRun, from before: RunState, size: Int, in scope: Scope, at span: Span)
    throws(Diagnostic) -> StepAccount
  {
    let after = live.run.state
    let change = difference(of: after, before, in: live)
    let drift = try wholeStep(of: live, from: before, at: span).map { difference(of: $0, before, in: live) } ?? change
    let noise = zip(change, drift).map { $0 - $1 }
    let inner = Scope(parent: scope)
    inner.define("drift", .tensor(Tensor(drift, shape: [size])))
    inner.define("noise", .tensor(Tensor(noise, shape: [size])))
    let texts = [
      "loss", "dot(g, drift)", "dot(g, noise)", "dot(drift, hvp(drift)) / 2", "dot(noise, hvp(noise)) / 2",
      "dot(noise, hvp(drift))",
    ]
    let numbers = try measured(texts, on: live, state: before, in: inner, at: span).map { $0.doubles().first ?? .nan }
    var account = StepAccount()
    guard numbers.count == texts.count else { return account }
    account.before = numbers[0]
    account.after = try measured(["loss"], on: live, state: after, in: inner, at: span).first?.doubles().first ?? .nan
    account.slope = (numbers[1], numbers[2])
    account.curvature = (numbers[3], numbers[4], numbers[5])
    let gradient = try measured(["g"], on: live, state: before, in: inner, at: span).first?.doubles() ?? []
    let pairs = try eigenpairs(of: live, state: before, count: min(3, size), in: scope, at: span)
    for (value, vector) in zip(pairs.values, pairs.vectors) {
      let along = Self.dot(vector, change)
      account.directions.append((value, Self.dot(vector, gradient) * along, value * along * along / 2))
    }
    return account
  }

  /// Whether several workers have each given a gradient of samples of their own: there is no one batch to take all data for.
  private func isShared(_ live: LiveRun, from before: RunState) -> Bool {
    let settings = live.bound.segments[before.segment].settings
    return settings.workers > 1 && settings.local == nil
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  /// The difference of all parameters, as one vector.
  private func difference(of after: RunState, _ before: RunState, in live: LiveRun) -> [Double] {
    guard case .problem(let problem, _) = live.bound.subject else { return [] }
    return problem.leaves.indices.flatMap { leaf in
      zip(after.slots[leaf].doubles(), before.slots[leaf].doubles()).map { $0 - $1 }
    }
  }

  /// Where the step would have led with all data in place of a batch; nil where it had all.
  private func wholeStep(of live: LiveRun, from before: RunState, at span: Span) throws(Diagnostic) -> RunState? {
    guard case .problem(let problem, let stager) = live.bound.subject else { return nil }
    var settings = live.bound.segments[before.segment].settings
    guard settings.sampling != nil, !isShared(live, from: before) else { return nil }
    settings.sampling = nil
    var bound = live.bound
    let step = try StepStager(evaluator: self, problem: problem, rules: stager.rules, settings: settings)
      .stage(real: bound.real, at: span)
    bound.segments = [BoundSegment(start: 0, settings: settings, step: step)]
    let state = RunState(step: before.step, segment: 0, slots: before.slots)
    let run = try prepared(
      bound, from: RunSnapshot(state: state, series: [], ending: nil, hasArrived: true), onProgress: { _ in })
    do { try run.advance(to: before.step + 1) } catch {
      throw diagnostic(of: error, at: span)
    }
    return run.state
  }

  private static func text(_ account: StepAccount, _ live: LiveRun, hasNoise: Bool) -> String {
    func number(_ value: Double) -> String { NumberText.short(value) }
    let (slope, curvature) = (account.slope, account.curvature)
    var lines = [
      "\(live.name)  step \(live.step - 1) to \(live.step)   loss \(number(account.before)) to \(number(account.after)),"
        + " change \(number(account.after - account.before))",
      "  slope g·Δ          \(number(slope.drift + slope.noise))"
        + (hasNoise ? "   (drift \(number(slope.drift)), noise \(number(slope.noise)))" : ""),
      "  curvature ½Δ·HΔ    \(number(curvature.drift + curvature.noise + curvature.both))"
        + (hasNoise
          ? "   (drift \(number(curvature.drift)), noise \(number(curvature.noise)), both \(number(curvature.both)))"
          : ""),
      "  beyond             \(number(account.rest))",
    ]
    for direction in account.directions {
      lines.append(
        "  along λ = \(number(direction.value)):  slope \(number(direction.slope)), curvature \(number(direction.curvature))"
      )
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
