import Diagnostics
import Experiments
import Graph
import Syntax
import Tensors

/// What the workers of a step send, and what that costs.
///
/// Note [What is sent]
/// `send(v)` is what all others receive. In the graph it is `v`, and known as sent: what depends on what a worker has for itself
/// by no other way may be used by all. Its bits are those that the compressor states which made
/// `v`, else 32 a number. They add up in a slot of the run, the state `bits`, once for each worker that sends.
final class Sending {
  /// What results of compressors cost, by their nodes.
  private var prices: [NodeID: Value] = [:]
  /// What stands for something that was sent.
  private(set) var sent: Set<NodeID> = []
  /// What each of them costs.
  private(set) var costs: [Value] = []
  /// What each worker sends, with what it costs.
  private(set) var senders: [(worker: Int, node: NodeID, cost: Value)] = []
  /// The next rows of states that are of each worker, and the values that they make, by their slots.
  private(set) var rows: [(slot: Int, nodes: [NodeID], whole: NodeID)] = []
  /// What a worker has for itself, by the name that a message calls it.
  private(set) var owned: [NodeID: String] = [:]

  /// The slot that counts what is sent.
  static let slotPath = "sent.bits@all"

  /// Bits of a number, and of a place among others.
  static let valueBits = 32
  static let indexBits = 32

  /// Notes what it costs to send a value.
  func price(_ node: NodeID, _ bits: Value) { prices[node] = bits }

  /// What it costs to send a value of this shape.
  func cost(of node: NodeID, _ shape: Shape) -> Value { prices[node] ?? .integer(shape.count * Self.valueBits) }

  func note(sent node: NodeID, cost: Value, by worker: Int) {
    sent.insert(node)
    costs.append(cost)
    senders.append((worker, node, cost))
  }

  func note(rows nodes: [NodeID], of slot: Int, whole: NodeID) { rows.append((slot, nodes, whole)) }

  func note(owned node: NodeID, as name: String) { owned[node] = name }
}

extension StepStager {
  /// The path of a unit in the names of streams, for what is called in its rule.
  static let unitPath = "@unit"

  /// Defines `send` for a rule, or for one of its workers.
  func defineSend(in scope: Scope, worker: Int = 0) {
    let native = NativeFunction(name: StepName.send.rawValue) { [unowned self] (_, values, span) throws(Diagnostic) in
      guard values.count == 1 else { throw .takes("`send`", "one argument", at: span) }
      return try sent(values[0], by: worker, at: span)
    }
    scope.define(.send, .function(.native(native)))
  }

  private func sent(_ value: Value, by worker: Int, at span: Span) throws(Diagnostic) -> Value {
    try evaluator.requireNumbers(value, "numbers to send", at: span)
    let node = try evaluator.node(evaluator.asReal(value, at: span), at: span)
    let shape = evaluator.graph.shape(node)
    let cost = try evaluator.asReal(weighed(sending.cost(of: node, shape), at: span), at: span)
    sending.note(sent: node, cost: cost, by: worker)
    return .node(node)
  }

  /// What is sent in one side of a condition costs nothing where the other side is taken.
  private func weighed(_ cost: Value, at span: Span) throws(Diagnostic) -> Value {
    var result = cost
    let place = OperandPlaces(whole: span, left: span, right: span)
    for branch in evaluator.builder.branches where evaluator.graph.shape(branch.node).rank == 0 {
      let holds = Value.node(evaluator.graph.convert(branch.node, to: evaluator.realType))
      let factor = branch.holds ? holds : try evaluator.binary(.subtract, .real(1), holds, at: place)
      result = try evaluator.binary(.multiply, result, factor, at: place)
    }
    return result
  }

  /// Evaluates the `let`s of a rule that send something, so that what stands outside of a condition is not counted by the
  /// first one that uses it.
  func sendUnconditionally(_ unit: RuleUnit) throws(Diagnostic) {
    guard case .members(let members) = unit.rule.instance.definition.body else { return }
    let code = unit.rule.instance.code
    for case .letBinding(let names, let id, let span) in members
    where code.tree.mentions(StepName.send.rawValue, in: id) {
      for scope in workerScopes(of: unit) {
        for name in names { _ = try evaluator.value(of: name.text, in: scope, at: span) }
      }
    }
  }

  /// Whether a rule sends anything.
  static func sends(_ rule: RulePlan) -> Bool {
    guard case .members(let members) = rule.instance.definition.body else { return false }
    let tree = rule.instance.code.tree
    return members.contains { member in
      switch member {
      case .letBinding(_, let id, _), .equation(_, let id, _, _): tree.mentions(StepName.send.rawValue, in: id)
      default: false
      }
    }
  }

  /// The slot that counts what is sent: `sent.bits@all`.
  func addBits() -> Int? {
    guard rules.contains(where: Self.sends) else { return nil }
    return addSlot(Sending.slotPath, TensorType(.scalar, evaluator.realType), state: "bits")
  }

  /// What has been sent after this step.
  func countedBits(_ slot: Int, at span: Span) throws(Diagnostic) -> (input: Int, output: NodeID) {
    var total = Value.node(evaluator.builder.input(.slot(slot), TensorType(.scalar, evaluator.realType)))
    let place = OperandPlaces(whole: span, left: span, right: span)
    for cost in sending.costs { total = try evaluator.binary(.add, total, cost, at: place) }
    return (slot, try evaluator.node(evaluator.asReal(total, at: span), at: span))
  }
}
