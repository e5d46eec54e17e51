/// How a clause of a run's header is written: an alternative of the production `Clause` of `grammar/opt.ebnf`, from which
/// the table is made while building.
///
/// What a clause means, and which runs take it, is one file of `Runs/Clauses`.
package struct ClauseShape: Hashable, Sendable {
  package let word: String
  package let takesValue: Bool
  /// Words of which one follows, sorted; none where no word follows.
  package let choices: [String]
  package let mayLackChoice: Bool
  /// Words of which one may follow the choice, sorted.
  package let options: [String]
  /// Whether more values follow behind commas, each with a word.
  package let isRepeated: Bool

  /// Every clause, in the order of the grammar.
  package static var all: [ClauseShape] { embedded }

  private static let byWord = Dictionary(uniqueKeysWithValues: all.map { ($0.word, $0) })

  /// The clause that a word begins; nil for other words.
  package static func of(_ word: String) -> ClauseShape? { byWord[word] }
}
