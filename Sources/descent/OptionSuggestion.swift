import ArgumentParser
import Diagnostics

/// All near options for a misspelt one; the argument parser itself offers one, and `--set` for `--sed`.
enum OptionSuggestion {
  /// The complaint with a better guess in its first line, or as it was.
  static func improve(_ message: String) -> String {
    let lines = message.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let start = "Error: Unknown option '"
    guard let first = lines.first, first.hasPrefix(start) else { return message }
    let option = String(first.dropFirst(start.count).prefix { $0 != "'" })
    guard let help = Suggestion.help(for: option, in: known.filter({ $0 != option })) else { return message }
    let rest = lines.count > 1 ? "\n" + lines[1] : ""
    return start + option + "': " + help + rest
  }

  /// The long options that help texts name.
  private static var known: [String] {
    var options: Set<String> = []
    for subcommand in Descent.named {
      for word in Descent.helpMessage(for: subcommand.command).split(whereSeparator: { " ,[]\n".contains($0) })
      where word.hasPrefix("--") {
        // What ends a sentence is no part of an option.
        options.insert(String(word.prefix { $0.isLetter || $0.isNumber || $0 == "-" }))
      }
    }
    return options.sorted()
  }
}
