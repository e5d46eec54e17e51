package import Data
package import Diagnostics
import Evaluation
import Experiments
import Library
import Messages
package import Plots
import Results
import Runs
import Syntax
import Tensors
package import Values

/// What came of one input at the prompt.
package struct EntryReport: Sendable {
  package var diagnostics: [Diagnostic]
  package var outcome: Outcome
  /// Whether a claim was refuted.
  package var isQuestionable: Bool

  package init(diagnostics: [Diagnostic], outcome: Outcome, isQuestionable: Bool = false) {
    self.diagnostics = diagnostics
    self.outcome = outcome
    self.isQuestionable = isQuestionable
  }

  /// Whether anything of the input was refused or failed.
  package var hasFailed: Bool { outcome != .finished }
}

/// A language session that grows input by input: names stay, values of expressions are numbered, mistakes change nothing.
///
/// An input is parsed and checked as a whole against a copy of the names; nothing runs where something is wrong. What
/// stands on one line is then one unit: where a statement of it fails, the names are as before the line.
package final class InteractiveSession {
  let context: SessionContext
  let evaluator: Evaluator
  private var journalled = Journal()
  private var undoSteps: [UndoStep] = []
  /// Bytes that `undoSteps` hold.
  private var undoBytes = 0
  /// The text of the last plot that was drawn here.
  private var lastPlot: String?
  private var resultCount = 0
  private var entryCount = 0

  /// How far back `undo` reaches.
  private static let undoStepsMax = 1000
  /// Bytes of parameters that the states to go back to may hold; the last is kept in any case.
  private static let undoBytesMax = 64 << 20

  /// What one unit may change, as it was before.
  private struct UndoStep {
    var names: ScopeSnapshot
    var precision: RunPrecision
    var draws: DrawSites.Counts
    var resultCount: Int
    var journalCount: Int
    var inputCount: Int
    var desk: RunDesk
    /// Where every run that can be stepped was.
    var places: [(live: LiveRun, snapshot: RunSnapshot)]
    /// Bytes of what the runs' names stand for.
    var byteCount: Int
  }

  package init(
    host: any Host, options: SessionOptions, output: @escaping (String) -> Void, progress: ((Progress) -> Void)?,
    interrupt: UnsafePointer<Int32>?
  ) {
    context = SessionContext(
      host: host, vocabulary: .standard, options: options, output: output, progress: progress, interrupt: interrupt)
    context.allowsRedefinition = true
    evaluator = Evaluator(session: context, mode: .run)
  }

  /// The texts that the places of diagnostics refer to.
  package var sources: SourceMap { context.sources }

  /// Columns of the terminal that plots are drawn for.
  package var columns: Int {
    get { context.terminal.width }
    set { context.terminal.width = newValue }
  }

  // MARK: Inputs

  /// Runs what was typed.
  package func run(_ bytes: [UInt8]) -> EntryReport {
    entryCount += 1
    return run(SourceText(name: "input \(entryCount)", bytes: bytes))
  }

  /// Runs a script in the session, as if it had been typed.
  package func load(_ path: String) -> EntryReport {
    let place = context.addSource(SourceText(name: ":load", path))
    do { return run(SourceText(name: path, bytes: try context.host.read(path))) } catch {
      let span = Span(file: place, 0, path.utf8.count)
      return EntryReport(diagnostics: [.data(error, at: span)], outcome: .dataError)
    }
  }

  /// Runs a text and leaves no trace of it but its output.
  package func tryOut(_ source: SourceText) -> EntryReport {
    let before = state()
    let known = (undoSteps, undoBytes)
    let names = evaluator.globals.snapshot()
    // An example may use any name, whatever the session calls so.
    evaluator.globals.restore(Scope(parent: nil).snapshot())
    let report = run(source)
    evaluator.globals.restore(names)
    restore(before)
    (undoSteps, undoBytes) = known
    return report
  }

  /// Runs a text under its own name; one that defines a name anew in pieces, as it would be typed.
  package func run(_ source: SourceText) -> EntryReport {
    var whole = EntryReport(diagnostics: [], outcome: .finished)
    for piece in InputUnit.pieces(of: source) {
      // Reading a long text lasts, too.
      if context.isInterrupted { return interrupted(at: Span(file: 0, 0, 0)) }
      let report = runPiece(piece)
      whole.diagnostics += report.diagnostics
      whole.outcome = report.outcome
      whole.isQuestionable = whole.isQuestionable || report.isQuestionable
      if report.hasFailed { break }
    }
    return whole
  }

  private func runPiece(_ source: SourceText) -> EntryReport {
    context.forgetFiles()
    let file = context.addSource(source)
    var parsed = Parser.parse(source, file: file)
    if context.isInterrupted { return interrupted(at: Span(file: file, 0, 0)) }
    context.drawSites.add(input: parsed.tree)
    let verbs = VerbSuggestions(source: source) { [evaluator] in
      evaluator.globals.lookup($0) != nil || LibraryEntries.entry(named: $0) != nil
    }
    let (found, looks) = checked(&parsed, source)
    let findings = runSuggestions(source)?.added(to: verbs.added(to: found)) ?? verbs.added(to: found)
    if context.isInterrupted { return interrupted(at: Span(file: file, 0, 0)) }
    let claimsBefore = context.claims.count
    if findings.contains(where: { $0.severity == .error }) {
      return EntryReport(diagnostics: findings, outcome: Session.outcome(ofRejected: findings))
    }
    evaluator.diagnostics = []
    var failure: Diagnostic?
    evaluator.code = Code(parsed.tree)
    for unit in InputUnit.units(of: parsed.tree, source) {
      let before = state()
      var results: [InputUnit.Result] = []
      var done = 0
      do {
        for id in unit.statements {
          if let number = try perform(id) { results.append(unit.result(number, at: parsed.tree.span(id))) }
          done += 1
        }
        let own = looks.filter(unit.statements.contains).map { unit.offset(of: parsed.tree.span($0)) }
        journalled.append(unit, results: results, looks: own, last: before.resultCount)
        context.drawSites.count(unit.statements, of: parsed.tree)
        remember(before)
      } catch {
        context.hideLive()
        if error.effect == .interrupt, keepInterrupted(unit, done, before) {
          remember(before)
        } else {
          restore(before)
        }
        failure = error.effect == .silent ? Diagnostic.unknownValue(at: error.span) : error
        break
      }
    }
    var told = findings + evaluator.diagnostics.filter { !findings.contains($0) }
    if let failure { told += isGoingOn(failure) ? [] : [failure] }
    let isRefuted = context.claims.dropFirst(claimsBefore).contains { $0.verdict == .refuted }
    return EntryReport(
      diagnostics: told, outcome: failure.map(Session.outcome(of:)) ?? .finished,
      isQuestionable: isRefuted)
  }

  private func interrupted(at span: Span) -> EntryReport {
    EntryReport(diagnostics: [context.interruption(at: span)], outcome: .interrupted)
  }

  /// Says where runs stopped that go on from there; false for other failures.
  private func isGoingOn(_ failure: Diagnostic) -> Bool {
    guard failure.effect == .interrupt, context.isSuspended || context.interruptedRun?.live != nil else {
      return false
    }
    let step =
      context.interruptedRun?.stepCount
      ?? context.desk.current.flatMap { name in
        openRuns.first { $0.live.name == name }?.step
      }
    let place = step.map { " at step \($0)" } ?? ""
    let words = "interrupted\(place); `step` goes on from there\n"
    return (try? context.emit(words, at: Span(0, 0))) != nil
  }

  /// After Ctrl-C: keeps runs where they stopped, from where they go on; false where nothing can be kept.
  ///
  /// The journal gets what leads there without an interrupt.
  private func keepInterrupted(_ unit: InputUnit, _ done: Int, _ before: UndoStep) -> Bool {
    let tree = evaluator.code.tree
    var lines = unit.statements.prefix(done).map { context.sources.text(tree.span($0)) }
    if case .run(let statement) = tree[unit.statements[done]], let name = statement.name,
      let value = context.interruptedRun, let live = value.live
    {
      live.run.reopen()
      evaluator.globals.define(name.text, .run(evaluator.value(of: live)), span: name.span)
      context.desk.open(name.text)
      context.desk.current = name.text
      lines.append("start" + context.sources.text(tree.span(unit.statements[done])).dropFirst("run".count))
      lines.append("goto \(name.text) \(live.step)")
    } else if context.isSuspended {
      for (live, step) in openRuns {
        guard before.places.first(where: { $0.live === live })?.snapshot.state.step != step else { continue }
        lines.append("goto \(live.name) \(step)")
      }
      if let current = context.desk.current { lines.append("switch \(current)") }
    } else {
      return false
    }
    journalled.append(lines.joined(separator: "\n"))
    return true
  }

  /// The runs that can be stepped, by the names of the session, and where they are.
  private var openRuns: [(live: LiveRun, step: Int)] {
    evaluator.globals.localRuns.compactMap { (name, run) in
      guard !Self.isResult(name), let live = run.live else { return nil }
      return (live, live.step)
    }
  }

  /// Where every run is, by its name; one that is not there yet begins where it left another.
  package var runSteps: [String: Int] {
    Dictionary(openRuns.map { ($0.live.name, $0.step) }) { first, _ in first }
  }

  /// Updates that runs have made since they were at these steps; what went back counts nothing.
  package func stepsMade(since before: [String: Int]) -> Int {
    openRuns.map { run in
      let origin = context.desk.branches.first { $0.name == run.live.name && $0.parent != nil }?.step ?? 0
      return max(0, run.step - (before[run.live.name] ?? origin))
    }.reduce(0, +)
  }

  /// Bytes of the parameters and states that the names of runs hold.
  private var runBytes: Int {
    evaluator.globals.localRuns.flatMap(\.run.finals).map { $0.tensor.count * $0.tensor.dtype.byteCount }.reduce(0, +)
  }

  /// One statement; the value of an expression is shown and kept under the next number, which is given back.
  private func perform(_ id: StatementID) throws(Diagnostic) -> Int? {
    context.isSuspended = false
    context.interruptedRun = nil
    guard case .expression(let expression) = evaluator.code.tree[id] else {
      switch evaluator.code.tree[id] {
      case .session, .print, .table, .claim, .save: break
      case .plot(let plot):
        if plot.destination == nil { lastPlot = context.sources.text(evaluator.code.tree.span(id)) }
      default: context.probes.clear()
      }
      _ = try evaluator.execute(id, in: evaluator.globals)
      // Of a script that was saved, where results have names.
      if case .binding(let names, _, _) = evaluator.code.tree[id] {
        resultCount = max(resultCount, names.compactMap { Self.number(ofResult: $0.text) }.max() ?? 0)
      }
      return nil
    }
    let value = try evaluator.evaluate(expression, in: evaluator.globals)
    if case .nothing = value { return nil }
    resultCount += 1
    let name = "_\(resultCount)"
    for known in [name, "_"] { evaluator.globals.define(known, value) }
    try context.emit(ValueDisplay.text(value, name: name) + "\n", at: evaluator.code.tree.span(id))
    return resultCount
  }

  // MARK: Checking

  /// The findings about an input, from a check against a copy of the names, for checking assigns to variables too.
  ///
  /// In the tree, expressions about the present run become looks at it, which are given back.
  private func checked(_ parsed: inout Parsed, _ source: SourceText) -> ([Diagnostic], looks: [StatementID]) {
    let precision = context.precision
    let inputs = context.declaredInputs
    let desk = context.desk
    defer {
      context.precision = precision
      context.declaredInputs = inputs
      context.desk = desk
    }
    let checker = Evaluator(session: context, mode: .check)
    let scope = Scope(parent: checker.builtins)
    scope.restore(evaluator.globals.snapshot())
    let results = parsed.tree.body.count { if case .expression = parsed.tree[$0] { true } else { false } }
    let coming = (0..<results).map { "_\(resultCount + 1 + $0)" } + (results > 0 ? ["_"] : [])
    for name in coming { scope.define(name, .unknown(.any)) }
    checker.checking.lookFile = parsed.tree.file
    do { try checker.evaluateTop(Code(parsed.tree), in: scope) } catch {
      if Evaluator.isCheckFinding(error) { checker.report(error) }
    }
    parsed.tree = parsed.tree.inspecting(checker.checking.looks)
    if context.isInterrupted { return ([], []) }
    var surroundings = context.surroundings()
    surroundings.names.formUnion(evaluator.globals.localNames)
    surroundings.names.formUnion(coming)
    let outer = surroundings.signature
    surroundings.signature = { [evaluator] name in
      // A name of the session hides the library's.
      guard let binding = evaluator.globals.local(name) else { return outer(name) }
      guard case .function(.definition(let value)) = binding.value else { return nil }
      return Signature(value.definition)
    }
    let resolved = Resolver.resolve(parsed.tree, in: surroundings)
    let all = Findings(parsed: parsed, source: source, sources: context.sources).merged(resolved, checker.diagnostics)
    return (all, checker.checking.looks)
  }

  // MARK: Going back

  private func state() -> UndoStep {
    UndoStep(
      names: evaluator.globals.snapshot(), precision: context.precision, draws: context.drawSites.counts,
      resultCount: resultCount,
      journalCount: journalled.count, inputCount: context.declaredInputs.count,
      desk: context.desk, places: openRuns.map { ($0.live, $0.live.run.snapshot) }, byteCount: runBytes)
  }

  private func restore(_ step: UndoStep) {
    evaluator.globals.restore(step.names)
    context.precision = step.precision
    context.drawSites.counts = step.draws
    context.desk = step.desk
    context.probes.clear()
    // Time travel is exact: a run that has moved is where it was again, and its name has the results of then.
    // Not by replay, which an interrupt that is still to be answered would end.
    for place in step.places where place.live.step != place.snapshot.state.step {
      try? place.live.run.resume(from: place.snapshot)
    }
    resultCount = step.resultCount
    journalled.removeLast(journalled.count - step.journalCount)
    context.declaredInputs.removeLast(context.declaredInputs.count - step.inputCount)
  }

  private func remember(_ step: UndoStep) {
    undoSteps.append(step)
    undoBytes += step.byteCount
    var forgotten = max(0, undoSteps.count - Self.undoStepsMax)
    undoBytes -= undoSteps[..<forgotten].map(\.byteCount).reduce(0, +)
    while forgotten < undoSteps.count - 1, undoBytes > Self.undoBytesMax {
      undoBytes -= undoSteps[forgotten].byteCount
      forgotten += 1
    }
    undoSteps.removeFirst(forgotten)
  }

  /// Takes the last unit back; gives its text, or nil where there is none.
  package func undo() -> String? {
    guard let step = undoSteps.popLast() else { return nil }
    undoBytes -= step.byteCount
    let text = journalled.lines.last
    restore(step)
    return text
  }

  /// The session so far as a script.
  package var script: String {
    let text = journal.map { $0 + "\n" }.joined()
    let isOfOneMeaning = InputUnit.pieces(of: SourceText(name: "session", text)).count == 1
    return (isOfOneMeaning ? "" : Self.remarkOnNames) + text
  }

  /// At a prompt a name may get another meaning, in a script it may not.
  private static let remarkOnNames = "# Defines names anew, as only a session may: open it by `descent -i`.\n"

  /// The lines of that script.
  package var journal: [String] { journalled.lines }

  /// How often a line of it was changed after it had been written.
  package var journalRevision: Int { journalled.revision }

  /// Writes the session so far as a script that does the same.
  package func save(_ path: String) -> EntryReport {
    let place = context.addSource(SourceText(name: ":save", path))
    do {
      try context.write(Array(script.utf8), to: path, at: Span(file: place, 0, path.utf8.count))
      return EntryReport(diagnostics: [], outcome: .finished)
    } catch { return EntryReport(diagnostics: [error], outcome: .dataError) }
  }

  /// Draws the last plot again, to a file.
  package func savePlot(_ path: String) -> EntryReport? {
    guard let lastPlot else { return nil }
    return run(Array("\(lastPlot) to \"\(path)\"".utf8))
  }

  /// The runs and their forks as a tree, the present one marked.
  package var tree: [String] {
    let branches = context.desk.branches
    var lines: [String] = []
    func add(_ branch: RunDesk.Branch, _ indent: String, _ joint: String, _ below: String) {
      let isCurrent = branch.name == context.desk.current
      let origin = branch.parent == nil ? "" : " from step \(branch.step)"
      var step = ""
      if case .run(let run)? = evaluator.globals.lookup(branch.name)?.value {
        step = ", at step \(run.live?.step ?? run.stepCount)"
      }
      lines.append(indent + joint + branch.name + origin + step + (isCurrent ? "  *" : ""))
      let children = branches.filter { $0.parent == branch.name }
      for (number, child) in children.enumerated() {
        let isLast = number == children.count - 1
        add(child, indent + below, isLast ? "└─ " : "├─ ", isLast ? "   " : "│  ")
      }
    }
    for branch in branches where branch.parent == nil || !branches.contains(where: { $0.name == branch.parent }) {
      add(branch, "", "", "")
    }
    return lines
  }

  /// Called with what is watched while runs are stepped, and with nil when it is to be taken away; whether it is shown.
  package var onLive: ((LiveView?) -> Bool)? {
    get { context.onLive }
    set { context.onLive = newValue }
  }

  /// Draws a figure as a picture; false where that cannot be done, and it is then drawn in characters.
  package var onPicture: ((Figure, ImageRendering.Runner) -> Bool)? {
    get { context.onPicture }
    set { context.onPicture = newValue }
  }

  /// Bytes that tensors occupy, and how many they may.
  package var memory: (inUse: Int, peak: Int, limit: Int) { (Memory.inUse, Memory.peak, Memory.limit) }
}
