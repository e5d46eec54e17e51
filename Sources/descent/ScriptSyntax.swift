import Diagnostics
import Syntax

/// What subcommands ask of a script's syntax alone; apart from them, because `Syntax` and the argument parser both have
/// an `Argument`.
enum ScriptSyntax {
  /// The text in the one format, or the mistakes that stand in its way.
  static func formatted(_ source: SourceText) -> (text: String, diagnostics: [Diagnostic]) {
    Formatter.format(source)
  }

  /// Whether the text holds nothing but comments and blanks.
  static func isEmpty(_ source: SourceText) -> Bool {
    let parsed = Parser.parse(source)
    return parsed.isSound && parsed.tree.body.isEmpty
  }
}
