import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Syntax
import Values

// `stop when stalled(test_loss, 10 records)`: a run ends where the smallest value of what it records is so old.

extension Evaluator {
  /// Whether a condition to stop is about what the run has recorded.
  func isStall(_ condition: ExpressionID, in scope: Scope) -> Bool {
    guard case .call(let callee, _, nil) = code.tree[condition], case .name("stalled") = code.tree[callee],
      case .function(.builtin)? = scope.lookup("stalled")?.value
    else { return false }
    return true
  }

  /// Which series has to stall, and for how many records.
  ///
  /// - Parameters:
  ///   - names: what is recorded, with the companions of values.
  ///   - isPartial: a line that records was refused already.
  func stall(_ condition: ExpressionID, of names: [String], isPartial: Bool, in scope: Scope) throws(Diagnostic)
    -> StallSpec
  {
    let span = code.tree.span(condition)
    guard case .call(_, let arguments, _) = code.tree[condition], let builtin = session.functions.named("stalled")
    else {
      throw .silent(at: span)
    }
    let given = arguments.map { GivenArgument(name: $0.name, expression: $0.value, span: code.tree.span($0.value)) }
    let parameters = builtin.parameters.map(\.name)
    let matcher = ArgumentMatcher(
      callee: builtin.name, parameters: parameters, positionalMax: parameters.count, span: span)
    let slots = try matcher.match(given)
    for (slot, name) in zip(slots, parameters) where slot == nil {
      throw .missingArgument(name, of: builtin.name, accepted: parameters, at: span)
    }
    guard let series = slots[0], let count = slots[1] else { throw .silent(at: span) }
    let records = try whole(
      evaluate(count.expression, in: scope), what: "the number of records", in: 1...Self.wholeMax, at: count.span)
    let text = session.sources.text(series.span)
    if isPartial, !names.contains(text) { throw .silent(at: series.span) }
    guard names.contains(text) else {
      throw .needs(
        "`stalled`", "a value that the run records, by its name", at: series.span,
        help: [
          "record it: `record mean(…) as test_loss every 10`, then `stop when stalled(test_loss, 10 records)`"
        ] + (names.isEmpty ? [] : ["this run records \(names.map { "`\($0)`" }.joined(separator: ", "))"]))
    }
    return StallSpec(name: text, records: records)
  }
}
