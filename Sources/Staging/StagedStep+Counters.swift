import Arithmetic
import Diagnostics
import Experiments
import Graph
import Messages
import Syntax
import Tensors
import Values

// What a run counts of its workers: the states `bits`, `bits_down` and `seconds`.
//
// They are bookkeeping and no part of the algorithm: counted in f64 whatever the precision of the run, which would round
// them away, and rounded by nothing.

extension StepStager {
  /// Names of the states that count.
  var counterNames: [String] {
    guard isSending else { return [] }
    return ["bits", "bits_down"] + (settings.link != nil ? ["seconds"] : [])
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

  private static let counterType = TensorType(.scalar, .f64)

  /// The slots that count: `sent.bits@all` and its like.
  func addCounters() -> [(name: String, slot: Int)] {
    counterNames.map { name in
      (name, addSlot(Sending.slotPath(name), Self.counterType, state: name))
    }
  }

  /// What has been counted after this step.
  func counted(_ counters: [(name: String, slot: Int)], at span: Span) throws(Diagnostic) -> [(
    input: Int, output: NodeID
  )] {
    var result: [(input: Int, output: NodeID)] = []
    for (name, slot) in counters {
      let total = slotNode(slot, Self.counterType)
      switch name {
      case "bits": result.append((slot, try sum(total, sending.costs.map(\.bits), at: span)))
      case "bits_down" where workerCount == 1: continue
      case "bits_down":
        let all = product(count(Double(workerCount)), try bitsBack(at: span))
        result.append((slot, evaluator.graph.add(Add(), total, all)))
      default: result.append((slot, evaluator.graph.add(Add(), total, try duration(at: span))))
      }
    }
    return result
  }

  private func count(_ number: Double) -> NodeID { evaluator.graph.constant(number, .f64) }

  private func product(_ a: NodeID, _ b: NodeID) -> NodeID { evaluator.graph.add(Multiply(), a, b) }

  /// A number and what is counted after it, one after the other.
  private func sum(_ first: NodeID, _ costs: [Value], at span: Span) throws(Diagnostic) -> NodeID {
    var result = first
    for cost in costs {
      let node: NodeID
      if let known = evaluator.scalar(cost) {
        node = count(known)
      } else {
        node = evaluator.graph.convert(try evaluator.node(evaluator.asReal(cost, at: span), at: span), to: .f64)
      }
      result = evaluator.graph.add(Add(), result, node)
    }
    return result
  }

  /// Bits that go back to each of several workers in a step.
  private func bitsBack(at span: Span) throws(Diagnostic) -> NodeID {
    guard workerCount > 1 else { return count(0) }
    return try sum(count(Double(sending.returned * Sending.valueBits)), sending.backCosts, at: span)
  }

  /// Seconds of a step: those of the slowest worker, the latency, and those of the bits of the worker that sends most.
  private func duration(at span: Span) throws(Diagnostic) -> NodeID {
    guard let link = settings.link else { return count(0) }
    var most: NodeID?
    for worker in 0..<workerCount {
      let own = try sum(count(0), sending.costs.filter { $0.worker == worker }.map(\.bits), at: span)
      most = most.map { evaluator.graph.add(Maximum(), $0, own) } ?? own
    }
    let bits = evaluator.graph.add(Add(), most ?? count(0), try bitsBack(at: span))
    let sending = evaluator.graph.add(Divide(), bits, count(link.bandwidth))
    var computing = 0.0
    if let speed = link.slowest {
      let operations = try operations(at: span)
      operationsOfWorker = operations
      computing = operations / speed
    }
    let spent = evaluator.graph.add(Add(), sending, product(count(link.latency), isSent(bits)))
    return computing == 0 ? spent : evaluator.graph.add(Add(), spent, count(computing))
  }

  /// 1 in a step in which something is sent, and 0 in any other.
  private func isSent(_ bits: NodeID) -> NodeID {
    evaluator.graph.convert(evaluator.graph.add(Less(), count(0), bits), to: .f64)
  }

  /// Operations of one worker in a step: its gradient, or its local steps.
  func operations(at span: Span) throws(Diagnostic) -> Double {
    if let round { return round.operations }
    if workerCount == 1 { return evaluator.graph.operationCount(of: try gradients()) }
    return try stack(with: 0).operations
  }
}
