import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

/// What the workers of a step send, and what that costs.
///
/// Note [What is sent]
/// `send(v)` is what all others receive. In the graph it is `v`, and known as sent: what depends on what a worker has for
/// itself by no other way may be used by all. With `delay d` its worker knows at once what it has sent, and `… over worker` is
/// of what was sent d steps before. A value is sent once, however often a rule says so. Its bits are those that the
/// compressor states which made `v`, else 32 a number. They add up in a slot of the run, the state `bits`, once for each
/// worker that sends; `bits_down` adds up what goes back to several workers: 32 bits a number of what is reduced over them, or
/// what is said of it where that is sent in turn. What happens in one side of a condition counts where that side is taken.
package final class Sending {
  /// What results of compressors cost, by their nodes.
  private var prices: [NodeID: Value] = [:]
  /// What the places cost where a result is (places, values).
  private var placeBits: [NodeID: Double] = [:]
  /// What stands for something that was sent.
  private(set) var sent: Set<NodeID> = []
  /// What each of them costs, and which worker sends it.
  private(set) var costs: [(worker: Int, bits: Value)] = []
  /// What each worker sends, with what it costs.
  private(set) var senders: [(worker: Int, node: NodeID, cost: Value)] = []
  /// The next rows of states that are of each worker, and the values that they make, by their slots.
  private(set) var rows: [(slot: Int, parts: [(workers: Range<Int>, node: NodeID)], whole: NodeID)] = []
  /// How many numbers go back to each worker without being reduced in a rule.
  private var returnedElsewhere = 0
  /// How many numbers go back to each worker, beside what `backCosts` are of.
  var returned: Int { reduced.values.reduce(returnedElsewhere, +) }
  /// What is reduced over the workers, by the expressions, and how many numbers of it go back.
  private var reduced: [NodeID: Int] = [:]
  /// What is said of the cost of what goes back to each worker, in place of what is reduced in it.
  private var saidCosts: [Value] = []
  /// What is reduced over the workers in sides of conditions alone, with what goes back of it where they are taken.
  private var conditionalCosts: [(node: NodeID, cost: Value)] = []
  /// What goes back to each worker beside the numbers of `returned`, in bits.
  var backCosts: [Value] { saidCosts + conditionalCosts.map(\.cost) }
  /// What a worker has for itself, by the name that a message calls it.
  private(set) var owned: [NodeID: String] = [:]
  private struct Message: Hashable {
    var worker: Int?
    var node: NodeID
    /// The numbers of their nodes, from 1, and negative where they do not hold.
    var conditions: [Int]
  }
  private var messages: Set<Message> = []
  /// How many values were named before, by the path of the rule.
  private var counts: [String: Int] = [:]

  /// The slot that counts something of what is sent: `sent.bits@all`.
  package static func slotPath(_ name: String = "bits") -> String { StepSpec.counterPrefix + "\(name)@all" }

  /// Bits of a number, and of a place among others.
  static let valueBits = 32
  static let indexBits = 32

  /// Notes what it costs to send a value.
  func price(_ node: NodeID, _ bits: Value) { prices[node] = bits }

  /// What it costs to send a value of this shape.
  func cost(of node: NodeID, _ shape: Shape) -> Value { prices[node] ?? .integer(shape.count * Self.valueBits) }

  /// What was said of the cost of a value; nil where nothing was.
  func price(of node: NodeID) -> Value? { prices[node] }

  func note(placeBits bits: Double, of node: NodeID) { placeBits[node] = bits }

  /// What the places of a result cost; nil where it is dense, or where that is not known.
  func placeBits(of node: NodeID) -> Double? { placeBits[node] }

  func note(sent node: NodeID) { sent.insert(node) }

  /// Whether a worker, or all for nil, gets to send a value that it has not sent under the same conditions.
  func isFirst(_ node: NodeID, of worker: Int?, in branches: [BranchCondition]) -> Bool {
    let message = Message(
      worker: worker, node: node, conditions: branches.map { ($0.holds ? 1 : -1) * (Int($0.node.index) + 1) })
    return messages.insert(message).inserted
  }
  func note(cost: Value, of worker: Int) { costs.append((worker, cost)) }
  func note(sender worker: Int, of node: NodeID, cost: Value) { senders.append((worker, node, cost)) }
  func note(rows parts: [(workers: Range<Int>, node: NodeID)], of slot: Int, whole: NodeID) {
    rows.append((slot, parts, whole))
  }
  func note(owned node: NodeID, as name: String) { owned[node] = name }
  func note(returned count: Int) { returnedElsewhere += count }
  func note(back cost: Value) { saidCosts.append(cost) }

  /// Notes what is reduced over the workers, once.
  func note(reduced node: NodeID, count: Int) {
    let wasConditional = conditionalCosts.contains { $0.node == node }
    conditionalCosts.removeAll { $0.node == node }
    if reduced[node] == nil || wasConditional { reduced[node] = count }
  }

  /// Notes what is reduced over the workers under a condition, with what it costs.
  func note(reduced node: NodeID, conditionalCost cost: Value) {
    guard reduced[node] == nil || conditionalCosts.contains(where: { $0.node == node }) else { return }
    reduced[node] = 0
    conditionalCosts.append((node, cost))
  }

  /// Whether a value is made of what was reduced over the workers, and of nothing that a worker has for itself; the numbers
  /// that were reduced then are not what goes back.
  func goesBack(_ node: NodeID, _ graph: Graph, own: Set<NodeID>) -> Bool {
    var pending = [node], found: Set<NodeID> = []
    var seen: Set<NodeID> = []
    while let next = pending.popLast() {
      guard seen.insert(next).inserted else { continue }
      if reduced[next] != nil {
        found.insert(next)
      } else if own.contains(next) || owned[next] != nil {
        return false
      } else {
        pending += graph[next].inputs
      }
    }
    for one in found { reduced[one] = 0 }
    conditionalCosts.removeAll { found.contains($0.node) }
    return !found.isEmpty
  }

  /// A name for the next of what a rule keeps.
  func name(at path: String) -> String {
    let number = counts[path, default: 0]
    counts[path] = number + 1
    return number == 0 ? path : "\(path) #\(number + 1)"
  }
}

