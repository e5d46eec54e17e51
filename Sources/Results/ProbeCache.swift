package import Diagnostics
package import Runs
import Values

extension SessionContext {
  /// Measurements of runs that were planned.
  package var probes: ProbeCache {
    if let known = annex[ProbeCache.self] { return known }
    let made = ProbeCache()
    annex[ProbeCache.self] = made
    return made
  }
}

/// Measurements that were planned, so that a value that is watched is planned once for each run.
package final class ProbeCache {
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
  package func probe(_ text: String, on live: LiveRun, make: () throws(Diagnostic) -> RunProbe) throws(Diagnostic)
    -> RunProbe
  {
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
  package func clear() {
    entries.removeAll()
    replays.removeAll()
  }
}
