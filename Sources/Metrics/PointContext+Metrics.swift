import Diagnostics
import Syntax
import Values

extension PointContext {
  /// Who stages the metrics that see this point; nil where there are none.
  var stager: MetricStager? {
    get { annex[MetricStager.self] }
    set {
      annex[MetricStager.self] = newValue
      isMetric = newValue != nil
      guard let evaluator = newValue?.evaluator else { return (reduce, restrict) = (nil, nil) }
      reduce = { [unowned evaluator] (builtin, given, scope, span) throws(Diagnostic) in
        try evaluator.overPaths(builtin, given, in: scope, at: span)
      }
      restrict = { [unowned evaluator] (value, block, scope, span) throws(Diagnostic) in
        try evaluator.ofPart(value, block, in: scope, at: span)
      }
    }
  }

  /// The loss that the names speak of; nil for the whole data and all parameters.
  var loss: LossPoint? {
    get { annex[LossPoint.self] }
    set { annex[LossPoint.self] = newValue }
  }
}
