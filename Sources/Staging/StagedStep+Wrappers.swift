package import Diagnostics
import Evaluation
import Graph
import Messages
import Syntax
import Tensors
package import Values

// An optimizer with a parameter `rule` is around another one: `rule(v)` in its equation for x is where the other one moves
// x for the gradient v, with its own states and noise.
//
// Whatever gradient the inner rule asks for is made of the step's in the same way, also one at another point: what
// clips `g` clips `grad(x + e)`.

/// An optimizer around another one, at work in a step.
final class Wrapper {
  /// Its own equations, for the parameters that the rule inside moves.
  let plan: RulePlan
  fileprivate(set) var units: [RuleUnit] = []
  /// One value for each parameter, as the rule inside has moved it.
  fileprivate var moved: [Int: NodeID] = [:]

  fileprivate init(_ plan: RulePlan) { self.plan = plan }
}

/// The gradient for which an equation asks the rule inside.
private final class AskedGradient {
  var value: Value?
}

extension RulePlan {
  /// The parameter of an optimizer around another that the other one is given for.
  package static let wrapped = "rule"

  /// All optimizers of it, outermost first.
  package var instances: [Instance] { wrappers + [instance] }

  /// Names of their hyper-parameters.
  package var hyperparameters: [String] { instances.flatMap { $0.thunks.map(\.name) }.filter { $0 != Self.wrapped } }

  /// `clip_norm(adam)`.
  var title: String {
    let inner = instance.definition.name.text
    return wrappers.reversed().reduce(inner) { "\($1.definition.name.text)(\($0))" }
  }
}

extension Instance {
  /// What is given for the rule inside; nil where there is none.
  var wrapped: Thunk? {
    guard definition.parameters.contains(where: \.isRuleInside) else { return nil }
    return thunks.first { $0.name == RulePlan.wrapped }?.thunk
  }
}

extension Parameter {
  /// Whether it takes the optimizer that another one is around.
  package var isRuleInside: Bool { name.text == RulePlan.wrapped && initial == nil && constraint == nil }
}

extension StepStager {
  /// The optimizers around a rule, with their states.
  func addWrappers(of rule: RulePlan, names: Scope) throws(Diagnostic) {
    guard !rule.wrappers.isEmpty, !rule.leaves.isEmpty else { return }
    let all = rule.wrappers.map { Wrapper(RulePlan(instance: $0, leaves: rule.leaves, span: rule.span)) }
    wrappings.append(all)
    for (level, wrapper) in all.enumerated() {
      let groups = wrapper.plan.isOverAll ? [rule.leaves] : rule.leaves.map { [$0] }
      for leaves in groups {
        let own = wrapper.plan.isOverAll ? wholePath(of: wrapper.plan) : problem.leaves[leaves[0]].path
        // An optimizer around itself has states and noise of its own on each level.
        let name = wrapper.plan.instance.definition.name.text
        let before = all.prefix(level).count { $0.plan.instance.definition.name.text == name }
        let path = before > 0 ? "\(own) \(before + 1)" : own
        let outer = all.prefix(level)
        let unit = try self.unit(of: wrapper.plan, leaves, path: path, names: names) {
          [unowned self] () throws(Diagnostic) in
          var seen = try gradients()
          for one in outer { seen = try asked(of: one, seen, names) }
          return seen
        }
        wrapper.units.append(unit)
        defineHyperparameters(
          of: wrapper.plan.instance, in: unit.scope, isOfNumber: unit.shape.rank == 0, names: names)
        defineRule(in: unit, inside: Array(all.dropFirst(level + 1)), rule, names) {
          [unowned self, unowned wrapper] (_, span) throws(Diagnostic) in
          try joined(unit.leaves.map { wrapper.moved[$0] ?? leafNodes[$0] }, unit, span)
        }
        try addMembers(to: unit)
      }
    }
    wrapperNames = names
  }

