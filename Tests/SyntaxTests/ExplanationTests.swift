import Diagnostics
import Syntax
import Testing

/// The pages of the front end's codes: each wrong example gives its code, each right one is sound.
@Suite struct ExplanationTests {
  private static let codes = Diagnostic.lexicalCodes + Diagnostic.grammarCodes

  @Test(arguments: codes.indices)
  func examplesDoWhatTheirPageSays(index: Int) throws {
    let code = Self.codes[index]
    let text = try #require(Explanations.text(for: code.code), "\(code.code) has no page")
    let page = try #require(Explanation(page: text), "\(code.code) has not the form of a page")
    #expect(page.code == code.code && page.title == code.title)
    #expect(page.text.count > 20)
    #expect(Parser.parse(SourceText(name: "right.opt", page.right)).diagnostics == [])
    // A command in the place of a script: its text cannot be shown on a page.
    if page.wrong.hasPrefix("$ ") { return }
    #expect(Parser.parse(SourceText(name: "wrong.opt", page.wrong)).diagnostics.map(\.code) == [code.code])
  }

  @Test func codesAreSortedAndUnique() {
    for codes in [Diagnostic.lexicalCodes, Diagnostic.grammarCodes] {
      let texts = codes.map(\.code)
      #expect(texts == Array(Set(texts)).sorted())
    }
  }

  @Test func aPageWithoutItsFormIsRefused() {
    #expect(Explanation(page: "# E0101: t\n\ntext\n\n```wrong\na\n```\n\n```right\nb\n```\n")?.wrong == "a")
    #expect(Explanation(page: "E0101: t\n\n```wrong\na\n```\n```right\nb\n```\n") == nil)
    #expect(Explanation(page: "# E0101: t\n\n```wrong\na\n```\n") == nil)
    #expect(Explanation(page: "# E0101: t\n\n```wrong\na\n```\n```right\nb\n") == nil)
  }
}
