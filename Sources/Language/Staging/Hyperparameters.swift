import Diagnostics
import Syntax

/// What an intervention does to a hyper-parameter from its step on: `lr = 0.1/t`, `lr *= 2`.
struct HyperparameterChange {
  var name: String
  var step: Int
  /// Set in `lr *= 2`.
  var operation: BinaryOperator?
  var thunk: Thunk
  var place: OperandPlaces
}

/// The hyper-parameters of one rule for one staging: its arguments, changed by interventions in their order.
///
/// Arguments are expressions that may speak of the step and of each other; a change may speak of the value before it.
final class Hyperparameters {
  private unowned let evaluator: Evaluator
  private let instance: Instance
  private let changes: [HyperparameterChange]
  /// `t`, `loss`, `g`, … of the step.
  private let stepNames: Scope
  /// How a change takes effect; nil replaces the old value by the new one.
  private let combine: ((HyperparameterChange, Value, Value) throws(Diagnostic) -> Value)?

  init(
    _ evaluator: Evaluator, _ instance: Instance, changes: [HyperparameterChange] = [], stepNames: Scope,
    combine: ((HyperparameterChange, Value, Value) throws(Diagnostic) -> Value)? = nil
  ) {
    self.evaluator = evaluator
    self.instance = instance
    self.changes = changes
    self.stepNames = stepNames
    self.combine = combine
  }

  /// Gives every hyper-parameter its name in a scope that outlives neither this object nor the staging.
  func define(in scope: Scope, upTo count: Int? = nil) {
    for (name, _) in instance.thunks {
      let deferred = Deferred { [unowned self, unowned scope] () throws(Diagnostic) in
        try value(of: name, upTo: count ?? changes.count, in: scope)
      }
      scope.define(name, .deferred(deferred))
    }
  }

  /// The value after the first `count` changes.
  func value(of name: String, upTo count: Int, in scope: Scope) throws(Diagnostic) -> Value {
    guard let last = changes[..<count].lastIndex(where: { $0.name == name }) else {
      return try argument(name, in: scope)
    }
    let change = changes[last]
    let before = Scope(parent: change.thunk.scope)
    define(in: before, upTo: last)
    var result = try evaluate(change.thunk, in: before)
    guard change.operation != nil || combine != nil else { return result }
    let old = try value(of: name, upTo: last, in: scope)
    if let operation = change.operation { result = try evaluator.binary(operation, old, result, at: change.place) }
    return try combine?(change, old, result) ?? result
  }

  /// The argument of the call, or the default, which may speak of the other arguments.
  private func argument(_ name: String, in scope: Scope) throws(Diagnostic) -> Value {
    guard let thunk = instance.thunks.first(where: { $0.name == name })?.thunk else { return .unknown }
    return try evaluate(thunk, in: Scope(parent: thunk.scope === instance.scope ? scope : thunk.scope))
  }

  /// A script's own definition of a step's name wins in what it writes.
  private func evaluate(_ thunk: Thunk, in scope: Scope) throws(Diagnostic) -> Value {
    for name in PointContext.stepNames where thunk.scope.lookup(name)?.span == nil {
      if let binding = stepNames.lookup(name) { scope.define(name, binding.value) }
    }
    return try evaluator.within(thunk.code) { () throws(Diagnostic) in
      try evaluator.evaluate(thunk.expression, in: scope)
    }
  }
}

extension Evaluator {
  /// The changes that the statements of an intervention make, each checked as far as it is known.
  func changes(
    _ statements: [StatementID], at step: Int, rules: [RulePlan], after earlier: [HyperparameterChange], in scope: Scope
  )
    throws(Diagnostic) -> [HyperparameterChange]
  {
    var all = earlier
    for id in statements {
      let change = try change(id, at: step, rules: rules, in: scope)
      all.append(change)
      for rule in rules { try check(change.name, of: rule, all) }
    }
    return all
  }

  private func change(_ id: StatementID, at step: Int, rules: [RulePlan], in scope: Scope) throws(Diagnostic)
    -> HyperparameterChange
  {
    let span = code.tree.span(id)
    guard case .assignment(let target, let operation, let value) = code.tree[id],
      case .name(let name) = code.tree[target]
    else {
      throw .notAllowed("an intervention assigns to hyper-parameters", at: span, help: ["write `lr = …`"])
    }
    let known = rules.flatMap { $0.instance.thunks.map(\.name) }
    let wanted = Spelling.canonical(name)
    guard let actual = known.first(where: { Spelling.canonical($0) == wanted }) else {
      throw .unknownHyperparameter(
        name, known: known, near: Suggestion.nearest(to: name, in: known), at: code.tree.span(target))
    }
    return HyperparameterChange(
      name: actual, step: step, operation: operation, thunk: Thunk(expression: value, code: code, scope: scope),
      place: OperandPlaces(whole: span, left: code.tree.span(target), right: code.tree.span(value)))
  }

  /// Checks the last change of a hyper-parameter against its constraint, where it does not depend on the step.
  private func check(_ name: String, of rule: RulePlan, _ changes: [HyperparameterChange]) throws(Diagnostic) {
    let definition = rule.instance.definition
    guard let parameter = definition.parameters.first(where: { $0.name.text == name }), let last = changes.last else {
      return
    }
    let outer = point
    let probe = PointContext.probe
    point = probe
    defer { point = outer }
    let values = Hyperparameters(self, rule.instance, changes: changes, stepNames: probe.names)
    let scope = Scope(parent: rule.instance.scope)
    values.define(in: scope)
    let value = try values.value(of: name, upTo: changes.count, in: scope)
    guard let constraint = parameter.constraint, !value.isSymbolic else { return }
    try check(
      value, constraint, name: name, callee: definition.name.text, code: rule.instance.code, in: scope,
      at: last.place.right, zeroIsAllowed: true)
  }
}
