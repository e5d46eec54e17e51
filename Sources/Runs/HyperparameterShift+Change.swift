import Diagnostics
import Experiments
import Graph
import Messages
import Staging
import Syntax
import Tensors
import Values

extension HyperparameterShift {
  /// The same as the first of a run's changes.
  func change(_ evaluator: Evaluator) throws(Diagnostic) -> HyperparameterChange {
    guard let snippet = evaluator.session.snippet("_shift_()") else { throw .silent(at: place) }
    let scope = Scope(parent: nil)
    let feed = feed
    // A call and not a value: in each program it is another node.
    let native = NativeFunction(name: "shift") { (evaluator, _, _) in
      .node(evaluator.builder.input(.given(feed), TensorType(.scalar, evaluator.realType)))
    }
    scope.define("_shift_", .function(.native(native)))
    return HyperparameterChange(
      name: name, step: 0, operation: .add,
      thunk: Thunk(expression: snippet.expression, code: snippet.code, scope: scope),
      place: OperandPlaces(whole: place, left: place, right: place))
  }
}
