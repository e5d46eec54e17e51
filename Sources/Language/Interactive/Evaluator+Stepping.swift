import Arithmetic
import Diagnostics
import Evaluation
import Experiments
import Messages
import Metrics
import Results
import Runs
import Syntax
import Values

/// Going on and going back.
extension Evaluator {
  /// The forms `step`, `step 500`, `step r, s 1000`, `step until sharpness > 2/lr`.
  func step(
    _ values: [ExpressionID], _ count: ExpressionID?, _ unit: Unit, until condition: ExpressionID?, in scope: Scope,
    at span: Span
  ) throws(Diagnostic) {
    let (runs, number) = try parted(values, count, in: scope, at: span)
    guard mode == .run else {
      for run in runs {
        if let condition { try check(condition: condition, of: run, in: scope) }
        forget(run, in: scope)
      }
      return
    }
    let steps = try number.map { (id) throws(Diagnostic) in
      try length(id, unit, of: runs, in: scope, what: "the number of steps")
    }
    var lives: [LiveRun] = []
    for run in runs { lives.append(try movable(run, at: span)) }
    let isComplete: Bool
    if let condition {
      isComplete = try go(lives, atMost: steps, until: condition, in: scope, at: span)
    } else {
      isComplete = try go(lives, by: steps ?? 1, in: scope, at: span)
    }
    for (run, live) in zip(runs, lives) { rebind(run, to: live, in: scope) }
    for live in lives { session.noteEnding(live.ending) }
    // What was looked at while they moved stays, as it is now.
    if session.isLive, let picture = livePicture(in: scope) {
      session.hideLive()
      try session.emit(picture.joined(separator: "\n") + "\n", at: span)
    }
    try tell(lives, in: scope, at: span)
    for live in lives { try conclude(value(of: live), live.bound) }
    if !isComplete { throw session.suspension(at: span, step: lives.map(\.step).max() ?? 0) }
  }

  /// Runs, then a number; a number alone is for the present run.
  private func parted(_ values: [ExpressionID], _ count: ExpressionID?, in scope: Scope, at span: Span)
    throws(Diagnostic) -> ([RunValue], ExpressionID?)
  {
    if values.count == 1, count == nil, try !isRun(values[0], in: scope) {
      return ([try openRun(nil, in: scope, at: span)], values[0])
    }
    if values.isEmpty { return ([try openRun(nil, in: scope, at: span)], nil) }
    var runs: [RunValue] = []
    for id in values {
      let run = try openRun(id, in: scope, at: span)
      if !runs.contains(where: { $0.name == run.name }) { runs.append(run) }
    }
    return (runs, count)
  }

  private func isRun(_ id: ExpressionID, in scope: Scope) throws(Diagnostic) -> Bool {
    if case .run = try evaluate(id, in: scope) { true } else { false }
  }

  /// A number of steps, of epochs of a run, or of its time.
  private func length(_ id: ExpressionID, _ unit: Unit, of runs: [RunValue], in scope: Scope, what: String)
    throws(Diagnostic) -> Int
  {
    let place = code.tree.span(id)
    try refuseTime(unit, what, at: place)
    if unit == .epochs, let run = runs.first { try requireEpochs(of: run, at: place) }
    return try stepCount(evaluate(id, in: scope), unit, runs.first?.stepsPerEpoch, what, from: 0, at: place)
  }

  /// A run that has not ended; one that was interrupted goes on.
  private func movable(_ run: RunValue, at span: Span) throws(Diagnostic) -> LiveRun {
    let live = try live(run, at: span)
    if let ending = live.ending, live.run.goesOn == false { throw .runEnded(run.name, ending, live.step, at: span) }
    return live
  }

  // MARK: Going on

  /// Goes on with runs by as many steps; together where there are several, so that an interrupt finds them in line.
  private func go(_ lives: [LiveRun], by count: Int, in scope: Scope, at span: Span) throws(Diagnostic) -> Bool {
    let pace = pace(in: scope)
    pace.goals = lives.map { min(sum($0.step, count), $0.bound.length) }
    session.stepGoal = pace.goals?.first
    defer { session.stepGoal = nil }
    let watches = try session.hasLiveView ? probes(lives, in: scope, at: span) : []
    if lives.count == 1, watches.isEmpty {
      return try advance(lives[0], to: sum(lives[0].step, count))
    }
    let starts = lives.map(\.step)
    var done = 0
    while done < count, lives.contains(where: { $0.ending == nil }) {
      let slice = min(pace.slice, count - done)
      let before = lives.map(\.run.snapshot)
      for (live, start) in zip(lives, starts) where live.ending == nil {
        if try advance(live, to: sum(start, done + slice)) { continue }
        if lives.count > 1 { try restore(lives, before, at: span) }
        return false
      }
      done += slice
      guard try unlessInterrupted({ () throws(Diagnostic) in try pace.show(lives, watches) }) else { return false }
    }
    return true
  }

  /// Puts runs back where they were, without a replay: an interrupt would end that too.
  private func restore(_ lives: [LiveRun], _ snapshots: [RunSnapshot], at span: Span) throws(Diagnostic) {
    for (live, snapshot) in zip(lives, snapshots) {
      do { try live.run.resume(from: snapshot) } catch {
        throw diagnostic(of: error, at: span)
      }
    }
  }

  private func pace(in scope: Scope) -> Pace {
    Pace(session: session) { [unowned self] lives in
      guard session.desk.livePlot != nil else { return nil }
      for live in lives { scope.rebind(live.name, .run(value(of: live))) }
      return livePicture(in: scope)
    }
  }

  private func sum(_ step: Int, _ count: Int) -> Int { min(step + count, RunDefinition.openLength) }

