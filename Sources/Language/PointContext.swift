import Diagnostics

/// What parameters and the names of a step mean while a loss, a metric or an update is evaluated.
package final class PointContext {
  /// Value of each parameter leaf, by its number.
  package var parameters: [Value]
  /// `x`, `g`, `t`, `loss`, `grad`, `hvp`, …; consulted after the scope.
  package let names: Scope
  /// Only asks what depends on the step: every special name is unknown.
  package let isProbe: Bool
  /// Whether what is evaluated moves the state: an update rule, or an equation of a process.
  var isRule = false
  /// Who stages the metrics that see this point; nil where there are none.
  var stager: MetricStager?
  /// The step whose rules see this point; nil elsewhere.
  weak var rule: StepStager?
  /// The hyper-parameter being evaluated, whose numbers may be held.
  var held: HeldPlace?
  /// The metric being evaluated: its name is that of its random numbers.
  var metric = "value"
  /// The loss that the names speak of; nil for the whole data and all parameters.
  var loss: LossPoint?

  package init(parameters: [Value], names: Scope = Scope(parent: nil), isProbe: Bool = false) {
    self.parameters = parameters
    self.names = names
    self.isProbe = isProbe
  }

  /// A point at which an update rule is evaluated.
  static func rule(_ parameters: [Value], _ names: Scope) -> PointContext {
    let point = PointContext(parameters: parameters, names: names)
    point.isRule = true
    return point
  }

  /// A point at which nothing is known, to find out which arguments depend on the step.
  package static var probe: PointContext {
    let names = Scope(parent: nil)
    for name in stepNames { names.define(name, .unknown(kinds[name] ?? .any)) }
    names.define(StepName.lossAtPoint, .unknown(.any))
    return PointContext(parameters: [], names: names, isProbe: true)
  }

  /// What is known of some of them: a parameter and its gradient are numbers on any number of axes.
  private static let kinds: [String: Kind] = [
    "x": .numbers, "g": .numbers, "t": .whole, "step": .whole, "loss": .number,
  ]

  /// Names that an update rule, a hyper-parameter or a metric may use.
  package static let stepNames = StepName.allCases.filter(\.isOfPoint).map(\.rawValue)
}
