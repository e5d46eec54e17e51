import Arithmetic
package import Diagnostics
package import Experiments
import Messages
import Metrics
package import Syntax
package import Tensors
package import Values

/// A run with all it takes to go on with it, to go back in it and to stage it again with a change.
///
/// A changed run is another value: nothing that refers to the one before it is affected.
package final class LiveRun {
  let definition: RunDefinition
  package let bound: BoundRun
  /// The run as the engine makes it.
  package let run: Run

  /// The run of another, with the statement of this one; for tests of what compares them.
  package init(_ live: LiveRun, run: Run) {
    (definition, bound, self.run) = (live.definition, live.bound, run)
  }

  package init(_ definition: RunDefinition, _ bound: BoundRun, _ run: Run) {
    self.definition = definition
    self.bound = bound
    self.run = run
  }

  /// Updates made.
  package var step: Int { run.step }
  /// How it ended; nil while it can go on.
  package var ending: RunEnding? { run.ending }
  /// The name it was given.
  package var name: String { bound.name }
  /// What it recorded up to its step.
  package var series: [Series] { bound.shown(run.series) }
  /// Names and values of parameters, states, and whatever else a step carries.
  package var slots: [(path: String, tensor: Tensor)] {
    zip(run.slotNames, run.state.slots).map { (path: $0, tensor: $1) }
  }
}

/// Expressions over the state of a run, to be looked at whenever asked.
///
/// They are planned for each stretch between interventions when it is first needed, and never change the run.
package final class RunProbe {
  private let plan: (Int) throws(Diagnostic) -> MetricGroup
  private unowned let evaluator: Evaluator
  private var groups: [Int: MetricGroup] = [:]

  init(_ evaluator: Evaluator, plan: @escaping (Int) throws(Diagnostic) -> MetricGroup) {
    (self.evaluator, self.plan) = (evaluator, plan)
  }

  /// The values on a run's present state.
  package func values(on live: LiveRun) throws(Diagnostic) -> [Double] {
    let index = live.run.segmentNumber
    if groups[index] == nil { groups[index] = try plan(index) }
    guard let group = groups[index] else { return [] }
    let values: [Double]
    do { values = try live.run.evaluate(group) } catch {
      throw evaluator.diagnostic(of: error, at: live.definition.span)
    }
    if group.isBroken { throw .interrupted(at: live.definition.span) }
    return values
  }
}

extension Evaluator {
  // MARK: Going on

  /// A run at its first step, with what is due there done; the form `start r = …`.
  package func started(_ definition: RunDefinition) throws(Diagnostic) -> LiveRun {
    let bound = try staged(definition)
    let live = LiveRun(definition, bound, try prepared(bound))
    try advance(live, to: 0)
    return live
  }

  /// Goes on to a step, or until the run ends; false when it was interrupted on the way, at a completed step.
  @discardableResult package func advance(_ live: LiveRun, to step: Int) throws(Diagnostic) -> Bool {
    try driving(live) { try live.run.advance(to: step) }
  }

  /// Goes back or on to a step; the state is that of the original pass, bit for bit.
  @discardableResult package func move(_ live: LiveRun, to step: Int) throws(Diagnostic) -> Bool {
    try driving(live) { try live.run.goTo(step) }
  }

  func driving<T>(_ live: LiveRun, _ body: () throws -> T) throws(Diagnostic) -> T {
    do { return try body() } catch {
      throw diagnostic(of: error, at: live.definition.span)
    }
  }

  // MARK: Changing

  /// The run with an intervention at its present step.
  package func changed(_ live: LiveRun, by statements: [StatementID], in scope: Scope, at span: Span) throws(Diagnostic)
    -> LiveRun
  {
    try restaged(
      live,
      adding: RunAddition(
        kind: .change(at: live.step, statements), code: code, scope: scope.frozen(), span: span))
  }

  /// The run under another name from one of its steps on, with a change there; what is due at that step is done.
  package func forked(
    _ live: LiveRun, at step: Int, as name: Name, _ statements: [StatementID], in scope: Scope, _ span: Span
  ) throws(Diagnostic) -> LiveRun {
    let definition = forked(live.definition, at: step, as: name, statements, in: scope, span)
    return try resumed(definition, from: driving(live) { try live.run.snapshot(before: step) }, to: step)
  }

