import ArgumentParser
import Data
import Diagnostics
import Glibc
import Language
import Values

/// `descent submit FILE --engine slurm`.
struct Submit: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Let a cluster's scheduler make the runs of a script's sweeps, as an array of shards.",
    discussion: """
      Writes a batch file into the folder of --out and hands it to the scheduler. Every task makes one shard; a task that is
      told to end keeps where its runs are, and submitting again makes what is missing. Where a sweep needs the results of
      another, there is one array behind the other.

      EXAMPLES:
        descent submit edge.opt --engine slurm --shards 20 --out shared --dry-run
        descent submit edge.opt --engine slurm --shards 20 --out shared --time 02:00:00
        descent runs shared
        descent merge shared edge.opt
      """)

  /// Schedulers that are known.
  enum Engine: String, ExpressibleByArgument, CaseIterable { case slurm }

  @Argument(help: "The script.", completion: .file(extensions: ["opt"]))
  var file: String

  @Option(help: "The scheduler: slurm.")
  var engine: Engine = .slurm

  @Option(
    help: "Number of shards, each a task; one should last minutes.",
    transform: { try WholeNumber.parse($0, from: 1, to: Shard.countMax) })
  var shards: Int

  @Option(help: "Folder in which the shards keep their runs; all machines must see it.", completion: .directory)
  var out: String

  @Option(
    help: "Most tasks at a time (default: as many as the scheduler likes).",
    transform: { try WholeNumber.parse($0, from: 1) })
  var atOnce: Int?

  @Option(help: "Longest time of a task, as the scheduler writes it, such as 02:00:00.")
  var time: String?

  @Option(help: "The scheduler's partition.")
  var partition: String?

  @Flag(help: "Show the batch file and what would be called, and do nothing.")
  var dryRun = false

  @Flag(help: "Wait until all tasks have ended; status 4 where a shard is not done then.")
  var wait = false

  @OptionGroup var settings: ScriptOptions
  @OptionGroup var messages: MessageOptions

  func run(_ console: Console) throws -> ExitStatus {
    console.apply(messages)
    let source = try ScriptFile.read(file)
    let report = checked(source)
    if report.diagnostics.contains(where: { $0.severity == .error }) {
      console.report(report.diagnostics, report.sources)
      return .rejected
    }
    let stages = try Session.shardStages(of: source)
    let folder = dryRun ? FilePath.absolute(out, from: absolutePath(".") ?? "/") : try OutputDirectory.made(out)
    let array = try SlurmArray(self, folder: folder)
    if dryRun {
      console.write(array.text)
      for stage in 0..<stages { console.write("# \(array.command(after: stage == 0 ? nil : "JOB"))\n") }
      return .finished
    }
    let host = RecordsFolder.host(folder)
    mkdir("\(folder)/\(SlurmArray.logs)", 0o777)
    do throws(DataError) {
      try host.write(SlurmArray.name, Array(array.text.utf8))
    } catch { throw Diagnostic.outputDirectoryUnwritable(out, "\(error)") }
    let waiting = SlurmWait(shards: shards, in: host)
    let jobs = try start(array, stages, console)
    if wait { return try waiting.wait(for: jobs, out, console) }
    return .finished
  }

  private func start(_ array: SlurmArray, _ stages: Int, _ console: Console) throws -> [String] {
    var jobs: [String] = []
    for stage in 0..<stages {
      let (output, status) = try ShellCommand.run(array.command(after: jobs.last))
      let job = output.split(whereSeparator: { $0 == "\n" || $0 == ";" }).first.map(String.init) ?? ""
      guard Int(job) != nil, status == 0 else { throw Diagnostic.schedulerRefused(status, output) }
      jobs.append(job)
      console.write("job \(job): \(shards) shards of \(file)\(stage == 0 ? "" : ", behind job \(jobs[stage - 1])")\n")
    }
    console.write("see `descent runs \(out)`, then `descent merge \(out) \(file)`\n")
    console.output.flush()
    return jobs
  }

  private func checked(_ source: SourceText) -> CheckReport {
    let here = absolutePath(".") ?? "/"
    let host = SystemHost(
      currentDirectory: ScriptFile.directory(of: file), outputDirectory: here, dataDirectories: DataFolders.all)
    let session = Session(
      host: host, options: settings.options(), output: { _ in }, progress: nil, interrupt: Signals.interrupt)
    return session.check(source)
  }
}

