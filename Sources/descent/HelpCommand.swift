import ArgumentParser
import Diagnostics
import Interactive
import Language
import Library
import Values

/// `descent help TOPIC`: a subcommand, a definition of the library, a built-in function, a word of the language, or a code.
struct Help: DescentCommand {
  static let configuration = CommandConfiguration(
    commandName: "help",
    abstract:
      "Explain a subcommand, a definition of the library, a built-in function, a word of the language, or a code.",
    discussion: """
      EXAMPLES:
        descent help run
        descent help adam
        descent help threshold
        descent help plot
        descent help E0302
      """)

  @Argument(help: "What to explain; an overview where nothing is named.")
  var topic: String?

  func run(_ console: Console) throws -> ExitStatus {
    console.output.write(try text(on: topic) + "\n")
    return .finished
  }

  private func text(on topic: String?) throws -> String {
    guard let topic else { return Descent.helpMessage() }
    if let found = Descent.named.first(where: { $0.name == topic }) {
      return Descent.helpMessage(for: found.command)
    }
    if let entry = LibraryEntries.entry(named: topic) { return LibraryListing.documentation(of: entry) }
    if let page = ExplanationPages.text(topic) { return page }
    if let builtin = Builtin.named(topic) { return builtin.documentation }
    if let page = LanguageHelp.page(topic) { return page }
    let known =
      Descent.named.map { $0.name } + LibraryEntries.all.map { $0.name } + Explanations.codes
      + Builtin.all.map(\.name) + LanguageHelp.words
    let help = Suggestion.help(for: topic, in: known).map { "; \($0)" } ?? ""
    throw ValidationError("There is no help on '\(topic)'\(help)")
  }
}
