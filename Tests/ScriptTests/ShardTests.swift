import Foundation
import Glibc
import Testing

/// The runs of a script made by many processes: together they give the bytes of one.
@Suite struct ShardTests {
  /// Sweeps of which the second stands upon the first, a run that diverges, one that cannot be run, and files.
  static let script = """
    problem fit(k) {
      param w: [4] ~ normal(0, 1)
      sample i in 0..<20
      loss = (dot([1, i/10, sin(k * i), cos(i)], w) - 1)^2 / 2
    }
    sweep s over lr in [0.01, 0.05, 0.1, 40.0], seed in 1...3 {
      run fit(1) with sgd(lr = lr) batch 2 for 2000 steps { record loss every 100 }
    }
    let best = argmin(final(s.loss) where lr < 1 over lr).value
    sweep finer over f in [0.5, 1.0, 2.0], seed in 1...2 {
      run fit(2) with sgd(lr = best * f) batch 2 for 200 steps { record loss every 10 }
    }
    run alone = fit(3) with sgd(lr = best) batch 2 for 100 steps { record loss }
    table finer: final(loss) by f
    print "best {best:.4f}, alone {final(alone.loss):.12f}"
    save s to "s.csv"
    save alone to "alone.npz"
    claim "the largest step fails": final(s.loss where lr == 0.1) > 0

    """

  private struct Setting {
    let folder: ScratchFolder

    init(_ script: String = ShardTests.script) throws {
      folder = try ScratchFolder()
      try write("script.opt", script)
    }

    func write(_ name: String, _ text: String) throws { try folder.write(name, Array(text.utf8)) }

    func run(_ arguments: [String], signal: (Int32, Double)? = nil) throws -> ProgramRun {
      let takesThreads = ["run", "merge"].contains(arguments.first)
      var call = ProgramCall(arguments + (takesThreads ? ["--threads", "1"] : []), in: folder.path)
      call.signal = signal
      return try call.run()
    }

    func shard(_ text: String, signal: (Int32, Double)? = nil) throws -> ProgramRun {
      try run(["run", "script.opt", "--shard", text, "--out", "shared", "-q"], signal: signal)
    }

    func bytes(_ name: String) -> Data? { FileManager.default.contents(atPath: folder.path + "/" + name) }

    /// Files of records below the folder.
    var records: [String] {
      folder.contents.filter { $0.hasPrefix("shared/runs/") && $0.split(separator: "/").count == 4 }
    }
  }

  @Test func shardsTogetherGiveTheBytesOfOneProcess() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    let whole = try setting.run(["run", "script.opt", "--no-cache", "--out", "whole"])
    #expect(!whole.output.isEmpty)
    // The second sweep needs the results of the first, so each shard is started twice.
    for round in 0..<2 {
      for index in [2, 0, 1] {
        let shard = try setting.shard("\(index)/3")
        #expect(shard.status == 0 && shard.output.isEmpty, "\(shard)")
        if round == 0, index != 1 { #expect(shard.error.contains("needs runs of other shards"), "\(shard)") }
      }
    }
    let merged = try setting.run(["merge", "shared", "script.opt"])
    #expect(merged.output == whole.output && merged.status == whole.status, "\(merged)")
    for name in ["s.csv", "alone.npz"] {
      let own = setting.bytes("whole/" + name)
      #expect(own != nil && own == setting.bytes("shared/" + name), "\(name)")
    }
    let overview = try setting.run(["runs", "shared"])
    #expect(overview.output.contains("sweep s: 12 runs, 12 done"), "\(overview.output)")
    #expect(overview.output.contains("sweep finer: 6 runs, 6 done"), "\(overview.output)")
  }

