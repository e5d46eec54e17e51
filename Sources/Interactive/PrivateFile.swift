import Glibc

/// A file for its owner's eyes only, such as a history: never through a link, and no trouble when it is not there.
struct PrivateFile {
  let path: String

  /// The file's text, of a file longer than `byteCountMax` the end; nil where there is none that may be read.
  func read(byteCountMax: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    if status.st_size > byteCountMax { lseek(descriptor, off_t(Int(status.st_size) - byteCountMax), SEEK_SET) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count < byteCountMax {
      let count = Glibc.read(descriptor, &block, block.count)
      if count == 0 { break }
      if count > 0 { bytes += block[..<count] } else if errno != EINTR { return nil }
    }
    return bytes
  }

  /// Adds to the end; false where that failed.
  @discardableResult
  func append(_ bytes: [UInt8]) -> Bool { write(bytes, flags: O_APPEND) }

  /// Replaces what is there in one move, so that a crash leaves the old text or the new one.
  @discardableResult
  func replace(_ bytes: [UInt8]) -> Bool {
    let draft = PrivateFile(path: path + ".new")
    guard draft.write(bytes, flags: O_TRUNC) else { return false }
    return rename(draft.path, path) == 0
  }

  private func write(_ bytes: [UInt8], flags: Int32) -> Bool {
    makeFolders()
    let descriptor = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | flags, 0o600)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    fchmod(descriptor, 0o600)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, Array(rest), rest.count)
      if count >= 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return false }
    }
    return true
  }

  /// Makes the folders on the way, for the owner alone.
  func makeFolders() {
    for index in path.indices.dropFirst() where path[index] == "/" { mkdir(String(path[..<index]), 0o700) }
  }
}
