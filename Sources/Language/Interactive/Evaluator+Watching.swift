import Diagnostics
import Experiments
import Messages
import Results
import Runs
import Syntax
import Tensors
import Values

/// What is shown of runs that have moved.
extension Evaluator {
  /// One line for each run: its step, its loss, what is watched, and what is recorded at this very step.
  func tell(_ lives: [LiveRun], in scope: Scope, at span: Span) throws(Diagnostic) {
    session.hideLive()
    // After Ctrl-C nothing is worth a second of anybody's time.
    let watched = session.isInterrupted ? lives.map { _ in [] } : try probes(lives, in: scope, at: span)
    let width = session.desk.branches.map(\.name.count).max() ?? 0
    for (live, watches) in zip(lives, watched) {
      var parts: [String] = []
      for watch in watches {
        let value = try watch.probe.values(on: live).first ?? .nan
        parts.append("\(watch.name) \(NumberText.short(value))")
      }
      let names = watches.map(\.name)
      for series in live.series where !names.contains(series.name) {
        guard series.positions.last == Double(live.step), let value = series.values.last else { continue }
        parts.append("\(series.name) \(NumberText.short(value))")
      }
      if case .process = live.bound.subject { parts += numbers(of: live) }
      let name = live.name + String(repeating: " ", count: max(0, width - live.name.count))
      let step = "step \(live.step)"
      let gap = String(repeating: " ", count: max(2, 14 - step.count))
      try session.emit(name + "  " + step + gap + parts.joined(separator: "   ") + ending(of: live) + "\n", at: span)
    }
  }

  private func ending(of live: LiveRun) -> String {
    switch live.ending {
    case .completed: "   (its end)"
    case .stopped: "   (stopped here)"
    case .diverged: "   (diverged)"
    case .interrupted, nil: ""
    }
  }

  /// The states of a process that are single numbers.
  private func numbers(of live: LiveRun) -> [String] {
    live.slots.filter { $0.tensor.count == 1 }.prefix(6).map { slot in
      "\(slot.path) \(NumberText.short(slot.tensor.doubles().first ?? .nan))"
    }
  }

  /// The probes of what is watched, for each run; the loss is watched unless there is none.
  func probes(_ lives: [LiveRun], in scope: Scope, at span: Span) throws(Diagnostic) -> [[WatchProbe]] {
    var result: [[WatchProbe]] = []
    for live in lives {
      var watches = session.desk.watches
      if case .problem = live.bound.subject, !watches.contains(where: { $0.text == "loss" }),
        let loss = session.lossWatch
      {
        watches.insert(loss, at: 0)
      }
      var probes: [WatchProbe] = []
      for watch in watches {
        let probe = try session.probes.probe(watch.text, on: live) { () throws(Diagnostic) in
          try within(watch.code) { () throws(Diagnostic) in
            try self.probe([Recording.Item(value: watch.expression, alias: nil)], on: live, in: scope, at: span)
          }
        }
        probes.append(WatchProbe(name: watch.text, probe: probe))
      }
      result.append(probes)
    }
    return result
  }

  // MARK: Watching

  func watch(_ values: [ExpressionID], in scope: Scope, at span: Span) throws(Diagnostic) {
    if values.isEmpty {
      guard mode == .run else { return }
      let texts = session.desk.watches.map(\.text)
      return try session.emit(
        (texts.isEmpty ? "nothing is watched but the loss" : texts.joined(separator: ", ")) + "\n", at: span)
    }
    var added: [RunDesk.Watch] = []
    for id in values {
      added.append(RunDesk.Watch(text: session.sources.text(code.tree.span(id)), expression: id, code: code))
    }
    let present = session.desk.current.flatMap { scope.lookup($0)?.value }
    if mode == .check {
      if case .run(let run)? = present { try check(values, of: run, in: scope, at: span) }
      return
    }
    for watch in added where !session.desk.watches.contains(where: { $0.text == watch.text }) {
      session.desk.watches.append(watch)
    }
    if case .run(let run)? = present, let live = run.live { try tell([live], in: scope, at: span) }
  }

  func unwatch(_ values: [ExpressionID]) {
    guard mode == .run else { return }
    let texts = values.map { session.sources.text(code.tree.span($0)) }
    if values.isEmpty { session.desk.livePlot = nil }
    session.desk.watches.removeAll { texts.isEmpty || texts.contains($0.text) }
  }
}
