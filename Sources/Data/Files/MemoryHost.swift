import Synchronization

/// A host whose files live in memory: for tests, and for checks that must leave no trace.
///
/// Files are keyed by absolute path. Reading is allowed everywhere, writing below `outputDirectory`.
package final class MemoryHost: Host {
  package let currentDirectory: String
  package let outputDirectory: String
  package let dataDirectories: [String]
  private let files: Mutex<[String: [UInt8]]>

  /// Makes a host that holds `files`, whose relative paths start at `currentDirectory`.
  package init(
    files: [String: [UInt8]] = [:], currentDirectory: String = "/script", outputDirectory: String = "/out",
    dataDirectories: [String] = ["/data"]
  ) {
    self.currentDirectory = currentDirectory
    self.outputDirectory = outputDirectory
    self.dataDirectories = dataDirectories
    var absolute: [String: [UInt8]] = [:]
    for (path, bytes) in files { absolute[FilePath.absolute(path, from: currentDirectory)] = bytes }
    self.files = Mutex(absolute)
  }

  package func read(_ path: String, limit: Int) throws(DataError) -> [UInt8] {
    let place = FilePath.absolute(path, from: currentDirectory)
    guard let bytes = files.withLock({ $0[place] }) else {
      throw DataError(path, .missing(similar: similarNames(to: path, in: self)))
    }
    guard bytes.count <= limit else { throw DataError(path, .tooLarge(bytes: bytes.count, limit: limit)) }
    return bytes
  }

  package func write(_ path: String, _ bytes: [UInt8]) throws(DataError) {
    try FilePath.requirePlain(path)
    let place = FilePath.absolute(path, from: outputDirectory)
    guard FilePath.contains(outputDirectory, place), place != outputDirectory else {
      throw DataError(path, .writeOutside(allowed: outputDirectory))
    }
    files.withLock { $0[place] = bytes }
  }

  package func remove(_ path: String) {
    let place = FilePath.absolute(path, from: outputDirectory)
    guard FilePath.contains(outputDirectory, place) else { return }
    files.withLock { $0[place] = nil }
  }

  package func exists(_ path: String) -> Bool {
    let place = FilePath.absolute(path, from: currentDirectory)
    return files.withLock { $0[place] != nil }
  }

  package func list(_ path: String) -> [String] {
    let directory = FilePath.absolute(path, from: currentDirectory)
    let names = files.withLock { files in
      files.keys.filter { FilePath.parent($0) == directory }.map(FilePath.name)
    }
    return names.sorted()
  }
}
