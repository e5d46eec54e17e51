import Syntax

/// The names that a step of a run defines: the one list of those that rules, hyper-parameters, metrics and processes see.
///
/// Which of them there are in a place is what that place defines.
package enum StepName: String, CaseIterable, Sendable {
  case x, g, t, step, loss, grad, hvp, send, params, batch, rng, losses, outputs, objective, live, next, start, update,
    dt
  case lossOfOutputs = "loss_of_outputs"
  case sampleWeights = "sample_weights"

  /// Whether a `record` line sees it before the script's own.
  var isPlain: Bool {
    switch self {
    case .x, .g, .t, .step, .loss, .grad, .hvp: true
    default: false
    }
  }

  /// The definitions whose equations mean the step's by it, so that nothing of their own may be called so.
  func isReserved(in kind: DefinitionKind) -> Bool {
    switch self {
    case .x, .g, .step, .loss, .batch, .grad, .hvp: kind == .optimizer
    case .t: kind == .optimizer || kind == .process
    case .dt: kind == .process
    case .send, .params, .rng, .losses, .outputs, .objective, .live, .next, .start, .update, .lossOfOutputs,
      .sampleWeights:
      false
    }
  }

  /// Those that a `record` line sees before the script's own.
  package static let plain = allCases.filter(\.isPlain)

  /// Whether an update rule, a hyper-parameter or a metric may use it; `dt` is a process's.
  package var isOfPoint: Bool { self != .dt }
}

extension StepName {
  /// What `loss` means where it is called with a point; no text has such a name.
  package static let lossAtPoint = "loss at"
  /// What makes of data the problem over those; no text has such a name, either.
  package static let overData = "over data"
}
