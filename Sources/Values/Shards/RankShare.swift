package import Experiments
import Tensors

/// The members of a sweep on their way from the processes that make them to all.
package final class RankShare {
  /// The sweep whose members are made or, when all are there, put together.
  package var sweep: SweepValue
  /// Whether those of all are there.
  package private(set) var isComplete = false
  /// The places of this process's members among those of all.
  private let places: [Int]
  private var members: [Int: (facts: MemberFacts, record: RunRecord)] = [:]
  /// Runs of sweeps inside of members, by their names in a store.
  private var records: [String: RunRecord] = [:]

  /// - Parameter sweep: holds the members of this process, in their order.
  package init(_ sweep: SweepValue, places: [Int]) { (self.sweep, self.places) = (sweep, places) }

  /// Keeps a member that this process has made.
  ///
  /// - Parameter place: its place among the members of this process.
  package func note(_ place: Int, _ facts: MemberFacts, _ record: RunRecord) {
    members[places[place]] = (facts, record)
  }

  /// Keeps a run of a sweep inside of a member.
  package func note(_ key: String, _ record: RunRecord) { records[key] = record }

  /// A member by its place among all; nil where nobody could make it.
  package subscript(place: Int) -> (facts: MemberFacts, record: RunRecord)? { isComplete ? members[place] : nil }
  package subscript(key: String) -> RunRecord? { isComplete ? records[key] : nil }

  /// Whether a sweep is the one whose members are made.
  package func isOf(_ other: SweepValue) -> Bool { sweep === other }

  // MARK: As bytes

  /// Place and facts of each member of this process, and its record, each behind its length; runs inside of members after
  /// them, with a name for the facts.
  package var encoded: [UInt8] {
    var bytes: [UInt8] = []
    func add(_ part: [UInt8]) {
      bytes += (0..<8).map { UInt8(truncatingIfNeeded: part.count >> (8 * $0)) }
      bytes += part
    }
    for (place, member) in members.sorted(by: { $0.key < $1.key }) {
      add(ByteEncoder.bytes(of: Head(place: place, facts: member.facts)))
      add(member.record.encoded(key: ""))
    }
    for (key, record) in records.sorted(by: { $0.key < $1.key }) {
      add(ByteEncoder.bytes(of: Head(key: key)))
      add(record.encoded(key: key))
    }
    return bytes
  }

  private struct Head: Codable {
    var place: Int?
    var facts: MemberFacts?
    var key: String?
  }

  /// Takes what another process has encoded.
  ///
  /// - Returns: whether it was that.
  private func take(_ bytes: [UInt8]) -> Bool {
    var place = 0
    func part() -> ArraySlice<UInt8>? {
      guard place + 8 <= bytes.count else { return nil }
      let length = (0..<8).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
      place += 8
      guard length >= 0, length <= bytes.count - place else { return nil }
      defer { place += length }
      return bytes[place..<place + length]
    }
    while place < bytes.count {
      guard let name = part(), let content = part(), let head = try? ByteDecoder(Array(name)).read(Head.self),
        let record = RunRecord(bytes: Array(content), key: head.key ?? "")
      else { return false }
      if let key = head.key {
        records[key] = record
      } else if let number = head.place, let facts = head.facts {
        members[number] = (facts, record)
      }
    }
    return true
  }

  /// Takes what all processes have made, to put it together in a sweep.
  ///
  /// - Returns: nil, or the first process whose bytes are of something else.
  package func complete(_ whole: SweepValue, with all: [[UInt8]]) -> Int? {
    for (rank, bytes) in all.enumerated() where !take(bytes) { return rank }
    (sweep, isComplete) = (whole, true)
    return nil
  }
}
