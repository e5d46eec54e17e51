package import Engine
import Tensors

/// The part of a segment that concerns other processes.
struct RankedStep {
  let wire: StepWire
  let channel: RankChannel
  let sharing: WorkerSharing
  /// The step of all workers, to look for what went wrong in it.
  let whole: Program
}

extension Run {
  /// What its workers have sent between processes so far; nil where one process holds all of them.
  package var traffic: RankTraffic? {
    let all = planned.compactMap { $0.ranked?.wire.traffic }
    return all.isEmpty ? nil : all.reduce(RankTraffic(), +)
  }

  /// Throws why what others send does not come.
  func requireRanks() throws { if let failure = segment.ranked?.channel.failure { throw failure } }

  /// Brings the states of all workers together: each process knows those that it holds.
  ///
  /// All processes come here at the same steps.
  func settleRows() {
    guard hasStaleRows, let ranked = segment.ranked else { return }
    hasStaleRows = false
    let (channel, sharing) = (ranked.channel, ranked.sharing)
    var own: [UInt8] = []
    for rows in sharing.rows {
      for worker in 0..<sharing.workers where sharing.owner(of: worker, among: channel.count) == channel.index {
        own += plan.executable.row(worker, ofInput: rows.slot)
      }
    }
    let largest =
      (0..<channel.count).map { rank in
        sharing.rows.reduce(0) { sum, rows in
          sum + plan.executable.rowBytes(ofInput: rows.slot)
            * (0..<sharing.workers).count { sharing.owner(of: $0, among: channel.count) == rank }
        }
      }.max() ?? 0
    // What fails is remembered, and ends the run at its next look.
    guard let all = try? channel.swap(.rows, own, atMost: largest).contents else { return }
    for (rank, bytes) in all.enumerated() where rank != channel.index {
      var place = 0
      for rows in sharing.rows {
        for worker in 0..<sharing.workers where sharing.owner(of: worker, among: channel.count) == rank {
          let size = plan.executable.rowBytes(ofInput: rows.slot)
          guard place + size <= bytes.count else { return }
          plan.executable.setRow(worker, ofInput: rows.slot, bytes[place..<place + size])
          place += size
        }
      }
    }
  }

  /// Whether something that is due at the present step looks at a worker's own state.
  var looksAtRows: Bool {
    guard hasStaleRows, let ranked = segment.ranked else { return false }
    let own = Set(ranked.sharing.rows.map(\.slot))
    let due = segment.groups.filter { $0.times.next(from: step, last: length) == step }
    return (due + [segment.stop].compactMap { $0 } + segment.lastGroups.compactMap { $0 })
      .contains { $0.feeder.reads(slots: own) }
  }
}

extension Feeder {
  /// Whether some slots of a run are among what it is fed with.
  func reads(slots: Set<Int>) -> Bool {
    supplies.contains { if case .slot(let number) = $0 { slots.contains(number) } else { false } }
  }
}
