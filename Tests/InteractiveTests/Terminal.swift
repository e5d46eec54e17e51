import Foundation
import Glibc

/// The built program behind a pseudo-terminal, as a user has it before her.
///
/// Every wait has an end.
final class Terminal {
  /// What came from the program and was not yet waited for.
  private(set) var unread = ""
  /// All that came.
  private(set) var all = ""
  private var master: Int32 = -1
  private var process: pid_t = 0
  /// The program's end, as a file that others can open.
  private var device = ""
  private var status: Int32?
  private var partial: [UInt8] = []

  /// POSIX_SPAWN_SETSID of glibc, which Swift does not see.
  private static let newSession: Int16 = 0x80

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// The program as built beside the tests.
  static let program: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let beside = (tests as NSString).deletingLastPathComponent + "/descent"
    return ProcessInfo.processInfo.environment["DESCENT_PROGRAM"] ?? beside
  }()

  /// Starts the program in a window of 24 lines with 100 columns.
  init(_ arguments: [String] = [], folder: String, environment: [String: String] = [:]) throws {
    var slave: Int32 = -1
    var size = winsize(ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0)
    var path = [CChar](repeating: 0, count: 256)
    guard openpty(&master, &slave, &path, nil, &size) == 0 else {
      throw Failure(description: "no pseudo-terminal: \(String(cString: strerror(errno)))")
    }
    _ = fcntl(master, F_SETFD, FD_CLOEXEC)
    defer { close(slave) }
    let name = String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    device = name
    var variables = [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
      "INPUTRC": "/dev/null", "NO_COLOR": "1", "XDG_STATE_HOME": folder + "/state",
    ]
    for name in ["LD_LIBRARY_PATH", "PATH"] { variables[name] = ProcessInfo.processInfo.environment[name] }
    for (name, value) in environment { variables[name] = value.isEmpty ? nil : value }
    try spawn(
      ["sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", folder, Self.program] + arguments, name, variables)
  }

  deinit {
    if status == nil {
      kill(process, SIGKILL)
      var ended: Int32 = 0
      waitpid(process, &ended, 0)
    }
    close(master)
  }

  private func spawn(_ line: [String], _ terminal: String, _ variables: [String: String]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The leader of a new session that opens a terminal gets it as its own: Ctrl-C then is a signal.
    for descriptor: Int32 in 0...2 { posix_spawn_file_actions_addopen(&actions, descriptor, terminal, O_RDWR, 0) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Self.newSession)
    var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) } + [nil]
    let pairs = variables.map { name, value in "\(name)=\(value)" }.sorted()
    var settings: [UnsafeMutablePointer<CChar>?] = pairs.map { strdup($0) } + [nil]
    defer { (words + settings).forEach { free($0) } }
    let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, &words, &settings)
    guard code == 0 else { throw Failure(description: String(cString: strerror(code))) }
  }

  // MARK: Typing

  /// Types keys; `\r` is Return, `\u{3}` Ctrl-C, `\u{4}` Ctrl-D, `\t` Tab.
  func type(_ keys: String) { type(bytes: Array(keys.utf8)) }

  /// Types bytes, which need not be whole characters.
  func type(bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = write(master, Array(rest), rest.count)
      if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
      // A long paste: the program must be read while it is written to.
      _ = read(within: 0)
    }
  }

  /// Types a line.
  func enter(_ line: String) { type(line + "\r") }

  /// Waits until the program has taken what was typed and waits for more itself.
  func waitUntilTaken(within seconds: Double = 120) throws {
    let slave = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
    defer { close(slave) }
    let end = now() + seconds
    while now() < end {
      var count: Int32 = 0
      let state = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8))?
        .split(separator: ")").last?.split(separator: " ").first
      if ioctl(slave, UInt(FIONREAD), &count) == 0, count == 0, state == "S" { return }
      usleep(1000)
    }
    throw Failure(description: "what was typed is not taken")
  }

  /// Gives the window another size.
  func resize(rows: UInt16, columns: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  /// Sends a signal to the program.
  func send(_ signal: Int32) { kill(process, signal) }

  /// The window goes away.
  func hangUp() {
    close(master)
    master = -1
  }

  // MARK: Reading

  /// Waits until a text has come; gives what came before it.
  @discardableResult
  func expect(_ text: String, within seconds: Double = 120) throws -> String {
    let end = now() + seconds
    while true {
      if let range = unread.range(of: text) {
        let before = String(unread[..<range.lowerBound])
        unread = String(unread[range.upperBound...])
        return before
      }
      let left = end - now()
      guard left > 0, read(within: left) else {
        throw Failure(description: "expected \(text.debugDescription); there is \(unread.debugDescription)")
      }
    }
  }

  /// Waits for the next prompt; gives what came before it.
  @discardableResult
  func prompt(within seconds: Double = 120) throws -> String { try expect("\u{1B}[?2004h> ", within: seconds) }

  /// Plays lines, each typed at a prompt; fails where what comes of one lacks its text.
  ///
  /// The prompt behind the last line is waited for too.
  func play(_ lines: [(line: String, expected: String)]) throws {
    if all.isEmpty { try prompt() }
    for (line, expected) in lines {
      enter(line)
      let shown = try prompt()
      guard expected.isEmpty || shown.contains(expected) else {
        throw Failure(description: "`\(line)` gave \(shown.debugDescription), without \(expected.debugDescription)")
      }
    }
  }

  /// Waits for the program's end; gives its status, 256 + n after signal n.
  func end(within seconds: Double = 120) throws -> Int32 {
    let limit = now() + seconds
    while now() < limit {
      _ = read(within: 0.01)
      var code: Int32 = 0
      if waitpid(process, &code, WNOHANG) == process {
        while read(within: 0) {}
        let ended = code & 0x7F == 0 ? (code >> 8) & 0xFF : 256 + (code & 0x7F)
        status = ended
        return ended
      }
      if master < 0 { usleep(2000) }
    }
    throw Failure(description: "the program goes on; there is \(unread.debugDescription)")
  }

  /// Reads what comes within the time; false when nothing came or the program is gone.
  private func read(within seconds: Double) -> Bool {
    guard master >= 0 else { return false }
    var source = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    guard poll(&source, 1, Int32(min(seconds * 1000, 60_000))) > 0 else { return false }
    var block = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(master, &block, block.count)
    guard count > 0 else { return false }
    partial += block[..<count]
    // A character may arrive in two pieces.
    var whole = partial.count
    while whole > 0, partial.count - whole < 4, partial[whole - 1] & 0xC0 == 0x80 { whole -= 1 }
    if whole > 0, partial[whole - 1] >= 0xC0 { whole -= 1 } else { whole = partial.count }
    if whole < partial.count, isComplete(partial[whole...]) { whole = partial.count }
    let text = String(decoding: partial[..<whole], as: UTF8.self)
    partial.removeFirst(whole)
    unread += text
    all += text
    return true
  }

  private func isComplete(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let first = bytes.first else { return true }
    return bytes.count >= (first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2)
  }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// A folder of its own for one test.
final class ScratchFolder {
  let path: String

  init() throws {
    var template = Array((NSTemporaryDirectory() as NSString).appendingPathComponent("descent-XXXXXX").utf8CString)
    guard let made = mkdtemp(&template) else {
      throw Terminal.Failure(description: "mkdtemp: \(String(cString: strerror(errno)))")
    }
    path = String(cString: made)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file below the folder.
  func write(_ name: String, _ text: String) throws {
    let file = path + "/" + name
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try text.write(toFile: file, atomically: true, encoding: .utf8)
  }

  /// The script of the last session that was kept below `state`.
  var lastSession: String? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path + "/state/descent/sessions")) ?? []
    return names.filter { $0.hasSuffix(".opt") }.max().flatMap { read("state/descent/sessions/" + $0) }
  }

  /// The text of a file, or nil.
  func read(_ name: String) -> String? { try? String(contentsOfFile: path + "/" + name, encoding: .utf8) }
}
