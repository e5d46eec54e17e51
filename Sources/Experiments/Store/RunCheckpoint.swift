import Tensors

/// A run on its way, as it is kept to go on after an interruption.
package struct RunCheckpoint: Sendable {
  /// What it is a checkpoint of: everything that the run's numbers depend on.
  package var identity: Identity
  /// Counts the checkpoints of a run; of two generations the larger is the later.
  package var number: Int
  package var snapshot: RunSnapshot

  /// What must be the same for a run to go on from a checkpoint.
  package struct Identity: Sendable, Hashable {
    /// Its name.
    package var run: String
    package var seed: Int
    /// The release of the program.
    package var release: String
    /// The run's length in steps.
    package var length: Int
    /// Digests of everything else that its numbers depend on, each with the words by which a message speaks of it.
    package var parts: [Part]
    /// The run as the script writes it: for messages, and no part of what must be the same.
    package var text: String

    /// One of the things that a run's numbers depend on.
    package struct Part: Sendable, Hashable {
      package var words: String
      package var digest: String

      package init(words: String, digest: String) {
        self.words = words
        self.digest = digest
      }
    }

    package init(run: String, seed: Int, release: String, length: Int, parts: [Part], text: String) {
      self.run = run
      self.seed = seed
      self.release = release
      self.length = length
      self.parts = parts
      self.text = text
    }

    /// Whether runs of both have the same numbers at every step that both have.
    package func isSame(as other: Identity) -> Bool {
      run == other.run && seed == other.seed && release == other.release && parts == other.parts
    }
  }

  package init(identity: Identity, number: Int, snapshot: RunSnapshot) {
    self.identity = identity
    self.number = number
    self.snapshot = snapshot
  }
}

/// Why a file cannot be used as a checkpoint.
package enum CheckpointDamage: Error, Hashable, Sendable {
  case notACheckpoint
  /// Made by a later release of the program.
  case newerFormat(Int)
  /// Made by an earlier release of the program.
  case olderFormat(Int)
  /// Shorter than it says.
  case truncated
  /// Its digest is not that of its content.
  case altered
  /// Whole, and of no state that the run can have.
  case misfit
}

// MARK: - As bytes

/// The form of a checkpoint:
///
///     file     ::= "descent checkpoint " version "\n" length payload digest
///     payload  ::= run seed release length text count (words digest)* number step segment arrived [ending] series count tensor*
///
/// Numbers, texts, series and tensors are those of `RunRecord`; the digest is that of all bytes before it, and it is
/// looked at before anything else of the payload.
extension RunCheckpoint {
  private static let magic = Array("descent checkpoint ".utf8)
  private static let version = 3
  private static let digestCount = 32

  package var encoded: [UInt8] {
    var payload = ByteWriter()
    payload.add(identity.run)
    payload.add(identity.seed)
    payload.add(identity.release)
    payload.add(identity.length)
    payload.add(identity.text)
    payload.add(identity.parts.count)
    for part in identity.parts {
      payload.add(part.words)
      payload.add(part.digest)
    }
    payload.add(number)
    payload.add(snapshot.state.step)
    payload.add(snapshot.state.segment)
    payload.add(snapshot.hasArrived ? 1 : 0)
    payload.add(snapshot.ending == nil ? 0 : 1)
    if let ending = snapshot.ending { payload.add(ending) }
    payload.add(snapshot.series)
    payload.add(snapshot.state.slots.count)
    for tensor in snapshot.state.slots { payload.add(tensor) }
    var file = ByteWriter()
    file.bytes = Self.magic + Array("\(Self.version)\n".utf8)
    file.add(payload.bytes.count)
    file.bytes += payload.bytes
    var digest = Digest()
    digest.add(file.bytes)
    return file.bytes + digest.bytes
  }

  package init(bytes: [UInt8]) throws(CheckpointDamage) {
    guard bytes.starts(with: Self.magic) else {
      throw bytes.count < Self.magic.count && Self.magic.starts(with: bytes) ? .truncated : .notACheckpoint
    }
    let rest = bytes.dropFirst(Self.magic.count).prefix(20)
    guard let end = rest.firstIndex(of: 10) else { throw rest.count < 20 ? .truncated : .notACheckpoint }
    guard let version = Int(String(decoding: rest[..<end], as: UTF8.self)) else { throw .altered }
    guard version <= Self.version else { throw .newerFormat(version) }
    guard version == Self.version else { throw .olderFormat(version) }
    var reader = StoredBytes(bytes: bytes, position: end + 1)
    do {
      let length = try reader.whole()
      guard length >= 0 else { throw CheckpointDamage.altered }
      let missing = length - (bytes.count - reader.position - Self.digestCount)
      guard missing == 0 else { throw missing > 0 ? CheckpointDamage.truncated : .altered }
    } catch { throw error as? CheckpointDamage ?? .truncated }
    var digest = Digest()
    digest.add(Array(bytes.dropLast(Self.digestCount)))
    guard digest.bytes == Array(bytes.suffix(Self.digestCount)) else { throw .altered }
    do { self = try Self.payload(&reader) } catch { throw .altered }
  }

  private static func payload(_ reader: inout StoredBytes) throws(StoredBytes.Short) -> RunCheckpoint {
    var identity = Identity(
      run: try reader.text(), seed: try reader.whole(), release: try reader.text(), length: try reader.whole(),
      parts: [], text: try reader.text())
    for _ in 0..<(try reader.length(of: 16)) {
      identity.parts.append(Identity.Part(words: try reader.text(), digest: try reader.text()))
    }
    let number = try reader.count()
    let (step, segment) = (try reader.count(), try reader.count())
    let hasArrived = try reader.whole() != 0
    let ending = try reader.whole() != 0 ? try reader.ending() : nil
    let series = try reader.series()
    var slots: [Tensor] = []
    for _ in 0..<(try reader.length(of: 16)) { slots.append(try reader.tensor()) }
    let state = RunState(step: step, segment: segment, slots: slots)
    return RunCheckpoint(
      identity: identity, number: number,
      snapshot: RunSnapshot(state: state, series: series, ending: ending, hasArrived: hasArrived))
  }
}
