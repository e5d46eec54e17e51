import Diagnostics
package import Engine
import Experiments
import Syntax
import Tensors

/// Sweeps whose members several processes make, each its share: those whose number leaves its own when it is divided by
/// how many there are.
///
/// Each process makes its members and gives their records to all others; then all have all of them, as from a store. A member
/// that could not be run is tried by everyone, to the same message.
extension Evaluator {
  func runAmongRanks(
    _ points: [SweepPoint], _ body: SweepBody, of sweep: SweepValue, at span: Span
  ) throws(Diagnostic) {
    // A sweep inside of a member is of the rank that makes it.
    guard let ranks = session.ranks, session.share == nil else { return try run(points, body, of: sweep, at: span) }
    let own = points.indices.filter { $0 % ranks.count == ranks.index }
    let part = SweepValue(name: sweep.name, axes: sweep.axes, derived: sweep.derived, cells: [], isKnown: true)
    part.recipe = sweep.recipe
    let share = RankShare()
    session.share = share
    defer { session.share = nil }
    if !own.isEmpty { try run(own.map { points[$0] }, body, of: part, at: span) }
    do throws(RankFault) {
      for bytes in try ranks.gather(share.encoded) { share.take(bytes) }
    } catch { throw session.failure(of: error, at: span) }
    share.isComplete = true
    try run(points, body, of: sweep, at: span)
  }
}

/// The records of a sweep's members on their way from one process to all.
final class RankShare {
  /// Whether those of all are there.
  var isComplete = false
  private var records: [String: RunRecord] = [:]
  private var own: [String] = []

  func note(_ key: String, _ record: RunRecord) {
    if records[key] == nil { own.append(key) }
    records[key] = record
  }

  subscript(key: String) -> RunRecord? { isComplete ? records[key] : nil }

  /// Names and records of this process, each behind its length.
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    for key in own {
      guard let record = records[key] else { continue }
      for part in [Array(key.utf8), record.encoded(key: key)] {
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: part.count >> (8 * $0)) }
        bytes += part
      }
    }
    return bytes
  }

  func take(_ bytes: [UInt8]) {
    var place = 0
    func part() -> ArraySlice<UInt8>? {
      guard place + 8 <= bytes.count else { return nil }
      let length = (0..<8).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
      place += 8
      guard length >= 0, place + length <= bytes.count else { return nil }
      defer { place += length }
      return bytes[place..<place + length]
    }
    while let name = part(), let content = part() {
      let key = String(decoding: name, as: UTF8.self)
      if records[key] == nil, let record = RunRecord(bytes: Array(content), key: key) { records[key] = record }
    }
  }
}

extension SessionContext {
  /// Why the ranks cannot go on; an interruption where this one was asked to stop.
  func failure(of fault: RankFault, at span: Span) -> Diagnostic {
    if case .interrupted = fault.cause, isInterrupted { return interruption(at: span) }
    return .ranksFailed(fault, at: span)
  }

  /// What this process would like all to do.
  var wishes: RankChannel.Wishes {
    var wishes: RankChannel.Wishes = isInterrupted ? .stop : []
    if checkpoints?.isDue == true { wishes.insert(.checkpoint) }
    return wishes
  }
}

extension Evaluator {
  /// Refuses a run of fewer workers than there are ranks; one without workers is made by each rank for itself.
  func requireWorkers(of bound: BoundRun) throws(Diagnostic) {
    guard let ranks = session.ranks, case .problem(_, let stager) = bound.subject else { return }
    let workers = stager.settings.workers
    guard workers > 1, workers < ranks.count else { return }
    throw .moreRanks(
      ranks.count, than: workers, of: bound.name, at: bound.clauses[WorkersClause.self]?.span ?? bound.span)
  }

  /// Remembers what the workers of a run have sent between ranks.
  func noteTraffic(_ live: LiveRun) {
    guard let traffic = live.run.traffic else { return }
    let state = live.run.state
    let bits = live.run.slotNames.firstIndex(of: Sending.slotPath()).map { state.slots[$0].double(at: 0) }
    session.traffic.append(RunTraffic(run: live.bound.name, bits: bits, traffic: traffic))
  }
}

/// What the workers of one run have sent between ranks.
package struct RunTraffic: Sendable {
  package var run: String
  /// As the rule counts it.
  package var bits: Double?
  package var traffic: RankTraffic

  /// One line.
  package func text(ranks: Int) -> String {
    var words = "\(run): \(traffic.exchanges) exchanges among \(ranks) ranks"
    if let bits, bits.magnitude < 1e18 { words += ", \(Int(bits)) bits counted (\(Int(bits / 8)) bytes)" }
    return words + ", \(traffic.bytes) bytes sent, \(traffic.wireBytes) with heads and copies for each receiver"
  }
}
