package import Data
import Diagnostics
import Engine
package import Experiments

/// Where and how often the runs of a script are kept to go on later.
package struct CheckpointOptions: Sendable {
  /// The folder, to read and to write.
  package var host: any Host
  /// Wall time between two checkpoints of a run.
  package var seconds: Double
  /// Whether runs go on from what lies in the folder.
  package var resumes: Bool
  /// Called when the first run begins and none goes on: takes away what an earlier execution has left in the folder, which
  /// a later `--resume` would find beside what this one keeps.
  package var setAside: @Sendable () -> Void = {}

  package init(host: any Host, seconds: Double, resumes: Bool) {
    self.host = host
    self.seconds = seconds
    self.resumes = resumes
  }
}

/// Keeps the runs of one execution of a script.
package final class CheckpointKeeper {
  package let resumes: Bool
  private let folder: CheckpointFolder
  private let seconds: Double
  private let now: () -> Double
  /// The processes that hold the workers of runs: the first one keeps what all have.
  private let ranks: RankChannel?
  /// The run at hand.
  private var current: Entry?
  private let setAside: () -> Void
  private var runCount = 0
  private var failures = 0
  /// Why the last of several attempts in a row failed: the script stops.
  package private(set) var failure: DataError?

  /// Attempts in a row that may fail.
  private static let failuresMax = 3
  /// A checkpoint takes at most one part in this many of the time.
  private static let share = 100.0

  init(_ options: CheckpointOptions, ranks: RankChannel?, now: @escaping () -> Double) {
    self.ranks = ranks
    folder = CheckpointFolder(host: options.host)
    resumes = options.resumes
    let isKeeper = ranks?.isFirst ?? true
    setAside = { if isKeeper { options.setAside() } }
    seconds = options.seconds
    self.now = now
  }

  /// One run on its way.
  package final class Entry {
    fileprivate let run: Int
    fileprivate let identity: RunCheckpoint.Identity
    fileprivate var number = 0
    fileprivate var due: Double

    fileprivate init(run: Int, identity: RunCheckpoint.Identity, due: Double) {
      self.run = run
      self.identity = identity
      self.due = due
    }
  }

  /// The next run of the script.
  package func entry(_ identity: RunCheckpoint.Identity) -> Entry {
    if runCount == 0, !resumes { setAside() }
    runCount += 1
    let entry = Entry(run: runCount, identity: identity, due: now() + seconds)
    current = entry
    return entry
  }

  /// What lies in the folder for a run.
  package func latest(_ entry: Entry) throws(DataError) -> CheckpointFolder.Found {
    let found = try folder.latest(run: entry.run, name: entry.identity.run)
    entry.number = found.checkpoint?.number ?? 0
    return found
  }

  /// Keeps a run when it is time; gives a warning's reason when that failed and will be tried again.
  package func keepIfDue(_ run: Run, _ entry: Entry) -> DataError? {
    if let ranks, run.traffic != nil { return ranks.takeCheckpoint() ? keep(run, entry) : nil }
    return now() >= entry.due ? keep(run, entry) : nil
  }

  /// Whether the first of several processes would like to keep the run at hand.
  var isDue: Bool { ranks?.isFirst == true && (current.map { now() >= $0.due } ?? false) }

  /// Keeps a run as it is now.
  package func keep(_ run: Run, _ entry: Entry) -> DataError? {
    let begin = now()
    var snapshot = run.snapshot
    if case .interrupted? = snapshot.ending { snapshot.ending = nil }
    if let ranks, !ranks.isFirst || ranks.failure != nil {
      entry.due = now() + seconds
      return nil
    }
    entry.number += 1
    do throws(DataError) {
      try folder.save(
        RunCheckpoint(identity: entry.identity, number: entry.number, snapshot: snapshot), run: entry.run)
      failures = 0
    } catch {
      // The same generation again: the other one is whole.
      entry.number -= 1
      failures += 1
      if failures >= Self.failuresMax { failure = error }
      entry.due = now() + seconds
      return error
    }
    let end = now()
    entry.due = end + max(seconds, Self.share * (end - begin))
    return nil
  }
}
