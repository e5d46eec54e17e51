/// What is typed to the prompt itself and not to the language.
enum Request: Hashable {
  /// `:name rest`
  case command(name: String, argument: String)
  /// `?name`, `name?`, `help name`; empty for an overview.
  case help(String)
  /// `??words`
  case search(String)
  /// `save "session.opt"`: the session; `save "x.svg"`: the last plot.
  case save(String)
  /// `show name`
  case show([String])
  /// `explain E0302`
  case explain([String])

  /// Reads a line; nil when it is a statement.
  init?(_ line: String, isDefined: (String) -> Bool) {
    let text = Self.trimmed(line)
    guard !text.contains("\n") else { return nil }
    if text.hasPrefix(":") {
      let name = text.dropFirst().prefix { !$0.isWhitespace }
      self = .command(name: String(name), argument: Self.trimmed(String(text.dropFirst(1 + name.count))))
      return
    }
    if text.hasPrefix("??") {
      self = .search(Self.trimmed(String(text.dropFirst(2))))
      return
    }
    if text.hasPrefix("?") {
      self = .help(Self.trimmed(String(text.dropFirst())))
      return
    }
    if let match = text.wholeMatch(of: /save\s+"([^"\\{]+)"/) {
      self = .save(String(match.1))
      return
    }
    // As other prompts want it.
    if text == "exit()" || text == "quit()", !isDefined(String(text.dropLast(2))) {
      self = .command(name: "quit", argument: "")
      return
    }
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    if words.count == 1, let word = words.first, word.hasSuffix("?"), word.count > 1 {
      self = .help(String(word.dropLast()))
      return
    }
    // Messages name the command as a shell takes it.
    let isAsInShell = words.count > 2 && words[0] == "descent" && ["explain", "show", "help"].contains(words[1])
    self.init(words: isAsInShell ? Array(words.dropFirst()) : words, isDefined: isDefined)
  }

  /// Words that are no statements, unless the session has given them another meaning.
  private init?(words: [String], isDefined: (String) -> Bool) {
    guard let first = words.first, !isDefined(first) else { return nil }
    let rest = Array(words.dropFirst())
    guard rest.allSatisfy({ word in word.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } }) else { return nil }
    switch first {
    case "help" where rest.count <= 1: self = .help(rest.first ?? "")
    case "show": self = .show(rest)
    case "explain": self = .explain(rest)
    case "quit" where rest.isEmpty, "exit" where rest.isEmpty: self = .command(name: "quit", argument: "")
    default: return nil
    }
  }

  private static func trimmed(_ text: String) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
