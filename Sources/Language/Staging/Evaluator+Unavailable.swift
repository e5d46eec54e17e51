import Diagnostics
import Syntax

/// Forms that are read, and refused in this version.
extension Evaluator {
  /// Refuses a definition with a member that no step of this version has: its copies would be one in silence.
  func refuseUnavailable(in definition: Definition) throws(Diagnostic) {
    guard case .members(let members) = definition.body else { return }
    for case .state(_, isWorker: true, let span) in members {
      throw .notInThisVersion(
        "worker state", at: span, help: "write `state`: this version has one worker, so one copy")
    }
  }
}
