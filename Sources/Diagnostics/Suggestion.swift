/// Nearest names, for "did you mean".
package enum Suggestion {
  /// The candidates closest to a misspelt name, best first, at most four.
  ///
  /// Distance counts insertions, deletions, substitutions and swaps of neighbours, 2 each; a difference of
  /// case alone costs 1. Between equal distances the order of `candidates` decides, so lists sorted by the
  /// caller give the same answer on every run. A candidate is near when about a third of the longer name
  /// differs at most; a name of one or two characters only when one change makes it.
  ///
  /// - Complexity: O(candidates × length²), lengths above 64 characters are not compared.
  package static func nearest(to name: String, in candidates: some Sequence<String>, limit: Int = 4) -> [String] {
    let wanted = Letters(name)
    guard !wanted.scalars.isEmpty, wanted.scalars.count <= lengthMax else { return [] }
    var found: [(distance: Int, order: Int, text: String)] = []
    for (order, candidate) in candidates.enumerated() where wanted.mayBeNear(candidate) && candidate != name {
      let letters = Letters(candidate)
      let limit = threshold(wanted.scalars.count, letters.scalars.count)
      let differsInCase = letters.folded == wanted.folded
      let distance = differsInCase ? 1 : distance(wanted, letters)
      if distance <= limit { found.append((distance, order, candidate)) }
    }
    found.sort { ($0.distance, $0.order) < ($1.distance, $1.order) }
    let near = unique(closest(found), limit: min(limit, 4))
    return near.isEmpty ? withPart(name, candidates, limit: min(limit, 4)) : near
  }

  /// Names of which one is a part: `linear_warmup` for `warmup`.
  private static func withPart(_ name: String, _ candidates: some Sequence<String>, limit: Int) -> [String] {
    Array(Set(candidates.filter { isPart(name, of: $0) }).sorted().prefix(limit))
  }

  /// Whether a name of three letters or more stands between underscores of another.
  fileprivate static func isPart(_ name: String, of candidate: String) -> Bool {
    guard candidate.utf8.contains(0x5F), name.utf8.count > 2, candidate.utf8.count > name.utf8.count else {
      return false
    }
    return candidate.split(separator: "_").contains { $0.lowercased() == name.lowercased() }
  }

  /// The help line for a misspelt name, or nil when nothing is near.
  package static func help(for name: String, in candidates: some Sequence<String>) -> String? {
    let near = nearest(to: name, in: candidates)
    guard let first = near.first else { return nil }
    if near.count == 1 { return "did you mean `\(first)`?" }
    return "did you mean " + near.dropLast().map { "`\($0)`" }.joined(separator: ", ")
      + " or `\(near[near.count - 1])`?"
  }

  /// The distance between two names, 2 for each change and 1 for a change of case.
  package static func distance(_ left: String, _ right: String) -> Int {
    distance(Letters(left), Letters(right))
  }

  fileprivate static let lengthMax = 64
  fileprivate static let changeCost = 2

  /// One change for the shortest names, then about one in three characters.
  fileprivate static func threshold(_ left: Int, _ right: Int) -> Int {
    let longer = max(left, right)
    return longer <= 2 ? changeCost - (min(left, right) == 1 ? 1 : 0) : changeCost * max(1, (longer + 1) / 3)
  }

  /// Drops what is more than one change further away than the best.
  private static func closest(
    _ found: [(distance: Int, order: Int, text: String)]
  ) -> [(distance: Int, order: Int, text: String)] {
    guard let best = found.first else { return [] }
    return found.filter { $0.distance <= best.distance + changeCost }
  }

  private static func unique(_ found: [(distance: Int, order: Int, text: String)], limit: Int) -> [String] {
    var names: [String] = []
    for item in found where names.count < limit && !names.contains(item.text) { names.append(item.text) }
    return names
  }

  /// Damerau's distance restricted to swaps of neighbours, by three rolling rows.
  private static func distance(_ left: Letters, _ right: Letters) -> Int {
    let count = right.scalars.count
    var before = [Int](repeating: 0, count: count + 1)
    var previous = (0...count).map { $0 * changeCost }
    var current = previous
    for row in left.scalars.indices {
      current[0] = (row + 1) * changeCost
      for column in 0..<count {
        let substituted = previous[column] + left.cost(row, right, column)
        var best = min(substituted, previous[column + 1] + changeCost, current[column] + changeCost)
        let isSwap =
          row > 0 && column > 0 && left.scalars[row] == right.scalars[column - 1]
          && left.scalars[row - 1] == right.scalars[column]
        if isSwap { best = min(best, before[column - 1] + changeCost) }
        current[column + 1] = best
      }
      (before, previous, current) = (previous, current, before)
    }
    return previous[count]
  }
}

/// The letters of a name, and which kinds of them occur: most other names are seen to be far from it by that alone.
package struct Letters: Sendable {
  fileprivate let scalars: [UInt32]
  /// Small letters for large ones.
  fileprivate let folded: [UInt32]
  private let kinds: UInt32
  private let name: String

  package init(_ name: String) {
    self.name = name
    scalars = name.unicodeScalars.map(\.value)
    folded = name.unicodeScalars.map(Self.small)
    kinds = Self.measure(name).kinds
  }

  /// False only for names that are too far to be offered for this one, and of which it is no part.
  package func mayBeNear(_ candidate: String) -> Bool {
    isAlike(candidate) || Suggestion.isPart(name, of: candidate)
  }

  private func isAlike(_ candidate: String) -> Bool {
    let (count, others) = Self.measure(candidate)
    guard count > 0, count <= Suggestion.lengthMax, scalars.count <= Suggestion.lengthMax else { return false }
    let limit = Suggestion.threshold(scalars.count, count) / Suggestion.changeCost
    // A change removes one letter at most, and adds one.
    return abs(count - scalars.count) <= limit && (kinds & ~others).nonzeroBitCount <= limit
      && (others & ~kinds).nonzeroBitCount <= limit
  }

  /// What a substitution costs: 1 where only the case differs.
  fileprivate func cost(_ row: Int, _ other: Letters, _ column: Int) -> Int {
    if scalars[row] == other.scalars[column] { return 0 }
    return folded[row] == other.folded[column] ? 1 : Suggestion.changeCost
  }

  private static func small(_ letter: Unicode.Scalar) -> UInt32 {
    if letter.isASCII { return (0x41...0x5A).contains(letter.value) ? letter.value | 0x20 : letter.value }
    let mapping = letter.properties.lowercaseMapping.unicodeScalars
    return mapping.count == 1 ? mapping.first?.value ?? letter.value : letter.value
  }

  /// How many letters there are, and which of 31 kinds, whatever their case; all that are not ASCII are of one.
  private static func measure(_ name: String) -> (count: Int, kinds: UInt32) {
    var (count, kinds) = (0, 0 as UInt32)
    for byte in name.utf8 {
      if byte & 0xC0 != 0x80 { count += 1 }
      kinds |= 1 << (byte < 0x80 ? UInt32(byte & 31) : 0)
    }
    return (count, kinds)
  }
}
