import ArgumentParser
import Diagnostics
import Library

/// `descent show NAME`: the library in its own words.
struct Show: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Print a definition of the library, the very text that runs.",
    discussion: """
      EXAMPLES:
        descent show              what there is
        descent show adam         the equations of Adam
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
    for name in names {
      console.output.write(try LibraryListing.entry(named: name).text)
    }
    return .finished
  }
}

/// The library as lists for people.
enum LibraryListing {
  /// All names with their summaries, folder by folder.
  static var text: String {
    var kinds: [String] = []
    for entry in LibraryEntries.all where !kinds.contains(entry.kind) { kinds.append(entry.kind) }
    let width = LibraryEntries.all.map(\.name.count).max() ?? 0
    var lines: [String] = []
    for kind in kinds.sorted() {
      lines.append(kind)
      for entry in LibraryEntries.entries(of: kind) {
        let space = String(repeating: " ", count: width - entry.name.count)
        lines.append("  \(entry.name)\(space)  \(summary(of: entry))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The entry of a name, or a complaint with the nearest ones.
  static func entry(named name: String) throws -> LibraryEntry {
    if let entry = LibraryEntries.entry(named: name) { return entry }
    let help = Suggestion.help(for: name, in: LibraryEntries.all.map(\.name)).map { "; \($0)" } ?? ""
    throw ValidationError("The library has no '\(name)'\(help)")
  }

  /// The documentation comment without its marks.
  static func documentation(of entry: LibraryEntry) -> String {
    let lines = entry.text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("##") }
    return lines.map { String($0.dropFirst($0.hasPrefix("## ") ? 3 : 2)) }.joined(separator: "\n")
  }

  private static func summary(of entry: LibraryEntry) -> String {
    let first = documentation(of: entry).prefix { $0 != "\n" }
    return String(first)
  }
}
