import Diagnostics
import Language
import Library
import Syntax

/// Answers to `?name` and `??words`, from the library, the session, the topics and the codes.
enum Help {
  /// A page on a name; an overview for an empty one; nil for an unknown one.
  static func text(on topic: String, _ session: InteractiveSession) -> String? {
    if topic.isEmpty { return overview }
    if let page = HelpTopics.page(topic) { return page }
    if topic.hasPrefix(":"), let command = Command.named(String(topic.dropFirst())).first { return line(command) }
    if session.defines(topic) { return session.description(of: topic) }
    if let entry = LibraryEntries.entry(named: topic) {
      let parameters = session.parameters(of: topic).map(\.text).joined(separator: ", ")
      return "\(topic)(\(parameters))\n\n" + LibraryListing.documentation(of: entry)
        + "\n\nits text: show \(topic)   its example: :try \(topic)"
    }
    if let text = session.description(of: topic) { return text }
    if let page = WordPage.of(topic) { return page.text }
    if let command = Command.all.first(where: { $0.name == topic }) { return line(command) }
    return ExplanationPages.text(topic)
  }

  static func unknown(_ topic: String, _ session: InteractiveSession) -> String {
    let known =
      session.names + Words.all + HelpTopics.all.flatMap(\.words) + Command.all.map(\.name) + Explanations.codes
    let near = Suggestion.help(for: topic, in: known).map { "; \($0)" } ?? ""
    return "there is no help on `\(topic)`\(near); `??\(topic)` searches"
  }

  private static func line(_ command: Command) -> String { ":\(command.name) \(command.argument)\n\(command.summary)" }

  private static var overview: String {
    var lines = ["Statements are those of a script; `?NAME` explains a name, `??WORD` searches.", ""]
    lines += HelpTopics.all.map { "  ?\($0.words[0])" + gap($0.words[0], 14) + $0.summary }
    lines.append(
      "  ?WORD" + gap("WORD", 14) + "a word of the language, such as ?run, ?record, ?plot: what follows it, an example")
    lines.append("")
    for command in Command.all {
      let call = command.argument.isEmpty ? command.name : "\(command.name) \(command.argument)"
      lines.append("  :\(call)" + gap(call, 20) + command.summary)
    }
    lines.append("")
    lines.append("Tab completes, Ctrl-R searches what was typed, Ctrl-C stops a computation, Ctrl-D leaves.")
    return lines.joined(separator: "\n")
  }

  private static func gap(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(2, width - text.count))
  }

  /// The lines on everything whose name or summary has all the words; nil where there is nothing.
  static func search(_ text: String, _ session: InteractiveSession) -> String? {
    let words = text.lowercased().split(separator: " ")
    guard !words.isEmpty else { return nil }
    var found: [(name: String, summary: String)] = []
    func look(_ name: String, _ summary: String, in text: String) {
      let all = (name + " " + text).lowercased()
      if words.allSatisfy({ all.contains($0) }) { found.append((name, summary)) }
    }
    for entry in LibraryEntries.all { look(entry.name, LibraryListing.summary(of: entry), in: entry.text) }
    for builtin in InteractiveSession.builtinSummaries { look(builtin.name, builtin.summary, in: builtin.summary) }
    for topic in HelpTopics.all { look("?" + topic.words[0], topic.summary, in: topic.words.joined() + topic.text) }
    for page in WordPage.all + WordPage.made {
      look("?" + page.words[0], page.summary, in: page.words.joined(separator: " ") + page.forms)
    }
    for command in Command.all { look(":" + command.name, command.summary, in: command.summary) }
    for code in Explanations.codes { look(code, ExplanationPages.title(code), in: ExplanationPages.title(code)) }
    // Names first: who searches for `adam` wants Adam.
    let named = found.filter { hit in words.allSatisfy { hit.name.lowercased().contains($0) } }
    let others = found.filter { hit in !words.allSatisfy { hit.name.lowercased().contains($0) } }
    let width = min(24, found.map(\.name.count).max() ?? 0)
    return found.isEmpty
      ? nil : (named + others).map { $0.name + gap($0.name, width + 2) + $0.summary }.joined(separator: "\n")
  }

  /// The text of a definition: the session's, else the library's.
  static func definition(of name: String, _ session: InteractiveSession) -> String? {
    session.definitionText(of: name) ?? LibraryEntries.entry(named: name)?.text
  }

  /// The example of a library entry, from its documentation.
  static func example(of name: String) -> String? {
    guard let entry = LibraryEntries.entry(named: name) else { return nil }
    let lines = LibraryListing.documentation(of: entry).split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(of: "example:") else { return nil }
    let example = lines[(start + 1)...].prefix { $0.isEmpty || $0.hasPrefix("  ") }
    return example.map { String($0.dropFirst(2)) }.joined(separator: "\n")
  }

  /// All codes with their titles.
  static var codes: String {
    Explanations.codes.map { "\($0)  \(ExplanationPages.title($0))" }.joined(separator: "\n")
  }
}
