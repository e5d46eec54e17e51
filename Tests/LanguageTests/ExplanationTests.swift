import Diagnostics
import Language
import Messages
import Testing

/// The pages of the language's codes: each wrong example gives its code, each right one runs.
@Suite struct ExplanationTests {
  @Test(arguments: Diagnostic.languageCodes.indices)
  func examplesDoWhatTheirPageSays(index: Int) throws {
    let code = Diagnostic.languageCodes[index]
    let text = try #require(Explanations.text(for: code.code), "\(code.code) has no page")
    let page = try #require(Explanation(page: text), "\(code.code) has not the form of a page")
    #expect(page.code == code.code && page.title == code.title)
    // A command in the place of a script: what it shows is not said by a script alone.
    if page.wrong.hasPrefix("$ ") { return }
    let wrong = outcome(of: page.wrong, host: dataHost)
    // An error may come after a warning of the run that it is about.
    let codes = wrong.codes.filter { $0.first == code.code.first }
    #expect(!codes.isEmpty && codes.allSatisfy { $0 == code.code }, "\(wrong.words)")
    let right = outcome(of: page.right, host: dataHost)
    #expect(right.codes == [], "\(code.code)\n\(right.words)")
  }

  @Test func codesAreSortedAndUnique() {
    let texts = Diagnostic.languageCodes.map(\.code)
    #expect(texts == Array(Set(texts)).sorted())
  }

  /// Few codes have no script that shows them: an unknown value (E0408) would be a mistake of the program.
  @Test func mostPagesAreTried() {
    let commands = Diagnostic.languageCodes.filter { code in
      Explanations.text(for: code.code).flatMap(Explanation.init(page:))?.wrong.hasPrefix("$ ") ?? true
    }
    #expect(
      commands.map(\.code) == [
        "E0316", "E0408", "E0605", "E0704", "E0850", "E0904", "E0906", "E0908", "E0909", "E0910", "E1001", "E1002",
        "E1003", "E1004", "E1005", "E1006", "E1007", "E1008", "E1009", "E1010", "E1011", "E1012", "E1013", "E1014",
        "W0722", "W0801", "W0802", "W1001", "W1002", "W1003",
      ])
  }
}
