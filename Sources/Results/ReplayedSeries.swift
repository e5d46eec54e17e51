import Diagnostics
import Experiments
import Library
import Messages
import Runs
import Syntax
import Values

/// What a run never recorded, found by running it again beside itself.
///
/// The copy stays where it was left, so that a longer run costs only what is new of it; the run itself is not touched.
final class ReplayedSeries {
  let live: LiveRun
  let texts: [String]
  private let copy: LiveRun
  private let probe: RunProbe
  /// Steps between two points: a power of two, so that what was looked at once is never looked at again.
  private var stride = 1
  private var points: [(step: Int, values: [Double])] = []

  /// As many as a picture shows; some values cost more than a step.
  private static let pointsMax = 256

  init(_ live: LiveRun, _ texts: [String], copy: LiveRun, probe: RunProbe) {
    self.live = live
    self.texts = texts
    self.copy = copy
    self.probe = probe
  }

  /// One series for each text up to the run's present step; nil where an interrupt came in between.
  func series(_ advance: (LiveRun, Int) throws(Diagnostic) -> Bool) throws(Diagnostic) -> [Series]? {
    while stride * Self.pointsMax < live.step { stride *= 2 }
    points.removeAll { $0.step % stride != 0 }
    var next = points.last.map { $0.step + stride } ?? 0
    while next <= live.step {
      guard try advance(copy, next) else { return nil }
      guard copy.step == next else { break }
      points.append((next, try probe.values(on: copy)))
      next += stride
    }
    var shown = points.filter { $0.step <= live.step }
    if shown.last?.step != live.step { shown.append((live.step, try probe.values(on: live))) }
    return texts.indices.map { index in
      Series(
        name: texts[index], axis: .step, positions: shown.map { Double($0.step) },
        values: shown.map { $0.values[index] })
    }
  }
}

extension Evaluator {
  /// The recorded series of these names, and for the others what a replay gives.
  ///
  /// While checking, what would be replayed is checked and has no points.
  func series(_ ids: [ExpressionID], of run: RunValue, in scope: Scope) throws(Diagnostic) -> [Series] {
    let texts = ids.map { session.sources.text(code.tree.span($0)) }
    let missing = ids.indices.filter { index in !run.series.contains { $0.name == texts[index] } }
    let known = try run.series + replayed(missing.map { ids[$0] }, of: run, in: scope)
    return texts.map { text in known.first { $0.name == text } ?? Series(name: text, axis: .step) }
  }

  private func replayed(_ ids: [ExpressionID], of run: RunValue, in scope: Scope) throws(Diagnostic) -> [Series] {
    guard let first = ids.first else { return [] }
    guard run.definition != nil, mode == .check || run.live != nil else {
      if run.isPartial { return [] }
      throw unrecorded(first, of: run)
    }
    do throws(Diagnostic) {
      guard mode == .run else {
        try check(ids, of: run, in: scope, at: code.tree.span(first))
        return []
      }
      return try replayed(ids, of: live(run, at: code.tree.span(first)), in: scope)
    } catch {
      // What is no metric either is most likely a misspelt name of a series.
      guard error.effect == .unknownName, let id = ids.first(where: { code.tree.span($0) == error.span }) else {
        throw error
      }
      throw unrecorded(id, of: run)
    }
  }

  private func replayed(_ ids: [ExpressionID], of live: LiveRun, in scope: Scope) throws(Diagnostic) -> [Series] {
    let span = code.tree.span(ids[0])
    let texts = ids.map { session.sources.text(code.tree.span($0)) }
    let replay = try session.probes.replay(texts, on: live) { () throws(Diagnostic) in
      let items = ids.map { Recording.Item(value: $0, alias: nil) }
      return ReplayedSeries(
        live, texts, copy: try quietCopy(of: live), probe: try probe(items, on: live, in: scope, at: span))
    }
    session.stepGoal = live.step
    defer { session.stepGoal = nil }
    let found = try replay.series { (copy, step) throws(Diagnostic) in try advance(copy, to: step) }
    guard let found else { throw session.interruption(at: span) }
    return found
  }

  /// Whether an expression speaks of a step of a run: by a name that means nothing elsewhere, or by a metric.
  func isMetric(_ root: ExpressionID, in scope: Scope) -> Bool {
    var pending = [root]
    while let id = pending.popLast() {
      switch code.tree[id] {
      case .name(let name):
        if scope.lookup(name)?.value.isCallable ?? true { return true }
      case .call(let callee, let arguments, _):
        if case .name(let name) = code.tree[callee], scope.lookup(name) == nil,
          LibraryEntries.entry(named: name)?.kind == "metrics"
        {
          return true
        }
        pending += arguments.map(\.value)
      case .binary(_, let left, let right, _): pending += [left, right]
      case .negate(let value), .restricted(let value, _): pending.append(value)
      default: break
      }
    }
    return false
  }

  private func unrecorded(_ id: ExpressionID, of run: RunValue) -> Diagnostic {
    let name = session.sources.text(code.tree.span(id))
    return .unknownMember(
      name, of: "the run `\(run.name)`", available: run.series.map(\.name),
      near: Suggestion.nearest(to: name, in: run.series.map(\.name)), at: code.tree.span(id))
  }
}
