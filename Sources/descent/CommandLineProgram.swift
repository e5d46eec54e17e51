import ArgumentParser
import Diagnostics
import Glibc

/// The whole program as a function from its arguments to its exit status.
enum CommandLineProgram {
  static func run(_ arguments: [String]) -> Int32 {
    let console = Console()
    let status = status(of: arguments.dropFirst(), console)
    return console.finish(status).rawValue
  }

  private static func status(of arguments: ArraySlice<String>, _ console: Console) -> ExitStatus {
    do {
      var command = try Descent.parseAsRoot(SessionCommand.completed(Array(arguments)))
      if let command = command as? any DescentCommand { return try command.run(console) }
      try command.run()
      return .finished
    } catch let diagnostic as Diagnostic {
      console.report([diagnostic], SourceMap())
      return .dataError
    } catch is Interruption {
      return Signals.received == SIGINT ? .interrupted : .terminated
    } catch {
      return report(error, console)
    }
  }

  /// Help and completion scripts go to standard output, complaints about the command line to standard error.
  private static func report(_ error: any Error, _ console: Console) -> ExitStatus {
    let text = Descent.fullMessage(for: error)
    guard Descent.exitCode(for: error).isSuccess else {
      console.error.write(VisibleText.escaped(OptionSuggestion.improve(text), keepsLayout: true) + "\n")
      return .usage
    }
    console.output.write(text + "\n")
    return .finished
  }
}

/// A subcommand of ours: it gets the console and gives the exit status.
protocol DescentCommand: ParsableCommand {
  func run(_ console: Console) throws -> ExitStatus
}

/// `descent`: its subcommands, and `run` where none is named.
struct Descent: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "descent",
    abstract: "Runs experiments on the dynamics of stochastic gradient descent.",
    usage: """
      descent
      descent FILE.opt
      descent SUBCOMMAND
      """,
    discussion: """
      EXAMPLES:
        descent                              open a prompt
        descent edge.opt                     run a script
        descent run edge.opt --set lr=0.1    run it with another value of an input
        descent check edge.opt               find its mistakes without running it
        descent show adam                    read the library's equations
        descent explain E0302                what an error means, with an example
      """,
    version: Version.text,
    subcommands: [
      Run.self, Check.self, Verify.self, Merge.self, Runs.self, Submit.self, Format.self, Show.self, Help.self,
      Explain.self, SessionCommand.self, VersionCommand.self,
    ],
    defaultSubcommand: Run.self)

  /// The subcommands with their names.
  static var named: [(name: String, command: any ParsableCommand.Type)] {
    configuration.subcommands.map { command in (command.configuration.commandName ?? "", command) }
  }
}
