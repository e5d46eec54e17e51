package import Diagnostics
import Messages
package import Syntax

/// What parameters and the names of a step mean while a loss, a metric or an update is evaluated.
package final class PointContext {
  /// Value of each parameter leaf, by its number.
  package var parameters: [Value]
  /// `x`, `g`, `t`, `loss`, `grad`, `hvp`, …; consulted after the scope.
  package let names: Scope
  /// Only asks what depends on the step: every special name is unknown.
  package let isProbe: Bool
  /// Whether what is evaluated moves the state: an update rule, or an equation of a process.
  package var isRule = false
  /// Whether a metric is evaluated, which sees one state.
  package var isMetric = false
  /// Whether metrics are measured at the state before the update that is evaluated: where a rule asks for them.
  package var isMeasured = false
  /// The axis along which values of a step stand that is in no tensor's shape: `worker`; nil where there is none.
  package var stackedAxis: String?
  /// The values that stand along that axis, of an expression; nil where there is none.
  package var stack: ((ExpressionID, Scope, Span) throws(Diagnostic) -> Value)?
  /// A function along an axis that only this point has, `mean(x over path)`; gives nil for any other call.
  package var reduce: ((Builtin, [GivenArgument], Scope, Span) throws(Diagnostic) -> Value?)?
  /// An expression as a part of the parameters sees it, all others fixed: `sharpness on net.layer1`.
  package var restrict: ((ExpressionID, ExpressionID, Scope, Span) throws(Diagnostic) -> Value)?
  /// What layers above keep with it.
  package var annex = Annex()
  /// The hyper-parameter being evaluated, whose numbers may be held.
  package var held: HeldPlace?
  /// The metric being evaluated: its name is that of its random numbers.
  package var metric = "value"

  package init(parameters: [Value], names: Scope = Scope(parent: nil), isProbe: Bool = false) {
    self.parameters = parameters
    self.names = names
    self.isProbe = isProbe
  }

  /// A point at which an update rule is evaluated.
  package static func rule(_ parameters: [Value], _ names: Scope) -> PointContext {
    let point = PointContext(parameters: parameters, names: names)
    point.isRule = true
    return point
  }

  /// A point at which nothing is known, to find out which arguments depend on the step.
  package static var probe: PointContext {
    let names = Scope(parent: nil)
    for name in stepNames { names.define(name, .unknown(kinds[name] ?? .any)) }
    for name in [StepName.lossAtPoint, StepName.overData] { names.define(name, .unknown(.any)) }
    return PointContext(parameters: [], names: names, isProbe: true)
  }

  /// What is known of some of them: a parameter and its gradient are numbers on any number of axes.
  private static let kinds: [String: Kind] = [
    "x": .numbers, "g": .numbers, "t": .whole, "step": .whole, "loss": .number,
  ]

  /// Names that an update rule, a hyper-parameter or a metric may use.
  package static let stepNames = StepName.allCases.filter(\.isOfPoint).map(\.rawValue)
}
