import Data
import Diagnostics
import Experiments
import Graph
import Messages
import Metrics
import Staging
import Syntax
import Values

extension Evaluator {
  /// What the statements of an intervention make of a step's settings, each checked as far as it is known.
  func intervention(
    _ statements: [StatementID], on target: InterventionTarget, after settings: StepSettings, in scope: Scope
  ) throws(Diagnostic) -> Intervention {
    var result = Intervention(settings: settings)
    for id in statements {
      switch code.tree[id] {
      case .assignment(let left, let operation, let value):
        try assign(left, operation, value, on: target, to: &result, in: scope, at: code.tree.span(id))
      case .expression(let call):
        try freeze(call, on: target, &result.settings, in: scope)
      default: throw Self.unsuitableIntervention(at: code.tree.span(id))
      }
    }
    return result
  }

  /// What else than hyper-parameters and states an intervention assigns to.
  private static let changeable =
    HeaderClauses.all.filter { $0.isChangeable }.map { $0.word } + ["update", "loss", "x"]

  private static func unsuitableIntervention(at span: Span) -> Diagnostic {
    .takesOnly(
      "an intervention", "assignments to hyper-parameters, states and parameters", at: span,
      help: ["write `lr = …`, `batch = …`, `v = 0`, `update = …`, or `freeze(path)`"])
  }

  private func assign(
    _ left: ExpressionID, _ operation: BinaryOperator?, _ value: ExpressionID, on target: InterventionTarget,
    to result: inout Intervention, in scope: Scope, at span: Span
  ) throws(Diagnostic) {
    let place = OperandPlaces(whole: span, left: code.tree.span(left), right: code.tree.span(value))
    let thunk = Thunk(expression: value, code: code, scope: scope)
    let name = try parameterPathOrText(left, in: scope)
    let known = target.hyperparameters
    if let actual = known.first(where: { Spelling.canonical($0) == Spelling.canonical(name) }) {
      let rivals = rivals(for: actual, among: target.rules)
      guard rivals.isEmpty else {
        throw .ambiguous(
          actual, among: rivals,
          help: ["write the change into the rule it is for: `\(actual) = if t > \(target.step) { … } else { … }`"],
          at: place.left)
      }
      result.settings.hyperparameters.append(
        HyperparameterChange(name: actual, step: target.step, operation: operation, thunk: thunk, place: place))
      for one in target.rules.flatMap(\.instances) { try check(actual, of: one, result.settings.hyperparameters) }
      return
    }
    if let clause = HeaderClauses.of(name), clause.isChangeable {
      let change = ClauseChange(operation: operation, value: value, target: target, scope: scope, place: place)
      return try clause.change(change, of: &result.settings, by: self)
    }
    switch name {
    case "update":
      guard !result.setsUpdate else {
        throw .givenTwice(
          "`update` at one step", at: span,
          help:
            "on the right it is always the optimizer's own x′ − x: write what is to be done with it in one expression")
      }
      result.settings.update = thunk
      result.setsUpdate = true
    case "loss": try setLoss(value, &result, at: place.right)
    default:
      guard !leavesOrStates(name, target).isEmpty else {
        let names = known + target.states + Self.changeable
        throw .unknownHyperparameter(
          name, known: known, others: target.states + Self.changeable, near: Suggestion.nearest(to: name, in: names),
          at: place.left)
      }
      let owners = target.slots.owners(ofState: name)
      guard owners.count < 2 else {
        throw .ambiguous(
          name, among: owners, help: ["a rule of the script's own can keep it under another name"], at: place.left)
      }
      result.assignments.append(StateAssignment(target: name, operation: operation, thunk: thunk, place: place))
    }
  }

  // MARK: Losses and frozen parameters

  private func setLoss(_ value: ExpressionID, _ result: inout Intervention, at span: Span) throws(Diagnostic) {
    switch code.tree[value] {
    case .name("quadratic_model"):
      result.settings.isQuadratic = true
      result.takesModel = true
    case .name("loss"): result.settings.isQuadratic = false
    default:
      throw .takesOnly(
        "`loss = …` in an intervention", "the local quadratic model of the loss", at: span,
        help: ["write `loss = quadratic_model`, and `loss = loss` to return"])
    }
  }

  /// `freeze(net.layer1)`, `unfreeze(net)`.
  private func freeze(
    _ call: ExpressionID, on target: InterventionTarget, _ settings: inout StepSettings, in scope: Scope
  ) throws(Diagnostic) {
    let span = code.tree.span(call)
    guard case .call(let callee, let arguments, nil) = code.tree[call], case .name(let word) = code.tree[callee],
      word == "freeze" || word == "unfreeze", !arguments.isEmpty
    else { throw Self.unsuitableIntervention(at: span) }
    for argument in arguments {
      let place = code.tree.span(argument.value)
      let path = try parameterPathOrText(argument.value, in: scope)
      let leaves = path == "all" ? Array(target.problem.leaves.indices) : leavesOrStates(path, target)
      guard !leaves.isEmpty, leaves.allSatisfy({ $0 < target.problem.leaves.count }) else {
        let paths = target.problem.leaves.map(\.path)
        throw .unknownGroup(path, parameters: paths, near: ParameterPaths.nearest(to: path, in: paths), at: place)
      }
      settings.frozen.removeAll { leaves.contains($0) }
      if word == "freeze" { settings.frozen = (settings.frozen + leaves).sorted() }
    }
  }
}
