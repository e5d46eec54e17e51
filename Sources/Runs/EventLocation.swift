import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Metrics
import Syntax
import Tensors
import Values

// Note [Events between steps]
//
// Of differential equations without noise the moment is found at which a condition begins to hold: in the step at whose end
// it holds and at whose beginning it does not, the scheme is asked for the states after shares of the step, so that what is
// found is as exact as the scheme (of `adaptive`, as its tolerance), and the share is bracketed down to rounding. The end of the
// bracket at which the condition holds is what is taken. Where numbers are compared, their difference says where to look (a
// root of it is sought); any other condition is bisected. A condition that begins and ends to hold within one step is missed.
//
// All of that is part of the step: its last slot is the share of it that was done. So replay, checkpoints, sweeps and
// ensembles need not know of it; but what stands at a step that an event has cut short is shown where it is, and `t` there is
// that time. A derivative of the states is one at a fixed time.
//
// Paths with noise are known at the ends of steps alone: what is found there is late by a time of the order of √dt.
//
// Reference: I. F. D. Oliveira, R. H. C. Takahashi, ACM Transactions on Mathematical Software 47 (2020), article 5, for the
// search: as fast as a secant where the difference is smooth, and at most one turn longer than bisection.

/// What begins to hold within a step.
struct EventCondition {
  /// The states and the condition, 0 or 1, of which it is a function.
  private let inputs: [NodeID]
  private let truth: NodeID
  private let evaluator: Evaluator

  /// - Returns: Nil of a condition that more than the states and the time decide.
  init?(_ truth: NodeID, over inputs: [NodeID], _ evaluator: Evaluator) {
    let others = evaluator.builder.moving.filter { !$0.feed.isKnownBeforehand }
    guard !evaluator.graph.depends(truth, on: others.map(\.node)) else { return nil }
    (self.inputs, self.truth, self.evaluator) = (inputs, truth, evaluator)
  }

  /// Whether it holds at some states, and a number that is positive where it does.
  ///
  /// - Parameter share: of the step, after which the states are reached; nil at its beginning.
  func value(at states: [NodeID], after share: NodeID?) -> (holds: NodeID, margin: NodeID) {
    var mapping = zip(inputs, states).map { (original: $0, replacement: $1) }
    if let share {
      for (feed, node) in evaluator.builder.moving {
        guard case .time = feed else { continue }
        mapping.append((node, evaluator.graph.add(Add(), node, evaluator.graph.convert(share, to: .f64))))
      }
    }
    let outputs = evaluator.graph.substitute(outputs: [truth, margin(of: truth)], mapping: mapping)
    let one = evaluator.graph.constant(1, evaluator.realType), zero = evaluator.graph.constant(0, evaluator.realType)
    return (evaluator.graph.add(Select(), outputs[0], one, zero), outputs[1])
  }

  /// The difference that a comparison is about; of `and` the least, of `or` the largest; else 1 or −1.
  private func margin(of node: NodeID) -> NodeID {
    let (primitive, inputs) = (evaluator.graph[node].primitive, evaluator.graph[node].inputs)
    let isReal = inputs.allSatisfy { evaluator.graph.type($0) == TensorType(.scalar, evaluator.realType) }
    switch primitive {
    case is Less where isReal, is LessEqual where isReal: return evaluator.graph.add(Subtract(), inputs[1], inputs[0])
    case is Multiply where isReal: return evaluator.graph.add(Minimum(), margin(of: inputs[0]), margin(of: inputs[1]))
    case is Maximum where isReal: return evaluator.graph.add(Maximum(), margin(of: inputs[0]), margin(of: inputs[1]))
    default:
      let one = evaluator.graph.constant(1, evaluator.realType)
      return evaluator.graph.add(Select(), node, one, evaluator.graph.constant(-1, evaluator.realType))
    }
  }
}

/// Finds where a condition begins to hold in the step from some states to others; the last of it is 0 where it is not asked.
typealias EventSearch =
  (EventCondition, _ old: [NodeID], _ new: [NodeID], _ isOpen: NodeID?) throws(Diagnostic) -> EventLocation

/// What ends a run of a process, and may end it within a step.
struct EventSource {
  var conditions: [ExpressionID]
  var scope: Scope
  var code: Code
  /// What a condition sees of the states.
  var subject: MetricSubject

