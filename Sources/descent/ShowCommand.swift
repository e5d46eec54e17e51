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
      """)

  @Argument(
    help: "Names of definitions; all names are listed where none is given.",
    completion: .custom { _, _, _ in LibraryEntries.all.map(\.name) })
  var names: [String] = []

  func run(_ console: Console) throws -> ExitStatus {
    if names.isEmpty {
      console.output.write(LibraryListing.text)
      return .finished
    }
    if names[0] == "plan" { return try PlanText.show(Array(names.dropFirst()), console) }
    for name in names {
      guard let entry = LibraryEntries.entry(named: name) else {
        throw ValidationError(LibraryListing.unknown(name))
      }
      console.output.write(entry.text)
    }
    return .finished
  }
}
