import Glibc

// The few system calls behind `SystemHost`, each retried when a signal interrupts it. Raw memory appears here only
// where the C interface asks for it.

/// Linux's `O_PATH`, which Glibc declares only for GNU sources.
let openAsReference: Int32 = 0o10000000

/// Why a read gave up.
enum ReadFailure: Error {
  case system(Int32)
  case limit
}

/// Repeats a call for as long as it fails with `EINTR`.
func retrying(_ call: () -> Int32) -> Int32 {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}

/// What the system says about an error number, such as "No space left on device".
func reasonText(_ code: Int32) -> String { String(cString: strerror(code)) }

/// What a mode says a file is, or nil for a regular file.
func irregularKind(_ mode: mode_t) -> String? {
  switch mode & S_IFMT {
  case S_IFREG: nil
  case S_IFDIR: "a directory"
  case S_IFIFO: "a named pipe"
  case S_IFCHR, S_IFBLK: "a device"
  case S_IFSOCK: "a socket"
  default: "not a regular file"
  }
}

/// Where an open file really lies, by the kernel's own account.
func realPath(of descriptor: Int32) -> String? {
  var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
  let length = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
  guard length > 0, length < buffer.count else { return nil }
  return String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// `path` with every link resolved; nil where nothing is there.
func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// Reads to the end of a file that had `expected` bytes a moment ago.
func readAll(_ file: Int32, expected: Int, limit: Int) throws(ReadFailure) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: expected)
  var filled = 0
  while true {
    if filled == bytes.count {
      // The file may have grown, and /proc files claim to be empty: ask for more until there is none.
      bytes.append(contentsOf: [UInt8](repeating: 0, count: 4096))
    }
    let count = bytes.withUnsafeMutableBytes { raw in
      Glibc.read(file, raw.baseAddress?.advanced(by: filled), min(raw.count - filled, 1 << 30))
    }
    if count < 0 {
      if errno == EINTR { continue }
      throw .system(errno)
    }
    if count == 0 { break }
    filled += count
    if filled > limit { throw .limit }
  }
  bytes.removeLast(bytes.count - filled)
  return bytes
}

/// How the names of files end that are being written.
let temporarySuffix = ".part"

/// Linux's `O_TMPFILE`, which Glibc declares only for GNU sources.
private let openWithoutName: Int32 = 0o20000000 | O_DIRECTORY

/// Writes `bytes` beside the target, flushes them to the disk and renames; returns an error number or nil.
///
/// The file has no name until it is whole, so that a program that is killed leaves no part of it behind. File systems
/// that know no such files get a named one. Processes of other machines may write a file of this name at the same moment, and
/// have the same number: the name on the way is nobody else's.
func replaceFile(named name: String, in directory: Int32, _ bytes: [UInt8], flushes: Bool) -> Int32? {
  var file = retrying { openat(directory, ".", O_WRONLY | O_CLOEXEC | openWithoutName, 0o666) }
  let isNameless = file >= 0
  var temporary = ""
  if isNameless {
    var status = stat()
    guard fstat(file, &status) == 0 else {
      close(file)
      return errno
    }
    temporary = ".\(name.prefix(200)).i\(status.st_ino)\(temporarySuffix)"
    // What has this name is of a file that is not there any more.
    _ = unlinkat(directory, temporary, 0)
  } else {
    (file, temporary) = namedFile(beside: name, in: directory)
  }
  guard file >= 0 else { return errno }
  var failure = writeAll(file, bytes)
  if failure == nil, flushes, retrying({ fsync(file) }) != 0 { failure = errno }
  if failure == nil, isNameless,
    linkat(AT_FDCWD, "/proc/self/fd/\(file)", directory, temporary, AT_SYMLINK_FOLLOW) != 0
  {
    failure = errno
  }
  if close(file) != 0, failure == nil, errno != EINTR { failure = errno }
  if failure == nil, renameat(directory, temporary, directory, name) != 0 { failure = errno }
  if failure != nil { _ = unlinkat(directory, temporary, 0) }
  // Without this flush a power cut could forget the rename; file systems that cannot do it say so harmlessly.
  if failure == nil, flushes { _ = fsync(directory) }
  return failure
}

/// Names that are tried for a file on the way, of which killed processes may have left some.
private let temporaryNamesMax = 1000

/// A new file with a name that no other had, -1 where there is none.
private func namedFile(beside name: String, in directory: Int32) -> (file: Int32, name: String) {
  let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
  for number in 0..<temporaryNamesMax {
    let temporary = ".\(name.prefix(200)).\(getpid())-\(number)\(temporarySuffix)"
    let file = retrying { openat(directory, temporary, flags, 0o666) }
    if file >= 0 || errno != EEXIST { return (file, temporary) }
  }
  return (-1, "")
}

/// Writes everything, however little the system takes at a time; returns an error number or nil.
private func writeAll(_ file: Int32, _ bytes: [UInt8]) -> Int32? {
  var written = 0
  while written < bytes.count {
    let count = bytes.withUnsafeBytes { raw in
      Glibc.write(file, raw.baseAddress?.advanced(by: written), min(raw.count - written, 1 << 30))
    }
    if count < 0 && errno != EINTR { return errno }
    written += max(count, 0)
  }
  return nil
}

/// Makes a folder and the folders above it; returns an error number or nil.
func makeDirectories(_ path: String) -> Int32? {
  var place = ""
  for part in path.split(separator: "/") {
    place += "/" + part
    if mkdir(place, 0o777) != 0 && errno != EEXIST && errno != EISDIR {
      let code = errno
      // A folder that exists on a read-only or foreign file system may answer otherwise than "exists".
      if access(place, F_OK) != 0 { return code }
    }
  }
  return nil
}

/// Names in a folder, in increasing order.
func entriesOfDirectory(_ path: String, hidden: Bool) -> [String] {
  guard let directory = opendir(path) else { return [] }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
      String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
    }
    let isHidden = name.utf8.first == UInt8(ascii: ".")
    if !isHidden || hidden && name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}
