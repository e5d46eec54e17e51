import Arithmetic
package import Diagnostics
import Evaluation
import Graph
import Messages
import Syntax
import Tensors
package import Values

extension StepStager {
  /// The states of all rules at step 0, in the order of their slots: `state z = x` starts from the parameters.
  ///
  /// - Parameter changes: of hyper-parameters, before the first step.
  package func initialStates(leaves: [Value], seed: Int, changes: [HyperparameterChange] = []) throws(Diagnostic)
    -> [Value]
  {
    var result: [Value] = try localStarts(leaves: leaves, seed: seed, changes: changes)
    for unit in allUnits {
      guard case .members(let members) = unit.rule.instance.definition.body else { continue }
      let place = unit.rule.instance.definition.name.span
      let scope = try startScope(unit, leaves: leaves, at: place)
      let values = Hyperparameters(
        evaluator, unit.rule.instance, changes: changes, stepNames: Scope(parent: nil))
      values.define(in: scope)
      defer { withExtendedLifetime(values) { () -> Void in } }
      let code = unit.rule.instance.code
      for case .state(let declarations, _, let span) in members {
        for declaration in declarations {
          guard let state = unit.states.first(where: { $0.name == declaration.name.text }) else { continue }
          // The same whenever it is asked for, and another for each parameter tensor.
          let start = try evaluator.apart { () throws(Diagnostic) -> ParameterLeaf.Start in
            try evaluator.within(.part(unit.path)) { () throws(Diagnostic) -> ParameterLeaf.Start in
              try evaluator.within(code) { () throws(Diagnostic) -> ParameterLeaf.Start in
                try Self.start(of: declaration, in: scope, by: evaluator)
              }
            }
          }
          let detail = "\(unit.rule.instance.definition.name.text).\(state.name)@\(unit.path)"
          let full = try evaluator.initialValue(
            start, shape: state.shape, stream: StreamName(seed: seed, purpose: "init", detail: detail), at: span)
          scope.define(declaration.name.text, full)
          result.append(unit.workerStates.contains(state.name) ? try copies(full, state.shape, at: span) : full)
        }
      }
    }
    result += counterNames.map { _ in .real(0) }
    for one in holds { result.append(try evaluator.apart { () throws(Diagnostic) in try one.start(seed) }) }
    return result
  }

  /// Those of the rules inside of a round, for each worker.
  private func localStarts(leaves: [Value], seed: Int, changes: [HyperparameterChange]) throws(Diagnostic) -> [Value] {
    guard let inside = round?.inside else { return [] }
    let values = try inside.initialStates(leaves: leaves, seed: seed, changes: changes)
    guard workerCount > 1 else { return values }
    let place = inside.rules.first?.span ?? problem.span
    return try values.map { (value) throws(Diagnostic) in
      guard let shape = evaluator.shape(of: value) else { return value }
      return try copies(value, shape, at: place)
    }
  }

  /// The start of a worker's state, for each worker.
  private func copies(_ value: Value, _ shape: Shape, at span: Span) throws(Diagnostic) -> Value {
    let type = Shape([workerCount] + shape.sizes)
    return try evaluator.apply(BroadcastTo(shape: type), [evaluator.asReal(value, at: span)], at: span)
  }

  /// What a state starts from.
  static func start(of declaration: TensorDeclaration, in scope: Scope, by evaluator: Evaluator) throws(Diagnostic)
    -> ParameterLeaf.Start
  {
    switch declaration.start {
    case nil: return .value(.real(0))
    case .value(let id):
      let value = try evaluator.evaluate(id, in: scope)
      if value.isNumeric || value.isUnknownValue { return .value(value) }
      throw .expected("numbers", found: value.kind, at: evaluator.code.tree.span(id))
    case .distribution(let id):
      let value = try evaluator.evaluate(id, in: scope)
      guard case .distribution(let distribution) = value else {
        throw .expected("a distribution", found: value.kind, at: evaluator.code.tree.span(id))
      }
      if distribution.kind == .subset {
        throw .expected("a distribution of numbers", found: "places of a vector", at: evaluator.code.tree.span(id))
      }
      return .distribution(distribution)
    }
  }

  /// The parameters as a state's start sees them.
  private func startScope(_ unit: RuleUnit, leaves: [Value], at place: Span) throws(Diagnostic) -> Scope {
    let scope = Scope(parent: unit.rule.instance.scope)
    if unit.rule.isOverAll {
      let parts = unit.leaves.map { leaves[$0] }
      scope.define(.x, try evaluator.concatenated(parts, at: place))
    } else {
      scope.define(.x, leaves[unit.leaves[0]])
    }
    return scope
  }
}
