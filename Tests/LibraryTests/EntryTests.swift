import Diagnostics
import Library
import Syntax
import Testing

/// Each definition of the library, as a text: parsed, documented, named after its file.
@Suite struct EntryTests {
  @Test(arguments: LibraryEntries.all.map(\.name))
  func entryParsesAndDefinesItsName(_ name: String) throws {
    let entry = try #require(LibraryEntries.entry(named: name))
    let parsed = Parser.parse(SourceText(name: entry.path, entry.text))
    #expect(parsed.diagnostics.isEmpty, "\(parsed.diagnostics.map(\.message))")
    let definitions = parsed.tree.body.compactMap { id -> Definition? in
      guard case .definition(let definition) = parsed.tree[id] else { return nil }
      return definition
    }
    #expect(definitions.map(\.name.text) == [name])
    #expect(parsed.tree.body.count == 1)
    #expect(!definitions.contains { $0.documentation.isEmpty })
  }

  @Test(arguments: LibraryEntries.all.map(\.name))
  func documentationHasItsParts(_ name: String) throws {
    let entry = try #require(LibraryEntries.entry(named: name))
    let lines = entry.text.split(separator: "\n", omittingEmptySubsequences: false)
    let summary = try #require(lines.first)
    #expect(summary.hasPrefix("## ") && summary.hasSuffix("."), "the first line is not one sentence: \(summary)")
    for part in ["## Shapes: ", "## Reference: ", "## Differs in: ", "## example:"] {
      #expect(lines.contains { $0.hasPrefix(part) }, "\(entry.path) lacks a line `\(part)`")
    }
    #expect(ExampleText.of(entry).contains("claim ") || ExampleText.of(entry).contains("print "))
  }

  @Test func exampleIsAScriptThatParses() {
    for entry in LibraryEntries.all {
      let example = ExampleText.of(entry)
      let parsed = Parser.parse(SourceText(name: entry.path, example))
      #expect(parsed.diagnostics.isEmpty, "\(entry.path): \(parsed.diagnostics.map(\.message))")
      let lines = example.split(separator: "\n")
      #expect((1...6).contains(lines.count), "\(entry.path): an example of \(lines.count) lines")
    }
  }

  @Test func entriesAreFoundByNameAndSorted() {
    let names = LibraryEntries.all.map(\.name)
    #expect(names == names.sorted())
    #expect(names.count == Set(names).count)
    for name in names { #expect(LibraryEntries.entry(named: name)?.name == name) }
    for missing in ["", "ada", "adamx", "zzz", "Adam"] { #expect(LibraryEntries.entry(named: missing) == nil) }
  }

  @Test func everyKindHasEntries() {
    let kinds = [
      "compressors", "functions", "losses", "metrics", "networks", "optimizers", "problems", "processes", "schedules",
    ]
    for kind in kinds { #expect(!LibraryEntries.entries(of: kind).isEmpty, "\(kind)") }
    #expect(kinds == Set(LibraryEntries.all.map(\.kind)).sorted())
  }
}

/// The runnable example in an entry's documentation.
enum ExampleText {
  /// The indented lines after `## example:`, without the mark and the indentation.
  static func of(_ entry: LibraryEntry) -> String {
    let lines = entry.text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("## example:") }) else { return "" }
    let example = lines[(start + 1)...].prefix { $0.hasPrefix("##") }
    return example.map { $0.dropFirst(2).drop { $0 == " " } }.joined(separator: "\n") + "\n"
  }
}