  /// Ends the step where a condition begins to hold, and adds the slot of its share.
  func end(
    _ carried: inout [(input: Int, output: NodeID)], _ slots: inout [Slot], _ old: [NodeID], by search: EventSearch,
    _ evaluator: Evaluator, at span: Span
  ) throws(Diagnostic) {
    let stager = MetricStager(evaluator: evaluator, subject: subject)
    let truth = try stager.truth(ofAny: conditions, over: old, in: scope, code, at: span)
    guard let condition = EventCondition(truth, over: old, evaluator) else { return }
    var new = old
    for one in carried { new[one.input] = one.output }
    let found = try search(condition, old, new, nil)
    carried = found.states.enumerated().map { (input: $0.offset, output: $0.element) }
    carried.append((slots.count, found.share))
    slots.append(Slot(path: StepSpec.sharePath, type: TensorType(.scalar, evaluator.realType)))
    // An input of the step, though it does not depend on it.
    _ = evaluator.builder.input(.slot(slots.count - 1), slots[slots.count - 1].type)
  }
}

/// Where within a step a condition begins to hold.
struct EventLocation {
  /// 1 where it begins to hold in the step, else 0.
  var begins: NodeID
  /// The share of the step that is done by then; 1 where it does not begin to hold.
  var share: NodeID
  /// The states there; those after the step where it does not begin to hold.
  var states: [NodeID]
}

extension ProcessEquations {
  /// Where in the step from some states to others a condition begins to hold; see Note [Events between steps].
  ///
  /// - Parameter isOpen: 0 where it is not asked.
  func location(of condition: EventCondition, from old: [NodeID], to new: [NodeID], where isOpen: NodeID? = nil)
    throws(Diagnostic) -> EventLocation
  {
    let one = number(1)
    let (before, after) = (condition.value(at: old, after: nil), condition.value(at: new, after: one))
    var begins = product(after.holds, difference(one, before.holds))
    if let isOpen { begins = product(begins, isOpen) }
    let start = select(begins, number(0), one)
    let bracket = [start, one, before.margin, after.margin, one].map { fresh($0) }
    let kept = new.map { fresh($0) }
    let next = try turn(of: condition, from: old, bracket, kept)
    let body = evaluator.graph.extracted(outputs: next, inputs: bracket + kept)
    let least = evaluator.realType == .f64 ? 0x1p-50 : 0x1p-21
    let isWide = Subgraph(inputTypes: body.body.inputTypes) { graph, inputs in
      let width = graph.add(Subtract(), inputs[1], inputs[0])
      return [graph.add(Less(), graph.constant(least, like: width), width)]
    }
    let parts: [NodeID]
    do {
      parts = try evaluator.graph.whileLoop(
        WhileLoop(condition: isWide, body: body.body, limit: Self.searchMax),
        carried: [start, one, before.margin, after.margin, one] + new, constants: body.captured)
    } catch { throw evaluator.dressed(error, at: span) }
    return EventLocation(begins: begins, share: parts[1], states: Array(parts.dropFirst(5)))
  }

  /// Turns at most; the search ends after 52.
  private static var searchMax: Int { 64 }

  /// One turn: where it does not hold, where it does, the margins there, how far from the middle one may look, and the states
  /// where it holds.
  private func turn(of condition: EventCondition, from old: [NodeID], _ bracket: [NodeID], _ kept: [NodeID])
    throws(Diagnostic) -> [NodeID]
  {
    let (low, high, reach) = (bracket[0], bracket[1], bracket[4])
    let share = stopped(place(between: low, high, margins: bracket[2], bracket[3], reach))
    let states = try self.states(after: share, from: old)
    let (holds, margin) = condition.value(at: states, after: share)
    return [
      select(holds, low, share), select(holds, share, high), select(holds, bracket[2], margin),
      select(holds, margin, bracket[3]), scaled(reach, 0.5),
    ] + zip(states, kept).map { select(holds, $0, $1) }
  }

  /// Where to look next: at the secant's zero, moved towards the middle by a fifth of the squared width, and so near the middle
  /// that the search is no longer than bisection.
  private func place(between low: NodeID, _ high: NodeID, margins first: NodeID, _ last: NodeID, _ reach: NodeID)
    -> NodeID
  {
    let width = difference(high, low), middle = scaled(sum(low, high), 0.5)
    let radius = difference(reach, scaled(width, 0.5))
    let zero = quotient(difference(product(last, low), product(first, high)), difference(last, first))
    let away = difference(middle, zero), shift = scaled(product(width, width), 0.2)
    let side = evaluator.graph.add(Sign(), away)
    let moved = select(lessOrEqual(shift, absolute(away)), sum(zero, product(side, shift)), middle)
    let isNear = lessOrEqual(absolute(difference(moved, middle)), radius)
    let wanted = select(isNear, moved, difference(middle, product(side, radius)))
    // Not so where the margins are no finite numbers.
    let isInside = product(less(low, wanted), less(wanted, high))
    return select(isInside, wanted, middle)
  }
}
