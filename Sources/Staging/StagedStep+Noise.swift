import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

extension StepStager {
  /// `noise ξ ~ normal()` of a rule: drawn anew at every step, shaped like x unless a shape is declared.
  ///
  /// Each worker draws its own, but for `shared noise`, which is the same for all. Its stream is named after the rule, the noise and the parameter, so that another group, another name of the run or
  /// one more rule changes nobody's numbers. Where it is used more than once in a step it is the same.
  func addNoise(_ declaration: TensorDeclaration, to unit: RuleUnit) throws(Diagnostic) {
    let (name, place, code) = (declaration.name.text, declaration.name.span, unit.rule.instance.code)
    guard case .distribution(let law)? = declaration.start else {
      throw .withoutDistribution("noise", example: name, at: place)
    }
    let shape = try declaration.shape.map { (sizes) throws(Diagnostic) in try evaluator.shape(sizes, in: unit.scope) }
    let stream = "\(unit.rule.instance.definition.name.text).\(name)@\(unit.path)"
    let isOfEach = workerCount > 1 && !declaration.isShared
    for (worker, scope) in (declaration.isShared ? [unit.scope] : workerScopes(of: unit)).enumerated() {
      let own = isOfEach ? "\(stream), worker \(worker)" : stream
      let drawn = Deferred { [unowned self] () throws(Diagnostic) in
        try evaluator.within(code) { () throws(Diagnostic) in
          guard case .distribution(let distribution) = try evaluator.evaluate(law, in: unit.scope) else {
            throw .withoutDistribution("noise", example: name, at: place)
          }
          let value = try evaluator.drawn(
            distribution, shape: shape ?? unit.shape, key: .node(noiseKey(own)),
            dtype: evaluator.realType, at: place)
          if !declaration.isShared, case .node(let node) = value { sending.note(owned: node, as: name) }
          return value
        }
      }
      scope.define(name, .deferred(drawn), span: place)
    }
    guard isOfEach else { return }
    unit.scope.define(
      name, .deferred(Deferred { () throws(Diagnostic) in throw .ofEachWorker(name, at: place) }), span: place)
  }
}

extension StepStager {
  /// The key of a rule's noise: that of the step, or of the turn of a mean over steps that are looked at.
  private func noiseKey(_ stream: String) -> NodeID {
    guard let view = surroundings?.view, view.isFresh else { return evaluator.builder.key("noise", stream) }
    drawsFreshNoise = true
    return view.key("noise:\(stream)")
  }
}

extension Definition {
  /// The names of its noise.
  package var noises: [String] {
    guard case .members(let members) = body else { return [] }
    return members.compactMap { member in
      if case .noise(let declaration, _) = member { declaration.name.text } else { nil }
    }
  }
}
