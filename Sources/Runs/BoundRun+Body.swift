import Arithmetic
import Data
import Diagnostics
import Evaluation
import Experiments
import Glibc
import Graph
import Messages
import Metrics
import Staging
import Syntax
import Values

/// Statements that change a run at one of its steps, or a size of its batches that is of the step.
private struct Moment {
  var step: Int
  var statements: [StatementID] = []
  var batch: Int?
  var code: Code
  var scope: Scope
  var span: Span
}

extension Evaluator {
  /// Interventions first, in the order of their steps: what is recorded sees them.
  func addBody(_ definition: RunDefinition, to run: inout BoundRun) throws(Diagnostic) {
    let moments = try moments(definition, &run)
    var refusesBatches = false
    for (number, moment) in moments.enumerated() where moment.batch == nil || !refusesBatches {
      // A size that is of the step is refused once.
      refusesBatches = moment.batch != nil
      try judged(&run) { (run) throws(Diagnostic) in
        let end = moments.dropFirst(number + 1).map(\.step).first { $0 > moment.step }
        let segment = try within(moment.code) { () throws(Diagnostic) in
          try self.segment(moment, until: end, after: run, metricSubject(of: run, run.segments.count - 1))
        }
        run.segments.append(segment)
        refusesBatches = false
      }
    }
    try checkEpochs(definition, &run)
    try round(&run)
    // While checking, what is recorded is looked at once.
    for index in mode == .check ? 0..<1 : run.segments.indices {
      try addMetrics(definition, to: &run, segment: index, metricSubject(of: run, index))
    }
  }

  /// Rounds what the updates compute, and what interventions assign, to the format of the run.
  ///
  /// What is recorded is computed of the rounded state with all bits: it is to show the run and not the measuring.
  private func round(_ run: inout BoundRun) throws(Diagnostic) {
    guard let rounding = run.clauses.rounding else { return }
    do {
      for index in run.segments.indices {
        let step = run.segments[index].step.program
        let slots = run.segments[index].step.slots
        let counters = Set(slots.indices.filter { slots[$0].isMeasuring })
        run.segments[index].step.program = try step.rounded(by: rounding, dtype: run.real, besides: counters)
        let divided = run.segments[index].step.division.value?.program
        // What is drawn to round belongs to the places of the whole step.
        if let divided, !rounding.isStochastic {
          run.segments[index].step.division.value?.program = try divided.rounded(
            by: rounding, dtype: run.real, besides: counters)
        } else {
          run.segments[index].step.division.value = nil
        }
        guard let values = run.segments[index].entry.values?.program else { continue }
        run.segments[index].entry.values?.program = try values.rounded(by: rounding.nearest, dtype: run.real)
      }
    } catch {
      switch error {
      case .stochasticLoop(let origin):
        throw .notInThisVersion(
          "`stochastic` with a loop inside of an update", at: place(of: origin) ?? run.span,
          help: "leave `stochastic` out: the nearest number is taken")
      }
    }
  }

  /// While checking, each line of a run is judged on its own.
  private func judged(_ run: inout BoundRun, _ body: (inout BoundRun) throws(Diagnostic) -> Void) throws(Diagnostic) {
    do { try body(&run) } catch {
      guard mode == .check else { throw error }
      if Self.isCheckFinding(error) { report(error) }
      run.isPartial = true
    }
  }

  // MARK: Interventions

  /// Interventions by their steps; those of one step in the order of the text.
  private func moments(_ definition: RunDefinition, _ run: inout BoundRun) throws(Diagnostic) -> [Moment] {
    var result: [Moment] = []
    for case .at(let moment, let unit, let statements, let span) in definition.statement.body {
      try judged(&run) { (run) throws(Diagnostic) in
        let step = try self.moment(
          moment, unit, stepsPerEpoch: run.stepsPerEpoch, length: run.length, in: definition.scope)
        result.append(
          Moment(step: step, statements: statements, code: code, scope: definition.scope, span: span))
      }
    }
    for addition in definition.additions {
      guard case .change(let step, let statements) = addition.kind else { continue }
      result.append(
        Moment(
          step: step, statements: statements, code: addition.code, scope: addition.scope, span: addition.span))
    }
    result = inOrder(result)
    try judged(&run) { (run) throws(Diagnostic) in
      let given = result.map { ($0.step, $0.statements, $0.code, $0.scope) }
      let sizes = try batchChanges(definition, run.clauses, length: run.length, assignments: given)
      // Before what the script does at the same step.
      result = inOrder(
        sizes.map {
          Moment(step: $0.step, batch: $0.size, code: definition.code, scope: definition.scope, span: $0.span)
        } + result)
    }
    return result
  }

