import ArgumentParser
import Diagnostics

/// `descent explain CODE`.
struct Explain: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say what a code of a message means, with a wrong and a right example.",
    discussion: """
      EXAMPLES:
        descent explain           all codes
        descent explain E0302
      """)

  @Argument(help: "Codes; all are listed where none is given.", completion: .custom { _, _, _ in Explanations.codes })
  var codes: [String] = []

  func run(_ console: Console) throws -> ExitStatus {
    if codes.isEmpty {
      for code in Explanations.codes {
        console.output.write("\(code)  \(ExplanationPages.title(code))\n")
      }
    }
    for code in codes {
      guard let page = ExplanationPages.text(code) else {
        let help = Suggestion.help(for: code.uppercased(), in: Explanations.codes).map { "; \($0)" } ?? ""
        throw ValidationError("There is no code '\(code)'\(help)")
      }
      console.output.write(page + "\n")
    }
    return .finished
  }
}

/// Explanation pages as text for a terminal.
enum ExplanationPages {
  /// The page of a code, its examples indented; nil for an unknown code.
  static func text(_ code: String) -> String? {
    let code = code.uppercased()
    guard let markdown = Explanations.text(for: code), let page = Explanation(page: markdown) else { return nil }
    return """
      \(page.code): \(page.title)

      \(page.text)

      wrong:

      \(indented(page.wrong))

      right:

      \(indented(page.right))
      """
  }

  static func title(_ code: String) -> String {
    Explanations.text(for: code).flatMap(Explanation.init(page:))?.title ?? ""
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  " + $0 }
      .joined(separator: "\n")
  }
}
