import Language
import Library
import Testing

/// The example in each definition's documentation runs, and its claims hold.
@Suite struct EntryExampleTests {
  @Test(arguments: LibraryEntries.all.map(\.name))
  func exampleRunsAndItsClaimsHold(_ name: String) throws {
    let entry = try #require(LibraryEntries.entry(named: name))
    let result = ScriptRunner.run(ExampleText.of(entry), name: entry.path)
    #expect(result.errors.isEmpty)
    #expect(result.report.outcome == .finished)
    #expect(result.report.unsupported == 0, "\(result.output)")
    #expect(!result.output.isEmpty)
  }
}
