package import Data
import Synchronization

/// Runs that were made before, by what they mean.
///
/// An entry is a file named after the digest of everything that determines a run. It is written whole or not at all, and
/// one that is damaged is as good as none. Deleting any of them costs time alone.
package struct RunStore: Sendable {
  /// What is known of a key.
  package enum Entry { case found(RunRecord), missing, damaged }

  private let host: any Host
  /// Why something could not be kept.
  package let failure = StoreFailure()
  /// What else the numbers depend on: the release of the program.
  package let release: String

  /// A store of files below the host's folders.
  package init(host: any Host, release: String) {
    self.host = host
    self.release = release
  }

  /// Larger results are made again rather than kept.
  private static let bytesMax = 64 << 20

  private func path(_ key: String) -> String { "runs/\(key.prefix(2))/\(key.dropFirst(2))" }

  /// What is kept under a key.
  package func entry(_ key: String) -> Entry {
    guard host.exists(path(key)) else { return .missing }
    guard let bytes = try? host.read(path(key), limit: Self.bytesMax), let record = RunRecord(bytes: bytes, key: key)
    else { return .damaged }
    return .found(record)
  }

  /// Keeps a run; false where that is not possible, which costs time alone.
  @discardableResult package func keep(_ record: RunRecord, _ key: String) -> Bool {
    let bytes = record.encoded(key: key)
    guard bytes.count <= Self.bytesMax else { return false }
    do { try host.write(path(key), bytes) } catch {
      failure.note(error)
      return false
    }
    return true
  }
}

/// The first reason for which a run could not be kept; runs are made on several threads.
package final class StoreFailure: Sendable {
  private let reason = Mutex<DataError?>(nil)

  /// Nil where all could be kept.
  package var first: DataError? { reason.withLock { $0 } }

  fileprivate func note(_ error: DataError) { reason.withLock { $0 = $0 ?? error } }
}
