import Testing

/// Files, functions and parameter lists stay readable.
@Suite struct SizeTests {
  @Test func theTreeIsFound() {
    #expect(SourceTree.all.count > SourceTree.countMin)
    for target in ["Syntax", "Language", "Interactive", "descent", "LanguageTests"] {
      #expect(SourceTree.swift.contains { $0.target == target }, "\(target)")
    }
  }

  @Test func filesHaveAtMost500Lines() {
    for file in SourceTree.swift {
      #expect(file.lines.count <= 501, "\(file) has \(file.lines.count) lines")
    }
  }

  /// The language is layers that the compiler keeps apart, none larger than one can know.
  @Test func layersHaveAtMost5500Lines() {
    for layer in SourceTree.layers {
      let lines = SourceTree.swiftSources.filter { $0.target == layer }.map { $0.lines.count - 1 }.reduce(0, +)
      #expect(lines > 1000 && lines <= 5500, "\(layer) has \(lines) lines")
    }
  }

  @Test func libraryEntriesHaveAtMost250Lines() {
    for file in SourceTree.sources where file.path.hasSuffix(".opt") {
      #expect(file.lines.count <= 251, "\(file) has \(file.lines.count) lines")
    }
  }

  @Test func functionsFitAScreen() {
    for file in SourceTree.swift {
      for function in FunctionScanner.functions(in: file.code) {
        #expect(function.bodyLines <= 60, "\(file):\(function.line) \(function.name) has \(function.bodyLines) lines")
      }
    }
  }

  @Test func functionsTakeFewParameters() {
    for file in SourceTree.swift {
      for function in FunctionScanner.functions(in: file.code) where function.name != "init" {
        #expect(
          function.parameters <= 8, "\(file):\(function.line) \(function.name) has \(function.parameters) parameters")
      }
    }
  }
}
