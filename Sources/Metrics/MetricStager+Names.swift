import Arithmetic
import Data
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Staging
import Syntax
import Tensors
import Values

// What the names mean that metrics read.
extension MetricStager {
  func define(in names: Scope, _ span: Span) {
    if let whole = point(view) {
      whole.define(in: names, span)
      let objective = Scope(parent: nil)
      whole.define(in: objective, span)
      names.define(.objective, .view(objective))
      defineSteps(in: names, span)
      defineDiverged(in: names)
      names.define(.batch) { [unowned self] () throws(Diagnostic) in
        if let sampling = subject.settings.sampling, sampling.shortBatch != nil {
          throw Diagnostic.batchSizeUnavailable(sampling, at: span)
        }
        return .integer(batchSize)
      }
    } else {
      defineProcess(in: names, span)
    }
    names.define(.step) { [unowned self] () throws(Diagnostic) in
      try evaluator.apply(Subtract(), [evaluator.realTime(at: span), .real(1)], at: span)
    }
    names.define(.t) { [unowned self] () throws(Diagnostic) in
      let step = try evaluator.apply(Subtract(), [evaluator.realTime(at: span), .real(1)], at: span)
      guard let dt = subject.dt else { return step }
      return try evaluator.apply(Multiply(), [shortened(step, at: span), .real(dt)], at: span)
    }
  }

  /// A number of steps, the last of which an event may have cut short.
  private func shortened(_ steps: Value, at span: Span) throws(Diagnostic) -> Value {
    guard let slot = subject.slots.firstIndex(where: { $0.path == StepSpec.sharePath }), slot < slotNodes.count else {
      return steps
    }
    let rest = evaluator.graph.add(
      Subtract(), evaluator.graph.constant(1, evaluator.realType), slotNodes[slot])
    return try evaluator.apply(Subtract(), [steps, .node(rest)], at: span)
  }

  /// Whether a path has diverged.
  private func defineDiverged(in names: Scope) {
    guard let paths else { return }
    let zero = evaluator.graph.constant(0, evaluator.realType)
    names.define("diverged", .condition(evaluator.graph.add(Less(), zero, paths.died)))
  }

  /// A process has a state, and no loss.
  private func defineProcess(in names: Scope, _ span: Span) {
    names.define(.x) { [unowned self] () throws(Diagnostic) in try evaluator.flattened(leaves, at: span) }
    defineDiverged(in: names)
    names.define(.start) { [unowned self] () throws(Diagnostic) in
      try evaluator.flattened(start(Array(leaves.indices), span), at: span)
    }
    for name in [StepName.live, .next, .objective] {
      names.define(name) { () throws(Diagnostic) in
        throw .unavailableHere(name.rawValue, "a process has no optimizer", at: span)
      }
    }
    for name in [StepName.loss, .g] {
      names.define(name) { () throws(Diagnostic) in
        throw .unavailableHere(name.rawValue, "a process has no loss", at: span)
      }
    }
    for name in [StepName.grad, .hvp] {
      let native = NativeFunction(name: name.rawValue) { (evaluator, values, span) throws(Diagnostic) in
        if let first = values.first, first.isCallable, let builtin = evaluator.session.functions.named(name.rawValue) {
          return try evaluator.call(.function(.builtin(builtin)), values, at: span)
        }
        throw .unavailableHere(name.rawValue, "a process has no loss", at: span)
      }
      names.define(name, .function(.native(native)))
    }
  }

  /// The optimizer's states under their own names, those of several parameters as one vector.
  ///
  /// What a definition of the library calls its states nobody need know: a script's own name goes before it.
  func defineStates(in scope: Scope, _ span: Span) throws(Diagnostic) {
    for state in subject.slots.compactMap(\.state) where scope.local(state) == nil {
      if let own = scope.lookup(state)?.span, !isState(state, ofFile: own.file) { continue }
      let owners = subject.slots.owners(ofState: state)
      if owners.count > 1 {
        let finding = Diagnostic.ambiguous(
          state, among: owners, help: ["a rule of the script's own can keep it under another name"], at: span)
        scope.define(state, .deferred(Deferred { () throws(Diagnostic) in throw finding }))
        continue
      }
      let nodes = subject.slots.indices.filter { subject.slots[$0].state == state }.map { slotNodes[$0] }
      scope.define(state, nodes.count == 1 ? .node(nodes[0]) : try evaluator.flattened(nodes, at: span))
    }
  }

  /// Whether a rule that a text defines has a state of this name.
  private func isState(_ name: String, ofFile file: UInt32) -> Bool {
    subject.rules.flatMap(\.instances).contains { instance in
      guard instance.definition.name.span.file == file,
        case .members(let members) = instance.definition.body
      else { return false }
      return members.contains { member in
        guard case .state(let declarations, _, _) = member else { return false }
        return declarations.contains { $0.name.text == name }
      }
    }
  }

  /// `lr`, `momentum`, … of the run's rules: those of the update that follows the state.
  func defineHyperparameters(in scope: Scope, _ names: Scope, _ span: Span) {
    let stepNames = hyperparameterNames(names, ahead: 0, at: nil, span)
    stepNames.define(.t) { [unowned self] () throws(Diagnostic) in try evaluator.realTime(at: span) }
    for instance in subject.rules.flatMap(\.instances) {
      let values = Hyperparameters(
        evaluator, instance, changes: subject.settings.hyperparameters, stepNames: stepNames)
      values.isOfRun = true
      values.place = subject.rules.flatMap(\.instances).firstIndex { $0 === instance } ?? 0
      hyperparameters.append(values)
      let own = Scope(parent: scope)
      scopes.append(own)
      values.define(in: own)
      for (name, _) in instance.thunks where scope.local(name) == nil && name != RulePlan.wrapped {
        let rivals = evaluator.rivals(for: name, among: subject.rules)
        if !rivals.isEmpty {
          let finding = Diagnostic.ambiguous(
            name, among: rivals,
            help: ["give the number a name before the run, `let rate = …`, and write `\(name) = rate` and `rate`"],
            at: span)
          scope.define(name, .deferred(Deferred { () throws(Diagnostic) in throw finding }))
        } else if let binding = own.local(name) {
          scope.define(name, binding.value)
        }
      }
    }
  }
}
