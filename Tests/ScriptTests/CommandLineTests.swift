import Foundation
import Glibc
import Testing

/// V44–V47 and the manners of the command line.
@Suite struct CommandLineTests {
  private struct Setting {
    let folder: ScratchFolder

    init(script: String = "print 1 + 1\n") throws {
      folder = try ScratchFolder()
      try folder.write("script.opt", Array(script.utf8))
    }

    func call(_ arguments: [String]) -> ProgramCall { ProgramCall(arguments, in: folder.path) }
    func run(_ arguments: [String]) throws -> ProgramRun { try call(arguments).run() }
  }

  static let wrongLines: [(arguments: [String], words: [String])] = [
    (["script.opt", "--sed", "3"], ["--sed", "did you mean", "`--seed`"]),
    (["script.opt", "other.opt"], ["other.opt"]),
    (["run"], ["file"]),
    (["missing.opt"], ["missing.opt"]),
    (["scrpt.opt"], ["scrpt.opt", "script.opt"]),
    (["chek"], ["chek", "check"]),
    (["script.opt", "--seed", "-1"], ["-1", "from 0 to 9223372036854775807"]),
    (["script.opt", "--seed", "99999999999999999999"], ["99999999999999999999", "from 0 to 9223372036854775807"]),
    (["script.opt", "--seed", ""], ["''", "from 0 to 9223372036854775807"]),
    (["script.opt", "--threads", "0"], ["'0'", "from 1 to 1024"]),
    (["script.opt", "--set", "lr"], ["name=value"]),
    (["show", "adamm"], ["adamm", "`adam`"]),
    (["show", "adam", "--set", "n=3"], ["--set", "show plan"]),
    (["explain", "E9999"], ["E9999"]),
    (["help", "heavy_bal"], ["heavy_ball"]),
  ]

  @Test(arguments: wrongLines.indices)
  func wrongCommandLinesSayWhatIsAccepted(number: Int) throws {
    let (arguments, words) = Self.wrongLines[number]
    let setting = try Setting()
    defer { setting.folder.remove() }
    let run = try setting.run(arguments)
    #expect(run.status == 64, "\(arguments): \(run)")
    #expect(run.output == "")
    for word in words { #expect(run.error.contains(word), "\(arguments) lacks \(word): \(run.error)") }
  }

  /// Times of a process need not be whole; in a file they are what they are.
  @Test(arguments: ["r", "s"]) func savedTimesAreNotRounded(_ name: String) throws {
    let setting = try Setting(
      script: """
        run r = ornstein_uhlenbeck() dt 0.1 until 1 time { record x every 0.5 time }
        sweep s over θ in [1, 2] { run ornstein_uhlenbeck(θ = θ) dt 0.1 until 1 time { record x every 0.5 time } }
        save \(name) to "saved.csv"

        """)
    defer { setting.folder.remove() }
    #expect(try setting.run(["run", "script.opt", "--no-cache"]).status == 0)
    let text = FileManager.default.contents(atPath: setting.folder.path + "/saved.csv") ?? Data()
    let rows = String(decoding: text, as: UTF8.self).split(separator: "\n").map { $0.split(separator: ",") }
    let column = try #require(rows.first?.firstIndex(of: "time"))
    #expect(rows.dropFirst().prefix(3).map { Double($0[column]) } == [0, 0.5, 1], "\(rows)")
  }

  @Test func verifyMakesEveryRunAgainAndShowsNothingElse() throws {
    let setting = try Setting(
      script: """
        run r = quadratic([1, 0.1]) with heavy_ball(lr = 0.1) for 100 steps {
          record loss, gradient_norm
          at step 50 { momentum = 0.5 }
        }
        fork r at 20 as s { lr = 0.2 }
        print "hidden"
        save r to "r.csv"

        """)
    defer { setting.folder.remove() }
    let run = try setting.run(["verify", "script.opt"])
    #expect(run.status == 0)
    #expect(run.output.contains("r  step 100 · without metrics: same · 1 thread: same"))
    #expect(run.output.contains("without machine code: same · with it from the start: same"))
    #expect(run.output.contains("2 runs made again: all the same"))
    #expect(!run.output.contains("hidden"))
    #expect(setting.folder.contents == ["script.opt"])
  }

  @Test func quietAndJSONShowResultsAlone() throws {
    let setting = try Setting(
      script: """
        run r = quadratic([1, 0.1]) with gd(lr = 0.1) for 10 steps { record loss }
        save r to "r.csv"
        print "result"
        claim "two are \\"two\\"": 1 + 1 == 2
        claim "falls": final(r.loss) < 0

        """)
    defer { setting.folder.remove() }
    let quiet = try setting.run(["script.opt", "-q"])
    #expect(quiet.output.hasPrefix("result\nsupported  two are"), "\(quiet.output)")
    let json = try setting.run(["run", "script.opt", "--json"])
    let lines = json.output.split(separator: "\n").map(String.init)
    #expect(json.status == 3 && lines.count == 3 && lines.first == "result", "\(json.output)")
    let verdicts = try lines.dropFirst().map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
    #expect(verdicts.map { $0["verdict"] as? String } == ["supported", "refuted"])
    #expect(verdicts.first?["claim"] as? String == "two are \"two\"")
  }

  @Test func aFullDeviceIsAnError() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    var call = setting.call(["script.opt"])
    call.standardOutput = "/dev/full"
    let run = try call.run()
    #expect(run.status == 4)
    #expect(run.error.contains("E0844: cannot write to standard output: No space left on device"))
  }

