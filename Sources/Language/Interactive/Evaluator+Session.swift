import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Runs
import Syntax
import Tensors
import Values

/// Statements about runs that are stepped.
///
/// While checking, runs are staged and nothing moves: what a run has recorded is not known any more behind a statement
/// that moves it.
extension Evaluator {
  func execute(_ statement: SessionStatement, in scope: Scope, at span: Span) throws(Diagnostic) {
    if try showsName(statement, in: scope, at: span) { return }
    switch statement {
    case .start(let run): try start(run, in: scope, at: span)
    case .step(let values, let count, let unit, let condition):
      try step(values, count, unit, until: condition, in: scope, at: span)
    case .travel(let isBack, let values, let unit): try travel(isBack, values, unit, in: scope, at: span)
    case .watch(let values): try watch(values, in: scope, at: span)
    case .unwatch(let values): unwatch(values)
    case .fork(let source, let name, let body): try fork(source, as: name, body, in: scope, at: span)
    case .choose(let run): try choose(run, in: scope, at: span)
    case .difference(let first, let second): try difference(first, second, in: scope, at: span)
    case .when(let condition, let run): try when(condition, of: run, in: scope, at: span)
    case .record(let recording): try record(recording, in: scope, at: span)
    case .change(let run, let body): try change(run, body, in: scope, at: span)
    case .inspect(let value): try inspect(value, in: scope, at: span)
    case .spectrum(let count): try spectrum(count, in: scope, at: span)
    case .explain: try explainStep(in: scope, at: span)
    }
  }

  /// A word such as `step` alone shows a value that the script has called so.
  private func showsName(_ statement: SessionStatement, in scope: Scope, at span: Span) throws(Diagnostic) -> Bool {
    guard let word = statement.loneWord, let binding = scope.lookup(word), binding.span != nil else { return false }
    try show(binding.value, at: span)
    return true
  }

  // MARK: Which run

  /// A run that can go on: the named one, else the present one.
  func openRun(_ id: ExpressionID?, in scope: Scope, at span: Span) throws(Diagnostic) -> RunValue {
    guard let id else {
      guard let name = session.desk.current, case .run(let run)? = scope.lookup(name)?.value else {
        throw .noOpenRun(at: span)
      }
      return try moving(run, at: span)
    }
    let value = try evaluate(id, in: scope)
    switch value {
    case .run(let run): return try moving(run, at: code.tree.span(id))
    case .unknown: throw unfit(value, "a run", at: code.tree.span(id))
    default: throw .expected("a run", found: value.kind, at: code.tree.span(id))
    }
  }

  private func moving(_ run: RunValue, at span: Span) throws(Diagnostic) -> RunValue {
    guard run.definition != nil, mode == .check || run.live != nil else { throw .partOfRun(run.name, at: span) }
    return run
  }

  /// Gives a run's name what the run is now.
  func rebind(_ run: RunValue, to live: LiveRun, in scope: Scope) {
    scope.rebind(run.name, .run(value(of: live)))
  }

  /// While checking: after it has moved, only the names of a run's results are known.
  func forget(_ run: RunValue, in scope: Scope) {
    let unknown = RunValue(
      name: run.name, series: run.series.map { Series(name: $0.name, axis: $0.axis) },
      finals: run.finals.map { ($0.path, Tensor([], shape: [0])) }, ending: nil, stepCount: run.stepCount,
      isKnown: false, header: [], stepsPerEpoch: run.stepsPerEpoch)
    unknown.finalTypes = run.isKnown ? run.finals.map(\.tensor.type) : run.finalTypes
    unknown.isPartial = run.isPartial
    unknown.forms = run.forms
    unknown.timeStep = run.timeStep
    unknown.definition = run.definition
    scope.rebind(run.name, .run(unknown))
  }

  /// While checking: what is known of a run with a new definition.
  private func expect(_ definition: RunDefinition) throws(Diagnostic) -> RunValue {
    let value = unknownRun(try staged(definition))
    value.definition = definition
    return value
  }

  // MARK: Starting and forking

