import Diagnostics
import Glibc

/// The real host: regular files of this machine, within what was allowed when it was made.
///
/// A path is first opened as a mere reference (`O_PATH`: no permission needed, no side effect, a FIFO does not
/// block), then the reference is asked what it is and where it really lies, links resolved; only then is that
/// very file opened for reading. Nothing can be exchanged in between.
package struct SystemHost: Host {
  package let currentDirectory: String
  package let outputDirectory: String
  package let dataDirectories: [String]
  private let readableRoots: [String]

  /// Makes a host with the given folders.
  ///
  /// It allows reading below `currentDirectory`, `outputDirectory`, `allowedDirectories` and `dataDirectories`, and
  /// writing below `outputDirectory`, which need not be there yet. All paths are absolute.
  package init(
    currentDirectory: String, outputDirectory: String, allowedDirectories: [String] = [],
    dataDirectories: [String] = []
  ) {
    self.currentDirectory = FilePath.absolute(currentDirectory, from: "/")
    self.outputDirectory = FilePath.absolute(outputDirectory, from: "/")
    self.dataDirectories = dataDirectories.map { FilePath.absolute($0, from: "/") }
    let allowed = allowedDirectories.map { FilePath.absolute($0, from: "/") }
    readableRoots = [self.currentDirectory, self.outputDirectory] + allowed + self.dataDirectories
  }

  package func read(_ path: String, limit: Int) throws(DataError) -> [UInt8] {
    let reference = try openReference(path)
    defer { close(reference) }
    try checkReadable(reference, path)
    var status = stat()
    guard fstat(reference, &status) == 0 else { throw DataError(path, .unreadable(reason: reasonText(errno))) }
    if let kind = irregularKind(status.st_mode) { throw DataError(path, .notRegular(kind: kind)) }
    let size = Int(status.st_size)
    guard size <= limit else { throw DataError(path, .tooLarge(bytes: size, limit: limit)) }
    let file = retrying { open("/proc/self/fd/\(reference)", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
    guard file >= 0 else { throw DataError(path, .unreadable(reason: reasonText(errno))) }
    defer { close(file) }
    do {
      return try readAll(file, expected: size, limit: limit)
    } catch {
      switch error {
      case .system(let code): throw DataError(path, .unreadable(reason: reasonText(code)))
      case .limit: throw DataError(path, .tooLarge(bytes: limit + 1, limit: limit))
      }
    }
  }

  package func write(_ path: String, _ bytes: [UInt8]) throws(DataError) { try write(path, bytes, flushes: true) }

  package func cache(_ path: String, _ bytes: [UInt8]) throws(DataError) { try write(path, bytes, flushes: false) }

  private func write(_ path: String, _ bytes: [UInt8], flushes: Bool) throws(DataError) {
    let parts = try partsBelow(path)
    if let code = makeDirectories(outputDirectory) {
      throw DataError(path, .unwritable(reason: reasonText(code)))
    }
    let directory = try openFolder(below: outputDirectory, parts.dropLast(), path)
    defer { close(directory) }
    if let code = replaceFile(named: parts.last ?? "", in: directory, bytes, flushes: flushes) {
      throw DataError(path, .unwritable(reason: reasonText(code)))
    }
  }

  package func remove(_ path: String) {
    guard exists(path), let parts = try? partsBelow(path),
      let directory = try? openFolder(below: outputDirectory, parts.dropLast(), path)
    else { return }
    _ = unlinkat(directory, parts.last ?? "", 0)
    close(directory)
  }

  /// The names that lead from the output folder to a file below it.
  private func partsBelow(_ path: String) throws(DataError) -> [String] {
    try FilePath.requirePlain(path)
    let place = FilePath.absolute(path, from: outputDirectory)
    guard FilePath.contains(outputDirectory, place), place != outputDirectory else {
      throw DataError(path, .writeOutside(allowed: outputDirectory))
    }
    let below = place.utf8.dropFirst(outputDirectory == "/" ? 0 : outputDirectory.utf8.count)
    return String(decoding: below, as: UTF8.self).split(separator: "/").map(String.init)
  }

  /// Goes down from `root`, making folders on the way; a link on the way is refused, wherever it leads.
  private func openFolder(
    below root: String, _ parts: ArraySlice<String>, _ path: String
  ) throws(DataError) -> Int32 {
    var folder = retrying { open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard folder >= 0 else { throw DataError(path, .unwritable(reason: reasonText(errno))) }
    for part in parts {
      let made = mkdirat(folder, part, 0o777) == 0 ? 0 : errno
      let next = retrying { openat(folder, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) }
      let code = errno
      close(folder)
      if next < 0 {
        let isLink = made == EEXIST && (code == ELOOP || code == ENOTDIR)
        if isLink { throw DataError(path, .unwritable(reason: "`\(part)` is not a folder, or is a link")) }
        throw DataError(path, .unwritable(reason: reasonText(made == 0 || made == EEXIST ? code : made)))
      }
      folder = next
    }
    return folder
  }

  package func exists(_ path: String) -> Bool {
    guard let reference = try? openReference(path, suggests: false) else { return false }
    defer { close(reference) }
    var status = stat()
    guard fstat(reference, &status) == 0, irregularKind(status.st_mode) == nil else { return false }
    return (try? checkReadable(reference, path)) != nil
  }

  package func list(_ path: String) -> [String] {
    guard let reference = try? openReference(path, suggests: false) else { return [] }
    defer { close(reference) }
    guard (try? checkReadable(reference, path)) != nil else { return [] }
    return entriesOfDirectory("/proc/self/fd/\(reference)/", hidden: false)
  }

  /// A reference to whatever lies at `path`, links followed.
  ///
  /// - Parameter suggests: whether names like one that is not there are looked for, which takes a while in a large folder.
  private func openReference(_ path: String, suggests: Bool = true) throws(DataError) -> Int32 {
    guard !path.utf8.contains(0) else { throw DataError(path, .unreadable(reason: "the name holds a NUL byte")) }
    let place = path.utf8.first == UInt8(ascii: "/") ? path : currentDirectory + "/" + path
    let reference = retrying { open(place, openAsReference | O_CLOEXEC) }
    if reference >= 0 { return reference }
    let code = errno
    guard code == ENOENT || code == ENOTDIR else { throw DataError(path, .unreadable(reason: reasonText(code))) }
    // What is or is not there outside is nobody's business.
    let name = FilePath.absolute(path, from: currentDirectory)
    guard readableRoots.contains(where: { FilePath.contains($0, name) }) else {
      throw DataError(path, .readOutside(real: name, allowed: readableRoots))
    }
    throw DataError(path, .missing(similar: suggests ? similarNames(to: path, in: self) : []))
  }

  /// The real path of a reference, refused where it lies in none of the readable folders.
  private func checkReadable(_ reference: Int32, _ path: String) throws(DataError) {
    guard let real = realPath(of: reference) else {
      throw DataError(path, .unreadable(reason: "its place cannot be determined (is /proc mounted?)"))
    }
    for root in readableRoots {
      if let resolved = realPath(root), FilePath.contains(resolved, real) { return }
    }
    throw DataError(path, .readOutside(real: real, allowed: readableRoots))
  }
}

/// Names in the folder of `path` that a slip of the keyboard could have turned into it.
func similarNames(to path: String, in host: some Host) -> [String] {
  let folder = FilePath.parent(path)
  // The folder that everything starts from may itself be missing.
  guard folder != path else { return [] }
  let near = Suggestion.nearest(to: FilePath.name(path), in: host.list(folder), limit: 3)
  return near.map { folder == "." ? $0 : folder + "/" + $0 }
}

extension SystemHost {
  /// Whether anything lies at a path; for finding the program's own files before a host is made.
  package static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
