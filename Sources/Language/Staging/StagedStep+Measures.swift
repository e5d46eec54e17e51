import Diagnostics
import Experiments
import Graph
import Syntax
import Tensors

// Metrics in an optimizer or its hyper-parameters: `sgd(lr = 1 / sharpness)`. They are measured at the state before the
// update, by the streams of the metric: the number that `record sharpness` has at that step.

/// What is kept behind all other slots: a number of a hyper-parameter, what is on its way, a state of a compressor.
struct HeldNumber {
  /// Name of its slot.
  var path: String
  var slot: Int
  var type: TensorType
  var output: NodeID
  /// By this metrics and interventions see it, where it is a name.
  var state = Self.held
  /// Its value at step 0 with a run's seed; held numbers are measured before they are first used.
  var start: (Int) throws(Diagnostic) -> Value = { (_) in .real(0) }
  var isHyperparameter: Bool { state == Self.held }
  static let held = "held number"
}

/// A hyper-parameter whose numbers are held, for the time of its evaluation.
final class HeldPlace {
  /// The number of the optimizer in the run, and the name of the hyper-parameter.
  private let name: String
  /// The step at which it was given.
  let start: Int
  private var count = 0

  init(name: String, start: Int) { (self.name, self.start) = (name, start) }

  /// What the next number that is held is called.
  func next() -> String {
    defer { count += 1 }
    return "hold\(count == 0 ? "" : "#\(count)")@\(name)"
  }
}

/// A metric with arguments that are plain numbers.
struct MeasureKey: Hashable {
  private var name: String
  private var arguments: [String]

  /// Nil where the arguments are something else.
  init?(_ metric: DefinitionValue, _ values: [Value?]) {
    name = "\(metric.definition.name.span)"
    arguments = []
    for value in values {
      switch value {
      case nil: arguments.append("")
      case .integer(let number): arguments.append("\(number)")
      case .real(let number): arguments.append("\(number)")
      default: return nil
      }
    }
  }
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
    if let measurer { return measurer }
    let subject = MetricSubject(
      problem: problem, rules: rules, slots: slots, settings: settings,
      start: { () throws(Diagnostic) in
        throw .unavailableHere("start", "a hyper-parameter is measured on the present state alone", at: span)
      }
    ) { _ in }
    let own = MetricStager(evaluator: evaluator, subject: subject)
    measurer = own
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

  /// Slots of the numbers that are held.
  ///
  /// Numbers have no name by which a metric or an intervention sees them.
  var heldSlots: [Slot] {
    holds.map { Slot(path: $0.path, type: $0.type, state: $0.state) }
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