  private func start(_ statement: RunStatement, in scope: Scope, at span: Span) throws(Diagnostic) {
    var statement = statement
    let name = statement.name ?? Name("r", span)
    statement.name = name
    var definition = RunDefinition(statement: statement, code: code, scope: scope.frozen(), span: span)
    definition.isOpen = true
    definition.place = drawPlace
    let recordsNothing = !statement.body.contains { if case .record = $0 { true } else { false } }
    if recordsNothing, let usual = session.usualRecording {
      definition.additions.append(
        RunAddition(kind: .record(usual.recording), code: usual.code, scope: definition.scope, span: span))
    }
    guard mode == .run else {
      let value = try expect(withoutLoss(definition))
      scope.define(name.text, .run(value), span: name.span)
      session.desk.current = name.text
      return
    }
    let live = try started(withoutLoss(definition))
    try session.emit(header(of: live.bound).joined(separator: " · ") + "\n", at: span)
    scope.define(name.text, .run(value(of: live)), span: name.span)
    session.desk.open(name.text)
    session.desk.current = name.text
    try tell([live], in: scope, at: span)
  }

  /// A process has no loss that could be recorded.
  private func withoutLoss(_ definition: RunDefinition) throws(Diagnostic) -> RunDefinition {
    let subject = try within(definition.code) { () throws(Diagnostic) in
      try evaluate(definition.statement.subject, in: definition.scope)
    }
    let isProcess =
      switch subject {
      case .instance(let instance): instance.definition.kind == .process
      case .function(.definition(let value)): value.definition.kind == .process
      default: false
      }
    guard isProcess else { return definition }
    var other = definition
    other.additions = []
    return other
  }

  private func fork(
    _ source: ExpressionID, as name: Name, _ body: [StatementID], in scope: Scope, at span: Span
  ) throws(Diagnostic) {
    try requireFree(name, in: scope)
    let run = try openRun(source, in: scope, at: span)
    try openFork(of: run, at: run.live?.step ?? run.stepCount, as: name, body, in: scope, span)
  }

  /// A fork that does not go on by itself, as its source does not.
  func openFork(
    of run: RunValue, at step: Int, as name: Name, _ body: [StatementID], in scope: Scope, _ span: Span
  ) throws(Diagnostic) {
    guard mode == .run else {
      guard let definition = run.definition else { return }
      let next = forked(definition, at: step, as: name, body, in: scope, span)
      scope.define(name.text, .run(try expect(next)), span: name.span)
      return
    }
    let live = try live(run, at: span)
    guard step >= 0, step <= live.step else { throw .forkBeyondEnd(of: run, at: step, span) }
    let next = try forked(live, at: step, as: name, body, in: scope, span)
    scope.define(name.text, .run(value(of: next)), span: name.span)
    session.desk.open(name.text, from: run.name, at: step)
    try tell([next], in: scope, at: span)
  }

  /// A fork takes no name that something has: the run it would hide could not be reached any more.
  private func requireFree(_ name: Name, in scope: Scope) throws(Diagnostic) {
    guard let old = scope.lookup(name.text), let first = old.span, first != name.span else { return }
    throw .alreadyDefined(name.text, first: first, at: name.span)
  }

  private func choose(_ id: ExpressionID, in scope: Scope, at span: Span) throws(Diagnostic) {
    let run = try openRun(id, in: scope, at: span)
    session.desk.current = run.name
    if mode == .run { try tell([live(run, at: span)], in: scope, at: span) }
  }

  // MARK: Changing and recording

  private func change(_ id: ExpressionID?, _ body: [StatementID], in scope: Scope, at span: Span) throws(Diagnostic) {
    let run = try openRun(id, in: scope, at: span)
    guard mode == .run else {
      guard var definition = run.definition else { return }
      definition.additions.append(
        RunAddition(kind: .change(at: run.stepCount, body), code: code, scope: scope.frozen(), span: span))
      scope.rebind(run.name, .run(try expect(definition)))
      return
    }
    let next = try changed(live(run, at: span), by: body, in: scope, at: span)
    rebind(run, to: next, in: scope)
    try tell([next], in: scope, at: span)
  }

  private func record(_ recording: Recording, in scope: Scope, at span: Span) throws(Diagnostic) {
    let run = try openRun(nil, in: scope, at: span)
    guard mode == .run else {
      guard var definition = run.definition else { return }
      definition.additions.append(
        RunAddition(kind: .record(recording), code: code, scope: scope.frozen(), span: span))
      scope.rebind(run.name, .run(try expect(definition)))
      return
    }
    let live = try live(run, at: span)
    session.stepGoal = live.step
    defer { session.stepGoal = nil }
    let next = try self.recording(live, recording, in: scope, at: span)
    guard next.step == live.step else { throw session.interruption(at: span, step: next.step) }
    rebind(run, to: next, in: scope)
    for series in next.series
    where !live.series.contains(where: { $0.name == series.name && $0.positions == series.positions }) {
      try session.emit(ValueDisplay.summary(.series(series)) + "\n", at: span)
    }
  }
}
