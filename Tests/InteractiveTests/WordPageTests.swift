import Data
import Diagnostics
import Interactive
import Language
import Syntax
import Testing
import Values

/// Help on every word of the language.
@Suite struct WordPageTests {
  @Test func everyWordHasAPage() {
    let screen = Screen()
    for word in Words.all {
      #expect(LanguageHelp.page(word) != nil || Builtin.named(word) != nil, "\(word)")
      let page = screen.play(["?" + word])
      #expect(!page.contains("there is no help"), "\(word)")
    }
  }

  @Test(arguments: LanguageHelp.examples.map(\.word))
  func examplesRun(word: String) throws {
    let example = try #require(LanguageHelp.examples.first { $0.word == word })
    let host = MemoryHost()
    var output = ""
    let session = Session(
      host: host, options: SessionOptions(), output: { output += $0 }, progress: nil, interrupt: nil)
    let report = session.run(SourceText(name: word, example.text))
    #expect(report.outcome == .finished, "\(report.diagnostics)")
    #expect(report.refuted == 0)
    #expect(!output.isEmpty)
  }
}
