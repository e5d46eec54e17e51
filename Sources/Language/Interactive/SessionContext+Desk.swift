import Diagnostics
import Syntax
import Values

/// What statements about runs need of a session.
extension SessionContext {
  /// The loss, which is shown unless somebody watches it by himself.
  var lossWatch: RunDesk.Watch? {
    snippet("loss").map { RunDesk.Watch(text: "loss", expression: $0.expression, code: $0.code) }
  }

  /// What a run records that says nothing about it.
  var usualRecording: (recording: Recording, code: Code)? {
    let source = SourceText(name: "the session", "run x for 1 steps { record loss every 10 }")
    let parsed = Parser.parse(source, file: addSource(source))
    guard parsed.tree.body.count == 1, case .run(let run) = parsed.tree[parsed.tree.body[0]],
      case .record(let recording, _)? = run.body.first
    else { return nil }
    return (recording, Code(parsed.tree))
  }

  /// A run was interrupted at a step from which it can go on.
  func suspension(at span: Span, step: Int) -> Diagnostic {
    isSuspended = true
    return interruption(at: span, step: step)
  }

  // MARK: Live view

  /// Whether somebody looks while runs are stepped.
  var hasLiveView: Bool { onLive != nil }
}
