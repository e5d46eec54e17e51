import Data
package import Diagnostics
import Experiments
import Messages
import Metrics
import Staging
import Syntax
package import Values

extension Evaluator {
  /// Refuses epochs in a run whose batches change so that its epochs have no one length; nothing then counts in them.
  func checkEpochs(_ definition: RunDefinition, _ run: inout BoundRun) throws(Diagnostic) {
    guard let first = run.stepsPerEpoch else { return }
    let lengths = run.segments.map { $0.settings.sampling.map(\.stepsPerEpoch) ?? 1 }
    guard let index = lengths.firstIndex(where: { $0 != first }) else { return }
    let changed = run.segments[index]
    run.stepsPerEpoch = nil
    guard let use = firstUseOfEpochs(in: definition) else { return }
    guard let later = lengths[index] else {
      if let sampling = changed.settings.sampling { try refuseEpochs(of: sampling, at: use) }
      return
    }
    throw .meansNothing(
      "epochs", "where an epoch has \(first) steps before step \(changed.start) and \(later) from there on", at: use,
      help: ["count in `steps`"])
  }

  /// Refuses epochs in a process, which has no samples.
  func refuseEpochs(of definition: RunDefinition) throws(Diagnostic) {
    guard let use = firstUseOfEpochs(in: definition) else { return }
    throw .meansNothing(
      "epochs", "for a run of a process, which has no samples", at: use, help: ["count in `steps` or in `time`"])
  }

  /// Refuses epochs where a step takes several batches and an epoch ends within one.
  func refuseEpochs(of sampling: Sampling?, in definition: RunDefinition) throws(Diagnostic) {
    guard let sampling, sampling.stepsPerEpoch == nil, let use = firstUseOfEpochs(in: definition) else { return }
    try refuseEpochs(of: sampling, at: use)
  }

  private func refuseEpochs(of sampling: Sampling, at use: Span) throws(Diagnostic) {
    throw .meansNothing(
      "epochs", "where an epoch has \(sampling.batchesPerEpoch) batches and a round takes \(sampling.turns) of them",
      at: use, help: ["count in `steps`, which are rounds"])
  }

  /// Where a run first counts in epochs.
  private func firstUseOfEpochs(in definition: RunDefinition) -> Span? {
    let run = definition.statement
    if run.unit == .epochs, let length = run.length { return code.tree.span(length) }
    for item in run.body {
      switch item {
      case .record(let recording, _):
        switch recording.cadence {
        case .every(let count, .epochs), .at(let count, .epochs): return code.tree.span(count)
        default: break
        }
      case .at(let moment, .epochs, _, _): return code.tree.span(moment)
      case .at, .stop: break
      }
    }
    return nil
  }

  /// Refuses to count in epochs of a run that has been made and has none of one length.
  package func requireEpochs(of run: RunValue, at span: Span) throws(Diagnostic) {
    guard run.stepsPerEpoch == nil else { return }
    throw .meansNothing(
      "epochs", "for the run `\(run.name)`, which has none of one length", at: span, help: ["count in `steps`"])
  }
}