  @Test func shardThatIsKilledGoesOnByBeingStartedAgain() throws {
    let setting = try Setting(
      """
      problem fit {
        param w: [4] ~ normal(0, 1)
        sample i in 0..<20
        loss = (dot([1, i/10, sin(i), cos(i)], w) - 1)^2 / 2
      }
      sweep s over lr in [0.01, 0.02, 0.03, 0.04, 0.05, 0.06], seed in 1...4 {
        run fit with sgd(lr = lr) batch 2 for 200_000 steps { record loss every 1000 }
      }
      table s: final(loss) by lr

      """)
    defer { setting.folder.remove() }
    let whole = try setting.run(["run", "script.opt", "--no-cache", "-q"])
    var killed = 0
    for after in [0.05, 0.2, 0.3, 0.4, 0.5] {
      let run = try setting.shard("0/2", signal: (SIGKILL, after * max(1, whole.seconds)))
      if run.signal == SIGKILL { killed += 1 }
    }
    #expect(killed > 1)
    let told = try setting.run(["runs", "shared"]).output
    #expect(told.contains("not begun: 1/2"), "\(told)")
    for index in 0..<2 { #expect(try setting.shard("\(index)/2").status == 0) }
    #expect(try setting.run(["merge", "shared", "script.opt", "-q"]).output == whole.output)
    #expect(!setting.folder.contents.contains { $0.contains(".part") })
  }

  @Test func interruptedRunIsTakenUpWhereItWas() throws {
    let setting = try Setting(
      """
      problem fit {
        param w: [4] ~ normal(0, 1)
        sample i in 0..<20
        loss = (dot([1, i/10, sin(i), cos(i)], w) - 1)^2 / 2
      }
      sweep s over lr in [0.01, 0.02] {
        run fit with sgd(lr = lr) batch 2 for 3_000_000 steps { record loss every 100_000 }
      }
      table s: final(loss) by lr

      """)
    defer { setting.folder.remove() }
    let stopped = try setting.shard("0/1", signal: (SIGTERM, 0.3))
    #expect(stopped.status == 143, "\(stopped)")
    #expect(setting.folder.contents.contains { $0.hasPrefix("shared/under-way/") }, "\(setting.folder.contents)")
    #expect(try setting.shard("0/1").status == 0)
    #expect(
      !setting.folder.contents.contains { $0.hasPrefix("shared/under-way/") && $0.split(separator: "/").count == 4 })
    let whole = try setting.run(["run", "script.opt", "--no-cache", "-q"])
    #expect(try setting.run(["merge", "shared", "script.opt", "-q"]).output == whole.output)
  }

