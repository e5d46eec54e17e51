package import Data

/// The checkpoints of a script's runs: two generations of each, so that one is whole whatever happens.
///
/// A generation is replaced in one piece (a temporary file, flushed and renamed), and the two take turns.
package struct CheckpointFolder: Sendable {
  private let host: any Host

  package init(host: any Host) { self.host = host }

  /// What lies in the folder for a run.
  package struct Found: Sendable {
    /// The latest that is whole.
    package var checkpoint: RunCheckpoint?
    /// The files of both.
    package var path = "", earlierPath = ""
    /// The generation before it, where that is whole too.
    package var earlier: RunCheckpoint?
    /// Files that cannot be used, and why.
    package var damaged: [(path: String, why: CheckpointDamage)] = []
  }

  /// Runs are known by their place in the script; their names are for readers.
  private func path(_ run: Int, _ name: String, _ generation: Int) -> String {
    let readable = name.unicodeScalars.map { scalar in
      scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_" ? Character(scalar) : "-"
    }
    return "\(run)-\(String(readable.prefix(40))).\(generation)"
  }

  /// Keeps a checkpoint in place of the older generation.
  package func save(_ checkpoint: RunCheckpoint, run: Int) throws(DataError) {
    try host.write(path(run, checkpoint.identity.run, checkpoint.number % 2), checkpoint.encoded)
  }

  /// The latest checkpoint of a run.
  package func latest(run: Int, name: String) throws(DataError) -> Found {
    var found = Found()
    for generation in 0..<2 {
      let path = path(run, name, generation)
      guard host.exists(path) else { continue }
      do {
        let checkpoint = try RunCheckpoint(bytes: try host.read(path))
        if checkpoint.number > found.checkpoint?.number ?? -1 {
          (found.earlier, found.earlierPath) = (found.checkpoint, found.path)
          (found.checkpoint, found.path) = (checkpoint, path)
        } else {
          (found.earlier, found.earlierPath) = (checkpoint, path)
        }
      } catch let error as CheckpointDamage {
        found.damaged.append((path, error))
      } catch { throw error as? DataError ?? DataError(path, .unreadable(reason: "\(error)")) }
    }
    return found
  }
}
