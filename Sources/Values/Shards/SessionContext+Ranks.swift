package import Diagnostics
package import Engine
import Experiments
import Messages

extension SessionContext {
  /// Why the ranks cannot go on; an interruption where this one was asked to stop.
  package func failure(of fault: RankFault, at span: Span) -> Diagnostic {
    if case .interrupted = fault.cause, isInterrupted { return interruption(at: span) }
    return .ranksFailed(fault, at: span)
  }

  /// What this process would like all to do.
  package var wishes: RankChannel.Wishes {
    var wishes: RankChannel.Wishes = isInterrupted ? .stop : []
    if checkpoints?.isDue == true { wishes.insert(.checkpoint) }
    return wishes
  }
}
