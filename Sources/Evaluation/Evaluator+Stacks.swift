import Diagnostics
import Messages
import Syntax
import Values

// Values of one step that stand along a first axis of their own: those of the workers, `mean(send(g) over worker)`.
extension Evaluator {
  /// Refuses a function that knows no axis to reduce such values along.
  func requireStackAxis(of builtin: Builtin, _ given: [GivenArgument]) throws(Diagnostic) {
    guard let axis = point?.stackedAxis, let over = given.first(where: isOverStack),
      !builtin.parameters.contains(where: { $0.name == "axis" })
    else {
      return
    }
    let able = session.functions.all.filter { one in one.parameters.contains { $0.name == "axis" } }
    throw .takesOnly(
      "`over \(axis)`", "functions along an axis", at: over.span,
      help: ["those are " + able.map { "`\($0.name)`" }.joined(separator: ", ")])
  }

  /// Whether an argument is `… over worker` of a rule.
  func isOverStack(_ argument: GivenArgument) -> Bool {
    guard let axis = point?.stackedAxis, case .gathered(_, let axes) = code.tree[argument.expression] else {
      return false
    }
    return axes.map(\.text) == [axis]
  }
}
