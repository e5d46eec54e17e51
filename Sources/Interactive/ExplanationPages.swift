import Diagnostics

/// Explanation pages as text for a terminal.
package enum ExplanationPages {
  /// The page of a code, its examples indented; nil for an unknown code.
  package static func text(_ code: String) -> String? {
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

  /// The complaint about a code that does not exist, with the nearest ones.
  package static func unknown(_ code: String) -> String {
    let help = Suggestion.help(for: code.uppercased(), in: Explanations.codes).map { "; \($0)" } ?? ""
    return "There is no code '\(code)'\(help)"
  }

  /// The title of a code's page, empty where there is none.
  package static func title(_ code: String) -> String {
    Explanations.text(for: code).flatMap(Explanation.init(page:))?.title ?? ""
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  " + $0 }
      .joined(separator: "\n")
  }
}
