import ArgumentParser
import Diagnostics
import Interactive
import Library

/// `descent show NAME`: the library in its own words.
struct Show: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Print a definition of the library, the very text that runs, or the programs of a script's runs.",
    discussion: """
      EXAMPLES:
        descent show              what there is
        descent show adam         the equations of Adam
        descent show plan F.opt   the instructions of each run of a script, with the lines that they come from
        descent show plan F.opt --set n=1000   the same with another value of an input
      """)

  @Argument(
    help: "Names of definitions; all names are listed where none is given.",
    completion: .custom { _, _, _ in LibraryEntries.all.map(\.name) })
  var names: [String] = []

  @OptionGroup var settings: ScriptOptions

  func run(_ console: Console) throws -> ExitStatus {
    if names.first == "plan" { return try PlanText.show(Array(names.dropFirst()), settings, console) }
    if !settings.set.isEmpty || settings.seed != nil {
      throw ValidationError("'--set' and '--seed' are of 'show plan', as in 'descent show plan edge.opt --set n=1000'.")
    }
    if names.isEmpty {
      console.output.write(LibraryListing.text)
      return .finished
    }
    for name in names {
      guard let entry = LibraryEntries.entry(named: name) else {
        throw ValidationError(LibraryListing.unknown(name))
      }
      console.output.write(entry.text)
    }
    return .finished
  }
}
