/// The share of a script that this process makes.
final class ShardWork {
  let shard: Shard
  let log: ShardLog
  /// Whether what the present statement defines is needed by a later one.
  var isUsed = false
  /// Set where runs of others are not there yet.
  var isIncomplete = false
  /// Whether the results of all are being put together, none being made.
  var isGathering = false
  /// The place in the log of the first run of the sweep at hand.
  var first = 0

  init(_ shard: Shard, _ log: ShardLog) { (self.shard, self.log) = (shard, log) }
}
