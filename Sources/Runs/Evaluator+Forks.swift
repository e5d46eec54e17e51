import Arithmetic
package import Diagnostics
import Evaluation
import Experiments
import Messages
package import Syntax
package import Values

extension Evaluator {
  /// The form `fork r at 200 as s { lr *= 2 }`: the run from that step on, with one change and the same randomness.
  ///
  /// What the run would have done later by itself, it does in the fork too.
  ///
  /// - Parameter ofOpenRun: forks a run without an end of its own at a step.
  package func fork(
    _ source: ExpressionID, at moment: (ExpressionID, Unit), as name: Name, _ body: [StatementID], in scope: Scope,
    _ span: Span, ofOpenRun: (RunValue, Int) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    try requireNew(name, in: scope)
    let value = try evaluate(source, in: scope)
    guard case .run(let run) = value, let definition = run.definition else {
      if value.isUnknownValue { throw unfit(value, "a run", at: code.tree.span(source)) }
      if case .run(let run) = value {
        guard run.isKnown else { throw .silent(at: code.tree.span(source)) }
        throw .expected("a run that this script makes", found: "the results of one", at: code.tree.span(source))
      }
      throw .expected("a run", found: value.kind, at: code.tree.span(source))
    }
    let place = code.tree.span(moment.0)
    try refuseTime(moment.1, "the step of a fork", at: place)
    let count = try evaluate(moment.0, in: scope)
    if case .unknown(let kind) = count {
      try require(kind, "the step of a fork as a single number", at: place, \.isNumber)
      throw .silent(at: span)
    }
    if moment.1 == .epochs { try requireEpochs(of: run, at: place) }
    let step = try stepCount(count, moment.1, run.stepsPerEpoch, "the step of a fork", from: 0, at: place)
    if definition.isOpen { return try ofOpenRun(run, step) }
    guard step >= 0, step <= run.stepCount else { throw .forkBeyondEnd(of: run, at: step, place) }
    let next = forked(definition, at: step, as: name, body, in: scope, span)
    let result = try self.result(of: next, from: start(of: run, at: step, span))
    scope.define(name.text, .run(result), span: name.span)
  }

  /// The definition of a fork: that of its source with another name and an intervention more.
  package func forked(
    _ source: RunDefinition, at step: Int, as name: Name, _ body: [StatementID], in scope: Scope, _ span: Span
  ) -> RunDefinition {
    var next = source
    next.statement.name = name
    next.firstStep = step
    next.origin = "\(source.statement.name?.text ?? "the run") at step \(step)"
    if !body.isEmpty {
      next.additions.append(
        RunAddition(kind: .change(at: step, body), code: code, scope: scope.frozen(), span: span))
    }
    return next
  }

  /// The state of a run at a step it passed; nil while checking.
  private func start(of run: RunValue, at step: Int, _ span: Span) throws(Diagnostic) -> RunSnapshot? {
    guard mode == .run, let live = run.live else { return nil }
    do { return try live.run.snapshot(before: step) } catch {
      throw diagnostic(of: error, at: span)
    }
  }
}

extension Diagnostic {
  /// A fork at a step that the run does not have.
  package static func forkBeyondEnd(of run: RunValue, at step: Int, _ span: Span) -> Diagnostic {
    let end =
      switch run.ending {
      case .diverged(let last, _, _, _): "diverged at step \(last)"
      case .stopped(let last): "stopped at step \(last)"
      default: "has \(run.stepCount) steps"
      }
    return Diagnostic(
      "E0606", "the run `\(run.name)` has no step \(step) to fork at", at: span, label: "it \(end)",
      help: ["choose a step between 0 and \(run.stepCount)"])
  }
}
