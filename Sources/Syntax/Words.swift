/// The words of the language: the one list that lexer, parser, formatter, grammar, completion and help share.
///
/// Those of statements and clauses are those of the tables of forms.
package enum Words {
  /// Words that can never be names.
  package static let reserved = [
    "and", "else", "false", "fn", "for", "if", "in", "let", "not", "or", "repeat", "return", "true", "while",
  ]

  /// Words that begin a definition when a name follows.
  package static let definitions = StatementForm.words(.definition)

  /// Words that begin a statement when something follows that a statement can go on with.
  package static let statements = StatementForm.words(.statement)

  /// Words that begin a statement about runs that are stepped, when something follows that it can go on with.
  package static let session = StatementForm.words(.prompt)

  /// Those that are statements alone at the top level.
  package static let loneSession = StatementForm.words(.prompt) { $0.openings.contains(.nothing) }

  /// Words that begin a line in the braces of a definition.
  package static let members = [
    "apply", "batch", "bits", "draw", "facts", "loss", "metric", "noise", "objective", "param", "sample", "shared",
    "state",
    "stratonovich", "test", "worker",
  ]

  /// Words that begin a line in the braces of a run.
  package static let runItems = ["at", "record", "stop"]

  /// Clauses of a run's header that take a value.
  package static let valueClauses = ClauseShape.all.filter(\.takesValue).map(\.word).sorted()

  /// Clauses of a run's header that take a word.
  package static let wordClauses = ClauseShape.all.filter { !$0.takesValue }.map(\.word).sorted()

  /// What may follow a batch size, or `sampler`.
  package static let samplers = ClauseShape.of("sampler")?.choices ?? []

  /// Number formats of a run or a file.
  package static let precisions = ClauseShape.of("precision")?.choices ?? []

  /// Units of a run's length and of a cadence, singular and plural.
  package static let units = ["epoch", "epochs", "step", "steps", "time"]

  /// What a number in an argument may count: `10 records`.
  package static let counted = ["records", "steps"]

  /// Cadences of `record`.
  package static let cadences = ["at", "every", "logspaced", "when"]

  /// Options of `plot` that take a value.
  package static let valueOptions = [
    "band", "color", "facet", "line", "size", "title", "xlabel", "xlim", "ylabel", "ylim",
  ]

  /// Options of `plot` that stand alone.
  package static let bareOptions = [
    "errorbars", "heat", "histogram", "live", "loglog", "logx", "logy", "logz", "points",
  ]

  /// Words that join the parts of a statement or an expression.
  package static let joints = [
    "after", "all", "as", "by", "decided", "end", "from", "is", "local", "max", "of", "on", "over", "recompute",
    "seeds", "to",
    "truncate", "until", "vs",
    "weight",
    "where", "with", "within",
  ]

  /// Every word, sorted, each once.
  package static let all: [String] = {
    let lists = [
      reserved, definitions, statements, session, members, runItems, valueClauses, wordClauses,
      ClauseShape.all.flatMap(\.choices), units, counted, cadences, valueOptions, bareOptions, joints,
    ]
    var words: [String] = []
    for word in lists.joined().sorted() where words.last != word { words.append(word) }
    return words
  }()

  /// Words that may begin a statement, for "did you mean".
  package static let statementStarts =
    (StatementForm.words(.reserved) + definitions + statements).sorted()

  /// What other languages call it, and what it is here.
  static let foreign: [(word: String, here: String)] = [
    ("assert", "claim"), ("const", "let"), ("def", "fn"), ("elif", "else if"), ("func", "fn"), ("function", "fn"),
    ("import", "use"), ("model", "problem"), ("val", "let"),
  ]
}
