import Diagnostics
import Glibc

/// The folder given with `--out`, held by this process alone until `release()`.
struct OutputDirectory {
  /// Absolute, links resolved.
  let path: String
  private let lock: Int32

  private static let lockName = ".descent.lock"

  /// Makes the folder where it is missing and locks it.
  ///
  /// The lock is the kernel's (`flock`), so it ends with the process however that ends; the file only tells others who
  /// holds it.
  static func acquire(_ name: String) throws(Diagnostic) -> OutputDirectory {
    OutputDirectory(path: try made(name), lock: try lock(name))
  }

  /// Makes the folder where it is missing, and gives its absolute path.
  static func made(_ name: String) throws(Diagnostic) -> String {
    if mkdir(name, 0o777) == -1, errno != EEXIST { throw .outputDirectoryUnwritable(name, systemText(errno)) }
    var status = stat()
    guard stat(name, &status) == 0 else { throw .outputDirectoryUnwritable(name, systemText(errno)) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .outputDirectoryIsFile(name) }
    guard let path = absolutePath(name) else { throw .outputDirectoryUnwritable(name, systemText(errno)) }
    return path
  }

  /// Gives the folder free.
  func release() {
    unlink(path + "/" + Self.lockName)
    close(lock)
  }

  private static func lock(_ name: String) throws(Diagnostic) -> Int32 {
    let file = name + "/" + lockName
    while true {
      let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
      guard descriptor >= 0 else { throw .outputDirectoryUnwritable(name, systemText(errno)) }
      // A folder of another machine may know no locks; then nobody can tell who else writes there.
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
        let holder = readHolder(descriptor)
        close(descriptor)
        throw .outputDirectoryInUse(name, process: holder)
      }
      if isStill(descriptor, at: file) {
        ftruncate(descriptor, 0)
        if let code = writeAll(descriptor, Array("\(getpid())\n".utf8)) {
          close(descriptor)
          throw .outputDirectoryUnwritable(name, systemText(code))
        }
        return descriptor
      }
      // The holder of a moment ago removed the file between our `open` and our `flock`.
      close(descriptor)
    }
  }

  private static func isStill(_ descriptor: Int32, at file: String) -> Bool {
    var opened = stat()
    var named = stat()
    return fstat(descriptor, &opened) == 0 && stat(file, &named) == 0 && opened.st_ino == named.st_ino
      && opened.st_dev == named.st_dev
  }

  /// The process number in the lock file; a holder writes it just after locking, so it may not be there yet.
  private static func readHolder(_ descriptor: Int32) -> Int? {
    for _ in 0..<20 {
      var bytes = [UInt8](repeating: 0, count: 24)
      let count = pread(descriptor, &bytes, bytes.count, 0)
      let digits = bytes.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
      if count > 0, let process = Int(String(decoding: digits, as: UTF8.self)) { return process }
      usleep(5000)
    }
    return nil
  }
}

/// An absolute path with links resolved, or nil where there is nothing.
func absolutePath(_ name: String) -> String? {
  guard let resolved = realpath(name, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}
