import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Graph
import Messages
import Staging
import Syntax
import Tensors
import Values

// Metrics in an optimizer or its hyper-parameters: `sgd(lr = 1 / sharpness)`. They are measured at the state before the
// update, by the streams of the metric: the number that `record sharpness` has at that step.

/// Who measures for a step; the point at which it does speaks of it, and ends with it.
private final class Measurer {
  let stager: MetricStager

  init(_ stager: MetricStager) { self.stager = stager }

  deinit { stager.measuringPoint = nil }
}

extension StepStager {
  /// A metric's number at the state before this update.
  func measured(_ metric: DefinitionValue, _ values: [Value?], _ span: Span) throws(Diagnostic) -> Value {
    measures.append(metric.definition.name.text)
    // A hyper-parameter is evaluated for each parameter tensor, and measured once.
    let key = evaluator.point?.held == nil ? nil : MeasureKey(metric, values)
    if let key, let known = measuredValues[key] { return known }
    let value = try measurer(at: span).measured(metric, values, span)
    if let key { measuredValues[key] = value }
    return value
  }

  private func measurer(at span: Span) -> MetricStager {
    if let known = annex[Measurer.self] { return known.stager }
    let subject = MetricSubject(
      problem: problem, rules: rules, slots: slots, settings: settings,
      start: { () throws(Diagnostic) in
        throw .unavailableHere("start", "a hyper-parameter is measured on the present state alone", at: span)
      }
    ) { _ in }
    let own = MetricStager(evaluator: evaluator, subject: subject)
    annex[Measurer.self] = Measurer(own)
    return own
  }

  /// A number that is taken anew where its time has come, and is kept until then.
  func held(_ value: NodeID, _ path: String, isDue: NodeID) -> NodeID {
    if let known = holds.first(where: { $0.path == path }) { return known.output }
    let type = evaluator.graph.type(value)
    let models = settings.isQuadratic ? problem.leaves.count : 0
    let slot = surroundings?.slots.firstIndex { $0.path == path } ?? slots.count + models + holds.count
    let kept = evaluator.builder.input(.slot(slot), type)
    let output = evaluator.graph.add(Select(), isDue, value, kept)
    holds.append(HeldNumber(path: path, slot: slot, type: type, output: output))
    return output
  }
}

extension MetricStager {
  /// A metric at the state before an update whose program is being staged.
  func measured(_ metric: DefinitionValue, _ values: [Value?], _ span: Span) throws(Diagnostic) -> Value {
    if measuringPoint == nil { measuringPoint = try openedInside(at: span) }
    return try evaluator.at(measuringPoint) { () throws(Diagnostic) in
      try evaluator.metricValue(metric, values, at: span)
    }
  }

  /// A number that a hyper-parameter keeps, as the state has it.
  func held(_ value: NodeID, _ path: String, isDue: NodeID) -> NodeID {
    guard let slot = subject.slots.firstIndex(where: { $0.path == path }) else { return value }
    return evaluator.graph.add(Select(), isDue, value, slotNodes[slot])
  }
}

extension Evaluator {
  /// `hold(sharpness, 100 steps)`: the number at steps 0, 100, 200, … after it was given.
  func held(_ a: BoundArguments) throws(Diagnostic) -> Value {
    let place = a.place(0)
    if point?.isProbe == true { return .unknown(.number) }
    guard let point, let held = point.held else {
      throw .unavailableHere("hold", "it is for the hyper-parameters of a run's optimizer", at: a.span)
    }
    let count = try a.whole(1, "the number of steps", self)
    guard count >= 1 else {
      throw .outOfRange("the number of steps", "\(count)", expected: "1 or more", at: a.place(1))
    }
    try requireNumbers(a[0], "a number to hold", at: place)
    let value = try node(asReal(a[0], at: place), at: place)
    guard graph.shape(value).rank == 0 else { throw .expected("a single number to hold", found: a[0].kind, at: place) }
    let path = held.next()
    let step = try apply(Subtract(), [realTime(at: a.span), .real(Double(held.start + 1))], at: a.span)
    let turn = try apply(Modulo(), [step, .real(Double(count))], at: a.span)
    let isDue = try node(apply(Equal(), [turn, .real(0)], at: a.span), at: a.span)
    let due = graph.convert(isDue, to: graph.dtype(value))
    return .node(point.stager?.held(value, path, isDue: due) ?? point.rule?.held(value, path, isDue: due) ?? value)
  }
}
