import CMessages
import Engine
import Glibc

/// Ranks that reach each other by Open MPI.
///
/// A rank that waits looks often at first, then leaves the processor to others, then sleeps a little between two looks: where
/// there are more ranks than processors, those that wait must not take the time of those that work.
///
/// One thread at a time uses it, the one that evaluates the script; hence `@unchecked`.
final class MessageRanks: RankTransport, @unchecked Sendable {
  let index: Int
  let count: Int
  /// The machine and the process of each rank, once they are known.
  private var places: [RankPlace] = []
  private var outgoing = Memory()
  private var incoming = Memory()
  /// Looks without a pause, and those after which it begins to sleep.
  private let looks: Int
  private static let yields = 4000

  /// Room that grows.
  private struct Memory {
    private(set) var start = UnsafeMutableRawPointer.allocate(byteCount: 1 << 12, alignment: 64)
    private var size = 1 << 12

    mutating func reserve(_ bytes: Int) {
      guard bytes > size else { return }
      start.deallocate()
      size = max(bytes, 2 * size)
      start = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    }
  }

  /// Joins the other ranks.
  ///
  /// - Parameter isCrowded: whether there are more ranks than processors.
  init(isCrowded: Bool) throws(RankFault) {
    var (index, count): (Int32, Int32) = (0, 1)
    guard cm_join(&index, &count) == 0 else { throw Self.failure }
    (self.index, self.count) = (Int(index), Int(count))
    looks = isCrowded ? 10 : 5000
  }

  private static var failure: RankFault { RankFault(.library(String(cString: cm_failure()))) }

  /// Leaves the other ranks in order; all of them must.
  func leave() { cm_leave() }

  /// Ends all ranks at once.
  func abort(_ status: Int32) { cm_abort(status) }

  /// Tells where this rank is, and learns where the others are.
  func introduce(_ channel: RankChannel) throws(RankFault) {
    let own = "\(getpid()) \(RecordsFolder.machine)"
    places = try channel.gather(Array(own.utf8)).map { bytes in
      let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ", maxSplits: 1)
      return RankPlace(machine: parts.count > 1 ? String(parts[1]) : "", process: Int(parts.first ?? "") ?? 0)
    }
  }

  func swap(_ own: [UInt8], capacities: [Int]) throws(RankFault) -> [[UInt8]] {
    outgoing.reserve(own.count)
    own.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress { outgoing.start.copyMemory(from: start, byteCount: bytes.count) }
    }
    incoming.reserve(capacities.reduce(0, +))
    var next = incoming.start
    let buffers: [UnsafeMutableRawPointer?] = capacities.map { size in
      defer { next += size }
      return next
    }
    guard cm_begin(outgoing.start, Int64(own.count), buffers, capacities.map(Int64.init)) == 0 else {
      throw Self.failure
    }
    var received = [Int64](repeating: 0, count: count)
    try wait(for: capacities.indices.filter { capacities[$0] > 0 }, &received)
    return received.indices.map { rank in
      Array(UnsafeRawBufferPointer(start: buffers[rank], count: capacities[rank] > 0 ? Int(received[rank]) : 0))
    }
  }

  private func wait(for ranks: [Int], _ received: inout [Int64]) throws(RankFault) {
    var polls = 0
    var watch = Watch()
    while true {
      switch cm_poll(&received) {
      case 1: return
      case 0: break
      default: throw Self.failure
      }
      polls += 1
      if polls < looks { continue }
      guard polls > looks + Self.yields else {
        sched_yield()
        continue
      }
      usleep(polls < looks + 2 * Self.yields ? 50 : 500)
      try watch.look(at: ranks, places)
    }
  }
}

/// Where a rank is.
private struct RankPlace {
  /// As `RecordsFolder` tells machines apart.
  var machine: String
  var process: Int
  /// Its name alone.
  var name: Substring { machine.split(separator: " ").first ?? "" }
}

/// What a rank that waits long looks at: whether the others still run, and whether it is to stop itself.
private struct Watch {
  private var lastLook = 0.0
  private var isMissing: (rank: Int, since: Double)?
  private var isStopping: Double?

  private static let interval = 0.1
  /// What a rank has sent before its end may still be on its way.
  private static let grace = 0.3
  /// Longest wait for others once this rank is to stop: mpirun gives a second.
  private static let patience = 5.0

  mutating func look(at ranks: [Int], _ places: [RankPlace]) throws(RankFault) {
    let now = Clock.seconds
    guard now - lastLook >= Self.interval else { return }
    lastLook = now
    if let missing = isMissing, now - missing.since > Self.grace {
      let place = places[missing.rank]
      throw RankFault(
        .ended(rank: missing.rank, words: "process \(place.process) on \(place.name) is not there any more"))
    }
    if isMissing == nil {
      let gone = ranks.first {
        $0 < places.count && RecordsFolder.isAlive(places[$0].machine, places[$0].process) == false
      }
      isMissing = gone.map { ($0, now) }
    }
    guard Signals.received != nil else { return }
    isStopping = isStopping ?? now
    if now - (isStopping ?? now) > Self.patience { throw RankFault(.interrupted(waitingFor: ranks)) }
  }
}
