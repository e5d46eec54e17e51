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

  /// The bits that its rule has counted; nil where it counts none.
  var bits: Double? {
    plan.slots.firstIndex(of: StepSpec.bitsSlot).map { plan.executable.input($0).double(at: 0) }
  }

  /// Those of them that this process has seen sent.
  package var bitsSent: Double? { bits.map { $0 - (bitsBefore ?? 0) } }

  /// Throws why what others send does not come.
  func requireRanks() throws { if let failure = segment.ranked?.channel.failure { throw failure } }

  /// Brings the states of all workers together: each process knows those that it holds.
  ///
  /// All processes come here at the same steps.
  func settleRows() {
    guard hasStaleRows, let ranked = segment.ranked else { return }
    hasStaleRows = false
    let (channel, stretches) = (ranked.channel, ranked.sharing.stretches(among: ranked.channel.count))
    var own: [UInt8] = []
    for stretch in stretches where stretch.owner == channel.index {
      own += plan.executable.bytes(bytes(of: stretch), ofInput: stretch.slot)
    }
    // What fails is remembered, and ends the run at its next look.
    guard let all = try? channel.gather(own) else { return }
    var places = [Int](repeating: 0, count: channel.count)
    for stretch in stretches where stretch.owner != channel.index {
      let (range, place) = (bytes(of: stretch), places[stretch.owner])
      guard place + range.count <= all[stretch.owner].count else { return }
      plan.executable.setBytes(range, ofInput: stretch.slot, all[stretch.owner][place..<place + range.count])
      places[stretch.owner] += range.count
    }
  }

  private func bytes(of stretch: WorkerSharing.Stretch) -> Range<Int> {
    plan.executable.byteRange(ofRows: stretch.rows, input: stretch.slot)
  }

  /// Whether something that is due at the present step looks at a worker's own state.
  var looksAtRows: Bool {
    guard hasStaleRows, let ranked = segment.ranked else { return false }
    let own = ranked.sharing.ownSlots
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
