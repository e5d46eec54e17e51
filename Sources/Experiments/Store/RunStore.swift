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
  /// Whether it is where the results of many processes come together: every run is kept, however large, and those that
  /// were interrupted are kept on their way.
  package let isForResults: Bool

  /// A store of files below the host's folders.
  package init(host: any Host, release: String, isForResults: Bool = false) {
    (self.host, self.release, self.isForResults) = (host, release, isForResults)
  }

  /// Larger results are made again rather than kept.
  private static let bytesMax = 64 << 20

  private var limit: Int { isForResults ? SystemHost.readLimit : Self.bytesMax }

  /// The folder that the entries are in.
  package static let folder = "runs"

  private func path(_ key: String) -> String { "\(Self.folder)/\(key.prefix(2))/\(key.dropFirst(2))" }

  /// Whether there is an entry under a key, whole or not.
  package func holds(_ key: String) -> Bool { host.exists(path(key)) }

  /// What is kept under a key.
  package func entry(_ key: String) -> Entry {
    guard host.exists(path(key)) else { return .missing }
    guard let bytes = try? host.read(path(key), limit: limit), let record = RunRecord(bytes: bytes, key: key)
    else { return .damaged }
    return .found(record)
  }

  /// Keeps a run; false where that is not possible, which costs time alone.
  @discardableResult package func keep(_ record: RunRecord, _ key: String) -> Bool {
    let bytes = record.encoded(key: key)
    guard bytes.count <= limit else {
      if isForResults { failure.note(DataError(path(key), .tooLarge(bytes: bytes.count, limit: limit))) }
      return false
    }
    guard write(bytes, to: path(key)) else { return false }
    if isForResults { host.remove(pathUnderWay(key)) }
    return true
  }

  private func write(_ bytes: [UInt8], to path: String) -> Bool {
    do { try isForResults ? host.write(path, bytes) : host.cache(path, bytes) } catch {
      failure.note(error)
      return false
    }
    return true
  }
}

// Runs that were interrupted: what a process that goes on with one begins from.
extension RunStore {
  private func pathUnderWay(_ key: String) -> String { "under-way/\(key.prefix(2))/\(key.dropFirst(2))" }

  /// What a checkpoint under a key is of: the key says all that its numbers depend on.
  private func identity(_ key: String) -> RunCheckpoint.Identity {
    RunCheckpoint.Identity(
      run: "", seed: 0, release: release, length: 0,
      parts: [RunCheckpoint.Identity.Part(words: "the run", digest: key)], text: "")
  }

  /// Where a run was when its process was interrupted; nil where nothing sound is kept of it.
  package func underWay(_ key: String) -> RunSnapshot? {
    guard isForResults, host.exists(pathUnderWay(key)), let bytes = try? host.read(pathUnderWay(key), limit: limit),
      let checkpoint = try? RunCheckpoint(bytes: bytes), checkpoint.identity == identity(key)
    else { return nil }
    return checkpoint.snapshot
  }

  /// Keeps a run on its way, in place of what is kept of it.
  package func keepUnderWay(_ snapshot: RunSnapshot, _ key: String) {
    guard isForResults else { return }
    var snapshot = snapshot
    if case .interrupted? = snapshot.ending { snapshot.ending = nil }
    let checkpoint = RunCheckpoint(identity: identity(key), number: 0, snapshot: snapshot)
    _ = write(checkpoint.encoded, to: pathUnderWay(key))
  }
}

/// The first reason for which a run could not be kept; runs are made on several threads.
package final class StoreFailure: Sendable {
  private let reason = Mutex<DataError?>(nil)

  /// Nil where all could be kept.
  package var first: DataError? { reason.withLock { $0 } }

  fileprivate func note(_ error: DataError) { reason.withLock { $0 = $0 ?? error } }
}
