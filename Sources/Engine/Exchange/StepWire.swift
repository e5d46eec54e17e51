import Tensors

/// Carries what the workers of a run send between the processes that hold them.
package final class StepWire: StepExchange, @unchecked Sendable {
  private let channel: RankChannel
  private let layouts: [ExchangeLayout]
  private let bounds: [Int]
  /// How often something was sent, and the bytes of it: each message once, and once for each that it went to.
  package private(set) var traffic = RankTraffic()
  private var bytes: [UInt8] = []

  package init(_ channel: RankChannel, _ layouts: [ExchangeLayout]) {
    (self.channel, self.layouts) = (channel, layouts)
    bounds = layouts.map { layout in
      (0..<channel.count).map { rank in
        layout.entries.filter { $0.owner == rank }
          .reduce(0) { $0 + SentValue.bound(count: $1.count, width: layout.dtype.byteCount) }
      }.max() ?? 0
    }
  }

  package func exchange(_ number: Int, _ own: [UnsafeMutableRawPointer], _ all: UnsafeMutableRawPointer) -> Bool {
    let layout = layouts[number]
    bytes.removeAll(keepingCapacity: true)
    for (entry, start) in zip(layout.entries.filter { $0.owner == channel.index }, own) {
      append(start, entry.count, layout.dtype)
    }
    do {
      let received = try received(of: number)
      traffic.add(received.map(\.count), to: channel.count - 1)
      for rank in received.indices where rank != channel.index {
        guard read(received[rank], of: rank, layout, into: all) else { return false }
      }
      return true
    } catch { return false }
  }

  /// What all have sent, in parts where it is long.
  private func received(of number: Int) throws(RankFault) -> [[UInt8]] {
    guard bounds[number] <= RankChannel.partBytes else { return try channel.gather(bytes) }
    return try channel.swap(.step, bytes, atMost: bounds[number]).contents
  }

  private func append(_ start: UnsafeMutableRawPointer, _ count: Int, _ dtype: DType) {
    if dtype == .f32 {
      SentValue.append(
        UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt32.self), count: count), to: &bytes)
    } else {
      SentValue.append(
        UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt64.self), count: count), to: &bytes)
    }
  }

  private func read(
    _ bytes: [UInt8], of rank: Int, _ layout: ExchangeLayout, into all: UnsafeMutableRawPointer
  ) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var place = 0
      for entry in layout.entries where entry.owner == rank {
        let start = all + entry.offset * layout.dtype.byteCount
        let isRead =
          layout.dtype == .f32
          ? SentValue.read(
            bytes, &place,
            into: UnsafeMutableBufferPointer(start: start.assumingMemoryBound(to: UInt32.self), count: entry.count))
          : SentValue.read(
            bytes, &place,
            into: UnsafeMutableBufferPointer(start: start.assumingMemoryBound(to: UInt64.self), count: entry.count))
        if !isRead { return false }
      }
      return place == bytes.count
    }
  }
}

/// What went between processes.
package struct RankTraffic: Sendable, Hashable {
  package var exchanges = 0
  /// What was sent, each message once.
  package var bytes = 0
  /// The same, once for each process that it went to, with the heads of the messages.
  package var wireBytes = 0

  /// Nothing.
  package init() {}

  /// Messages of so many bytes, one of each process.
  mutating func add(_ sizes: [Int], to receivers: Int) {
    exchanges += 1
    let sum = sizes.reduce(0, +)
    bytes += sum
    wireBytes += (sum + sizes.count * RankChannel.headerBytes) * receivers
  }

  package static func + (a: RankTraffic, b: RankTraffic) -> RankTraffic {
    var sum = a
    sum.exchanges += b.exchanges
    sum.bytes += b.bytes
    sum.wireBytes += b.wireBytes
    return sum
  }
}
