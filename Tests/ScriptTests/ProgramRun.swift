import Foundation
import Glibc

/// The built program run once: what it was given, and what came of it.
struct ProgramRun: Sendable {
  /// Exit status, or nil when a signal ended it.
  var status: Int32?
  /// The signal that ended it.
  var signal: Int32?
  var output: String
  var error: String
  /// Of a processor, whatever else the machine does meanwhile.
  var seconds: Double
  var peakMebibytes: Int
  /// Seconds between the signal that was sent and the end.
  var secondsAfterSignal: Double?
}

/// What to run and how.
struct ProgramCall: Sendable {
  var arguments: [String]
  var folder: String
  /// Variables on top of a plain environment; an empty value takes a variable away.
  var environment: [String: String] = [:]
  var standardInput: [UInt8] = []
  /// Nil for a file that is read back.
  var standardOutput: String?
  /// Closes descriptors 0, 1 and 2 before the program starts.
  var closesStreams = false
  /// A signal, and the seconds after the start at which it is sent.
  var signal: (number: Int32, after: Double)?
  /// The signal waits for the first output instead.
  var signalsAtOutput = false
  var limitSeconds = 600.0

  init(_ arguments: [String], in folder: String) {
    self.arguments = arguments
    self.folder = folder
  }

  /// The program as built beside the tests.
  static let program: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let beside = (tests as NSString).deletingLastPathComponent + "/descent"
    return ProcessInfo.processInfo.environment["DESCENT_PROGRAM"] ?? beside
  }()

  /// Runs the program to its end, or kills it at the limit.
  func run() throws -> ProgramRun {
    let scratch = try ScratchFolder()
    defer { scratch.remove() }
    let input = try scratch.write("input", standardInput)
    let output = standardOutput ?? scratch.path + "/output"
    let error = scratch.path + "/error"
    let start = now()
    let process = try spawn(input: input, output: output, error: error)
    var ended = try wait(for: process, since: start, output: output)
    ended.output = standardOutput == nil ? text(of: output) : ""
    ended.error = text(of: error)
    return ended
  }

  private func spawn(input: String, output: String, error: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT, 0o644)
    // The shell changes the folder and becomes the program, under the same process number.
    let shell = "cd \"$1\" && shift && exec \"$@\"" + (closesStreams ? " <&- >&- 2>&-" : "")
    let line = ["sh", "-c", shell, "sh", folder, Self.program] + arguments
    var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = settings.map { strdup($0) } + [nil]
    defer { (words + variables).forEach { free($0) } }
    var process = pid_t()
    let failure = posix_spawn(&process, "/bin/sh", &actions, nil, &words, &variables)
    guard failure == 0 else { throw SpawnFailure(program: Self.program, reason: String(cString: strerror(failure))) }
    return process
  }

  private var settings: [String] {
    var all = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder, "LC_ALL": "C.UTF-8", "TERM": "dumb"]
    for name in ["LD_LIBRARY_PATH", "PATH"] { all[name] = ProcessInfo.processInfo.environment[name] }
    for (name, value) in environment { all[name] = value.isEmpty ? nil : value }
    return all.map { "\($0.key)=\($0.value)" }.sorted()
  }

  private func wait(for process: pid_t, since start: Double, output: String) throws -> ProgramRun {
    var used = rusage()
    var status: Int32 = 0
    var sent: Double?
    var peak = 0
    while true {
      peak = max(peak, peakMebibytes(of: process))
      let ended = wait4(process, &status, WNOHANG, &used)
      let elapsed = now() - start
      if ended == process { break }
      if let signal, sent == nil, signalsAtOutput ? !text(of: output).isEmpty : elapsed >= signal.after {
        kill(process, signal.number)
        sent = now()
      }
      if elapsed > limitSeconds { kill(process, SIGKILL) }
      usleep(500)
    }
    let end = now()
    let signal = status & 0x7F
    return ProgramRun(
      status: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal, output: "", error: "",
      seconds: seconds(used.ru_utime) + seconds(used.ru_stime), peakMebibytes: peak,
      secondsAfterSignal: sent.map { end - $0 })
  }

  /// The most memory that a process has held until now, as the kernel counts it; 0 where it has ended.
  ///
  /// The figure of `wait4` will not do: a process starts with that of the one that made it, which is this one.
  private func peakMebibytes(of process: pid_t) -> Int {
    let line = text(of: "/proc/\(process)/status").split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0) / 1024
  }

  private func text(of path: String) -> String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// The program could not even be started.
struct SpawnFailure: Error {
  var program: String
  var reason: String
}

/// A folder of its own for one test.
struct ScratchFolder {
  let path: String

  init() throws {
    var template = Array((NSTemporaryDirectory() as NSString).appendingPathComponent("descent-XXXXXX").utf8CString)
    guard let made = mkdtemp(&template) else {
      throw SpawnFailure(program: "mkdtemp", reason: String(cString: strerror(errno)))
    }
    path = String(cString: made)
  }

  /// Writes a file below the folder and gives its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    let folder = (file as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// Names of everything below, sorted.
  var contents: [String] { ((try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []).sorted() }

  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }
}
