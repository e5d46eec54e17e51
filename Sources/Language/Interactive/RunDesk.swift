import Diagnostics
import Syntax

/// What is open in a session: the runs that are stepped, the present one, and what is watched of them.
struct RunDesk {
  /// A value that is shown whenever a run has moved.
  struct Watch {
    var text: String
    var expression: ExpressionID
    var code: Code
  }

  /// A run or fork, in the order in which they were made.
  struct Branch {
    var name: String
    /// The run that it comes from, and the step at which it left it.
    var parent: String?
    var step: Int
  }

  /// A plot that is drawn again while runs are stepped.
  struct LivePlot {
    var plot: PlotStatement
    var code: Code
    var span: Span
  }

  var livePlot: LivePlot?
  /// The run that is meant where none is named.
  var current: String?
  var watches: [Watch] = []
  var branches: [Branch] = []

  /// Notes a run and makes it the present one.
  mutating func choose(_ name: String) {
    open(name)
    current = name
  }

  /// Notes a fork that a script has made, with the step at which it left its source.
  mutating func noteFork(_ name: String, of source: String, in scope: Scope) {
    guard !branches.contains(where: { $0.name == name }), case .run(let run)? = scope.lookup(name)?.value else {
      return
    }
    open(name, from: source, at: run.definition?.firstStep ?? 0)
  }

  /// Notes a run; one of the same name that was there before is forgotten.
  mutating func open(_ name: String, from parent: String? = nil, at step: Int = 0) {
    branches.removeAll { $0.name == name }
    branches.append(Branch(name: name, parent: parent, step: step))
  }
}

/// Measurements that were planned, so that a value that is watched is planned once for each run.
final class ProbeCache {
  private struct Entry {
    var live: LiveRun
    var text: String
    var probe: RunProbe
  }

  private var entries: [Entry] = []
  private var replays: [ReplayedSeries] = []
  private static let countMax = 32
  /// Each holds a run of its own.
  private static let replaysMax = 8

  /// The probe of a text on a run, made at its first use.
  func probe(_ text: String, on live: LiveRun, make: () throws(Diagnostic) -> RunProbe) throws(Diagnostic) -> RunProbe {
    if let known = entries.first(where: { $0.live === live && $0.text == text }) { return known.probe }
    let probe = try make()
    entries.append(Entry(live: live, text: text, probe: probe))
    if entries.count > Self.countMax { entries.removeFirst() }
    return probe
  }

  /// The replay of texts on a run, made at its first use.
  func replay(_ texts: [String], on live: LiveRun, make: () throws(Diagnostic) -> ReplayedSeries) throws(Diagnostic)
    -> ReplayedSeries
  {
    if let known = replays.first(where: { $0.live === live && $0.texts == texts }) { return known }
    let replay = try make()
    replays.append(replay)
    if replays.count > Self.replaysMax { replays.removeFirst() }
    return replay
  }

  /// Forgets everything: names may mean something else from now on.
  func clear() {
    entries.removeAll()
    replays.removeAll()
  }
}