  @Test func whatIsMissingIsSaidAndMadeByCompleting() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    #expect(try setting.shard("0/2").status == 0)
    let refused = try setting.run(["merge", "shared", "script.opt", "-q"])
    #expect(refused.status == 4 && refused.output.isEmpty, "\(refused)")
    #expect(refused.error.contains("E1005") && refused.error.contains("6 of 12 runs of the sweep `s`"), "\(refused)")
    let runs = try setting.run(["runs", "shared", "--json"]).output
    #expect(runs.split(separator: "\n").count { $0.contains("\"state\": \"done\"") } == 6, "\(runs)")
    let whole = try setting.run(["run", "script.opt", "--no-cache", "--out", "whole", "-q"])
    let completed = try setting.run(["run", "script.opt", "--out", "shared", "-q"])
    #expect(completed.output == whole.output && completed.status == whole.status, "\(completed)")
    #expect(try setting.run(["merge", "shared", "script.opt", "-q"]).output == whole.output)
  }

  @Test func recordsOfOtherScriptsAndMembersThatCannotBeRun() throws {
    let setting = try Setting(
      """
      let A = [1, 2, 3, 4]
      problem p(k) {
        param w = 0.5
        loss = (w - 5)^2
        metric level = A[count(w > j for j in 0..<k)]
      }
      sweep s over k in [2, 6, 3] {
        run p(k) with gd(lr = 0.1) for 30 steps { record loss, level every 10 }
      }
      print (final(s.loss) where k == 2).value

      """)
    defer { setting.folder.remove() }
    let shard = try setting.shard("0/1")
    #expect(shard.status == 0 && shard.error.contains("could not be run"), "\(shard)")
    let runs = try setting.run(["runs", "shared"]).output
    #expect(runs.contains("2 done") && runs.contains("1 failed") && runs.contains("failed: s("), "\(runs)")
    #expect(runs.contains("index 5 is out of range"), "\(runs)")
    let whole = try setting.run(["run", "script.opt", "--no-cache", "-q"])
    let merged = try setting.run(["merge", "shared", "script.opt", "-q"])
    #expect(merged.output == whole.output && merged.error == whole.error && merged.status == 0, "\(merged)")
    try setting.write(
      "other.opt", "sweep q over k in [1, 2] { run quadratic([1]) with gd(lr = 0.1 * k) for 2 steps { record loss } }\n"
    )
    let other = try setting.run(["run", "other.opt", "--shard", "0/1", "--out", "shared"])
    #expect(other.status == 4 && other.error.contains("E1007") && other.error.contains("script.opt"), "\(other)")
    for (arguments, words) in [
      (["run", "script.opt", "--shard", "3/3", "--out", "shared"], "write i/n"),
      (["run", "script.opt", "--shard", "0/0", "--out", "shared"], "write i/n"),
      (["run", "script.opt", "--shard", "0/2"], "needs the folder of '--out'"),
      (["merge", "nowhere", "script.opt"], "E1008"), (["runs", "nowhere"], "E1008"),
    ] {
      let run = try setting.run(arguments)
      #expect(run.status != 0 && run.error.contains(words), "\(arguments): \(run)")
    }
  }

  @Test func secondProcessOfOneShardIsRefused() throws {
    let setting = try Setting(
      """
      sweep s over k in [1, 2] {
        run quadratic([1]) with gd(lr = 0.001 * k) for 400_000_000 steps { record loss at end }
      }

      """)
    defer { setting.folder.remove() }
    // The shell's first process goes on while the second is refused.
    let program = ProgramCall.program
    let line =
      "\"$0\" run script.opt --shard 0/1 --out shared -q & first=$!; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do "
      + "test -e shared/shards/0-of-1 && break; sleep 0.25; done; \"$0\" run script.opt --shard 0/1 --out shared -q; "
      + "code=$?; kill -9 $first; wait $first 2>/dev/null; exit $code"
    let run = try ShellRun("bash", ["-c", line, program], in: setting.folder.path)
    #expect(run.status == 4 && run.error.contains("E1006") && run.error.contains("is under way"), "\(run)")
    // It was killed, which keeps nobody from starting it again.
    let again = try setting.shard("0/1", signal: (SIGTERM, 0.5))
    #expect(again.status == 143, "\(again)")
  }

  @Test func folderThatIsNoneStopsTheShard() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    try setting.write("shared/runs", "a file where a folder belongs")
    let run = try setting.shard("0/1")
    #expect(run.status == 4 && !run.error.isEmpty, "\(run)")
  }

  private static let long = """
    problem fit {
      param w: [4] ~ normal(0, 1)
      sample i in 0..<20
      loss = (dot([1, i/10, sin(i), cos(i)], w) - 1)^2 / 2
    }
    sweep s over lr in [0.01, 0.02, 0.03], seed in 1...2 {
      run fit with sgd(lr = lr) batch 2 for 400_000 steps { record loss every 1000 }
    }
    table s: final(loss) by lr

    """

  /// A user without rights can have name spaces of its own where the kernel lets it.
  static let missing: String? = {
    let run = try? ShellRun("unshare", ["--uts", "--mount", "true"], in: "/")
    return run?.status == 0 ? nil : "no name spaces here: \(run?.error ?? "")"
  }()

  @Test func folderThatVanishesStopsTheShard() throws {
    let setting = try Setting(Self.long)
    defer { setting.folder.remove() }
    let line =
      "\"$0\" run script.opt --shard 0/1 --out shared -q & job=$!; for i in $(seq 200); do "
      + "test -e shared/shards/0-of-1 && break; sleep 0.02; done; mv shared elsewhere; wait $job"
    let run = try ShellRun("bash", ["-c", line, ProgramCall.program], in: setting.folder.path)
    #expect(run.status == 4 && run.error.contains("the folder has vanished"), "\(run)")
    #expect(try setting.shard("0/1").status == 0)
    let whole = try setting.run(["run", "script.opt", "--no-cache", "-q"])
    #expect(try setting.run(["merge", "shared", "script.opt", "-q"]).output == whole.output)
  }

  /// A small file system of its own: what was kept before it was full is whole, and counts.
  @Test(.enabled(if: missing == nil, "\(missing ?? "")")) func folderThatFillsLosesNothing() throws {
    let setting = try Setting(Self.long)
    defer { setting.folder.remove() }
    let line =
      "mkdir small shared; mount -t tmpfs -o size=48k none small || exit 9; "
      + "\"$0\" run script.opt --shard 0/1 --out small -q --threads 1; code=$?; cp -r small/. shared; exit $code"
    let run = try ShellRun(
      "unshare", ["--mount", "bash", "-c", line, ProgramCall.program], in: setting.folder.path)
    #expect(run.status == 4 && run.error.lowercased().contains("no space left"), "\(run)")
    let told = try setting.run(["runs", "shared"]).output
    #expect(!told.contains("0 of 6 runs") && !told.contains("6 done") && told.contains("stopped"), "\(told)")
    #expect(!setting.records.contains { $0.contains(".part") }, "\(setting.records)")
    let again = try setting.run(["run", "script.opt", "--shard", "0/1", "--out", "shared"])
    #expect(again.status == 0, "\(again)")
    let whole = try setting.run(["run", "script.opt", "--no-cache", "-q"])
    #expect(try setting.run(["merge", "shared", "script.opt", "-q"]).output == whole.output)
  }

  /// Processes of two machines: neither knows whether the other's process runs, and both write into one folder.
  @Test(.enabled(if: missing == nil, "\(missing ?? "")")) func twoMachinesShareOneFolder() throws {
    let setting = try Setting(Self.long)
    defer { setting.folder.remove() }
    func elsewhere(_ line: String) throws -> ShellRun {
      try ShellRun(
        "unshare", ["--uts", "bash", "-c", "hostname elsewhere; " + line, ProgramCall.program], in: setting.folder.path)
    }
    let both =
      "unshare --uts bash -c 'hostname third; exec \"$0\" run script.opt --shard 1/2 --out shared -q' \"$0\" & other=$!; "
      + "\"$0\" run script.opt --shard 0/2 --out shared -q; code=$?; wait $other && exit $code"
    let run = try elsewhere(both)
    #expect(run.status == 0, "\(run)")
    let whole = try setting.run(["run", "script.opt", "--no-cache", "-q"])
    #expect(try setting.run(["merge", "shared", "script.opt", "-q"]).output == whole.output)
    // One that was killed there is not believed to run for longer than it may be silent, and counts as killed here at once
    // where its machine can be asked.
    let killed = try elsewhere(
      "\"$0\" run script.opt --shard 0/3 --out shared -q --seed 1 & job=$!; for i in $(seq 200); do "
        + "test -e shared/shards/0-of-3 && break; sleep 0.02; done; kill -9 $job; true")
    #expect(killed.status == 0)
    let told = try setting.run(["runs", "shared"]).output
    #expect(!told.contains("elsewhere ") || told.contains("on elsewhere"), "\(told)")
  }
}

/// Another program, run by the search path.
struct ShellRun: Sendable {
  var status: Int32
  var output: String
  var error: String

  init(_ program: String, _ arguments: [String], in folder: String, environment: [String: String] = [:]) throws {
    let scratch = try ScratchFolder()
    defer { scratch.remove() }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, error) = (scratch.path + "/output", scratch.path + "/error")
    for path in [output, error] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: error)
    try process.run()
    process.waitUntilExit()
    status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    func text(_ path: String) -> String {
      FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    (self.output, self.error) = (text(output), text(error))
  }

  /// Where a program of the search path is; nil where it is not installed.
  static func path(of program: String) -> String? {
    let run = try? ShellRun("sh", ["-c", "command -v \(program)"], in: "/")
    guard let run, run.status == 0 else { return nil }
    return run.output.split(separator: "\n").first.map(String.init)
  }
}
