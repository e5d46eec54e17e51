import ArgumentParser
import Data
import Diagnostics
import Glibc
import Interactive
import Language

/// `descent` alone, and `descent -i FILE`: the prompt.
struct SessionCommand: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "session",
    abstract: "Open a prompt (what `descent` alone does).",
    discussion: """
      EXAMPLES:
        descent                     a new session
        descent -i edge.opt         run a script first
        descent --restore           do again what the last session did
        echo '1 + 1' | descent      statements from a pipe; the first that fails ends it, with status 1
      """)

  @Argument(help: "A script to run before the first prompt.", completion: .file(extensions: ["opt"]))
  var file: String?

  @Flag(name: .shortAndLong, help: "Open the prompt after the script.")
  var interactive = false

  @Flag(help: "Run what the last session did, also where it ended in a crash.")
  var restore = false

  @Flag(help: "Keep neither history nor a copy of the session.")
  var privately = false

  @OptionGroup var settings: ScriptOptions

  @Flag(name: .shortAndLong, help: "Show no greeting.")
  var quiet = false

  @OptionGroup var messages: MessageOptions
  @OptionGroup(title: "Limits (0 takes one away)") var limits: LimitOptions

  /// The arguments as they are meant: with none, or with an option of the prompt first, a session is wanted.
  static func completed(_ arguments: [String]) -> [String] {
    guard let first = arguments.first else { return [configuration.commandName ?? ""] }
    let isSession = ["-i", "--interactive", "--restore", "--privately"].contains(first)
    return isSession ? [configuration.commandName ?? ""] + arguments : arguments
  }

  func run(_ console: Console) throws -> ExitStatus {
    console.apply(messages)
    let script = try file.map { try ScriptFile.read($0) }
    Signals.beginSession()
    let program = InteractiveProgram(session: session(console), surroundings: surroundings(console))
    if isAtTerminal, !quiet {
      console.output.write("descent \(Version.text)   ? for help, Ctrl-D leaves\n")
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

  private func session(_ console: Console) -> InteractiveSession {
    var options = settings.options(limits)
    let folder = absolutePath(".") ?? "/"
    options.outputDirectory = folder
    let host = SystemHost(
      currentDirectory: file.map(ScriptFile.directory(of:)) ?? folder, outputDirectory: folder,
      allowedDirectories: [folder], dataDirectories: DataFolders.all)
    let progress = ProgressLine(console.error)
    options.showProgress = progress != nil
    return InteractiveSession(
      host: host, options: options,
      output: { text in
        progress?.clear()
        console.write(text)
      },
      progress: { state in
        console.output.flushWhenDue()
        progress?.show(state)
      }, interrupt: Signals.interrupt)
  }

  private func surroundings(_ console: Console) -> SessionSurroundings {
    var surroundings = SessionSurroundings(
      write: { console.write($0) }, report: { console.report($0, $1) }, now: { Clock.seconds })
    surroundings.flush = { console.output.flush() }
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
