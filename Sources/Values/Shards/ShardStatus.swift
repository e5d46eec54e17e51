package import Data
import Experiments
import Tensors

/// What the process of a shard says of itself: its script, its runs, and how far it is.
package struct ShardStatus: Sendable, Codable {
  package enum State: String, Sendable, Codable { case running, ended, stopped }

  /// A sweep, and the number of its runs in all shards.
  package struct Sweep: Sendable, Codable, Hashable {
    package var name: String
    package var count: Int
  }

  /// A run of this shard.
  package struct Member: Sendable, Codable {
    /// Its sweep, by its place in `sweeps`.
    package var sweep: Int
    package var number: Int
    package var title: String
    /// Its name in the store; empty where it could not even be prepared.
    package var key = ""
    /// Why it could not be run; empty where it could.
    package var failure = ""
  }

  /// The script's file.
  package var script: String
  /// The digest of all that decides which runs there are: the text, the values of inputs, the seed.
  package var identity: String
  package var release: String
  package var index: Int
  package var count: Int
  /// Its name and, behind a space, what tells it from others of that name.
  package var machine: String
  package var process: Int
  /// When it said so, in seconds since 1970.
  package var told: Int
  package var state: State
  /// Why it stopped.
  package var reason: String
  package var sweeps: [Sweep]
  /// Sweeps that need the results of others which are not complete.
  package var waiting: [String]
  package var members: [Member]

  /// A process that has not spoken for so many seconds is taken to have ended.
  package static let silenceMax = 30

  package var shard: String { "\(index)/\(count)" }
  /// The process and its machine, for a reader.
  package var place: String { "process \(process) on \(machine.split(separator: " ").first ?? "a machine")" }

  /// Whether its process seems to be at work.
  package func isUnderWay(at now: Int, isAlive: (_ machine: String, _ process: Int) -> Bool?) -> Bool {
    // A clock that is far ahead of this one says nothing of how long ago it was.
    state == .running && (now - told).magnitude <= Self.silenceMax && isAlive(machine, process) != false
  }

  /// Of what else the records of a process are.
  package struct Difference {
    package var script: String
    package var words: String
  }

  /// In what the records of another process differ from those of this one; nil where they go together.
  package func difference(from other: ShardStatus) -> Difference? {
    if other.release != release {
      return Difference(script: other.script, words: "made by another build of the program")
    }
    if other.identity == identity { return nil }
    let isSameName = FilePath.name(other.script) == FilePath.name(script)
    return Difference(
      script: other.script,
      words: isSameName ? "which had other runs, inputs or another seed then" : "another script")
  }

  package init(
    script: String, identity: String, release: String, index: Int, count: Int, machine: String, process: Int, told: Int,
    state: State, reason: String, sweeps: [Sweep], waiting: [String], members: [Member]
  ) {
    self.script = script
    self.identity = identity
    self.release = release
    self.index = index
    self.count = count
    self.machine = machine
    self.process = process
    self.told = told
    self.state = state
    self.reason = reason
    self.sweeps = sweeps
    self.waiting = waiting
    self.members = members
  }
}

// MARK: - As files

extension ShardStatus {
  /// The folder of these files in a folder of records.
  package static let folder = "shards"
  private static let magic = Array("descent shard 1\n".utf8)
  private static let digestCount = 32

  static func path(_ shard: Shard) -> String { "\(folder)/\(shard.index)-of-\(shard.count)" }

  var encoded: [UInt8] {
    let content = Self.magic + ByteEncoder.bytes(of: self)
    var digest = Digest()
    digest.add(content)
    return content + digest.bytes
  }

  /// Nil for bytes of anything else.
  init?(bytes: [UInt8]) {
    guard bytes.starts(with: Self.magic), bytes.count > Self.magic.count + Self.digestCount else { return nil }
    let content = Array(bytes.dropLast(Self.digestCount))
    var digest = Digest()
    digest.add(content)
    guard digest.bytes == Array(bytes.suffix(Self.digestCount)),
      let status = try? ByteDecoder(content, from: Self.magic.count).read(ShardStatus.self)
    else { return nil }
    self = status
  }

  /// All that lie in a folder of records, by shard.
  package static func all(in host: any Host) -> [ShardStatus] {
    let found = host.list(folder).compactMap { name in
      (try? host.read("\(folder)/\(name)")).flatMap(ShardStatus.init(bytes:))
    }
    return found.sorted { ($0.count, $0.index) < ($1.count, $1.index) }
  }

  /// Whether a folder holds records of shards.
  package static func isThere(in host: any Host) -> Bool { !host.list(folder).isEmpty }
}
