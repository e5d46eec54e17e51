import Arithmetic
package import Diagnostics
import Evaluation
import Graph
import Messages
import Staging
import Syntax
package import Tensors
package import Values

// A hyper-parameter may speak of the loss and the gradient of its update, which are those of the update's batch; what is
// recorded beside it speaks of the objective.

extension MetricStager {
  /// The names of the step in the hyper-parameters of an update.
  ///
  /// - Parameters:
  ///   - names: those of the metric.
  ///   - ahead: whose update: 0 of the next one.
  ///   - leaves: the parameters before it; nil for the present ones.
  func hyperparameterNames(_ names: Scope, ahead: Int, at leaves: [NodeID]?, _ span: Span) -> Scope {
    let result = Scope(parent: names)
    guard subject.problem != nil else { return result }
    if subject.settings.isQuadratic {
      for name in [StepName.loss, .g] {
        result.define(name) { () throws(Diagnostic) in
          throw .unavailableHere(name.rawValue, "that of the update is of a quadratic model", at: span)
        }
      }
      return result
    }
    guard
      subject.settings.sampling != nil || subject.settings.freshCount != nil || subject.problem?.drawsEveryStep == true
    else { return result }
    // Made where it is asked for: its samples are an input of the program.
    var made: LossPoint?
    let own = { [unowned self] () -> LossPoint? in
      made = made ?? point(batch(ahead: ahead), at: leaves)
      return made
    }
    result.define(.loss) { () throws(Diagnostic) in
      try own().map { (point) throws(Diagnostic) in .node(try point.loss()) } ?? .unknown(.any)
    }
    result.define(.g) { [unowned self] () throws(Diagnostic) in
      guard let point = own() else { return .unknown(.any) }
      return try evaluator.flattened(point.gradients(span), at: span)
    }
    let atPoint = NativeFunction(name: StepName.loss.rawValue) { (_, values, span) throws(Diagnostic) in
      guard let point = own() else { return .unknown(.any) }
      return .node(try point.loss(at: values, span))
    }
    result.define(StepName.lossAtPoint, .function(.native(atPoint)))
    return result
  }
}

extension MetricStager {
  /// Stages a hyper-parameter of one of the run's rules.
  package func stage(hyperparameter name: String, ofRule place: Int, real: DType, in scope: Scope, at span: Span)
    throws(Diagnostic) -> StagedMetrics
  {
    try opened(real: real, in: scope, at: span) { _ throws(Diagnostic) in
      let value = try evaluator.value(of: name, in: scopes[place], at: span)
      return finish(
        [try evaluator.node(evaluator.asReal(value, at: span), at: span)], names: [name], isConditional: false, span)
    }
  }
}
