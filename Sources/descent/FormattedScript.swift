import Diagnostics
import Syntax

/// The formatter as the subcommand uses it: apart, because `Syntax` and the argument parser both have an `Argument`.
enum FormattedScript {
  /// The text in the one format, or the mistakes that stand in its way.
  static func make(_ source: SourceText) -> (text: String, diagnostics: [Diagnostic]) {
    Formatter.format(source)
  }
}
