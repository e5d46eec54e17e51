import Arithmetic
package import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
package import Syntax
import Tensors
package import Values

/// What an intervention does to a hyper-parameter from its step on: `lr = 0.1/t`, `lr *= 2`.
package struct HyperparameterChange {
  package var name: String
  package var step: Int
  /// Set in `lr *= 2`.
  package var operation: BinaryOperator?
  package var thunk: Thunk
  package var place: OperandPlaces

  package init(name: String, step: Int, operation: BinaryOperator? = nil, thunk: Thunk, place: OperandPlaces) {
    self.name = name
    self.step = step
    self.operation = operation
    self.thunk = thunk
    self.place = place
  }
}

/// The hyper-parameters of one rule for one staging: its arguments, changed by interventions in their order.
///
/// Arguments are expressions that may speak of the step and of each other; a change may speak of the value before it.
package final class Hyperparameters {
  private unowned let evaluator: Evaluator
  private let instance: Instance
  private let changes: [HyperparameterChange]
  /// `t`, `loss`, `g`, … of the step.
  private let stepNames: Scope
  /// Whether the rule sees a single number, of which `g` in an argument is a vector.
  var isOfNumber = false
  /// The number of its optimizer among those of the run.
  package var place = 0
  /// Whether numbers that differ among members of a sweep may be inputs: in programs of a run.
  package var isOfRun = false

  package init(
    _ evaluator: Evaluator, _ instance: Instance, changes: [HyperparameterChange] = [], stepNames: Scope
  ) {
    self.evaluator = evaluator
    self.instance = instance
    self.changes = changes
    self.stepNames = stepNames
  }

  /// Gives every hyper-parameter its name in a scope that outlives neither this object nor the staging.
  package func define(in scope: Scope, upTo count: Int? = nil) {
    for (name, _) in instance.thunks {
      let deferred = Deferred { [unowned self, unowned scope] () throws(Diagnostic) in
        let value = try value(of: name, upTo: count ?? changes.count, in: scope)
        try requireNumber(value, name)
        guard isOfNumber, case .node = value, evaluator.shape(of: value) == [1] else { return value }
        return try evaluator.apply(Reshape(shape: .scalar), [value], at: instance.span)
      }
      scope.define(name, .deferred(deferred))
    }
  }

  /// Refuses a number with an error, and a truth where the parameter is a number.
  private func requireNumber(_ value: Value, _ name: String) throws(Diagnostic) {
    guard let parameter = instance.definition.parameters.first(where: { $0.name.text == name }) else { return }
    let thunk = changes.last { $0.name == name }?.thunk ?? instance.thunks.first { $0.name == name }?.thunk
    let span = thunk.map { $0.code.tree.span($0.expression) } ?? instance.span
    let isMeasured = if case .estimate = value { true } else { value.isUnknownEstimate }
    if isMeasured {
      throw .expected(
        "a number for `\(name)`", found: value.kind, at: span,
        help: ["write `(\(evaluator.session.sources.text(span))).value` to go on without its error"])
    }
    guard isNumber(parameter) else { return }
    try evaluator.requireNumbers(value, "a number for `\(name)`", at: span)
  }

  /// Whether an argument is one for certain: by its range, its default, or as a step size.
  private func isNumber(_ parameter: Parameter) -> Bool {
    if parameter.constraint != nil || Evaluator.stepSizes.contains(Spelling.canonical(parameter.name.text)) {
      return true
    }
    guard let initial = parameter.initial else { return false }
    return switch instance.code.tree[initial] {
    case .integer, .real: true
    default: false
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
    let result = try evaluate(change.thunk, in: before, HeldPlace(name: "\(place).\(name)#\(last)", start: change.step))
    guard let operation = change.operation else { return result }
    return try evaluator.binary(operation, value(of: name, upTo: last, in: scope), result, at: change.place)
  }

  /// The argument of the call, or the default, which may speak of the other arguments.
  private func argument(_ name: String, in scope: Scope) throws(Diagnostic) -> Value {
    guard let thunk = instance.thunks.first(where: { $0.name == name })?.thunk else { return .unknown(.any) }
    func value() throws(Diagnostic) -> Value {
      try evaluate(
        thunk, in: Scope(parent: thunk.scope === instance.scope ? scope : thunk.scope),
        HeldPlace(name: "\(place).\(name)", start: 0))
    }
    guard isOfRun, let reads = evaluator.axisReads else { return try value() }
    let (value, axes) = try reads.reading(value)
    return axes.isEmpty ? value : input(name, value, axes, reads)
  }

  /// The input that stands for a number which depends on axes of a sweep; the value itself where it is no such number.
  private func input(_ name: String, _ value: Value, _ axes: Set<Int>, _ reads: AxisReads) -> Value {
    guard reads.takesInputs, isNumber(value, name), let input = reads.input(name, of: instance) else {
      reads.decided(by: axes)
      return value
    }
    let node = evaluator.builder.input(.given(input.feed), TensorType(.scalar, evaluator.realType))
    if evaluator.realType != .f64 { evaluator.builder.roundedNumbers.insert(node) }
    return .node(node)
  }

  /// Whether a value is a number of which the rule makes no count.
  private func isNumber(_ value: Value, _ name: String) -> Bool {
    switch value {
    case .real: true
    case .integer(let number): isReal(name) && Double(number).magnitude <= 0x1p53
    default: false
    }
  }

  /// Whether an argument is no count: by its default, or as a step size.
  private func isReal(_ name: String) -> Bool {
    if Evaluator.stepSizes.contains(Spelling.canonical(name)) { return true }
    guard let parameter = instance.definition.parameters.first(where: { $0.name.text == name }),
      let initial = parameter.initial
    else { return false }
    if case .real = instance.code.tree[initial] { return true }
    return false
  }

  /// Names of the step, and what the script calls the same.
  private func evaluate(_ thunk: Thunk, in scope: Scope, _ held: HeldPlace) throws(Diagnostic) -> Value {
    for name in [StepName.lossAtPoint, StepName.overData] {
      if let own = stepNames.lookup(name) { scope.define(name, own.value) }
    }
    for name in PointContext.stepNames {
      guard let binding = stepNames.lookup(name) else { continue }
      scope.define(name, binding.value)
      scope.contest(name, with: thunk.scope, as: "a name of the step")
    }
    let point = evaluator.point, outer = point?.held
    point?.held = held
    defer { point?.held = outer }
    return try evaluator.within(thunk.code) { () throws(Diagnostic) in
      try evaluator.evaluate(thunk.expression, in: scope)
    }
  }
}

extension Evaluator {
  /// Checks the last change of a hyper-parameter against its constraint, where it does not depend on the step.
  package func check(_ name: String, of instance: Instance, _ changes: [HyperparameterChange]) throws(Diagnostic) {
    let definition = instance.definition
    guard let parameter = definition.parameters.first(where: { $0.name.text == name }), let last = changes.last else {
      return
    }
    let probe = PointContext.probe
    let values = Hyperparameters(self, instance, changes: changes, stepNames: probe.names)
    try at(probe) { () throws(Diagnostic) in
      let scope = Scope(parent: instance.scope)
      values.define(in: scope)
      let value = try values.value(of: name, upTo: changes.count, in: scope)
      guard let constraint = parameter.constraint, !value.isSymbolic else { return }
      try check(
        value, constraint, name: name, callee: definition.name.text, code: instance.code, in: scope,
        at: last.place.right, zeroIsAllowed: true)
    }
  }
}

extension Evaluator {
  /// The number of a hyper-parameter that depends on no step; nil where it is none, or is not known before.
  package func number(_ input: HyperparameterInput, of optimizers: [Instance]) throws(Diagnostic) -> Double? {
    guard optimizers.indices.contains(input.optimizer) else { return nil }
    let instance = optimizers[input.optimizer], probe = PointContext.probe
    let values = Hyperparameters(self, instance, stepNames: probe.names)
    return try at(probe) { () throws(Diagnostic) in
      let scope = Scope(parent: instance.scope)
      values.define(in: scope)
      defer { scope.clear() }
      switch try values.value(of: input.name, upTo: 0, in: scope) {
      case .real(let number): return number
      case .integer(let number) where Double(number).magnitude <= 0x1p53: return Double(number)
      default: return nil
      }
    }
  }
}

extension Evaluator {
  /// Names of step sizes: required ones are tried with a number.
  package static let stepSizes: Set<String> = ["lr", "eta"]
}
