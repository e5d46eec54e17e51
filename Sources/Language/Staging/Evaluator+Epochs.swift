import Data
import Diagnostics
import Experiments
import Syntax

extension Evaluator {
  /// Refuses epochs in a run whose batches change so that its epochs have no one length; nothing then counts in them.
  func checkEpochs(_ definition: RunDefinition, _ run: inout BoundRun) throws(Diagnostic) {
    guard let first = run.stepsPerEpoch else { return }
    let changed = run.segments.first { ($0.settings.sampling?.stepsPerEpoch ?? 1) != first }
    guard let changed else { return }
    run.stepsPerEpoch = nil
    guard let use = firstUseOfEpochs(in: definition) else { return }
    let later = changed.settings.sampling?.stepsPerEpoch ?? 1
    throw .changingEpochs(first, later, from: changed.start, at: use)
  }

  /// Refuses epochs in a process, which has no samples.
  func refuseEpochs(of definition: RunDefinition) throws(Diagnostic) {
    guard let use = firstUseOfEpochs(in: definition) else { return }
    throw .notAllowed("a process has no samples, so no epochs", at: use, help: ["count in `steps` or in `time`"])
  }

  /// Where a run first counts in epochs.
  private func firstUseOfEpochs(in definition: RunDefinition) -> Span? {
    let run = definition.statement
    if run.unit == .epochs, let length = run.length { return code.tree.span(length) }
    for item in run.body {
      switch item {
      case .record(let recording, _):
        if case .every(let interval, .epochs) = recording.cadence { return code.tree.span(interval) }
      case .at(let moment, .epochs, _, _): return code.tree.span(moment)
      case .at, .stop: break
      }
    }
    return nil
  }

  /// Refuses to count in epochs of a run that has been made and has none of one length.
  func requireEpochs(of run: RunValue, at span: Span) throws(Diagnostic) {
    guard run.stepsPerEpoch == nil else { return }
    throw .notAllowed("the run `\(run.name)` has no epochs of one length", at: span, help: ["count in `steps`"])
  }
}

extension Diagnostic {
  /// Epochs of a run whose batches change.
  static func changingEpochs(_ steps: Int, _ later: Int, from step: Int, at span: Span) -> Diagnostic {
    .notAllowed(
      "an epoch has \(steps) steps before step \(step) and \(later) from there on, so epochs count nothing here",
      at: span, help: ["count in `steps`"])
  }
}
