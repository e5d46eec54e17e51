import ArgumentParser
import Data
import Diagnostics
import Experiments
import Language
import Results
import Values

/// `descent runs DIR`.
struct Runs: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "Show how far the shards of a folder are: runs done, under way, missing and failed.",
    discussion: """
      EXAMPLES:
        descent runs shared
        descent runs shared --json     one object for each run that is known of

      A shard that has not spoken for half a minute counts as killed: start it again, anywhere.
      """)

  @Argument(help: "The folder in which shards keep their runs.", completion: .directory)
  var folder: String

  @OptionGroup var messages: MessageOptions

  func run(_ console: Console) throws -> ExitStatus {
    console.apply(messages)
    guard let path = absolutePath(folder), ShardStatus.isThere(in: RecordsFolder.host(path)) else {
      throw Diagnostic.noRecords(folder)
    }
    let host = RecordsFolder.host(path)
    let overview = RecordsOverview(ShardStatus.all(in: host), in: host) { status in
      status.isUnderWay(at: RecordsFolder.now, isAlive: RecordsFolder.isAlive)
    }
    console.write(messages.json ? overview.objects : overview.text(at: RecordsFolder.now, in: folder))
    return .finished
  }
}
