import ArgumentParser
import Data
import Diagnostics

/// `descent fmt FILE`.
struct Format: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt",
    abstract: "Give scripts the one format.",
    discussion: """
      EXAMPLES:
        descent fmt edge.opt            rewrite the file
        descent fmt --check *.opt       name the files that would change, with status 1
        descent fmt - < in > out        from standard input to standard output
      """)

  @Argument(help: "Scripts, or - for standard input.", completion: .file(extensions: ["opt"]))
  var files: [String]

  @Flag(help: "Change nothing; name the files that would change and exit with status 1 if there are any.")
  var check = false

  @OptionGroup var messages: MessageOptions

  func run(_ console: Console) throws -> ExitStatus {
    console.apply(messages)
    var status = ExitStatus.finished
    for file in files where try !format(file, console) { status = .rejected }
    return status
  }

  /// Whether the file is now, or with `--check` was already, in the format.
  private func format(_ file: String, _ console: Console) throws -> Bool {
    let source = try ScriptFile.read(file)
    let (text, diagnostics) = ScriptSyntax.formatted(source)
    if diagnostics.contains(where: { $0.severity == .error }) {
      var sources = SourceMap()
      _ = sources.add(source)
      console.report(diagnostics, sources)
      return false
    }
    let isUnchanged = Array(text.utf8) == source.bytes
    if check {
      if !isUnchanged { console.output.write(source.name + "\n") }
      return isUnchanged
    }
    if file == "-" {
      console.output.write(text)
    } else if !isUnchanged {
      try replace(file, text)
    }
    return true
  }

  private func replace(_ file: String, _ text: String) throws {
    guard let path = absolutePath(file) else { throw Diagnostic.unreadableScript(file, "it has gone") }
    let folder = ScriptFile.directory(of: path)
    let host = SystemHost(currentDirectory: folder, outputDirectory: folder)
    do {
      try host.write(path, Array(text.utf8))
    } catch {
      if case .unwritable(let reason) = error.fault { throw Diagnostic.unwritableScript(file, reason) }
      throw Diagnostic.unwritableScript(file, "it has moved")
    }
  }
}