  private func restaged(_ live: LiveRun, adding addition: RunAddition) throws(Diagnostic) -> LiveRun {
    var definition = live.definition
    definition.additions.append(addition)
    return try resumed(definition, from: driving(live) { try live.run.snapshot(before: live.step) }, to: live.step)
  }

  private func resumed(_ definition: RunDefinition, from snapshot: RunSnapshot, to step: Int) throws(Diagnostic)
    -> LiveRun
  {
    let bound = try staged(definition)
    let next = LiveRun(definition, bound, try prepared(bound, from: snapshot))
    try advance(next, to: step)
    return next
  }

  /// The run with something more recorded, from its start: it is run again up to its present step.
  package func recording(_ live: LiveRun, _ recording: Recording, in scope: Scope, at span: Span) throws(Diagnostic)
    -> LiveRun
  {
    var definition = live.definition
    definition.additions.append(
      RunAddition(kind: .record(recording), code: code, scope: scope.frozen(), span: span))
    let bound = try staged(definition)
    let next = LiveRun(definition, bound, try prepared(bound))
    try advance(next, to: live.step)
    return next
  }

  // MARK: Looking

  /// The run itself; only while running.
  package func live(_ run: RunValue, at span: Span) throws(Diagnostic) -> LiveRun {
    guard let live = run.live else { throw .partOfRun(run.name, at: span) }
    return live
  }

  /// While checking: whether numbers can be told of a run.
  package func check(_ values: [ExpressionID], of run: RunValue, in scope: Scope, at span: Span) throws(Diagnostic) {
    guard let definition = run.definition else { return }
    let bound = try staged(definition)
    let recording = Recording(items: values.map { Recording.Item(value: $0, alias: nil) }, cadence: .always)
    _ = try MetricStager(evaluator: self, subject: metricSubject(of: bound, 0)).stage(
      recording, names: values.map { session.sources.text(code.tree.span($0)) }, real: bound.real, in: scope, at: span)
  }

  /// Expressions that give single numbers on the state of a run.
  package func probe(_ items: [Recording.Item], on live: LiveRun, in scope: Scope, at span: Span) throws(Diagnostic)
    -> RunProbe
  {
    let (code, bound) = (code, live.bound)
    let recording = Recording(items: items, cadence: .always)
    let names = items.map { session.sources.text(code.tree.span($0.value)) }
    return RunProbe(self) { [unowned self] (index) throws(Diagnostic) in
      try within(code) { () throws(Diagnostic) in
        let metrics = try MetricStager(evaluator: self, subject: metricSubject(of: bound, index)).stage(
          recording, names: names, real: bound.real, in: scope, at: span)
        return try group(metrics, bound)
      }
    }
  }

  /// A condition on the state of a run: its value is 1 or 0.
  package func probe(condition: ExpressionID, on live: LiveRun, in scope: Scope) throws(Diagnostic) -> RunProbe {
    let (code, bound) = (code, live.bound)
    return RunProbe(self) { [unowned self] (index) throws(Diagnostic) in
      try within(code) { () throws(Diagnostic) in
        let metrics = try MetricStager(evaluator: self, subject: metricSubject(of: bound, index)).stage(
          conditions: [condition], real: bound.real, in: scope, at: code.tree.span(condition))
        return try group(metrics, bound)
      }
    }
  }

  /// The first step from `start` to the run's present one at which a condition holds, found by replay.
  ///
  /// Nil when it holds nowhere, or when the search was interrupted. The run stays where it is.
  package func firstStep(where probe: RunProbe, of live: LiveRun, from start: Int = 0) throws(Diagnostic) -> Int? {
    let copy = try quietCopy(of: live)
    for step in start...max(start, live.step) {
      guard try advance(copy, to: step), copy.step == step else { return nil }
      if try probe.values(on: copy).first != 0 { return step }
    }
    return nil
  }

  /// The run at its start once more, recording nothing and never stopping by itself.
  package func quietCopy(of live: LiveRun) throws(Diagnostic) -> LiveRun {
    var bound = live.bound
    for index in bound.segments.indices {
      bound.segments[index].metrics = []
      bound.segments[index].stop = nil
      bound.segments[index].stalls = []
    }
    return LiveRun(live.definition, bound, try prepared(bound))
  }
}
