import ArgumentParser
import Data
import Diagnostics
import Language
import Results
import Values

/// `descent merge DIR FILE`.
struct Merge: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Run a script with the runs of its shards, which must all be there.",
    discussion: """
      Shows and writes what one process would have: the same bytes, whoever made the runs, where and in which order. Files
      and plots go to the folder itself.

      EXAMPLES:
        descent run edge.opt --shard 0/2 --out shared     on one machine
        descent run edge.opt --shard 1/2 --out shared     on another one
        descent merge shared edge.opt

      Where runs are missing it says which, with status 4; `descent run edge.opt --out shared` makes them instead.
      """)

  @Argument(help: "The folder in which the shards have kept their runs.", completion: .directory)
  var folder: String

  @Argument(help: "The script, or - for standard input.", completion: .file(extensions: ["opt"]))
  var file: String

  @OptionGroup var settings: ScriptOptions

  @Option(help: "Another folder that the script may read from; repeatable.", completion: .directory)
  var allowRead: [String] = []

  @Flag(help: "Exit with status 3 when a run diverged.")
  var failOnDiverge = false

  @Flag(name: .shortAndLong, help: "Show results alone: no progress, no line on each run and each file written.")
  var quiet = false

  @OptionGroup var messages: MessageOptions
  @OptionGroup(title: "Limits (0 takes one away)") var limits: LimitOptions

  func run(_ console: Console) throws -> ExitStatus {
    let source = try ScriptFile.read(file)
    guard let path = absolutePath(folder), ShardStatus.isThere(in: RecordsFolder.host(path)) else {
      throw Diagnostic.noRecords(folder)
    }
    var execution = ScriptExecution(
      file: file, settings: settings, allowRead: allowRead, quiet: quiet, messages: messages, limits: limits)
    execution.failOnDiverge = failOnDiverge
    execution.records = RecordsFolder.options(RecordsFolder.host(path), .merge)
    let output = try OutputDirectory.acquire(folder)
    defer { output.release() }
    execution.outputDirectory = output.path
    return try execution.run(source, console)
  }
}