  private func inOrder(_ moments: [Moment]) -> [Moment] {
    let order = moments.indices.sorted { (moments[$0].step, $0) < (moments[$1].step, $1) }
    return order.map { moments[$0] }
  }

  private func segment(_ moment: Moment, until end: Int?, after run: BoundRun, _ subject: MetricSubject)
    throws(Diagnostic) -> BoundSegment
  {
    guard case .problem(let problem, let stager) = run.subject else {
      throw .meansNothing(
        "at", "for a run of a process, which takes no interventions", at: moment.span, help: ["leave it out"])
    }
    let last = run.segments[run.segments.count - 1]
    let target = InterventionTarget(
      problem: problem, rules: stager.rules, slots: last.step.slots, step: moment.step)
    if let ensemble = run.ensemble, moment.step >= run.length, let kept = ensemble.kept.first {
      throw .notAvailable(
        "an intervention at the last step", "where `\(kept.name)` is recorded of each path", at: moment.span,
        help: "make the run one step longer")
    }
    var change = try intervention(moment.statements, on: target, after: last.settings, in: moment.scope)
    if let size = moment.batch {
      let place = OperandPlaces(whole: moment.span, left: moment.span, right: moment.span)
      try BatchClause.set(size, on: target, in: &change.settings, by: self, at: place)
    }
    // Of one path: all of them are entered together.
    var subject = subject
    (subject.paths, subject.stateCount) = (nil, nil)
    var entry = try MetricStager(evaluator: self, subject: subject).stage(
      change.assignments, on: target, real: run.real, in: moment.scope)
    entry.takesModel = change.takesModel
    let later = StepStager(evaluator: self, problem: problem, rules: stager.rules, settings: change.settings)
    let step = try later.stage(real: run.real, at: moment.span, divides: run.builder == nil) {
      (step) throws(Diagnostic) in
      try run.builder?.extend(&step, stretch: (moment.step, end), by: self, at: moment.span) { slots in
        self.subject(of: problem, stager.rules, slots, change.settings)
      }
    }
    if let place = last.seesNext, moment.step > last.start, !change.settings.hasBatches(of: last.settings) {
      throw .nextBatchChanges(at: place, change: moment.span, step: moment.step)
    }
    return BoundSegment(
      start: moment.step, settings: change.settings, step: step, entry: entry, assignments: change.assignments,
      seesNext: later.seesNext)
  }

  private func moment(_ id: ExpressionID, _ unit: Unit, stepsPerEpoch: Int?, length: Int, in scope: Scope)
    throws(Diagnostic) -> Int
  {
    let place = code.tree.span(id)
    try refuseTime(unit, "the step of an intervention", at: place)
    let step = try stepCount(
      evaluate(id, in: scope), unit, stepsPerEpoch, "the step of an intervention", from: 0, at: place)
    guard step <= length else {
      throw .outOfRange(
        "the step of an intervention", "\(step)", expected: "between 0 and the run's length \(length)", at: place)
    }
    return step
  }

  /// The first step at which something changes an ensemble; nil of a run, where that is not asked.
  func firstMoment(_ definition: RunDefinition, _ clauses: RunClauses, stepsPerEpoch: Int?, length: Int)
    throws(Diagnostic) -> Int?
  {
    guard definition.statement.isEnsemble else { return nil }
    var steps = try tolerating([]) { () throws(Diagnostic) in
      try batchChanges(definition, clauses, length: length, assignments: []).prefix(1).map(\.step)
    }
    for case .at(let id, let unit, _, _) in definition.statement.body {
      let step = try tolerating(nil) { () throws(Diagnostic) -> Int? in
        try moment(id, unit, stepsPerEpoch: stepsPerEpoch, length: length, in: definition.scope)
      }
      if let step { steps.append(step) }
    }
    for case .change(let step, _) in definition.additions.map(\.kind) { steps.append(step) }
    return steps.min()
  }

