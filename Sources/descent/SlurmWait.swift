import Data
import Diagnostics
import Glibc
import Values

/// Waits for the end of arrays that a scheduler makes.
///
/// `sbatch --wait` looks after 2, 10 and 42 seconds. Here the records are looked at, which costs the scheduler nothing: when
/// all shards have said their end it is asked at once, else seldom, for those that cannot say it any more.
struct SlurmWait {
  /// What a shard said, and who: another process, or a later word, is not the same.
  private struct Word: Hashable {
    var machine: String
    var process: Int
    var told: Int

    init(_ status: ShardStatus) { (machine, process, told) = (status.machine, status.process, status.told) }
  }

  private let host: SystemHost
  private let shards: Int
  /// What lay there before.
  private let earlier: Set<Word>

  /// Seconds between two looks at the records, which take at most a part of the time, and between two questions.
  private static let lookMin = 0.05, lookMax = 10.0, lookShare = 20.0
  private static let questionSoon = 0.1, questionMin = 1.0, questionMax = 30.0
  /// Questions in a row that may fail.
  private static let failuresMax = 10

  /// - Parameter host: the folder of records, before anything is started.
  init(shards: Int, in host: SystemHost) {
    (self.shards, self.host) = (shards, host)
    earlier = Set(ShardStatus.all(in: host).map(Word.init))
  }

  /// Returns when the scheduler has none of the jobs any more, or at a signal.
  func wait(for jobs: [String], _ folder: String, _ console: Console) throws -> ExitStatus {
    var (interval, nextQuestion) = (Self.questionMin, Clock.seconds + Self.questionMin)
    var failures = 0
    var wasQuiet = false
    while Signals.received == nil {
      let begin = Clock.seconds
      let isQuiet = haveAllEnded
      // Tasks that have said their end are gone soon.
      let isNew = isQuiet && !wasQuiet
      if isNew || begin >= nextQuestion {
        switch try isKnown(jobs) {
        case .some(false): return told(folder, console)
        case .some(true): failures = 0
        case nil: failures += 1
        }
        guard failures < Self.failuresMax else { throw Diagnostic.schedulerSilent(jobs, folder) }
        interval = isNew ? Self.questionSoon : min(Self.questionMax, 1.5 * interval)
        nextQuestion = Clock.seconds + interval
      }
      wasQuiet = isQuiet
      let cost = Clock.seconds - begin
      usleep(UInt32(1e6 * min(Self.lookMax, max(Self.lookMin, Self.lookShare * cost))))
    }
    console.error.write(
      "job \(jobs.joined(separator: ", ")) goes on; `scancel \(jobs.joined(separator: " "))` ends it\n")
    return Signals.received == SIGINT ? .interrupted : .terminated
  }

  private var statuses: [ShardStatus] { ShardStatus.all(in: host).filter { $0.count == shards } }

  private var haveAllEnded: Bool {
    let ended = statuses.filter { $0.state != .running && $0.waiting.isEmpty && !earlier.contains(Word($0)) }
    return ended.count == shards
  }

  /// Whether the scheduler still has one of the jobs; nil where it gives no answer.
  private func isKnown(_ jobs: [String]) throws -> Bool? {
    let (output, status) = try ShellCommand.run("squeue --noheader --format=%T --jobs=\(jobs.joined(separator: ","))")
    if status != 0 { return output.contains("Invalid job id") ? false : nil }
    return output.split(separator: "\n").contains { $0 != "COMPLETING" }
  }

  /// Tells of shards that are not done.
  private func told(_ folder: String, _ console: Console) -> ExitStatus {
    let known = statuses
    let done = known.count { $0.state == .ended && $0.waiting.isEmpty && $0.members.allSatisfy(\.failure.isEmpty) }
    guard done < shards else { return .finished }
    console.error.write("\(shards - done) of \(shards) shards are not done; `descent runs \(folder)` says why\n")
    return .dataError
  }
}

extension Diagnostic {
  fileprivate static func schedulerSilent(_ jobs: [String], _ folder: String) -> Diagnostic {
    Diagnostic(
      "E1014", effect: .data, "the scheduler does not say what has become of job \(jobs.joined(separator: ", "))",
      at: nil, help: ["the job may well go on: see `descent runs \(folder)`"])
  }
}
