import Diagnostics
import Messages
import Syntax
import Values

extension SessionContext {
  /// The value of a `--set`, of the kind that the default has.
  func parsedOverride(_ text: String, name: String, like value: Value, at span: Span) throws(Diagnostic) -> Value {
    if case .text = value { return .text(text) }
    let source = SourceText(name: "--set \(name)", text)
    let parsed = Parser.parse(source, file: addSource(source))
    guard parsed.isSound, parsed.tree.body.count == 1, case .expression(let id) = parsed.tree[parsed.tree.body[0]]
    else {
      throw .unsuitableInput(name, text: text, expected: value.kind, at: span)
    }
    drawSites.add(parsed.tree, prefix: "set \(Spelling.canonical(name)).")
    let evaluator = Evaluator(session: self, mode: .run)
    evaluator.code = Code(parsed.tree)
    let result: Value
    do { result = try evaluator.evaluate(id, in: evaluator.globals) } catch {
      throw .unsuitableInput(name, text: text, expected: value.kind, at: span)
    }
    switch (value, result) {
    case (.integer, .integer), (.real, .real), (.boolean, .boolean), (.unknown, _), (.tensor, .tensor),
      (.range, .range):
      return result
    case (.real, .integer(let n)): return .real(Double(n))
    default: throw .unsuitableInput(name, text: text, expected: value.kind, at: span)
    }
  }
}
