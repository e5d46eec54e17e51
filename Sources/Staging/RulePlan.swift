import Arithmetic
package import Diagnostics
import Evaluation
import Messages
package import Syntax
import Tensors
package import Values

/// An update rule with the parameters it governs.
package struct RulePlan {
  /// The rule that moves the parameters.
  package var instance: Instance
  /// The optimizers around it, outermost first.
  package var wrappers: [Instance] = []
  /// Leaf numbers, ascending.
  var leaves: [Int]
  var span: Span
  /// Whether each worker steps by it alone, several times a round.
  var isLocal = false

  init(instance: Instance, leaves: [Int], span: Span) {
    (self.instance, self.leaves, self.span) = (instance, leaves, span)
  }

  var isOverAll: Bool { instance.definition.isOverAll }
}

extension Evaluator {
  /// Gives every parameter exactly one rule.
  package func assignedRules(_ rules: [OptimizerRule], problem: StagedProblem, in scope: Scope, at span: Span)
    throws(Diagnostic) -> [RulePlan]
  {
    guard !rules.isEmpty else {
      throw .needs("this run", "an optimizer", at: span, help: ["write `with sgd(lr = …)`"])
    }
    let own = rules.filter { $0.local != nil }, common = rules.filter { $0.local == nil }
    if own.isEmpty { return try covered(common, problem: problem, in: scope, at: span) }
    var plans = try covered(own, problem: problem, in: scope, at: span)
    for index in plans.indices { plans[index].isLocal = true }
    return common.isEmpty ? plans : try plans + covered(common, problem: problem, in: scope, at: span)
  }

  /// Rules of which each parameter has exactly one.
  private func covered(_ rules: [OptimizerRule], problem: StagedProblem, in scope: Scope, at span: Span)
    throws(Diagnostic) -> [RulePlan]
  {
    var owner = [Span?](repeating: nil, count: problem.leaves.count)
    var plans: [RulePlan] = []
    for rule in rules {
      let place = code.tree.span(rule.call)
      let value = try optimizerInstance(rule.call, in: scope)
      let leaves = try group(rule.group, problem, taken: owner, in: scope)
      for leaf in leaves {
        if let first = owner[leaf] { throw .doublyCoveredParameter(problem.leaves[leaf].path, at: place, first: first) }
        owner[leaf] = place
      }
      plans.append(try rulePlan(value, leaves: leaves, span: place))
    }
    if let bare = owner.firstIndex(of: nil) { throw .uncoveredParameter(problem.leaves[bare].path, at: span) }
    return plans
  }

  /// The optimizer that an expression is.
  func optimizerInstance(_ call: ExpressionID, in scope: Scope) throws(Diagnostic) -> Instance {
    let place = code.tree.span(call)
    var value = try evaluate(call, in: scope)
    if case .function(.definition(let definition)) = value, definition.definition.kind == .optimizer {
      // `with gd` without parentheses: every argument has a default.
      if let missing = definition.definition.parameters.first(where: { $0.initial == nil }) {
        throw .missingArgument(
          missing.name.text, of: definition.definition.name.text,
          accepted: definition.definition.parameters.map(\.name.text), at: place)
      }
      value = .instance(bareCall(of: definition, at: place))
    }
    switch value {
    case .instance(let instance) where instance.definition.kind == .optimizer:
      guard let open = instance.open else { return instance }
      var finding = Diagnostic.missingArgument(
        open, of: instance.definition.name.text, accepted: instance.definition.parameters.map(\.name.text),
        at: instance.span)
      if instance.span != place { finding.labels.append(Diagnostic.Label(place, "used here")) }
      throw finding
    case .unknown: throw unfit(value, "an optimizer", at: place)
    default: throw .expected("an optimizer", found: value.kind, at: place)
    }
  }

  /// An optimizer that is named without parentheses is its call without arguments.
  package func bareCall(of definition: DefinitionValue, at place: Span) -> Instance {
    let instance = Instance(
      definition: definition.definition, code: definition.code, scope: Scope(parent: definition.scope), span: place)
    for parameter in definition.definition.parameters {
      guard let initial = parameter.initial else {
        instance.open = instance.open ?? parameter.name.text
        continue
      }
      instance.thunks.append(
        (parameter.name.text, Thunk(expression: initial, code: definition.code, scope: instance.scope)))
    }
    return instance
  }

  /// The leaves that a group names.
  package func group(_ group: ExpressionID?, _ problem: StagedProblem, taken: [Span?], in scope: Scope)
    throws(Diagnostic) -> [Int]
  {
    let all = Array(problem.leaves.indices)
    guard let group else { return all }
    let path = try parameterPathOrText(group, in: scope)
    switch path {
    case "all": return all
    case "matrices", "vectors":
      let found = all.filter { problem.leaves[$0].shape.rank == (path == "matrices" ? 2 : 1) }
      guard !found.isEmpty else {
        throw .unknownGroup(path, parameters: problem.leaves.map(\.path), near: [], at: code.tree.span(group))
      }
      return found
    case "rest": return all.filter { taken[$0] == nil }
    default: break
    }
    let members = all.filter { problem.leaves[$0].path == path || problem.leaves[$0].path.hasPrefix(path + ".") }
    guard !members.isEmpty else {
      let paths = problem.leaves.map(\.path)
      throw .unknownGroup(
        path, parameters: paths,
        near: ParameterPaths.nearest(to: path, in: paths, or: ["matrices", "vectors", "rest", "all"]),
        at: code.tree.span(group))
    }
    return members
  }
}
