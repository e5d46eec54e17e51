import ArgumentParser
import Data
import Diagnostics
import Engine
import Glibc
import Language
import Values

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
        descent run edge.opt --shard 3/20 --out shared    a twentieth of the runs of its sweeps

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
      "Make only those runs of sweeps whose number leaves i when divided by n, and keep them in the folder of --out.",
      valueName: "i/n"), transform: Shard.parse)
  var shard: Shard?

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
    let launch = Clock.processorSeconds
    if shard != nil, RankLaunch.count > 1 {
      throw ValidationError("'--shard' and mpirun both divide the runs of sweeps; leave one of them out.")
    }
    return try RankLaunch.run(console) { ranks in try outcome(console, ranks, launch) }
  }

  private func outcome(_ console: Console, _ ranks: RankChannel?, _ launch: Double) throws -> (
    status: ExitStatus, words: String
  ) {
    let (source, host) = (try ScriptFile.read(file), try recordsHost())
    var execution = ScriptExecution(
      file: file, settings: settings, allowRead: allowRead, quiet: quiet, messages: messages, limits: limits)
    (execution.failOnDiverge, execution.profiles, execution.launch) = (failOnDiverge, profile, launch)
    execution.checkpoints = try checkpointOptions()
    execution.records = try recordsOptions(host)
    if execution.records == nil, !noCache { execution.cache = RunCache.host(in: cache) }
    // A shard writes nothing but records, so many may share the folder.
    let isWriter = shard == nil && (ranks?.isFirst ?? true)
    let folder = isWriter ? try out.map { name throws(Diagnostic) in try OutputDirectory.acquire(name) } : nil
    defer { folder?.release() }
    execution.outputDirectory = try folder?.path ?? (shard == nil ? out.map(OutputDirectory.made) : nil)
    execution.ranks = ranks
    if let ranks { try RankLaunch.requireAlike(ranks, execution.facts(of: source)) }
    return try execution.outcome(of: source, console)
  }

  private func recordsHost() throws -> SystemHost? {
    guard shard != nil else { return out.flatMap { absolutePath($0) }.map(RecordsFolder.host) }
    guard let out else { throw ValidationError("'--shard' needs the folder of '--out', in which its runs are kept.") }
    guard checkpoint == nil else {
      throw ValidationError("'--checkpoint' is of whole scripts; a shard keeps its interrupted runs by itself.")
    }
    guard cache == nil, !noCache else { throw ValidationError("a shard keeps its runs in the folder of '--out'.") }
    return RecordsFolder.host(try OutputDirectory.made(out))
  }

  private func recordsOptions(_ host: SystemHost?) throws -> RecordsOptions? {
    guard let host else { return nil }
    if let shard { return RecordsFolder.options(host, .shard(shard)) }
    return ShardStatus.isThere(in: host) && !noCache ? RecordsFolder.options(host, .complete) : nil
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
}
