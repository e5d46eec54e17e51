import Diagnostics
package import Library

/// The library as lists for people.
package enum LibraryListing {
  /// All names with their summaries, folder by folder.
  package static var text: String {
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

  /// The complaint about a name that the library does not have, with the nearest ones.
  package static func unknown(_ name: String) -> String {
    let help = Suggestion.help(for: name, in: LibraryEntries.all.map(\.name)).map { "; \($0)" } ?? ""
    return "The library has no '\(name)'\(help)"
  }

  /// The documentation comment without its marks.
  package static func documentation(of entry: LibraryEntry) -> String {
    let lines = entry.text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("##") }
    return lines.map { String($0.dropFirst($0.hasPrefix("## ") ? 3 : 2)) }.joined(separator: "\n")
  }

  /// The first line of the documentation.
  package static func summary(of entry: LibraryEntry) -> String {
    let first = documentation(of: entry).prefix { $0 != "\n" }
    return String(first)
  }
}