  /// `rule(v)` in an optimizer around another, with the hyper-parameters of what is inside: `rule.lr`.
  private func defineRule(
    in unit: RuleUnit, inside: [Wrapper], _ rule: RulePlan, _ names: Scope,
    _ body: @escaping (Value, Span) throws(Diagnostic) -> Value
  ) {
    var fields: [(name: String, value: Value)] = []
    for instance in inside.map(\.plan.instance) + [rule.instance] {
      let scope = Scope(parent: instance.scope)
      defineHyperparameters(of: instance, in: scope, isOfNumber: unit.shape.rank == 0, names: names)
      for (name, _) in instance.thunks where name != RulePlan.wrapped && !fields.contains(where: { $0.name == name }) {
        if let binding = scope.local(name) { fields.append((name, binding.value)) }
      }
    }
    let title = inside.first?.plan.instance.definition.name.text ?? rule.instance.definition.name.text
    let native = NativeFunction(name: "the optimizer `\(title)`", fields: fields) {
      (_, values, span) throws(Diagnostic) in
      guard values.count == 1 else { throw .takes("`\(RulePlan.wrapped)`", "one argument, the gradient,", at: span) }
      return try body(values[0], span)
    }
    unit.scope.define(RulePlan.wrapped, .function(.native(native)))
  }

  /// The gradients for which an optimizer around a rule asks it, where it is given others.
  private func asked(of wrapper: Wrapper, _ gradients: [NodeID], _ names: Scope) throws(Diagnostic) -> [NodeID] {
    var result = gradients
    for known in wrapper.units {
      let box = AskedGradient()
      let unit = try self.unit(of: wrapper.plan, known.leaves, path: known.path, names: names) {
        () throws(Diagnostic) in gradients
      }
      unit.states = known.states
      defineHyperparameters(
        of: wrapper.plan.instance, in: unit.scope, isOfNumber: unit.shape.rank == 0, names: names)
      let place = wrapper.plan.instance.definition.name.span
      guard let rule = rules.first(where: { $0.leaves == wrapper.plan.leaves }) else { throw .silent(at: place) }
      let inside = wrappings.first { $0.contains { $0 === wrapper } }?.drop { $0 !== wrapper }.dropFirst() ?? []
      defineRule(in: unit, inside: Array(inside), rule, names) { [unowned self] (value, span) throws(Diagnostic) in
        if let first = box.value, !isSame(first, value) {
          throw .givenTwice(
            "the gradient of `rule`", at: span, help: "it moves once in a step: call it with one gradient")
        }
        box.value = value
        return try joined(unit.leaves.map { leafNodes[$0] }, unit, span)
      }
      try addMembers(to: unit)
      guard unit.equations.contains(where: { $0.name.text == "x" }) else { continue }
      _ = try evaluator.value(of: "x'", in: unit.scope, at: place)
      guard let value = box.value else {
        throw .needs(
          "the optimizer `\(wrapper.plan.instance.definition.name.text)`", "a call of `rule` in its equation for `x`",
          at: place, help: ["write `x' = rule(g)`: where the rule moves x for this gradient"])
      }
      for (leaf, part) in zip(unit.leaves, try parts(of: value, unit, place)) { result[leaf] = part }
    }
    return result
  }

  private func isSame(_ first: Value, _ second: Value) -> Bool {
    guard case .node(let a) = first, case .node(let b) = second else { return false }
    return a == b
  }

  /// Gradients as the rules see them, made of those of the loss by the optimizers around them.
  func seen(_ gradients: [NodeID]) throws(Diagnostic) -> [NodeID] {
    guard let wrapperNames else { return gradients }
    var result = gradients
    for wrapper in wrappings.joined() { result = try asked(of: wrapper, result, wrapperNames) }
    return result
  }

  /// Puts where the optimizers around the rules move the parameters in place of where those do.
  func wrapUpdates(_ carried: inout [(input: Int, output: NodeID)]) throws(Diagnostic) {
    for wrapping in wrappings {
      for wrapper in wrapping.reversed() {
        for leaf in wrapper.plan.leaves { wrapper.moved[leaf] = carried.last { $0.input == leaf }?.output }
        var own: [(input: Int, output: NodeID)] = []
        for unit in wrapper.units { try addUpdates(of: unit, to: &own) }
        let replaced = Set(own.map(\.input))
        carried.removeAll { replaced.contains($0.input) }
        carried += own
      }
    }
  }
}

extension Evaluator {
  /// A rule with the optimizers around it taken apart.
  package func rulePlan(_ instance: Instance, leaves: [Int], span: Span) throws(Diagnostic) -> RulePlan {
    var plan = RulePlan(instance: instance, leaves: leaves, span: span)
    while let thunk = plan.instance.wrapped {
      let inner = try within(thunk.code) { () throws(Diagnostic) in
        try optimizerInstance(thunk.expression, in: thunk.scope)
      }
      plan.wrappers.append(plan.instance)
      plan.instance = inner
    }
    return plan
  }
}
