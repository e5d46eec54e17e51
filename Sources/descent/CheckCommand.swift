import ArgumentParser
import Data
import Diagnostics
import Language
import Values

/// `descent check FILE`.
struct Check: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Find the mistakes of scripts without running them.",
    discussion: """
      EXAMPLES:
        descent check edge.opt
        descent check --json *.opt

      Messages go to standard error, with --json to standard output. The status is 1 when there is an error.
      """)

  @Argument(help: "Scripts, or - for standard input.", completion: .file(extensions: ["opt"]))
  var files: [String]

  @Option(help: "Another folder that the script may read from; repeatable.", completion: .directory)
  var allowRead: [String] = []

  @Flag(name: .shortAndLong, help: "Say nothing about scripts without mistakes.")
  var quiet = false

  @OptionGroup var messages: MessageOptions

  func run(_ console: Console) throws -> ExitStatus {
    console.apply(messages)
    var status = ExitStatus.finished
    for file in files {
      if try !check(file, console) { status = .rejected }
    }
    return status
  }

  /// Whether the script may run.
  private func check(_ file: String, _ console: Console) throws -> Bool {
    let source = try ScriptFile.read(file)
    let here = absolutePath(".") ?? "/"
    let host = SystemHost(
      currentDirectory: ScriptFile.directory(of: file), outputDirectory: here,
      allowedDirectories: try allowRead.map(AllowedFolder.path), dataDirectories: DataFolders.all)
    var options = SessionOptions()
    options.outputDirectory = here
    let session = Session(
      host: host, options: options, output: { _ in }, progress: nil, interrupt: Signals.interrupt)
    let report = session.check(source)
    if messages.json {
      console.output.write(console.text(of: report.diagnostics, report.sources))
    } else {
      console.report(report.diagnostics, report.sources)
    }
    let isRight = !report.diagnostics.contains { $0.severity == .error }
    if isRight, !quiet, !messages.json {
      let finding = ScriptSyntax.isEmpty(source) ? "nothing to run" : "no mistakes found"
      console.output.write("\(source.name): \(finding)\n")
    }
    return isRight
  }
}
