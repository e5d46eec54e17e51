/// A clause of a run's header as the grammar has it.
struct GrammarClause {
  var word: String
  var takesValue: Bool
  /// Sorted.
  var choices: [String]
  var mayLackChoice: Bool
  /// Words of which one may follow the choice, sorted.
  var options: [String]
  /// Whether a value and a word may follow again, behind a comma.
  var isRepeated = false
}

/// The alternatives of the production `Clause` of a grammar in Wirth's notation.
///
/// Each is `"word"`, then `Sum`, a production of words, both, or the latter in brackets; another production of words in
/// brackets may follow, or both again in braces, behind a comma. Anything else ends the build.
func grammarClauses(_ grammar: String) -> [GrammarClause] {
  let productions = productions(of: grammar)
  guard let body = productions["Clause"] else { fail("the grammar has no production `Clause`") }
  return body.split(separator: "|").map { alternative in
    let parts = Array(alternative)
    guard let word = parts.first.flatMap({ quoted($0) }) else { fail("a clause begins with its word in quotes") }
    var clause = GrammarClause(word: word, takesValue: false, choices: [], mayLackChoice: false, options: [])
    for part in parts.dropFirst() {
      switch part {
      case "Sum": clause.takesValue = true
      case "[": if clause.choices.isEmpty { clause.mayLackChoice = true }
      case "]", "}", "\",\"": break
      case "{": clause.isRepeated = true
      default:
        let choices = (productions[part] ?? []).filter { $0 != "|" }.map { quoted($0) }
        guard !choices.isEmpty, !choices.contains(nil) else {
          fail("`\(part)` of the clause `\(word)` is no list of words")
        }
        let words = choices.compactMap(\.self).sorted()
        if clause.choices.isEmpty {
          clause.choices = words
        } else if !clause.isRepeated {
          clause.options = words
        }
      }
    }
    return clause
  }
}

/// The words and signs of each production, without comments.
private func productions(of grammar: String) -> [String: [String]] {
  var result: [String: [String]] = [:]
  var name: String?
  for line in grammar.split(separator: "\n") where line.first != "#" {
    var words = line.split(separator: " ").map(String.init)
    if let comment = words.firstIndex(of: "#") { words.removeSubrange(comment...) }
    if words.count > 1, words[1] == "=", line.first != " " {
      name = words[0]
      words.removeFirst(2)
    }
    guard let current = name else { continue }
    if words.last == "." {
      words.removeLast()
      name = nil
    }
    result[current, default: []] += words
  }
  return result
}

/// The word between quotation marks; nil for other parts.
private func quoted(_ part: String) -> String? {
  guard part.count > 2, part.first == "\"", part.last == "\"" else { return nil }
  return String(part.dropFirst().dropLast())
}
