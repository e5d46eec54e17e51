import Diagnostics

/// The only door to files: everything that reads or writes on a user's behalf goes through one.
///
/// Paths are what the user wrote. A relative path to read is taken from `currentDirectory` (the script's
/// folder), a relative path to write from `outputDirectory`. A host decides what may be touched; it never
/// starts a process, opens a socket or reads the environment after it was made.
package protocol Host: Sendable {
  /// Absolute path of the folder that relative paths to read start from.
  var currentDirectory: String { get }

  /// Absolute path of the only folder below which files are written.
  var outputDirectory: String { get }

  /// Folders in which bundled data may lie, in the order in which they are asked.
  var dataDirectories: [String] { get }

  /// The whole content of a regular file of at most `limit` bytes.
  func read(_ path: String, limit: Int) throws(DataError) -> [UInt8]

  /// Replaces a file below the output folder at once: readers see the old content or the new, never a part.
  func write(_ path: String, _ bytes: [UInt8]) throws(DataError)

  /// The same for what can be made again: a power cut may forget it, or leave a part, which its reader has to notice.
  func cache(_ path: String, _ bytes: [UInt8]) throws(DataError)

  /// Deletes a file below the output folder, if it is there: for what serves nobody any more.
  func remove(_ path: String)

  /// Whether a regular file is there and may be read.
  func exists(_ path: String) -> Bool

  /// Names of the entries of a readable folder in increasing order; empty where there is none.
  func list(_ path: String) -> [String]
}

extension Host {
  /// Largest file read where the caller names no limit: 4 GiB, the limit of everything decompressed.
  package static var readLimit: Int { 4 << 30 }

  package func cache(_ path: String, _ bytes: [UInt8]) throws(DataError) { try write(path, bytes) }

  /// A host that keeps everything.
  package func remove(_ path: String) {}

  /// The whole content of a regular file of at most 4 GiB.
  package func read(_ path: String) throws(DataError) -> [UInt8] {
    try read(path, limit: Self.readLimit)
  }
}

/// Text operations on `/`-separated paths; nothing here touches a disk.
package enum FilePath {
  /// Refuses a name under which no file is to be made: one that ends elsewhere for the system than in the script (NUL),
  /// or that would steer a terminal which lists it.
  static func requirePlain(_ path: String) throws(DataError) {
    guard let bad = path.unicodeScalars.first(where: { VisibleText.isHidden($0) }) else { return }
    throw DataError(
      path, .unwritable(reason: "the name holds the invisible character \(VisibleText.escaped(String(bad)))"))
  }

  /// `path` itself where it is absolute, else `directory/path`, without `.`, `..` and doubled separators.
  ///
  /// `..` removes the name before it, which is only right where that name is no symbolic link: use it to
  /// compare and show paths, not to grant access.
  package static func absolute(_ path: String, from directory: String) -> String {
    let whole = path.utf8.first == UInt8(ascii: "/") ? path : directory + "/" + path
    var kept: [Substring] = []
    for part in whole.split(separator: "/") where part != "." {
      if part == ".." { _ = kept.popLast() } else { kept.append(part) }
    }
    return "/" + kept.joined(separator: "/")
  }

  /// The last name of a path; the empty text for `/`.
  package static func name(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? ""
  }

  /// Everything before the last name; `/` for names at the root.
  package static func parent(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Whether an absolute path is `directory` or lies below it.
  package static func contains(_ directory: String, _ path: String) -> Bool {
    if directory == "/" || path == directory { return true }
    return path.utf8.starts(with: (directory + "/").utf8)
  }
}