  @Test func aFullDeviceStopsAnEndlessScript() throws {
    let setting = try Setting(script: "while true { print 1 }\n")
    defer { setting.folder.remove() }
    var call = setting.call(["script.opt"])
    call.standardOutput = "/dev/full"
    call.limitSeconds = 10
    #expect(try call.run().status == 4)
  }

  @Test func aReaderThatGoesAwayEndsTheProgramSilently() throws {
    let setting = try Setting(script: "while true { print 1 }\n")
    defer { setting.folder.remove() }
    let shell = "'\(ProgramCall.program)' script.opt 2>error | head -1; exit ${PIPESTATUS[0]}"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", shell]
    process.currentDirectoryURL = URL(fileURLWithPath: setting.folder.path)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 141)
    #expect(FileManager.default.contents(atPath: setting.folder.path + "/error") == Foundation.Data())
  }

  @Test(arguments: [
    ["HOME": ""], ["TERM": ""], ["TERM": "dumb"], ["NO_COLOR": "1"], ["COLUMNS": "0"], ["LC_ALL": "de_DE.UTF-8"],
    ["LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8"], ["TZ": "Asia/Tokyo"],
  ])
  func theEnvironmentChangesNothing(environment: [String: String]) throws {
    let setting = try Setting(script: "print 5/2\nprint unknown_name\n")
    defer { setting.folder.remove() }
    var call = setting.call(["script.opt"])
    call.environment = environment
    let run = try call.run()
    #expect(run.status == 1)
    #expect(run.error.contains("unknown_name") && !run.error.contains("\u{1B}"), "\(run)")
    try setting.folder.write("script.opt", Array("print 5/2\n".utf8))
    #expect(try call.run().output == "2.5\n")
  }

  @Test func closedStreamsAreNoObstacle() throws {
    let setting = try Setting(script: "print 1\nprint unknown_name\n")
    defer { setting.folder.remove() }
    var call = setting.call(["script.opt"])
    call.closesStreams = true
    #expect(try call.run().status == 1)
    try setting.folder.write("script.opt", Array("print 1\n".utf8))
    #expect(try call.run().status == 0)
    #expect(setting.folder.contents == ["script.opt"])
  }

  @Test func colourIsForTerminalsOrWhoAsks() throws {
    let setting = try Setting(script: "print unknown_name\n")
    defer { setting.folder.remove() }
    #expect(try !setting.run(["script.opt"]).error.contains("\u{1B}"))
    #expect(try setting.run(["script.opt", "--color", "always"]).error.contains("\u{1B}"))
  }

  @Test func anOutputFolderThatIsAFileIsRefusedBeforeTheFirstStep() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    let run = try setting.run(["script.opt", "--out", "script.opt"])
    #expect(run.status == 4)
    #expect(run.error.contains("E0842") && run.error.contains("is a file"))
    #expect(run.output == "")
  }

  @Test func anOutputFolderThatCannotBeWrittenIsRefused() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    // Nobody, not even root, makes folders in /proc.
    let run = try setting.run(["script.opt", "--out", "/proc/descent"])
    #expect(run.status == 4)
    #expect(run.error.contains("E0841") && run.error.contains("/proc/descent"))
    #expect(run.output == "")
  }

  @Test func anOutputFolderInUseNamesTheOtherProcess() throws {
    let setting = try Setting(script: "while true { }\n")
    defer { setting.folder.remove() }
    let first = Process()
    first.executableURL = URL(fileURLWithPath: ProgramCall.program)
    first.arguments = ["script.opt", "--out", "results"]
    first.currentDirectoryURL = URL(fileURLWithPath: setting.folder.path)
    first.standardError = FileHandle.nullDevice
    try first.run()
    let lock = setting.folder.path + "/results/.descent.lock"
    for _ in 0..<2000 where (FileManager.default.contents(atPath: lock) ?? Foundation.Data()).isEmpty { usleep(5000) }
    try setting.folder.write("second.opt", Array("print 1\n".utf8))
    let second = try setting.run(["second.opt", "--out", "results"])
    first.terminate()
    for _ in 0..<2000 where first.isRunning { usleep(5000) }
    if first.isRunning { kill(first.processIdentifier, SIGKILL) }
    first.waitUntilExit()
    #expect(second.status == 4)
    #expect(second.error.contains("E0843") && second.error.contains("process \(first.processIdentifier)"), "\(second)")
    #expect(second.output == "")
    #expect(first.terminationStatus == 143)
    #expect(try setting.run(["second.opt", "--out", "results"]).output == "1\n", "the lock ends with its process")
  }

  @Test func aFolderIsNoScript() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    let run = try setting.run(["run", "."])
    #expect(run.status == 4)
    #expect(run.error.contains("E0845") && run.error.contains("folder"), "\(run)")
  }

  @Test func aScriptThatCannotBeRewrittenIsNamed() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    // A number without a line break: a script that the format changes, in a folder where nobody makes files.
    let run = try setting.run(["fmt", "/proc/self/loginuid"])
    #expect(run.status == 4)
    #expect(run.error.contains("E0846") && run.error.contains("/proc/self/loginuid"), "\(run)")
  }

  @Test func scriptsComeFromStandardInputToo() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    var call = setting.call(["run", "-"])
    call.standardInput = Array("print 6 * 7\n".utf8)
    #expect(try call.run().output == "42\n")
  }

  @Test func inputsAreSetFromOutside() throws {
    let setting = try Setting(script: "input n = 2\nprint n * 10\n")
    defer { setting.folder.remove() }
    #expect(try setting.run(["script.opt"]).output == "20\n")
    #expect(try setting.run(["script.opt", "--set", "n=7"]).output == "70\n")
    let unknown = try setting.run(["script.opt", "--set", "m=7"])
    #expect(unknown.status == 1)
    #expect(unknown.error.contains("E0316") && unknown.error.contains("`m`"), "\(unknown)")
    let unsuitable = try setting.run(["script.opt", "--set", "n=many"])
    #expect(unsuitable.status == 1)
    #expect(unsuitable.error.contains("E0605"), "\(unsuitable)")
  }

  @Test func messagesAsJSONCarryTheSameFacts() throws {
    let setting = try Setting(script: "let rate = 1\nprint rte\n")
    defer { setting.folder.remove() }
    let run = try setting.run(["check", "--json", "script.opt"])
    #expect(run.status == 1)
    let line = try #require(run.output.split(separator: "\n").first)
    let parsed = try JSONSerialization.jsonObject(with: Foundation.Data(line.utf8))
    let object = try #require(parsed as? [String: Any])
    #expect(object["code"] as? String == "E0301")
    #expect(object["severity"] as? String == "error")
    #expect("\(object)".contains("rate"))
  }

  @Test func formattingIsInPlaceAndChecked() throws {
    let setting = try Setting(script: "let   a=1\nprint   a\n")
    defer { setting.folder.remove() }
    let check = try setting.run(["fmt", "--check", "script.opt"])
    #expect(check.status == 1)
    #expect(check.output == "script.opt\n")
    #expect(try setting.run(["fmt", "script.opt"]).status == 0)
    let text = FileManager.default.contents(atPath: setting.folder.path + "/script.opt").map {
      String(decoding: $0, as: UTF8.self)
    }
    #expect(text == "let a = 1\nprint a\n")
    #expect(try setting.run(["fmt", "--check", "script.opt"]).status == 0)
    var call = setting.call(["fmt", "-"])
    call.standardInput = Array("print   1\n".utf8)
    #expect(try call.run().output == "print 1\n")
    #expect(setting.folder.contents == ["script.opt"])
  }

  /// Plans are those of the inputs that are set.
  @Test func plansGoByInputs() throws {
    let setting = try Setting(
      script: """
        input n = 3
        run r = quadratic(1.0 * (1...n)) with gd(lr = 0.1) for 2 steps { record loss }

        """)
    defer { setting.folder.remove() }
    #expect(try setting.run(["show", "plan", "script.opt"]).output.contains("3 parameters"))
    #expect(try setting.run(["show", "plan", "script.opt", "--set", "n=7"]).output.contains("7 parameters"))
    let wrong = try setting.run(["show", "plan", "script.opt", "--set", "m=7"])
    #expect(wrong.status == 1 && wrong.error.contains("E0316"))
  }

  @Test func theLibraryShowsItself() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    #expect(try setting.run(["show", "gd"]).output.contains("x' = x - lr * g"))
    #expect(try setting.run(["show"]).output.contains("\n  gd"))
    #expect(try setting.run(["help", "gd"]).output.contains("Gradient descent"))
    #expect(try setting.run(["explain", "E0301"]).output.contains("wrong:"))
    #expect(try setting.run(["explain"]).output.contains("E0301  "))
    #expect(try setting.run(["version"]).output.hasPrefix("descent "))
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func shellsCompleteOurWords(shell: String) throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    let run = try setting.run(["--generate-completion-script", shell])
    #expect(run.status == 0)
    #expect(run.output.contains("explain") && run.output.contains("allow-read"))
  }

  @Test func theFirstPrintedLineIsQuick() throws {
    let setting = try Setting()
    defer { setting.folder.remove() }
    // Of the processor, from launch to end; the best of ten, as what else the machine does costs some too.
    var best = 1.0
    for _ in 0..<10 { best = min(best, try setting.run(["script.opt"]).seconds) }
    #expect(best < 0.2, "took \(best) s")
  }
}
