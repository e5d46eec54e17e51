package import Data
import Experiments
import Synchronization

/// Keeps the file by which others see what a shard is and how far.
///
/// The file is replaced when a sweep begins and ends, and now and then between, so that who reads it can tell a process
/// that works from one that was killed.
package final class ShardLog: Sendable {
  private struct Contents {
    var status: ShardStatus
    var lastTold: Int
    var failure: DataError?
  }

  private let options: RecordsOptions
  private let shard: Shard
  private let contents: Mutex<Contents>

  /// Seconds between two words.
  private static let interval = 5

  /// - Parameter status: of the shard before it begins.
  package init(_ options: RecordsOptions, _ shard: Shard, _ status: ShardStatus) {
    (self.options, self.shard) = (options, shard)
    contents = Mutex(Contents(status: status, lastTold: 0, failure: nil))
  }

  /// Why the file could not be written.
  package var failure: DataError? { contents.withLock(\.failure) }

  package var failedCount: Int { contents.withLock { $0.status.members.count { !$0.failure.isEmpty } } }
  package var waiting: [String] { contents.withLock(\.status.waiting) }

  /// A sweep that begins, with the numbers of all its runs that are of this shard; gives the place of the first of them.
  package func begin(_ sweep: String, count: Int, numbers: [Int], titles: [String]) -> Int {
    contents.withLock { contents in
      let first = contents.status.members.count
      let place = contents.status.sweeps.count
      contents.status.sweeps.append(ShardStatus.Sweep(name: sweep, count: count))
      for (number, title) in zip(numbers, titles) {
        contents.status.members.append(ShardStatus.Member(sweep: place, number: number, title: title))
      }
      tell(&contents)
      return first
    }
  }

  /// The name of a run in the store.
  package func note(_ member: Int, key: String) { contents.withLock { $0.status.members[member].key = key } }

  /// Why a run could not be made.
  package func note(_ member: Int, failure: String) {
    contents.withLock { $0.status.members[member].failure = failure }
  }

  package func note(waiting sweep: String) { contents.withLock { $0.status.waiting.append(sweep) } }

  /// Says that it is at work, if it has been silent for a while.
  package func beat() {
    contents.withLock { contents in
      if options.clock() - contents.lastTold >= Self.interval { tell(&contents) }
    }
  }

  /// Says how far it is.
  package func tell(_ state: ShardStatus.State = .running, _ reason: String = "") {
    contents.withLock { contents in
      (contents.status.state, contents.status.reason) = (state, reason)
      tell(&contents)
    }
  }

  private func tell(_ contents: inout Contents) {
    // What others cannot see any more was kept in vain.
    if contents.lastTold > 0, !options.host.exists(ShardStatus.path(shard)) {
      contents.failure =
        contents.failure ?? DataError(ShardStatus.path(shard), .unwritable(reason: "the folder has vanished"))
      return
    }
    contents.lastTold = options.clock()
    contents.status.told = contents.lastTold
    do throws(DataError) { try options.host.write(ShardStatus.path(shard), contents.status.encoded) } catch {
      contents.failure = contents.failure ?? error
    }
  }
}