  // MARK: Metrics

  private func addMetrics(
    _ definition: RunDefinition, to run: inout BoundRun, segment: Int, _ subject: MetricSubject
  ) throws(Diagnostic) {
    var conditions: [ExpressionID] = [], stalls: [ExpressionID] = []
    for (number, item) in definition.statement.body.enumerated() {
      switch item {
      case .record(let written, let span):
        var recording = recorded(written, code, before: 0, of: definition)
        recording.items.removeAll { run.ensemble?.keeps($0.value) == true }
        try refuseSecond(written, among: definition.statement.body.prefix(number))
        if recording.items.isEmpty { continue }
        try judged(&run) { (run) throws(Diagnostic) in
          try add(recording, to: &run, segment: segment, subject, in: definition.scope, at: span)
        }
      case .stop(let condition, _):
        if isStall(condition, in: definition.scope) { stalls.append(condition) } else { conditions.append(condition) }
      case .at: break
      }
    }
    for (number, addition) in definition.additions.enumerated() {
      guard case .record(let written) = addition.kind else { continue }
      let recording = recorded(written, addition.code, before: number + 1, of: definition)
      if recording.items.isEmpty { continue }
      try within(addition.code) { () throws(Diagnostic) in
        try add(recording, to: &run, segment: segment, subject, in: addition.scope, at: addition.span)
      }
    }
    for stall in stalls {
      try judged(&run) { (run) throws(Diagnostic) in
        let names = run.segments[segment].metrics.flatMap(\.names)
        run.segments[segment].stalls.append(
          try self.stall(stall, of: names, isPartial: run.isPartial, in: definition.scope))
      }
    }
    guard !conditions.isEmpty else { return }
    try judged(&run) { (run) throws(Diagnostic) in
      run.segments[segment].stop = try MetricStager(evaluator: self, subject: subject).stage(
        conditions: conditions, real: run.real, in: definition.scope, at: code.tree.span(conditions[0]))
    }
  }

  /// What is left of a `record` when later ones at a prompt record some of its values anew, with other positions.
  private func recorded(_ recording: Recording, _ code: Code, before first: Int, of definition: RunDefinition)
    -> Recording
  {
    var later: Set<String> = []
    for addition in definition.additions.dropFirst(first) {
      guard case .record(let other) = addition.kind else { continue }
      later.formUnion(other.items.map { title(of: $0, in: addition.code) })
    }
    var recording = recording
    recording.items.removeAll { later.contains(title(of: $0, in: code)) }
    return recording
  }

  /// Refuses the same value under the same name in two `record`s: a series has one list of positions.
  private func refuseSecond(_ recording: Recording, among earlier: ArraySlice<RunItem>) throws(Diagnostic) {
    var known: Set<String> = []
    for case .record(let other, _) in earlier { known.formUnion(other.items.map { title(of: $0, in: code) }) }
    for item in recording.items where !known.insert(title(of: item, in: code)).inserted {
      throw .alreadyRecorded(title(of: item, in: code), at: item.alias?.span ?? code.tree.span(item.value))
    }
  }

  /// What a recorded value is called at the latest: its alias, else its text.
  private func title(of item: Recording.Item, in code: Code) -> String {
    item.alias?.text ?? session.sources.text(code.tree.span(item.value))
  }

  private func add(
    _ recording: Recording, to run: inout BoundRun, segment: Int, _ subject: MetricSubject, in scope: Scope,
    at span: Span
  ) throws(Diagnostic) {
    let taken = run.segments[segment].metrics.flatMap(\.names) + (run.ensemble?.kept.map(\.name) ?? [])
    let names = try recordedNames(recording, taken: taken, axis: run.axis.rawValue)
    try refuseHiding(recording, names, subject)
    let stager = MetricStager(evaluator: self, subject: subject)
    stager.takesTensors = true
    var metrics = try stager.stage(recording, names: names, real: run.real, in: scope, at: span)
    metrics.spec.times = try times(recording.cadence, run, dt: subject.dt, in: scope)
    run.segments[segment].metrics.append(metrics)
    var last: StagedMetrics?
    let following = run.following(segment)
    if stager.looksAhead, !following.isEmpty {
      var ahead = subject
      ahead.following = following
      let later = MetricStager(evaluator: self, subject: ahead)
      later.wantedNames = metrics.names
      later.takesTensors = true
      let other = try later.stage(
        recording, names: names, real: run.real, in: scope, at: span)
      if other.names == metrics.names { last = other }
      last?.spec.times = metrics.spec.times
    }
    run.segments[segment].lastMetrics.append(last)
  }

