package import Data

/// One of `count` equal shares of the runs of all sweeps: those whose number in their sweep leaves `index` when it is
/// divided by `count`.
package struct Shard: Sendable, Hashable {
  package let index: Int
  package let count: Int

  /// Shares beyond this number are a mistake.
  package static let countMax = 100_000

  /// Nil where there is no such share: indices go from 0 to `count` - 1.
  package init?(_ index: Int, of count: Int) {
    guard (1...Self.countMax).contains(count), (0..<count).contains(index) else { return nil }
    (self.index, self.count) = (index, count)
  }

  /// `3/20`.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1] else { return nil }
    self.init(index, of: count)
  }

  package var text: String { "\(index)/\(count)" }

  /// Whether a run is one of this share.
  package func holds(_ number: Int) -> Bool { number % count == index }
}

/// A folder in which the runs of many processes come together, and what one of them does there.
///
/// The records are entries of a `RunStore`: written once, whole, under the name of what they are of, so that any set of
/// processes may work in one folder at once. Beside them each shard keeps a file that says which runs are its own and how
/// far it is (`ShardStatus`); nothing but `descent runs` and a second process of the same shard reads it.
package struct RecordsOptions: Sendable {
  /// What a process does with the records.
  package enum Task: Sendable {
    /// Makes those of one shard that are missing, and nothing else.
    case shard(Shard)
    /// Runs the script with what is there, and makes what is missing.
    case complete
    /// Runs the script with what is there, and refuses to begin where something is missing.
    case merge
  }

  /// The folder, to read and to write.
  package var host: any Host
  package var task: Task
  /// The machine that this process runs on, and its number there.
  package var machine = ""
  package var process = 0
  /// Seconds since 1970, the same on all machines.
  package var clock: @Sendable () -> Int = { 0 }
  /// Whether a process runs; nil where that cannot be known from here.
  package var isAlive: @Sendable (_ machine: String, _ process: Int) -> Bool? = { _, _ in nil }

  package init(host: any Host, task: Task) { (self.host, self.task) = (host, task) }

  /// The shard, where this process makes one.
  package var shard: Shard? { if case .shard(let shard) = task { shard } else { nil } }
}
