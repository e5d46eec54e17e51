import Data
import Diagnostics
import Engine
import Glibc
import Language
import Tensors
import Values

/// A script run once, as a subcommand wants it.
struct ScriptExecution {
  var file: String
  var settings: ScriptOptions
  var allowRead: [String]
  var quiet: Bool
  var messages: MessageOptions
  var limits: LimitOptions
  var failOnDiverge = false
  /// Whether it is told what each line took, and what the program took before the script began.
  var profiles = false
  var launch = 0.0
  var checkpoints: CheckpointOptions?
  /// Where runs of sweeps are kept between executions; nil keeps none.
  var cache: SystemHost?
  /// Where the runs of many processes come together.
  var records: RecordsOptions?
  /// The processes that run the script together; nil for one that is alone.
  var ranks: RankChannel?
  /// Where files and plots go; nil for the current folder.
  var outputDirectory: String?

  /// Runs the script, shows and writes what it says, and tells what became of it.
  func run(_ source: SourceText, _ console: Console) throws -> ExitStatus { try outcome(of: source, console).status }

  /// The same, with the message of what ended it before its end.
  func outcome(of source: SourceText, _ console: Console) throws -> (status: ExitStatus, words: String) {
    console.apply(messages)
    // The first of several ranks speaks for all.
    let isFirst = ranks?.isFirst ?? true
    if !quiet, isFirst { console.showProgress() }
    let session = try makeSession(console)
    limits.startClock()
    let report = session.run(source)
    console.progress?.clear()
    let status = Self.status(of: report, console)
    let words = report.diagnostics.first { $0.severity == .error }?.message ?? ""
    guard isFirst else { return (status, words) }
    if messages.json { console.output.write(report.verdictObjects) }
    cache?.tidy("runs")
    tell(report, console)
    console.report(findings(of: report, console), report.sources)
    if let profile = report.profile, report.outcome != .rejected {
      console.error.write(profile.text(of: file, launch: launch))
    }
    if report.outcome == .finished, failOnDiverge, report.diverged { return (.runtimeError, words) }
    return (status, words)
  }

  /// What is said beside results and findings.
  private func tell(_ report: RunReport, _ console: Console) {
    if console.progress != nil, report.storedRuns > 0 {
      console.error.write(
        "\(report.storedRuns) runs had been made before and were taken from the \(records == nil ? "cache" : "records")\n"
      )
    }
    if let failure = report.storeFailure, records == nil {
      console.error.write("runs of sweeps were not kept for another time: \(failure); `--no-cache` does without\n")
    }
    if let ranks, !quiet {
      for run in report.traffic { console.error.write(run.text(ranks: ranks.count) + "\n") }
    }
    guard let shard = report.shard else { return }
    if shard.failed > 0 { console.error.write("\(shard.failed) runs could not be run; `descent runs DIR` says why\n") }
    for sweep in shard.waiting {
      console.error.write("`\(sweep)` needs runs of other shards: start this one again when they are there\n")
    }
  }

  private func makeSession(_ console: Console) throws -> Session {
    var options = settings.options(limits)
    options.showProgress = console.progress != nil
    options.showsHeaders = !quiet && !messages.json
    options.showsVerdicts = !messages.json
    options.profiles = profiles
    options.cache = cache
    options.ranks = ranks
    if ranks != nil, settings.threads == nil { options.threads = RankLaunch.threads }
    options.records = records
    options.release = RunCache.release
    options.checkpoints = checkpoints
    options.outputDirectory = outputDirectory ?? absolutePath(".") ?? "/"
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

  /// What is told: a script that was stopped because its output failed was not interrupted by anybody.
  private func findings(of report: RunReport, _ console: Console) -> [Diagnostic] {
    guard console.output.failure != nil, report.outcome == .interrupted else { return report.diagnostics }
    return report.diagnostics.filter { $0.severity != .error }
  }

  /// What several ranks must have alike, but for their processors.
  func facts(of source: SourceText) -> [(name: String, value: String)] {
    var digest = Digest()
    digest.add(String(decoding: source.bytes, as: UTF8.self))
    let inputs = settings.set.map { "\($0.name)=\($0.text)" } + (settings.seed.map { ["seed \($0)"] } ?? [])
    return [
      ("the program", RunCache.release), ("the script", "\(source.name) \(digest.text.prefix(12))"),
      ("the inputs", inputs.joined(separator: " ")),
    ]
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
