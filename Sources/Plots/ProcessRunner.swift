@preconcurrency import Glibc

/// Starts a program found on PATH, feeds it text, collects what it writes, and ends it when it takes too long.
///
/// The one place of this target that speaks to the operating system. The child gets a group of its own, so that the
/// user's Ctrl-C reaches us alone, and a small fixed environment instead of ours: what it draws depends on the script.
package enum ProcessRunner {
  /// What a finished program left.
  package struct Outcome: Sendable {
    /// The exit status; 128 + n after signal n.
    package var status: Int
    package var output: [UInt8]
    package var complaints: String

    package init(status: Int, output: [UInt8], complaints: String) {
      self.status = status
      self.output = output
      self.complaints = complaints
    }
  }

  /// Why a program gave no outcome.
  package enum Failure: Error, Sendable, Hashable {
    case notFound(program: String)
    case notStarted(program: String, errorCode: Int32)
    case tookTooLong(program: String, seconds: Int)
    case wroteTooMuch(program: String, bytes: Int)
    case interrupted(program: String)
  }

  /// More than any picture needs; less than would hurt.
  private static let outputBytesMax = 256 << 20

  /// The executable file called `program` in a directory of PATH; nil where there is none.
  package static func path(of program: String) -> String? {
    // SAFETY: getenv's string is copied at once, before anything could change the environment.
    guard let value = unsafe getenv("PATH") else { return nil }
    let folders = unsafe String(cString: value).split(separator: ":")
    return folders.lazy.filter { $0.hasPrefix("/") }.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
  }

  /// Milliseconds between two looks at whether somebody wants to stop; a signal wakes the wait besides.
  private static let patience = 20.0

  /// Runs `program` to its end, or until `isInterrupted` says so.
  package static func run(
    _ program: String, arguments: [String], input: String, secondsMax: Int = 60,
    isInterrupted: () -> Bool = { false }
  ) throws(Failure) -> Outcome {
    guard let path = path(of: program) else { throw .notFound(program: program) }
    let pipes = (0..<3).compactMap { _ in Pipe() }
    guard pipes.count == 3 else {
      let code = errno
      for pipe in pipes { pipe.close() }
      throw .notStarted(program: program, errorCode: code)
    }
    let (process, code) = spawn(path, arguments, pipes)
    close(pipes[0].read)
    close(pipes[1].write)
    close(pipes[2].write)
    guard code == 0 else {
      close(pipes[0].write)
      close(pipes[1].read)
      close(pipes[2].read)
      throw .notStarted(program: program, errorCode: code)
    }
    var exchange = Exchange(
      input: Array(input.utf8), writer: pipes[0].write, output: pipes[1].read, complaints: pipes[2].read)
    let end = now() + Double(secondsMax)
    var isLate = false
    while exchange.isOpen, exchange.collected[0].count <= outputBytesMax, !isLate, !isInterrupted() {
      exchange.step(millisecondsMax: Int32(max(0, min(patience, (end - now()) * 1000))))
      isLate = now() >= end
    }
    let isStopped = exchange.isOpen
    if isStopped { kill(-process, SIGKILL) }
    exchange.close()
    let status = wait(for: process, until: isStopped ? nil : end)
    if isInterrupted() { throw .interrupted(program: program) }
    if isLate || status == nil { throw .tookTooLong(program: program, seconds: secondsMax) }
    if isStopped { throw .wroteTooMuch(program: program, bytes: outputBytesMax) }
    return Outcome(
      status: status ?? 0, output: exchange.collected[0],
      complaints: String(decoding: exchange.collected[1], as: UTF8.self))
  }

  // MARK: Start and end

  /// A one-way channel to or from the child.
  private struct Pipe {
    let read: Int32
    let write: Int32

    /// A pair of sockets: unlike a pipe, one whose reader has gone can be written to without a signal.
    init?() {
      var ends: [Int32] = [0, 0]
      guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { return nil }
      read = ends[0]
      write = ends[1]
      // Another child must not inherit them and keep them open.
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    func close() {
      Glibc.close(read)
      Glibc.close(write)
    }
  }

  private static func spawn(_ path: String, _ arguments: [String], _ pipes: [Pipe]) -> (pid_t, Int32) {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
      unsafe posix_spawn_file_actions_destroy(&actions)
      unsafe posix_spawnattr_destroy(&attributes)
    }
    unsafe posix_spawn_file_actions_adddup2(&actions, pipes[0].read, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, pipes[1].write, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, pipes[2].write, 2)
    // A group of its own; signals that we ignore are restored.
    var restored = sigset_t()
    unsafe sigemptyset(&restored)
    unsafe sigaddset(&restored, SIGPIPE)
    unsafe posix_spawnattr_setsigdefault(&attributes, &restored)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
    // SAFETY: both lists end with nil and live until posix_spawn has copied them.
    let argumentList: [UnsafeMutablePointer<CChar>?] = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    let environmentList: [UnsafeMutablePointer<CChar>?] = unsafe environment().map { unsafe strdup($0) } + [nil]
    defer { for entry in unsafe argumentList + environmentList { unsafe free(entry) } }
    var process = pid_t()
    let code = unsafe posix_spawn(&process, path, &actions, &attributes, argumentList, environmentList)
    return (process, code)
  }

  /// As little as a program can do with.
  private static func environment() -> [String] {
    var list = ["LC_ALL=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin"]
    // SAFETY: copied at once, as above. Fonts are cached under HOME.
    if let home = unsafe getenv("HOME") { list.append("HOME=" + (unsafe String(cString: home))) }
    return list
  }

  /// The exit status once the process has ended; kills it at `end`, and gives nil then.
  private static func wait(for process: pid_t, until end: Double?) -> Int? {
    var status: Int32 = 0
    while true {
      let result = unsafe waitpid(process, &status, end == nil ? 0 : WNOHANG)
      if result == process { break }
      if result < 0, errno != EINTR { return 127 }
      guard result == 0, let end else { continue }
      if now() >= end {
        kill(-process, SIGKILL)
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        return nil
      }
      usleep(1000)
    }
    let signal = Int(status & 0x7F)
    return signal == 0 ? Int((status >> 8) & 0xFF) : 128 + signal
  }

  private static func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  // MARK: Exchange

  /// Input to write and two outputs to read, all at once, so that no side waits for the other.
  private struct Exchange {
    private var input: [UInt8]
    private var sent = 0
    private var writer: Int32?
    private var readers: [Int32?]
    /// Output and complaints.
    private(set) var collected: [[UInt8]] = [[], []]

    init(input: [UInt8], writer: Int32, output: Int32, complaints: Int32) {
      self.input = input
      self.writer = writer
      readers = [output, complaints]
    }

    var isOpen: Bool { readers.contains { $0 != nil } }

    /// Waits for any of the three and moves what is ready.
    mutating func step(millisecondsMax: Int32) {
      if sent == input.count, let open = writer {
        Glibc.close(open)
        writer = nil
      }
      var watched: [pollfd] = []
      if let writer { watched.append(pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)) }
      for case let reader? in readers { watched.append(pollfd(fd: reader, events: Int16(POLLIN), revents: 0)) }
      guard unsafe poll(&watched, nfds_t(watched.count), millisecondsMax) > 0 else { return }
      for entry in watched where entry.revents != 0 {
        if entry.fd == writer { send() } else { receive(entry.fd) }
      }
    }

    private mutating func send() {
      guard let open = writer else { return }
      let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
      let count = unsafe input[sent...].withUnsafeBytes { unsafe Glibc.send(open, $0.baseAddress, $0.count, flags) }
      if count > 0 {
        sent += count
      } else if errno != EAGAIN, errno != EINTR {
        // The program has stopped reading: what it says about it is worth more than our text.
        sent = input.count
      }
    }

    private mutating func receive(_ descriptor: Int32) {
      guard let index = readers.firstIndex(of: descriptor) else { return }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let count = unsafe read(descriptor, &buffer, buffer.count)
      if count > 0 {
        collected[index] += buffer[..<count]
      } else if count == 0 || errno != EINTR {
        Glibc.close(descriptor)
        readers[index] = nil
      }
    }

    mutating func close() {
      for case let open? in readers + [writer] { Glibc.close(open) }
      readers = [nil, nil]
      writer = nil
    }
  }
}