/// The batch file of an array of shards for Slurm.
struct SlurmArray {
  /// The batch file, and the folder of what its tasks say, in the folder of records.
  static let name = "submit.sbatch"
  static let logs = "logs"

  let text: String
  private let path: String

  /// Seconds before its time is over at which a task is told to end.
  private static let warning = 60

  init(_ submit: Submit, folder: String) throws {
    let script = FilePath.absolute(submit.file, from: absolutePath(".") ?? "/")
    guard let program = absolutePath("/proc/self/exe") else {
      throw ValidationError("the program's own file is not found.")
    }
    for name in [script, folder, program] where name.contains("\n") || name.contains("\"") {
      throw ValidationError("'\(name)' has a name that no batch file can hold.")
    }
    path = "\(folder)/\(Self.name)"
    var words = [program, "run", script, "--shard", "$SLURM_ARRAY_TASK_ID/\(submit.shards)", "--out", folder, "-q"]
      .map { $0.hasPrefix("$") ? $0 : ShellCommand.quoted($0) }
    words += ["--threads", "\(submit.settings.threads ?? 1)"]
    for input in submit.settings.set { words += ["--set", ShellCommand.quoted("\(input.name)=\(input.text)")] }
    if let seed = submit.settings.seed { words += ["--seed", "\(seed)"] }
    let limit = submit.atOnce.map { "%\($0)" } ?? ""
    let log = "\(folder)/\(Self.logs)/".replacing("%", with: "%%")
    var lines = [
      "#!/bin/bash", "#SBATCH --job-name=\"descent \(FilePath.name(script))\"",
      "#SBATCH --array=0-\(submit.shards - 1)\(limit)", "#SBATCH --ntasks=1",
      "#SBATCH --cpus-per-task=\(submit.settings.threads ?? 1)", "#SBATCH --output=\"\(log)%A_%a.log\"",
      "#SBATCH --signal=B:TERM@\(Self.warning)",
    ]
    if let time = submit.time { lines.append("#SBATCH --time=\(try Self.plain(time, "--time"))") }
    if let partition = submit.partition {
      lines.append("#SBATCH --partition=\(try Self.plain(partition, "--partition"))")
    }
    // The program takes the place of the shell, so that the scheduler's signals reach it.
    lines.append("exec " + words.joined(separator: " "))
    text = lines.joined(separator: "\n") + "\n"
  }

  private static func plain(_ text: String, _ option: String) throws -> String {
    let others = "-_:.,"
    guard !text.isEmpty, text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || others.contains($0)) }) else {
      throw ValidationError("'\(text)' is nothing for '\(option)'.")
    }
    return text
  }

  /// What hands it to the scheduler, behind another job where there is one.
  func command(after job: String?) -> String {
    let order = job.map { " --dependency=afterany:\($0)" } ?? ""
    return "sbatch --parsable\(order) \(ShellCommand.quoted(path))"
  }
}

/// A line for the shell.
enum ShellCommand {
  /// A word that the shell takes as it is.
  static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

  /// What a command writes to its output, and its status.
  static func run(_ line: String) throws -> (output: String, status: Int32) {
    guard let stream = popen(line + " 2>&1", "re") else { throw Diagnostic.schedulerRefused(-1, systemText(errno)) }
    var bytes: [UInt8] = []
    while true {
      let byte = fgetc(stream)
      if byte == EOF { break }
      bytes.append(UInt8(truncatingIfNeeded: byte))
    }
    let status = pclose(stream)
    return (String(decoding: bytes, as: UTF8.self), status & 0x7F == 0 ? (status >> 8) & 0xFF : -1)
  }
}

extension Diagnostic {
  /// - Parameter status: that of the command; 127 is the shell's for one that is not there.
  static func schedulerRefused(_ status: Int32, _ words: String) -> Diagnostic {
    let said = words.split(separator: "\n").map(String.init)
    return Diagnostic(
      "E1014", effect: .data,
      status == 127 ? "Slurm's `sbatch` is not installed here" : "the scheduler took no job: status \(status)", at: nil,
      notes: status == 127 ? [] : said,
      help: [
        status == 127
          ? "install the package `slurm-client`, submit where it is, or see the batch file with `--dry-run`"
          : "`--dry-run` shows the batch file"
      ])
  }
}
