import ArgumentParser
import Data
import Diagnostics
import Glibc
import Interactive
import Language
import Values

/// `descent` alone, and `descent -i FILE`: the prompt.
struct SessionCommand: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "session",
    abstract: "Open a prompt (what `descent` alone does).",
    discussion: """
      EXAMPLES:
        descent                     a new session
        descent -i edge.opt         run a script first
        descent --seed 3 -q         any option but no script: a session too
        descent --restore           do again what the last session did
        echo '1 + 1' | descent      statements from a pipe; the first that fails ends it, with status 1
      """)

  @Argument(help: "A script to run before the first prompt.", completion: .file(extensions: ["opt"]))
  var file: String?

  @Flag(name: .shortAndLong, help: "Open the prompt after the script.")
  var interactive = false

  @Flag(help: "Run what the last session did: the last that broke off, else the last that ended.")
  var restore = false

  @Flag(help: "Keep neither history nor a copy of the session.")
  var privately = false

  @Option(help: "Another folder that may be read from; repeatable.", completion: .directory)
  var allowRead: [String] = []

  @OptionGroup var settings: ScriptOptions

  @Flag(
    name: .shortAndLong,
    help: "Show results alone: no greeting, no progress, no line on each run and each file written.")
  var quiet = false

  @OptionGroup var messages: MessageOptions
  @OptionGroup(title: "Limits (0 takes one away)") var limits: LimitOptions

  /// The arguments as they are meant: options of a session that name no script to run, or one to be followed by a prompt,
  /// want a session.
  static func completed(_ arguments: [String]) -> [String] {
    let asSession = [configuration.commandName ?? ""] + arguments
    guard let first = arguments.first else { return asSession }
    if ["-i", "--interactive", "--restore", "--privately"].contains(first) { return asSession }
    guard first.hasPrefix("-"), let command = try? parse(arguments) else { return arguments }
    let isSession = command.file == nil || command.interactive || command.restore || command.privately
    return isSession ? asSession : arguments
  }

  func run(_ console: Console) throws -> ExitStatus {
    console.apply(messages)
    let script = try file.map { try ScriptFile.read($0) }
    Signals.beginSession()
    let program = InteractiveProgram(session: try session(console), surroundings: surroundings(console))
    if isAtTerminal, !quiet {
      console.output.write("descent \(Version.text)   ? for help, Ctrl-D leaves\n")
      if !restore, let remark = program.remarkOnLastSession { console.output.write(remark + "\n") }
    }
    if restore, !program.restoreLastSession(), !isAtTerminal { return .rejected }
    if let script, !program.begin(with: script), !isAtTerminal { return .rejected }
    let lines: any LineSource =
      isAtTerminal
      ? LineEditor(completer: { before, word in program.candidates(before: before, word: word) }) : PipedLines()
    return status(of: program.run(lines))
  }

  /// Prompts and line editing need both directions.
  private var isAtTerminal: Bool { isatty(0) == 1 && isatty(1) == 1 }

  private func session(_ console: Console) throws -> InteractiveSession {
    var options = settings.options(limits)
    let folder = absolutePath(".") ?? "/"
    options.outputDirectory = folder
    let host = SystemHost(
      currentDirectory: file.map(ScriptFile.directory(of:)) ?? folder, outputDirectory: folder,
      allowedDirectories: [folder] + (try allowRead.map(AllowedFolder.path)), dataDirectories: DataFolders.all)
    if !quiet { console.showProgress() }
    options.showProgress = console.progress != nil
    options.showsHeaders = !quiet
    return InteractiveSession(
      host: host, options: options,
      output: { console.write($0) },
      progress: { state in
        console.output.flushWhenDue()
        console.progress?.show(state)
      }, interrupt: Signals.interrupt)
  }

  private func surroundings(_ console: Console) -> SessionSurroundings {
    var surroundings = SessionSurroundings(
      write: { console.write($0) }, report: { console.report($0, $1) }, now: { Clock.seconds })
    surroundings.flush = {
      // A prompt is drawn by the line editor, past the console.
      console.progress?.clear()
      console.output.flush()
    }
    surroundings.canWrite = { console.output.failure == nil }
    surroundings.isTerminal = isAtTerminal
    if isAtTerminal, StandardStreams.isCapableTerminal(1) {
      surroundings.draw = { text in
        console.output.write(text)
        console.output.flush()
      }
    }
    surroundings.usesColour = isAtTerminal && console.usesColour
    surroundings.countsLines = !isAtTerminal
    surroundings.stopsAtFailure = isatty(0) == 0
    surroundings.stateFolder = privately ? nil : StateFolder.path
    return surroundings
  }

  private func status(of ending: SessionEnding) -> ExitStatus {
    switch ending {
    case .finished: .finished
    case .failed: .rejected
    case .left(let signal): signal == SIGINT ? .interrupted : .terminated
    }
  }
}

/// Where history and autosave lie.
enum StateFolder {
  /// `$XDG_STATE_HOME/descent`, else `~/.local/state/descent`; nil without a home.
  static var path: String? {
    if let folder = StandardStreams.environment("XDG_STATE_HOME"), folder.hasPrefix("/") { return folder + "/descent" }
    guard let home = StandardStreams.environment("HOME"), home.hasPrefix("/") else { return nil }
    return home + "/.local/state/descent"
  }
}
