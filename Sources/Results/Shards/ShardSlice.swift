import Diagnostics
import Messages
package import Syntax

/// The part of a script that the runs of its sweeps depend on.
///
/// Statements are told apart by the words that stand in them, which may keep one too many and never one too few: what only
/// shows, judges or writes is left out, and so is every run and value that no sweep mentions, by itself or by another.
package struct ShardSlice {
  /// What is known of one statement.
  package struct Part {
    package var text: String
    /// Every word in it.
    var words: Set<String>
    /// What it defines or changes.
    var results: Set<String>
    package var hasSweep: Bool
    package var isNeeded = false
    /// Whether a statement behind it that is needed mentions what it defines.
    var isUsed = false
  }

  package private(set) var parts: [Part]

  package init(_ tree: Tree, text: (StatementID) -> String) {
    var sweepWords: Set<String> = ["sweep"]
    parts = tree.body.map { id in
      let text = text(id)
      let words = Self.words(of: text)
      let results = Set(tree.results(of: id).map(Spelling.canonical))
      let hasSweep = !words.isDisjoint(with: sweepWords)
      // A function that sweeps makes whoever calls it sweep.
      if hasSweep, case .definition(let definition) = tree[id] { sweepWords.insert(definition.name.text) }
      return Part(text: text, words: words, results: results, hasSweep: hasSweep)
    }
    var wanted: Set<String> = []
    for (position, id) in tree.body.enumerated().reversed() {
      let isMentioned = !parts[position].results.isDisjoint(with: wanted)
      parts[position].isUsed = isMentioned
      switch tree[id] {
      case .definition:
        parts[position].isNeeded = true
        if isMentioned { wanted.formUnion(parts[position].words) }
      case .use, .precision, .input:
        parts[position].isNeeded = true
        wanted.formUnion(parts[position].words)
      case .print, .table, .plot, .claim, .save, .node, .session, .expression: break
      default:
        guard isMentioned || parts[position].hasSweep else { continue }
        parts[position].isNeeded = true
        wanted.formUnion(parts[position].words)
      }
    }
  }

  /// How often the shards must be run one after the other: as often as sweeps stand upon each other.
  package var stages: Int {
    var depths: [String: Int] = [:]
    var deepest = 0
    for part in parts where part.isNeeded {
      let before = part.words.subtracting(part.results).compactMap { depths[$0] }.max() ?? 0
      let depth = before + (part.hasSweep ? 1 : 0)
      for name in part.results { depths[name] = max(depth, depths[name] ?? 0) }
      deepest = max(deepest, part.hasSweep ? depth : 0)
    }
    return max(1, deepest)
  }

  /// The words of a text; comments and strings are read like the rest.
  private static func words(of text: String) -> Set<String> {
    let words = text.unicodeScalars.split { scalar in
      !(scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_")
    }
    return Set(words.map { Spelling.canonical(String(String.UnicodeScalarView($0))) })
  }
}

extension Tree {
  /// Names that a statement defines, and variables that it or a statement in it changes.
  fileprivate func results(of id: StatementID) -> [String] {
    names(definedBy: id).map(\.text) + changes(parts(of: id))
  }

  private func changes(_ parts: [StatementPart]) -> [String] {
    parts.flatMap { part -> [String] in
      switch part {
      case .target(let target):
        switch self[target] {
        case .name(let name): return [name]
        case .index(let base, _): if case .name(let name) = self[base] { return [name] } else { return [] }
        default: return []
        }
      case .block(let statements): return statements.flatMap { changes(self.parts(of: $0)) }
      case .scope(let inner): return changes(inner)
      default: return []
      }
    }
  }
}
