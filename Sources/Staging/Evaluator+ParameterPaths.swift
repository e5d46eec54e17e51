import Arithmetic
package import Diagnostics
import Evaluation
package import Syntax
package import Values

extension Evaluator {
  /// The path that an expression writes, in the one spelling that slots and files have: `net.layer1.W` for
  /// `net.layer[1].W`; nil for expressions of another form.
  func parameterPath(_ id: ExpressionID, in scope: Scope) throws(Diagnostic) -> String? {
    guard let path = ParameterPath(id, in: code.tree) else { return nil }
    var text = ""
    for part in path.parts {
      switch part {
      case .name(let name): text += (text.isEmpty ? "" : ".") + name.text
      case .number(let number):
        let index = try whole(
          evaluate(number, in: scope), what: "the number of a parameter", in: 0...Self.wholeMax,
          at: code.tree.span(number))
        text += "\(index)"
      }
    }
    return text
  }

  /// The same for what can only be a path; what is none is given as it is written, and matches nothing.
  package func parameterPathOrText(_ id: ExpressionID, in scope: Scope) throws(Diagnostic) -> String {
    try parameterPath(id, in: scope) ?? session.sources.text(code.tree.span(id))
  }
}
