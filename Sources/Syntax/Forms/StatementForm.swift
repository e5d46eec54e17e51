/// A form of statement: the words that it begins with, and what is known of it before it is read.
///
/// The parser, the lists of words, "did you mean", completion and help read the table `all`; what a statement defines
/// and consists of is in `Tree.parts(of:)`.
package struct StatementForm: Sendable {
  /// Where the words begin a statement.
  package enum Kind: Sendable {
    /// Everywhere: they are no names.
    case reserved
    /// When a name follows.
    case definition
    /// When something follows that a statement can go on with, and an expression could not.
    case statement
    /// The same, about runs that are stepped: at the prompt, and in the scripts that it saves.
    case prompt
  }

  /// What may follow the word besides a name or a literal.
  package enum Opening: Sendable {
    /// Nothing: the word stands alone.
    case nothing
    /// A value that begins with a bracket or a sign.
    case value
    /// A brace.
    case brace
  }

  package let words: [String]
  package let kind: Kind
  /// Its production in `grammar/opt.ebnf`.
  package let production: String
  package let openings: Set<Opening>
  /// What it is for, in one line.
  package let help: String
  /// Of a statement whose type is told by its word.
  package let node: (any StatementNode.Type)?
  /// Reads a statement of this form; the parser stands at its word.
  package let parse: @Sendable (Parser) -> Statement

  init(
    _ words: [String], _ kind: Kind, _ production: String, openings: Set<Opening> = [], help: String,
    node: (any StatementNode.Type)? = nil, parse: @escaping @Sendable (Parser) -> Statement
  ) {
    self.words = words
    self.kind = kind
    self.production = production
    self.openings = openings
    self.help = help
    self.node = node
    self.parse = parse
  }

  private static let byWord: [String: [StatementForm]] = {
    var result: [String: [StatementForm]] = [:]
    for form in all { for word in form.words { result[word, default: []].append(form) } }
    return result
  }()

  /// The form that a word begins; nil for other words.
  package static func of(_ word: String) -> StatementForm? { byWord[word]?.first }

  /// The form of a kind that a word begins; nil for other words.
  static func of(_ word: String, _ kind: Kind) -> StatementForm? { byWord[word]?.first { $0.kind == kind } }

  /// The words of a kind, sorted.
  static func words(_ kind: Kind, where condition: (StatementForm) -> Bool = { _ in true }) -> [String] {
    all.filter { $0.kind == kind && condition($0) }.flatMap(\.words).sorted()
  }
}
