/// The processes that run one script together, as a session sees them.
///
/// Note [Ranks]
/// Every process walks the whole script and holds all results, so that each decides alike; the first one alone shows and
/// writes. What takes the time is divided: the members of a sweep, each made by one process and given to the others as the
/// record that the store keeps, and the workers of a run, each held by one process, which sends to the others what `send`
/// names in the rule. Whatever a process learns for itself, an interruption or the time of a checkpoint, goes along with the
/// messages, and all act on it at the same step.
package final class RankChannel: @unchecked Sendable {
  /// What a message is.
  package enum Kind: UInt8 { case step = 1, gather, body, rows, end }

  /// What a process would like, told with each message; all do what one of them wishes.
  package struct Wishes: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let stop = Wishes(rawValue: 1)
    package static let checkpoint = Wishes(rawValue: 2)
  }

  private let transport: any RankTransport
  package var index: Int { transport.index }
  package var count: Int { transport.count }

  /// Why they cannot go on together, once that is so.
  package private(set) var failure: RankFault?
  /// What this process would like at the moment.
  package var wishes: () -> Wishes = { [] }
  private var agreed: Wishes = []
  private var sequence: UInt32 = 0
  /// Those that have told their end, and the largest message of a step.
  private var hasEnded: [Bool]
  private var largest = RankChannel.headerBytes
  /// What those have said that ended otherwise.
  package private(set) var partings: [(rank: Int, words: String)] = []

  /// Not 0 where all have agreed to stop, for those who poll.
  ///
  /// SAFETY: allocated once, written by the thread that exchanges and freed with the channel, which outlives all runs.
  private let flag: UnsafeMutablePointer<Int32>

  package init(_ transport: any RankTransport) {
    self.transport = transport
    hasEnded = [Bool](repeating: false, count: transport.count)
    flag = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    flag.initialize(to: 0)
  }

  deinit { flag.deallocate() }

  package var isFirst: Bool { index == 0 }
  package var stopFlag: UnsafePointer<Int32> { UnsafePointer(flag) }
  /// Whether all have agreed to stop.
  package var stops: Bool { flag.pointee != 0 }

  /// Whether all have agreed to keep what they have; asked once.
  package func takeCheckpoint() -> Bool { agreed.remove(.checkpoint) != nil }

  // MARK: Messages

  /// kind, wishes, two bytes of nothing, number of the message, length of what follows.
  static let headerBytes = 16
  /// Room for the words of a process that stops.
  private static let wordsMax = 1024

  private func message(_ kind: Kind, _ content: [UInt8], length: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.headerBytes + content.count)
    bytes += [kind.rawValue, wishes().rawValue, 0, 0]
    withUnsafeBytes(of: sequence.littleEndian) { bytes += $0 }
    withUnsafeBytes(of: UInt64(length).littleEndian) { bytes += $0 }
    return bytes + content
  }

  private static func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
  }

  /// Sends to all others and gives what they have sent, headers taken off, with the length that each header says.
  ///
  /// - Parameter bound: the most bytes that one of them can send.
  package func swap(
    _ kind: Kind, _ content: [UInt8], length: Int? = nil, atMost bound: Int
  ) throws(RankFault) -> (
    contents: [[UInt8]], lengths: [Int]
  ) {
    if let failure { throw failure }
    sequence &+= 1
    let capacity = max(bound, Self.wordsMax) + Self.headerBytes
    largest = max(largest, capacity)
    let own = message(kind, content, length: length ?? content.count)
    do throws(RankFault) {
      let received = try transport.swap(own, capacities: capacities(capacity))
      var (contents, lengths): ([[UInt8]], [Int]) = ([], [])
      var all = Wishes(rawValue: own[1])
      for (rank, bytes) in received.enumerated() {
        guard rank != index else {
          contents.append(content)
          lengths.append(length ?? content.count)
          continue
        }
        try check(bytes, from: rank, kind)
        all.formUnion(Wishes(rawValue: bytes[1]))
        contents.append(Array(bytes.dropFirst(Self.headerBytes)))
        lengths.append(Self.number(bytes, 8, 8))
      }
      agree(on: all)
      return (contents, lengths)
    } catch {
      failure = error
      throw error
    }
  }

  private func capacities(_ bytes: Int) -> [Int] { (0..<count).map { $0 == index ? 0 : bytes } }

  private func agree(on all: Wishes) {
    agreed.formUnion(all)
    if all.contains(.stop) { flag.pointee = 1 }
  }

  private func check(_ bytes: [UInt8], from rank: Int, _ kind: Kind) throws(RankFault) {
    guard bytes.count >= Self.headerBytes else { throw RankFault(.ended(rank: rank, words: "")) }
    if bytes[0] == Kind.end.rawValue {
      hasEnded[rank] = true
      throw RankFault(
        .ended(rank: rank, words: String(decoding: bytes.dropFirst(Self.headerBytes + 1), as: UTF8.self)))
    }
    guard bytes[0] == kind.rawValue, UInt32(truncatingIfNeeded: Self.number(bytes, 4, 4)) == sequence else {
      throw RankFault(.outOfStep(rank: rank))
    }
  }

  // MARK: What is long

  /// The most bytes that go in one message.
  package static let partBytes = 64 << 20

  /// What each process gives, in their order.
  package func gather(_ own: [UInt8]) throws(RankFault) -> [[UInt8]] {
    let lengths = try swap(.gather, [], length: own.count, atMost: 0).lengths
    var all = [[UInt8]](repeating: [], count: count)
    var done = 0
    let longest = lengths.max() ?? 0
    while done < longest {
      let part = Array(own[min(done, own.count)..<min(done + Self.partBytes, own.count)])
      let parts = try swap(.body, part, atMost: min(Self.partBytes, longest - done)).contents
      for rank in all.indices { all[rank] += parts[rank] }
      done += Self.partBytes
    }
    return all
  }

  /// Waits for all others.
  package func meet() throws(RankFault) { _ = try swap(.gather, [], atMost: 0) }

  // MARK: The end

  /// Tells all others that this process has come to its end, and waits for theirs.
  ///
  /// - Parameters:
  ///   - status: its exit status.
  ///   - words: why it stopped; empty where it did not.
  /// - Returns: whether all have ended alike, so that they may leave in order.
  package func end(_ status: UInt8, _ words: String) -> Bool {
    if case .library? = failure?.cause { return false }
    if case .interrupted? = failure?.cause { return false }
    let own = message(.end, [status] + Array(words.utf8.prefix(Self.wordsMax - 1)), length: 0)
    var isAlike = true
    var isFirstTime = true
    while true {
      let waiting = (0..<count).map { $0 == index || hasEnded[$0] ? 0 : largest }
      if !isFirstTime, !waiting.contains(where: { $0 > 0 }) { return isAlike && failure == nil }
      guard let received = try? transport.swap(isFirstTime ? own : [], capacities: waiting) else { return false }
      isFirstTime = false
      for (rank, bytes) in received.enumerated() where waiting[rank] > 0 {
        // What it sent before it learned of an end is not wanted any more.
        guard bytes.count > Self.headerBytes, bytes[0] == Kind.end.rawValue else {
          if bytes.isEmpty { return false }
          isAlike = false
          continue
        }
        hasEnded[rank] = true
        if bytes[Self.headerBytes] != status {
          isAlike = false
          partings.append((rank, String(decoding: bytes.dropFirst(Self.headerBytes + 1), as: UTF8.self)))
        }
      }
    }
  }
}
