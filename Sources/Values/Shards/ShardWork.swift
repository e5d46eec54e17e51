/// The share of a script that this process makes.
package final class ShardWork {
  package let shard: Shard
  package let log: ShardLog
  /// Whether what the present statement defines is needed by a later one.
  package var isUsed = false
  /// Set where runs of others are not there yet.
  package var isIncomplete = false
  /// Whether the results of all are being put together, none being made.
  package var isGathering = false
  /// The place in the log of the first run of the sweep at hand.
  package var first = 0

  package init(_ shard: Shard, _ log: ShardLog) { (self.shard, self.log) = (shard, log) }
}
