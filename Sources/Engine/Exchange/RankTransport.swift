/// How the processes that run one script together reach each other.
///
/// Every process calls `swap` as often as each other, in the same order; a message to everyone is answered by one from each.
package protocol RankTransport: AnyObject, Sendable {
  /// The number of this process, from 0.
  var index: Int { get }
  /// How many there are.
  var count: Int { get }

  /// Sends a message to all others, where it is not empty, and waits for one of at most so many bytes from each process in
  /// `capacities` that has some.
  ///
  /// - Returns: one message for each process; empty where none was waited for.
  func swap(_ own: [UInt8], capacities: [Int]) throws(RankFault) -> [[UInt8]]
}

/// Why the processes cannot go on together.
package struct RankFault: Error, Sendable, Hashable {
  /// What has gone wrong.
  package enum Cause: Sendable, Hashable {
    /// A process has ended, or says why it stopped.
    case ended(rank: Int, words: String)
    /// They are not at the same place of the script.
    case outOfStep(rank: Int)
    /// Asked to stop while it waited for these.
    case interrupted(waitingFor: [Int])
    /// The library failed, with its words.
    case library(String)
  }

  package var cause: Cause

  package init(_ cause: Cause) { self.cause = cause }
}