  /// Goes on step by step until a condition holds of one of the runs.
  private func go(
    _ lives: [LiveRun], atMost count: Int?, until condition: ExpressionID, in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Bool {
    let pace = pace(in: scope)
    if let count { pace.goals = lives.map { min(sum($0.step, count), $0.bound.length) } }
    var watches = try session.hasLiveView ? probes(lives, in: scope, at: span) : []
    if !watches.isEmpty {
      for (place, live) in lives.enumerated() { watches[place] += sides(of: condition, on: live, in: scope, at: span) }
    }
    var tests: [RunProbe] = []
    for live in lives { tests.append(try probe(condition: condition, on: live, in: scope)) }
    var left = count ?? Int.max
    while left > 0, lives.contains(where: { $0.ending == nil }) {
      for live in lives where live.ending == nil {
        guard try advance(live, to: sum(live.step, 1)) else { return false }
      }
      var holds = false
      let isWhole = try unlessInterrupted { () throws(Diagnostic) in
        for (live, test) in zip(lives, tests) where try test.values(on: live).first != 0 { holds = true }
        if !holds, pace.isDue { try pace.show(lives, watches) }
      }
      guard isWhole else { return false }
      if holds { return true }
      left -= 1
    }
    return true
  }

  /// False where Ctrl-C broke off what was looked at: the runs themselves are whole, and go on from where they are.
  private func unlessInterrupted(_ look: () throws(Diagnostic) -> Void) throws(Diagnostic) -> Bool {
    do throws(Diagnostic) { try look() } catch {
      guard error.effect == .interrupt else { throw error }
      return false
    }
    return true
  }

  /// What a condition compares, to be seen while it does not hold yet: `sharpness` and `2/lr` of `sharpness > 2/lr`.
  private func sides(of condition: ExpressionID, on live: LiveRun, in scope: Scope, at span: Span) -> [WatchProbe] {
    switch code.tree[condition] {
    case .and(let left, let right), .or(let left, let right):
      return sides(of: left, on: live, in: scope, at: span) + sides(of: right, on: live, in: scope, at: span)
    case .comparison(let values, _):
      return values.compactMap { id in
        let text = session.sources.text(code.tree.span(id))
        let known = ["loss", "step"] + session.desk.watches.map(\.text)
        guard !known.contains(text), !isNumber(id) else { return nil }
        let probe = try? probe([Recording.Item(value: id, alias: nil)], on: live, in: scope, at: span)
        guard let probe, (try? probe.values(on: live).first) != nil else { return nil }
        return WatchProbe(name: text, probe: probe)
      }
    default: return []
    }
  }

  private func isNumber(_ id: ExpressionID) -> Bool {
    switch code.tree[id] {
    case .integer, .real: true
    default: false
    }
  }

  /// While checking: whether a condition can be told of a run.
  func check(condition: ExpressionID, of run: RunValue, in scope: Scope) throws(Diagnostic) {
    guard let definition = run.definition else { return }
    let bound = try staged(definition)
    _ = try MetricStager(evaluator: self, subject: metricSubject(of: bound, 0)).stage(
      conditions: [condition], real: bound.real, in: scope, at: code.tree.span(condition))
  }

  // MARK: Going back

  /// The forms `back`, `back 40`, `goto 1800`, `goto r 1800`.
  func travel(_ isBack: Bool, _ values: [ExpressionID], _ unit: Unit, in scope: Scope, at span: Span)
    throws(Diagnostic)
  {
    let namesRun = try values.first.map { (id) throws(Diagnostic) in try isRun(id, in: scope) } ?? false
    let run = try openRun(namesRun ? values.first : nil, in: scope, at: span)
    let number = namesRun ? values.dropFirst().first : values.first
    if !namesRun, values.count > 1 { throw .expected("a run", found: "a number", at: code.tree.span(values[0])) }
    guard mode == .run else { return forget(run, in: scope) }
    let live = try live(run, at: span)
    var wanted = 1
    if let number {
      wanted = try length(number, unit, of: [run], in: scope, what: isBack ? "the number of steps" : "the step")
    } else if !isBack {
      throw .expected("a step", found: "nothing", at: span)
    }
    let target = isBack ? live.step - wanted : wanted
    let place = number.map { code.tree.span($0) } ?? span
    guard target >= 0 else { throw .beyondStart(run.name, live.step, wanted, at: place) }
    guard target <= live.bound.length, target <= live.step || live.ending == nil || live.run.goesOn else {
      throw .beyondEnd(run.name, live.ending, min(live.bound.length, live.step), target, at: place)
    }
    session.stepGoal = target
    defer { session.stepGoal = nil }
    let isComplete = try move(live, to: target)
    rebind(run, to: live, in: scope)
    session.desk.current = run.name
    try tell([live], in: scope, at: span)
    if !isComplete { throw session.suspension(at: span, step: live.step) }
  }

  /// The first step at which a condition holds: `when sharpness > 9`.
  func when(_ condition: ExpressionID, of id: ExpressionID?, in scope: Scope, at span: Span) throws(Diagnostic) {
    let run = try openRun(id, in: scope, at: span)
    guard mode == .run else { return try check(condition: condition, of: run, in: scope) }
    let live = try live(run, at: span)
    let test = try probe(condition: condition, on: live, in: scope)
    session.stepGoal = live.step
    defer { session.stepGoal = nil }
    let found = try firstStep(where: test, of: live)
    let text = session.sources.text(code.tree.span(condition))
    guard let found else {
      if session.isInterrupted { throw session.interruption(at: span) }
      return try session.emit("\(run.name): never \(text), up to step \(live.step)\n", at: span)
    }
    try session.emit("\(run.name): \(text) first at step \(found)\n", at: span)
  }
}