extension StepStager {
  /// The path of a unit in the names of streams, for what is called in its rule: with several workers that of one of them.
  static let unitPath = "@unit"
  /// The path of a unit, whichever worker it is.
  static let sharedPath = "@shared unit"
  /// The number of a worker, for what is called in its rule.
  static let workerNumber = "@worker"

  /// Defines `send` for a rule, or for one of its workers.
  func defineSend(in scope: Scope, worker: Int = 0) {
    let native = NativeFunction(name: StepName.send.rawValue) { [unowned self] (_, values, span) throws(Diagnostic) in
      guard values.count == 1 else { throw .takes("`send`", "one argument", at: span) }
      return try sent(values[0], worker, at: span)
    }
    scope.define(.send, .function(.native(native)))
  }

  private func sent(_ value: Value, _ worker: Int, at span: Span) throws(Diagnostic) -> Value {
    try evaluator.requireNumbers(value, "numbers to send", at: span)
    let node = try evaluator.node(evaluator.asReal(value, at: span), at: span)
    let shape = evaluator.graph.shape(node)
    if goesBack(node) { return try sentBack(node, at: span) }
    if isDelayed, evaluator.builder.branches.contains(where: { evaluator.graph.shape($0.node).rank == 0 }) {
      throw .notInThisVersion(
        "send", at: span,
        help: "with `delay` it stands outside of `if`: what is sent in a side that is not taken would arrive later")
    }
    if sending.isFirst(node, of: worker, in: evaluator.builder.branches) {
      let cost = try evaluator.asReal(weighed(sending.cost(of: node, shape), at: span), at: span)
      sending.note(cost: cost, of: worker)
      sending.note(sender: worker, of: node, cost: cost)
    }
    sending.note(sent: node)
    return .node(node)
  }

  /// Whether what is sent goes back to the workers instead of coming from one.
  func goesBack(_ node: NodeID) -> Bool { sending.goesBack(node, evaluator.graph, own: Set(ownNodes)) }

  /// What all workers get back of what they have sent, `send(c(mean(q over worker)))`: it costs what is said of it, once for
  /// each of several workers, in place of all numbers of what is reduced in it.
  func sentBack(_ node: NodeID, at span: Span) throws(Diagnostic) -> Value {
    if sending.isFirst(node, of: nil, in: evaluator.builder.branches) {
      let cost = sending.cost(of: node, evaluator.graph.shape(node))
      sending.note(back: try weighed(cost, at: span))
    }
    return .node(node)
  }

  /// Notes that numbers of all workers are reduced, which goes back to each of them where the side of a condition is taken
  /// in which that happens.
  func noteReduced(_ node: NodeID, count: Int, at span: Span) throws(Diagnostic) {
    let branches = evaluator.builder.branches
    guard branches.contains(where: { evaluator.graph.shape($0.node).rank == 0 }) else {
      return sending.note(reduced: node, count: count)
    }
    guard sending.isFirst(node, of: Self.allWorkers, in: branches) else { return }
    sending.note(reduced: node, conditionalCost: try weighed(.integer(count * Sending.valueBits), at: span))
  }

  /// Stands for all workers among those that get to send something.
  private static let allWorkers = -1

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

  /// Whether what is sent arrives in another step.
  package var isDelayed: Bool { (settings.delay?.steps ?? 0) > 0 }

  /// Whether anything is sent in a step.
  var isSending: Bool { settings.local != nil || outerRules.contains(where: Self.sends) }
}
