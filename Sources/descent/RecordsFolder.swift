import ArgumentParser
import Data
import Diagnostics
import Glibc
import Language
import Values

/// The folder of records as this process sees it.
enum RecordsFolder {
  /// Files below an absolute path.
  static func host(_ path: String) -> SystemHost { SystemHost(currentDirectory: path, outputDirectory: path) }

  static func options(_ host: SystemHost, _ task: RecordsOptions.Task) -> RecordsOptions {
    var options = RecordsOptions(host: host, task: task)
    options.machine = machine
    options.process = Int(getpid())
    options.clock = { now }
    options.isAlive = isAlive
    return options
  }

  /// Seconds since 1970.
  static var now: Int { time(nil) }

  /// The name of this machine and, behind a space, what tells it from others of that name: the number of its start, and the
  /// numbers of processes that are known here, which each container has for itself.
  static let machine: String = {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let start = text(of: "/proc/sys/kernel/random/boot_id").prefix(8)
    var status = stat()
    let numbers = stat("/proc/self/ns/pid", &status) == 0 ? "\(status.st_ino)" : ""
    return "\(host) \(start).\(numbers)"
  }()

  private static func text(of path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 512)
    return String(decoding: bytes.prefix(max(0, read(file, &bytes, bytes.count))), as: UTF8.self)
  }

  /// Whether a process runs; nil for another machine.
  static func isAlive(_ machine: String, _ process: Int) -> Bool? {
    guard machine == Self.machine, let number = pid_t(exactly: process), number > 0 else { return nil }
    return (kill(number, 0) == 0 || errno == EPERM) && !isZombie(number)
  }

  /// Whether a process has ended and nobody has asked how.
  private static func isZombie(_ process: pid_t) -> Bool {
    // The state stands behind the name, which is in parentheses and may hold anything.
    let words = Array(text(of: "/proc/\(process)/stat").utf8)
    guard let end = words.lastIndex(of: UInt8(ascii: ")")), end + 2 < words.count else { return false }
    return words[end + 2] == UInt8(ascii: "Z")
  }
}

extension Shard {
  /// `3/20` of the command line.
  static func parse(_ text: String) throws -> Shard {
    if let shard = Shard(text) { return shard }
    throw ValidationError("write i/n with i from 0 to n - 1, such as 0/4, 1/4, 2/4 and 3/4; '\(text)' is none.")
  }
}
