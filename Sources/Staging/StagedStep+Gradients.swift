import Arithmetic
import Diagnostics
import Graph
import Values

extension StepStager {
  /// Gradients at another point as a step sees them that is asked about a gradient: with what that one differs by from the
  /// own one, so that a rule answers to it wherever it takes its gradient.
  func shifted(_ gradients: [NodeID], _ span: Span) throws(Diagnostic) -> [NodeID] {
    guard let given = surroundings?.gradients else { return gradients }
    let own = try ownGradients(span)
    return zip(gradients, zip(given, own)).map { gradient, pair in
      if pair.0 == pair.1 { return gradient }
      let difference = evaluator.graph.add(Subtract(), pair.0, pair.1)
      return evaluator.graph.add(Add(), gradient, difference)
    }
  }

  /// Hessian of the batch's loss times a direction, given by one value for each unit.
  func products(with directions: [Value], _ span: Span) throws(Diagnostic) -> [NodeID] {
    try products(with: leaves(at: directions, span), span)
  }

  /// Hessian of the batch's loss times a direction, one tensor for each parameter.
  func products(with tangents: [NodeID], _ span: Span) throws(Diagnostic) -> [NodeID] {
    settings.isQuadratic
      ? try model().product(with: tangents, self)
      : try evaluator.hessianProduct(of: loss(), at: leafNodes, with: tangents, span)
  }
}
