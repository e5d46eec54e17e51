import Arithmetic
package import Diagnostics
import Engine
package import Experiments
import Metrics
import Tensors
import Values

/// One way in which a run is made again.
private struct ReplayVariant {
  var title: String
  var threads: Int?
  var withoutMetrics: Bool
  /// From how many steps on they are machine code; nil for as many as elsewhere.
  var stepsUntilCode: Int?

  /// Metrics must not change a run, nor may threads, nor what its steps are made of.
  static let all = [
    ReplayVariant(title: "without metrics", threads: nil, withoutMetrics: true),
    ReplayVariant(title: "1 thread", threads: 1, withoutMetrics: false),
    ReplayVariant(title: "2 threads", threads: 2, withoutMetrics: true),
    ReplayVariant(title: "3 threads", threads: 3, withoutMetrics: true),
    ReplayVariant(title: "without machine code", threads: nil, withoutMetrics: false, stepsUntilCode: .max),
    ReplayVariant(title: "with it from the start", threads: nil, withoutMetrics: true, stepsUntilCode: 0),
  ]
}

extension Evaluator {
  /// Makes a run again, without its metrics, with other numbers of threads, without and with machine code, and compares the
  /// states bit for bit.
  package func verify(_ live: LiveRun, from start: RunSnapshot? = nil) throws(Diagnostic) {
    session.replays.count += 1
    var words: [String] = []
    var isSame = true
    for variant in ReplayVariant.all {
      let other = try replayed(live, variant, from: start)
      guard let difference = try difference(live.run, other, live.bound) else {
        words.append("\(variant.title): same")
        continue
      }
      isSame = false
      words.append("\(variant.title): \(difference)")
      report(.replayDiffers(run: live.name, variant.title, difference, at: live.bound.span))
    }
    if !isSame { session.replays.different += 1 }
    session.tellReplay("\(live.name)  step \(live.step) · " + words.joined(separator: " · "))
  }

  private func replayed(_ live: LiveRun, _ variant: ReplayVariant, from start: RunSnapshot?) throws(Diagnostic) -> Run {
    var bound = live.bound
    if variant.withoutMetrics {
      for index in bound.segments.indices { bound.segments[index].dropMetrics(isContinued: start != nil) }
    }
    let outer = session.engineOptions
    if let threads = variant.threads { session.engineOptions.threads = threads }
    if let steps = variant.stepsUntilCode { session.engineOptions.stepsUntilCode = steps }
    defer { session.engineOptions = outer }
    let run = try prepared(bound, from: start)
    do { try run.finish() } catch { throw diagnostic(of: error, at: bound.span) }
    if case .interrupted(let step)? = run.ending { throw session.interruption(at: bound.span, step: step) }
    return run
  }

  /// Where two runs part; nil when they end in the same state.
  private func difference(_ run: Run, _ other: Run, _ bound: BoundRun) throws(Diagnostic) -> String? {
    guard other.step == run.step else { return "ends at step \(other.step), not \(run.step)" }
    guard let slot = Self.firstDifference(run.state, other.state) else { return nil }
    do {
      // The last step at which both are the same, and the first at which they are not.
      var (same, different) = (0, run.step)
      while different - same > 1 {
        let middle = (same + different) / 2
        if Self.firstDifference(try run.state(at: middle), try other.state(at: middle)) == nil {
          same = middle
        } else {
          different = middle
        }
      }
      return "`\(run.slotNames[slot])` differs from step \(different) on"
    } catch { throw diagnostic(of: error, at: bound.span) }
  }

  /// The first slot whose bits are not the same; nil when all are.
  static func firstDifference(_ a: RunState, _ b: RunState) -> Int? {
    guard a.slots.count == b.slots.count else { return 0 }
    return a.slots.indices.first { !a.slots[$0].hasSameBits(as: b.slots[$0]) }
  }
}

extension BoundSegment {
  /// Records nothing but what decides where the run stops; a run that goes on from another has its series by their places.
  fileprivate mutating func dropMetrics(isContinued: Bool) {
    if isContinued, !stalls.isEmpty { return }
    let kept = metrics.indices.filter { index in stalls.contains { metrics[index].names.contains($0.name) } }
    lastMetrics = kept.map { $0 < lastMetrics.count ? lastMetrics[$0] : nil }
    metrics = kept.map { metrics[$0] }
  }
}

extension Diagnostic {
  static func replayDiffers(run: String, _ how: String, _ difference: String, at span: Span) -> Diagnostic {
    Diagnostic(
      "E1001", effect: .data, "the run `\(run)` is not the same \(how)", at: span, label: difference,
      help: ["this is a defect of the program, never of the script: please report it with the script"])
  }
}
