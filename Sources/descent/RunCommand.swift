import ArgumentParser
import Data
import Diagnostics
import Glibc
import Language

/// `descent run FILE` and `descent FILE`.
struct Run: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Check a script, then run it (what `descent FILE` does).",
    discussion: """
      EXAMPLES:
        descent run edge.opt --seed 3 --out results
        descent run edge.opt --set η=0.1 --set steps=500
        descent run edge.opt -q --json      what the script prints, then verdicts as objects
        cat edge.opt | descent run -

      EXIT STATUS:
        0  finished            3  an error while running, or a refuted claim
        1  script rejected     4  a data file or an output failed
        64 wrong command line  5  a limit was reached
        130 Ctrl-C             143 SIGTERM
      """)

  @Argument(help: "The script, or - for standard input.", completion: .file(extensions: ["opt"]))
  var file: String

  @OptionGroup var settings: ScriptOptions

  @Option(help: "Folder for saved files and plots (default: the current one).", completion: .directory)
  var out: String?

  @Option(
    help: ArgumentHelp(
      "Folder in which runs of sweeps are kept, to be found again (default: descent below the user's cache folder).",
      valueName: "dir"), completion: .directory)
  var cache: String?

  @Flag(help: "Keep no runs, and make all of them.")
  var noCache = false

  @Option(help: "Another folder that the script may read from; repeatable.", completion: .directory)
  var allowRead: [String] = []

  @Option(
    help: ArgumentHelp(
      "Folder in which runs are kept while they are under way, two generations of each.", valueName: "dir"),
    completion: .directory)
  var checkpoint: String?

  @Option(
    help: "Seconds between two checkpoints of a run.", transform: { try WholeNumber.parse($0, from: 0, to: 1 << 30) })
  var checkpointEvery: Int = 10

  @Flag(
    help: "Go on from what lies in the folder of --checkpoint; without it, that is moved to the folder `earlier` there."
  )
  var resume = false

  @Flag(help: "Exit with status 3 when a run diverged.")
  var failOnDiverge = false

  @Flag(name: .shortAndLong, help: "Show results alone: no progress, no line on each run and each file written.")
  var quiet = false

  @Flag(help: "Tell at the end what each line and each instruction took.")
  var profile = false

  @OptionGroup var messages: MessageOptions
  @OptionGroup(title: "Limits (0 takes one away)") var limits: LimitOptions

  func run(_ console: Console) throws -> ExitStatus {
    console.apply(messages)
    let launch = Clock.processorSeconds
    let source = try ScriptFile.read(file)
    let folder = try out.map { name throws(Diagnostic) in try OutputDirectory.acquire(name) }
    defer { folder?.release() }
    if !quiet { console.showProgress() }
    let session = try makeSession(folder, console)
    limits.startClock()
    let report = session.run(source)
    console.progress?.clear()
    if messages.json { console.output.write(report.verdictObjects) }
    if !noCache { RunCache.host(in: cache)?.tidy("runs") }
    if console.progress != nil, report.storedRuns > 0 {
      console.error.write("\(report.storedRuns) runs had been made before and were taken from the cache\n")
    }
    if let failure = report.storeFailure {
      console.error.write("runs of sweeps were not kept for another time: \(failure); `--no-cache` does without\n")
    }
    console.report(findings(of: report, console), report.sources)
    if let profile = report.profile, report.outcome != .rejected {
      console.error.write(profile.text(of: file, launch: launch))
    }
    if report.outcome == .finished, failOnDiverge, report.diverged { return .runtimeError }
    return Self.status(of: report, console)
  }

  private func makeSession(_ folder: OutputDirectory?, _ console: Console) throws -> Session {
    var options = settings.options(limits)
    options.showProgress = console.progress != nil
    options.showsHeaders = !quiet && !messages.json
    options.showsVerdicts = !messages.json
    options.profiles = profile
    options.cache = noCache ? nil : RunCache.host(in: cache)
    options.release = RunCache.release
    options.checkpoints = try checkpointOptions()
    options.outputDirectory = folder?.path ?? absolutePath(".") ?? "/"
    let allowed = try allowRead.map(AllowedFolder.path)
    let host = SystemHost(
      currentDirectory: ScriptFile.directory(of: file), outputDirectory: options.outputDirectory,
      allowedDirectories: allowed, dataDirectories: DataFolders.all)
    return Session(
      host: host, options: options, output: { console.write($0) },
      progress: { state in
        console.output.flushWhenDue()
        console.progress?.show(state)
      }, interrupt: Signals.interrupt)
  }

  private func checkpointOptions() throws -> CheckpointOptions? {
    guard let checkpoint else {
      guard !resume else { throw ValidationError("'--resume' needs the folder of '--checkpoint'.") }
      return nil
    }
    let path = FilePath.absolute(checkpoint, from: absolutePath(".") ?? "/")
    let host = SystemHost(currentDirectory: path, outputDirectory: path)
    var options = CheckpointOptions(host: host, seconds: Double(checkpointEvery), resumes: resume)
    options.setAside = { EarlierCheckpoints.setAside(in: path, names: host.list(path)) }
    return options
  }

  /// What is told: a script that was stopped because its output failed was not interrupted by anybody.
  private func findings(of report: RunReport, _ console: Console) -> [Diagnostic] {
    guard console.output.failure != nil, report.outcome == .interrupted else { return report.diagnostics }
    return report.diagnostics.filter { $0.severity != .error }
  }

  /// The exit status that an outcome has.
  static func status(of report: RunReport, _ console: Console) -> ExitStatus {
    switch report.outcome {
    case .finished: return report.refuted > 0 || report.replayedDifferently > 0 ? .runtimeError : .finished
    case .rejected: return .rejected
    case .runtimeError: return .runtimeError
    case .dataError: return .dataError
    case .limitReached: return .limitReached
    case .interrupted:
      // A failed output has its own status, given by the console.
      if console.output.failure != nil { return .dataError }
      return Signals.received == SIGINT ? .interrupted : .terminated
    }
  }
}
