package import Experiments

/// The records of a sweep's members on their way from one process to all.
package final class RankShare {
  /// Whether those of all are there.
  package var isComplete = false
  private var records: [String: RunRecord] = [:]
  private var own: [String] = []

  /// Keeps a record that this process has made.
  package func note(_ key: String, _ record: RunRecord) {
    if records[key] == nil { own.append(key) }
    records[key] = record
  }

  package subscript(key: String) -> RunRecord? { isComplete ? records[key] : nil }

  /// Names and records of this process, each behind its length.
  package var encoded: [UInt8] {
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

  /// Takes the records that another process has encoded; bytes of anything else are passed over.
  package func take(_ bytes: [UInt8]) {
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

  package init() {
  }
}