  /// Steps that `logspaced` may name.
  private static let recordingsMax = 1_000_000

  private func times(_ cadence: Cadence, _ run: BoundRun, dt: Double?, in scope: Scope) throws(Diagnostic)
    -> RecordingTimes
  {
    switch cadence {
    case .always, .when: return .every(1)
    case .end: return .end
    case .at(let id, let unit):
      return .at([
        try recordedStep(id, unit, length: run.length, stepsPerEpoch: run.stepsPerEpoch, dt: dt, in: scope)
      ])
    case .every(let id, .time):
      return .every(try steps(ofTime: id, dt: dt, what: "the interval", least: 1, in: scope))
    case .every(let id, let unit):
      return .every(
        try stepCount(
          evaluate(id, in: scope), unit, run.stepsPerEpoch, "the interval", from: 1, at: code.tree.span(id)))
    case .logspaced(let id):
      let count = try whole(
        evaluate(id, in: scope), what: "the number of recordings", in: 1...Self.recordingsMax, at: code.tree.span(id))
      let last = Double(max(run.length, 1))
      return .logspaced(count, last: run.length) { pow(last, $0) }
    }
  }

  /// The step of `record … at 10 time`.
  func recordedStep(
    _ id: ExpressionID, _ unit: Unit, length: Int, stepsPerEpoch: Int?, dt: Double?, in scope: Scope
  ) throws(Diagnostic) -> Int {
    let place = code.tree.span(id)
    let step =
      unit == .time
      ? try steps(ofTime: id, dt: dt, what: "the time", least: 0, in: scope)
      : try stepCount(evaluate(id, in: scope), unit, stepsPerEpoch, "the step", from: 0, at: place)
    guard step <= length else {
      throw .outOfRange(
        "the step that is recorded", "\(step)", expected: "between 0 and the run's length \(length)", at: place)
    }
    return step
  }

  /// Names under which a `record` line keeps its series: the alias, the metric's name, or the text.
  ///
  /// - Parameter axis: where they are recorded, a name of the run, too: that of the first column of a file.
  private func recordedNames(_ recording: Recording, taken: [String], axis: String) throws(Diagnostic) -> [String] {
    var names: [String] = []
    var known = Set(taken + [axis])
    for item in recording.items {
      if let alias = item.alias, known.contains(alias.text) || ["steps", "diverged"].contains(alias.text) {
        throw .alreadyRecorded(alias.text, at: alias.span)
      }
      let text = session.sources.text(code.tree.span(item.value))
      var name = item.alias?.text ?? shortName(item.value) ?? text
      if known.contains(name) { name = text }
      if name == axis { throw .alreadyRecorded(name, at: code.tree.span(item.value)) }
      names.append(name)
      known.insert(name)
    }
    return names
  }

  /// Refuses a series that takes a parameter's name and is not made of it: `r.W` would be the series.
  private func refuseHiding(_ recording: Recording, _ names: [String], _ subject: MetricSubject) throws(Diagnostic) {
    let parameters = subject.slots.filter { $0.state == nil }.map(\.path)
    for (item, name) in zip(recording.items, names) {
      guard let alias = item.alias, !code.tree.mentions(name, in: item.value),
        let hidden = parameters.first(where: { $0 == name || $0.hasPrefix(name + ".") })
      else { continue }
      throw .hidesParameter(name, hidden, at: alias.span)
    }
  }

  func shortName(_ id: ExpressionID) -> String? {
    switch code.tree[id] {
    case .name(let name): name
    case .call(let callee, _, _): shortName(callee)
    case .member(_, let name): name.text
    default: nil
    }
  }
}

extension BoundRun {
  /// The segments that begin where a segment ends: all at one step, the last of which lasts.
  func following(_ index: Int) -> [BoundSegment] {
    let later = segments[(index + 1)...]
    guard let start = later.first?.start, start > segments[index].start else { return [] }
    return Array(later.prefix { $0.start == start })
  }
}
