import Glibc

/// The sessions of late, each a script in a private file of its own: neither a crash nor another prompt costs one.
///
/// `0007.open.opt` is a session that is under way or has broken off; at an orderly end it becomes `0007.opt`. Which of the
/// two it is says a lock on `0007.lock`: the system takes it from a program however that ends.
final class KeptSessions {
  /// A session that can be taken up again.
  struct Kept: Hashable {
    var number: Int
    /// Whether it ended without a goodbye: in a crash, by a signal, with its terminal.
    var isBroken: Bool
  }

  /// How many are kept.
  private static let countMax = 20
  private static let byteCountMax = 64 << 20

  private let folder: String
  /// The session of this program, with the lock on it.
  private var own: (number: Int, lock: Int32)?

  init(folder: String) { self.folder = folder }

  deinit {
    if let own { close(own.lock) }
  }

  private func path(_ number: Int, _ ending: String) -> String {
    let digits = String(number)
    return "\(folder)/\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits).\(ending)"
  }

  private func file(_ kept: Kept) -> PrivateFile {
    PrivateFile(path: path(kept.number, kept.isBroken ? "open.opt" : "opt"))
  }

  // MARK: Those of before

  /// What lies in the folder, by increasing number, without the sessions that are under way.
  private var all: [Kept] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var found: [Kept] = []
    while let entry = readdir(stream) {
      // SAFETY: the name ends in a zero byte, and `entry` is ours until the next `readdir`.
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let match = name.wholeMatch(of: /(\d{4,9})\.(open\.)?opt/), let number = Int(match.1) else { continue }
      found.append(Kept(number: number, isBroken: match.2 != nil))
    }
    return found.filter { !$0.isBroken || !isUnderWay($0.number) }.sorted { $0.number < $1.number }
  }

  /// Whether a program holds the lock of a session.
  private func isUnderWay(_ number: Int) -> Bool {
    if own?.number == number { return true }
    let descriptor = open(path(number, "lock"), O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) != 0
  }

  /// The session to take up again: the last that broke off, else the last that ended.
  var latest: Kept? { all.last { $0.isBroken } ?? all.last }

  /// Whether the last of all sessions broke off.
  var hasBrokenOff: Bool { all.last?.isBroken == true }

  /// The script of a session.
  func script(of kept: Kept) -> [UInt8]? { file(kept).read(byteCountMax: Self.byteCountMax) }

  /// A session that broke off is in another one now.
  func settle(_ kept: Kept) {
    guard kept.isBroken else { return }
    rename(path(kept.number, "open.opt"), path(kept.number, "opt"))
    unlink(path(kept.number, "lock"))
  }

  // MARK: This one

  /// The file of this session, from its first call on under a number of its own; nil where none can be made.
  func begin() -> PrivateFile? {
    if let own { return PrivateFile(path: path(own.number, "open.opt")) }
    PrivateFile(path: folder + "/lock").makeFolders()
    var number = (all.last?.number ?? 0) + 1
    // A number that another prompt takes at this moment is skipped.
    for _ in 0..<1000 {
      if let lock = lock(number) {
        own = (number, lock)
        forgetOldest()
        return PrivateFile(path: path(number, "open.opt"))
      }
      number += 1
    }
    return nil
  }

  private func lock(_ number: Int) -> Int32? {
    let descriptor = open(path(number, "lock"), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return nil }
    let isTaken = access(path(number, "open.opt"), F_OK) == 0 || access(path(number, "opt"), F_OK) == 0
    if isTaken || flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  private func forgetOldest() {
    for kept in all.dropLast(Self.countMax) {
      unlink(path(kept.number, kept.isBroken ? "open.opt" : "opt"))
      unlink(path(kept.number, "lock"))
    }
  }

  /// The session has ended in order.
  func end() {
    guard let own else { return }
    rename(path(own.number, "open.opt"), path(own.number, "opt"))
    unlink(path(own.number, "lock"))
    close(own.lock)
    self.own = nil
  }
}
