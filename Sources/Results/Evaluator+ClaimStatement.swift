import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Syntax
import Values

extension Evaluator {
  /// The form `claim "text": condition`.
  func claim(_ text: ExpressionID, _ condition: ExpressionID, until decision: Decision?, in scope: Scope)
    throws(Diagnostic)
  {
    let title = try evaluate(text, in: scope)
    guard case .text(let words) = title else {
      if case .unknown(let kind) = title {
        return try require(kind, "a text", at: code.tree.span(text)) { $0 == .text }
      }
      throw .expected("a text", found: title.kind, at: code.tree.span(text))
    }
    let outer = (isJudging, judgedSweeps)
    defer { (isJudging, judgedSweeps) = outer }
    (isJudging, judgedSweeps) = (true, [])
    let judged: Judgement?
    if let decision {
      judged = try judgement(condition, until: decision, in: scope)
    } else {
      judged = try judgement(condition, in: scope)
    }
    guard let judged, mode == .run else { return }
    session.conclude(Claim(title: words, judgement: judged))
  }
}
