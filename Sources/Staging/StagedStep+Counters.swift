import Arithmetic
import Diagnostics
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

// What a run counts of its workers: the states `bits`, `bits_down` and `seconds`.

extension StepStager {
  /// Names of the states that count.
  var counterNames: [String] {
    guard isSending else { return [] }
    return ["bits"] + (workerCount > 1 ? ["bits_down"] : []) + (settings.link != nil ? ["seconds"] : [])
  }

  /// Refuses what is about sending where nothing is sent.
  func requireSending() throws(Diagnostic) {
    guard !isSending, let rule = outerRules.first else { return }
    for (word, place) in [("delay", settings.delay?.span), ("link", settings.link?.span)] {
      guard let place else { continue }
      throw .meansNothing(
        word, "where nothing is sent: `\(rule.title)` sends nothing", at: place,
        help: ["leave it out, or take a rule with `send`, such as `mem_sgd`, or one with `local`"])
    }
  }

  /// The slots that count: `sent.bits@all` and its like.
  func addCounters() -> [(name: String, slot: Int)] {
    counterNames.map { name in
      (name, addSlot(Sending.slotPath(name), TensorType(.scalar, evaluator.realType), state: name))
    }
  }

  /// What has been counted after this step.
  func counted(_ counters: [(name: String, slot: Int)], at span: Span) throws(Diagnostic) -> [(
    input: Int, output: NodeID
  )] {
    let place = OperandPlaces(whole: span, left: span, right: span)
    var result: [(input: Int, output: NodeID)] = []
    for (name, slot) in counters {
      var total = Value.node(slotNode(slot, TensorType(.scalar, evaluator.realType)))
      switch name {
      case "bits": for cost in sending.costs { total = try evaluator.binary(.add, total, cost.bits, at: place) }
      case "bits_down":
        let all = try evaluator.binary(.multiply, .integer(workerCount), bitsBack(at: place), at: place)
        total = try evaluator.binary(.add, total, all, at: place)
      default: total = try evaluator.binary(.add, total, duration(at: place), at: place)
      }
      result.append((slot, try evaluator.node(evaluator.asReal(total, at: span), at: span)))
    }
    return result
  }

  /// Bits that go back to each of several workers in a step.
  private func bitsBack(at place: OperandPlaces) throws(Diagnostic) -> Value {
    guard workerCount > 1 else { return .integer(0) }
    var bits = Value.integer(sending.returned * Sending.valueBits)
    for cost in sending.backCosts { bits = try evaluator.binary(.add, bits, cost, at: place) }
    return bits
  }

  /// Seconds of a step: those of the slowest worker, the latency, and those of the bits of the worker that sends most.
  private func duration(at place: OperandPlaces) throws(Diagnostic) -> Value {
    guard let link = settings.link else { return .real(0) }
    var most: Value?
    for worker in 0..<workerCount {
      var own = Value.integer(0)
      for cost in sending.costs where cost.worker == worker {
        own = try evaluator.binary(.add, own, cost.bits, at: place)
      }
      guard let known = most else {
        most = own
        continue
      }
      most = try larger(known, own, at: place.whole)
    }
    let bits = try evaluator.binary(.add, most ?? .integer(0), bitsBack(at: place), at: place)
    let sending = try evaluator.binary(.divide, bits, .real(link.bandwidth), at: place)
    var computing = 0.0
    if let speed = link.slowest {
      let operations = try operations(at: place.whole)
      operationsOfWorker = operations
      computing = operations / speed
    }
    let waiting = try evaluator.binary(.multiply, .real(link.latency), isSent(bits, at: place.whole), at: place)
    let spent = try evaluator.binary(.add, sending, waiting, at: place)
    return computing == 0 ? spent : try evaluator.binary(.add, spent, .real(computing), at: place)
  }

  /// 1 in a step in which something is sent, and 0 in any other.
  private func isSent(_ bits: Value, at span: Span) throws(Diagnostic) -> Value {
    if let number = evaluator.scalar(bits) { return .real(number > 0 ? 1 : 0) }
    let node = try evaluator.node(evaluator.asReal(bits, at: span), at: span)
    let zero = evaluator.graph.constant(0, evaluator.realType)
    return .node(evaluator.graph.convert(evaluator.graph.add(Less(), zero, node), to: evaluator.realType))
  }

  private func larger(_ a: Value, _ b: Value, at span: Span) throws(Diagnostic) -> Value {
    if let x = evaluator.scalar(a), let y = evaluator.scalar(b) { return x >= y ? a : b }
    return try evaluator.apply(Maximum(), [evaluator.asReal(a, at: span), evaluator.asReal(b, at: span)], at: span)
  }

  /// Operations of one worker in a step: its gradient, or its local steps.
  func operations(at span: Span) throws(Diagnostic) -> Double {
    if let round { return round.operations }
    if workerCount == 1 { return evaluator.graph.operationCount(of: try gradients()) }
    return try stack(with: 0).operations
  }
}
