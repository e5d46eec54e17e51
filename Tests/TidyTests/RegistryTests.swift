import Testing

/// What is found by its place in the tree is where it must be, under the name that it must have.
@Suite struct RegistryTests {
  static let entries = SourceTree.sources.filter { $0.path.hasPrefix("Sources/Library/") && $0.path.hasSuffix(".opt") }
  private static let definitions = ["optimizer", "problem", "network", "metric", "process", "compressor", "fn", "let"]

  @Test func libraryFilesDefineWhatTheyAreNamedAfter() {
    for file in Self.entries {
      let names = file.lines.compactMap { line -> String? in
        let words = line.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == " " }
        guard words.count == 2, Self.definitions.contains(String(words[0])) else { return nil }
        return String(words[1].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
      }
      #expect(names == [String(file.name.dropLast(".opt".count))], "\(file) defines \(names)")
    }
  }

  @Test func libraryFilesAreDocumented() {
    for file in Self.entries {
      #expect(file.lines.first?.hasPrefix("## ") == true, "\(file) does not start with a documentation comment")
      #expect(file.lines.contains { $0.hasPrefix("## example:") }, "\(file) has no example")
    }
  }

  private static let pageFolder = "Sources/Diagnostics/Explanations/"
  private static let pages = SourceTree.sources.filter { $0.path.hasPrefix(pageFolder) }
    .map { String($0.name.prefix { $0 != "." }) }

  /// Every code written as a literal in the sources.
  private static let codes: [String] = {
    var codes: Set<String> = []
    for file in SourceTree.swiftSources {
      for line in file.lines {
        for match in line.matches(of: /"(E\d{4}|W\d{4})"/) { codes.insert(String(match.1)) }
      }
    }
    return codes.sorted()
  }()

  @Test func everyCodeHasAnExplanationAndEveryExplanationACode() {
    #expect(Self.codes == Self.pages.sorted())
  }

  /// Codes of failures that no script and no command line brings about: a derivative through a loop of unknown length,
  /// gnuplot dying, an operation without a plan.
  private static let unprovoked = ["E0704", "E0850", "E0906"]

  @Test func everyCodeIsShownByAScriptOrATest() {
    let shown = SourceTree.all.filter {
      $0.path.hasPrefix("Tests/") && $0.path != "Tests/TidyTests/RegistryTests.swift"
    }
    for code in Self.codes where !Self.unprovoked.contains(code) {
      #expect(shown.contains { $0.text.contains(code) }, "no test or golden script gives \(code)")
    }
  }
}
