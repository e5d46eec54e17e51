import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

/// Several workers: each has its own part of the batch, its own noise and its own `worker state`.
///
/// Note [Workers]
/// A rule is staged once for what all workers share and once for each worker, in a scope of its own in which `g`, `loss`, `noise`,
/// every `worker state` and every `let` are that worker's. Losses and gradients are computed for all of them at once.
/// `… over worker` evaluates what stands before it in the scope of each worker, in their order. What is shared is evaluated in
/// the rule's own scope, where those names say that they are of each worker; what is reduced over workers may depend on what
/// they have for themselves through `send` alone.
extension StepStager {
  var workerCount: Int { settings.workers }

  /// The scopes in which what is of each worker is evaluated: with one worker the rule's own.
  func workerScopes(of unit: RuleUnit) -> [Scope] { unit.workers.isEmpty ? [unit.scope] : unit.workers }

  /// The loss of a worker's samples.
  func workerLoss(_ worker: Int) throws(Diagnostic) -> NodeID {
    if settings.local != nil { throw .ofLocalSteps("loss", at: problem.loss?.1 ?? problem.span) }
    let stack = try stack(with: worker)
    let loss = part(stack.losses, of: worker - stack.workers.lowerBound)
    sending.note(owned: loss, as: "loss")
    return loss
  }

  /// The gradients of a worker's samples, one tensor for each parameter.
  func workerGradients(_ worker: Int) throws(Diagnostic) -> [NodeID] {
    if settings.local != nil { return moves(of: worker) }
    let stack = try stack(with: worker)
    let nodes = stack.gradients.map { part($0, of: worker - stack.workers.lowerBound) }
    for node in nodes { sending.note(owned: node, as: "g") }
    return nodes
  }

  // MARK: Scopes

  /// Gives a unit a scope for each of several workers.
  func addWorkers(to unit: RuleUnit, names: Scope, at place: Span) throws(Diagnostic) {
    // What follows local steps and sends nothing by itself has their mean, which is sent.
    guard workerCount > 1, settings.local == nil || Self.sends(unit.rule) else { return }
    if let wrapper = unit.rule.instances.dropFirst().first {
      throw .notInThisVersion(
        wrapper.definition.name.text + "(…)", at: unit.rule.span,
        help: "an optimizer around another one sees one gradient, and each worker has its own")
    }
    for worker in 0..<workerCount {
      let scope = Scope(parent: unit.scope)
      unit.workers.append(scope)
      let path = "\(unit.rule.instance.definition.name.text)@\(unit.path), worker \(worker)"
      scope.define(Self.unitPath, .text(path))
      scope.define(Self.workerNumber, .integer(worker))
      scope.define(.g) { [unowned self] () throws(Diagnostic) in
        let all = try workerGradients(worker)
        return try joined(unit.leaves.map { all[$0] }, unit, place)
      }
      scope.define(.loss) { [unowned self] () throws(Diagnostic) in .node(try workerLoss(worker)) }
      defineSend(in: scope, worker: worker)
    }
    for name in [StepName.g, .loss] {
      unit.scope.define(name) { () throws(Diagnostic) in throw .ofEachWorker(name.rawValue, at: place) }
    }
    for name in [StepName.grad, .hvp] {
      let native = NativeFunction(name: name.rawValue) { (_, _, span) throws(Diagnostic) in
        throw .notInThisVersion(
          "\(name.rawValue)", at: span, help: "with several workers a rule sees their gradients `g` alone")
      }
      unit.scope.define(name, .function(.native(native)))
    }
    let send = NativeFunction(name: StepName.send.rawValue) { [unowned self] (_, values, span) throws(Diagnostic) in
      guard values.count == 1 else { throw .takes("`send`", "one argument", at: span) }
      let node = try evaluator.node(evaluator.asReal(values[0], at: span), at: span)
      guard goesBack(node) else { throw .sharedSend(at: span) }
      return try sentBack(node, at: span)
    }
    unit.scope.define(.send, .function(.native(send)))
  }

  /// `worker state m`: a row for each worker, of which a worker sees its own.
  func workerRow(_ node: NodeID, _ worker: Int, named name: String) -> NodeID {
    let result = part(node, of: worker)
    sending.note(owned: result, as: name)
    return result
  }

  /// The rows of all workers as one tensor.
  func rows(_ values: [NodeID]) -> NodeID {
    let parts = values.map { value in
      evaluator.graph.add(Reshape(shape: Shape([1] + evaluator.graph.shape(value).sizes)), value)
    }
    return parts.count == 1 ? parts[0] : evaluator.graph.add(Concatenate(axis: 0), inputs: parts)
  }

  // MARK: Over workers

  /// `q over worker`: the values of all workers, along a first axis.
  func overWorkers(_ id: ExpressionID, in scope: Scope, at span: Span) throws(Diagnostic) -> Value {
    guard let unit = units.first(where: { unit in scopeChain(scope, holds: unit) }) else {
      throw .unavailableHere("worker", "only an optimizer's rule has workers", at: span)
    }
    var nodes: [NodeID] = []
    for worker in workerScopes(of: unit) {
      let value = try evaluator.evaluate(id, in: worker)
      guard value.isNumeric || value.isBoolean, !value.isUnknownValue || evaluator.entered(value).isNode else {
        if value.isUnknownValue { return .unknown(.any) }
        throw .expected("numbers of each worker", found: value.kind, at: span)
      }
      nodes.append(try evaluator.node(evaluator.asReal(value, at: span), at: span))
    }
    if workerCount > 1 { for node in nodes { try requireSent(node, at: span) } }
    let result = try rows(arrived(nodes, "\(unit.rule.instance.definition.name.text)@\(unit.path)"))
    try noteReduced(result, count: evaluator.graph.shape(nodes[0]).count, at: span)
    return .node(result)
  }

  private func scopeChain(_ scope: Scope, holds unit: RuleUnit) -> Bool {
    var next: Scope? = scope
    while let here = next {
      if here === unit.scope { return true }
      next = here.parent
    }
    return false
  }

  /// Refuses what depends on something that a worker has for itself and has not sent.
  private func requireSent(_ node: NodeID, at span: Span) throws(Diagnostic) {
    var pending = [node]
    var seen: Set<NodeID> = []
    while let next = pending.popLast() {
      guard seen.insert(next).inserted, !sending.sent.contains(next) else { continue }
      if let name = sending.owned[next] { throw .notSent(name, at: span) }
      pending += evaluator.graph[next].inputs
    }
  }
}

extension Diagnostic {
  static func ofEachWorker(_ name: String, at span: Span) -> Diagnostic {
    .requires(
      "what all workers share", "one value, and `\(name)` has one for each worker", at: span,
      help: [
        "reduce it over them: `mean(send(\(name)) over worker)`; with a rule of the library write `local 1` behind it: each "
          + "worker steps by itself, and their mean is taken"
      ])
  }

  fileprivate static func notSent(_ name: String, at span: Span) -> Diagnostic {
    .requires(
      "`over worker`", "what workers have sent, and this depends on `\(name)`, which each has for itself", at: span,
      help: ["write `send(\(name))`, which counts its bits"])
  }

  fileprivate static func sharedSend(at span: Span) -> Diagnostic {
    .meansNothing(
      "send", "of what all workers share: everyone has it", at: span,
      help: [
        "send what depends on `g`, `loss`, `noise` or a `worker state`, or what goes back of it: "
          + "`send(c(mean(q over worker)))`"
      ])
  }
}
