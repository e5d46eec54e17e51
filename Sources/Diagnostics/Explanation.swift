/// What `descent explain CODE` shows: one page for each code.
///
/// A page is Markdown of a fixed form: `# E0101: title`, prose, a block fenced ```` ```wrong ```` that gives
/// exactly this code, a block fenced ```` ```right ```` that runs.
package struct Explanation: Hashable, Sendable {
  package var code: String
  package var title: String
  package var text: String
  package var wrong: String
  package var right: String

  package init(code: String, title: String, text: String, wrong: String, right: String) {
    self.code = code
    self.title = title
    self.text = text
    self.wrong = wrong
    self.right = right
  }

  /// Reads a page, or gives nil when it has not the fixed form.
  package init?(page: String) {
    var prose: [Substring] = []
    var blocks: [String: [Substring]] = [:]
    var fence: String?
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.first, first.hasPrefix("# "), let colon = first.firstIndex(of: ":") else { return nil }
    for line in lines.dropFirst() {
      if line.hasPrefix("```") {
        fence = fence == nil ? String(line.dropFirst(3)) : nil
      } else if let fence {
        blocks[fence, default: []].append(line)
      } else {
        prose.append(line)
      }
    }
    guard fence == nil, let wrong = blocks["wrong"], let right = blocks["right"] else { return nil }
    code = String(first[..<colon].dropFirst(2))
    title = Self.trimmed(String(first[first.index(after: colon)...]))
    text = Self.trimmed(prose.joined(separator: "\n"))
    self.wrong = wrong.joined(separator: "\n")
    self.right = right.joined(separator: "\n")
  }

  private static func trimmed(_ text: String) -> String {
    let isBlank = { (character: Character) in character == " " || character == "\n" }
    var rest = text.drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return String(rest)
  }
}

/// A code with the name of its constructor; each stage contributes a list of its own.
package struct DiagnosticCode: Hashable, Sendable {
  package var code: String
  /// What it is about, in a few words, for the list that `descent explain` prints.
  package var title: String

  package init(_ code: String, _ title: String) {
    self.code = code
    self.title = title
  }
}
