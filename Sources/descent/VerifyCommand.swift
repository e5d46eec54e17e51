import ArgumentParser
import Data
import Diagnostics
import Glibc
import Language
import Values

/// `descent verify FILE`.
struct Verify: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Make every run of a script again, and compare bit for bit.",
    discussion: """
      Each run is repeated without its metrics, with 1, 2 and 3 threads, and without and with machine code, from the same
      start. Nothing that the script prints or saves is shown or written.

      EXAMPLES:
        descent verify edge.opt
        descent verify edge.opt --set steps=500

      The status is 3 when a run was not the same.
      """)

  @Argument(help: "The script, or - for standard input.", completion: .file(extensions: ["opt"]))
  var file: String

  @OptionGroup var settings: ScriptOptions
  @OptionGroup var messages: MessageOptions
  @OptionGroup(title: "Limits (0 takes one away)") var limits: LimitOptions

  func run(_ console: Console) throws -> ExitStatus {
    console.apply(messages)
    let source = try ScriptFile.read(file)
    var options = settings.options(limits)
    options.verifies = true
    options.outputDirectory = absolutePath(".") ?? "/"
    let host = SystemHost(
      currentDirectory: ScriptFile.directory(of: file), outputDirectory: options.outputDirectory,
      dataDirectories: DataFolders.all)
    let session = Session(
      host: host, options: options, output: { console.write($0) }, progress: nil, interrupt: Signals.interrupt)
    limits.startClock()
    let report = session.run(source)
    console.report(report.diagnostics, report.sources)
    if report.outcome == .finished {
      let runs = report.replayed == 1 ? "1 run" : "\(report.replayed) runs"
      let different = report.replayedDifferently
      console.write("\(runs) made again: \(different == 0 ? "all the same" : "\(different) not the same")\n")
    }
    return ScriptExecution.status(of: report, console)
  }
}
