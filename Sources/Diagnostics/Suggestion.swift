/// Nearest names, for "did you mean".
package enum Suggestion {
  /// The candidates closest to a misspelt name, best first, at most four.
  ///
  /// Distance counts insertions, deletions, substitutions and swaps of neighbours, 2 each; a difference of
  /// case alone costs 1. Between equal distances the order of `candidates` decides, so lists sorted by the
  /// caller give the same answer on every run. A candidate is near when about a third of the longer name
  /// differs at most; a name of one or two characters only when one change makes it.
  ///
  /// - Complexity: O(candidates × length), and the square of the length for those that are plausible; lengths above 64
  ///   characters are not compared.
  package static func nearest(to name: String, in candidates: some Sequence<String>, limit: Int = 4) -> [String] {
    let wanted = Array(name.unicodeScalars)
    guard !wanted.isEmpty, wanted.count <= lengthMax else { return [] }
    var found: [(distance: Int, order: Int, text: String)] = []
    for (order, candidate) in plausible(candidates, for: name).enumerated() where candidate != name {
      let letters = Array(candidate.unicodeScalars)
      guard !letters.isEmpty, letters.count <= lengthMax else { continue }
      let limit = threshold(wanted.count, letters.count)
      guard abs(letters.count - wanted.count) * changeCost <= limit else { continue }
      let differsInCase = letters.count == wanted.count && candidate.lowercased() == name.lowercased()
      let distance = differsInCase ? 1 : distance(wanted, letters)
      if distance <= limit { found.append((distance, order, candidate)) }
    }
    found.sort { ($0.distance, $0.order) < ($1.distance, $1.order) }
    return unique(closest(found), limit: min(limit, 4))
  }

  /// The candidates that may be near a name by their lengths and letters alone, in their order: all that are, and a few
  /// others.
  ///
  /// A letter that only one of two names has needs a change, so those of either are as many changes at least. Whoever
  /// has to sort candidates sorts these.
  package static func plausible(_ candidates: some Sequence<String>, for name: String) -> [String] {
    let wanted = Letters(name)
    return candidates.filter { candidate in
      let letters = Letters(candidate)
      guard letters.isPlain, wanted.isPlain else { return true }
      let limit = threshold(wanted.count, letters.count)
      let missing = max(
        (wanted.set & ~letters.set).nonzeroBitCount, (letters.set & ~wanted.set).nonzeroBitCount,
        abs(letters.count - wanted.count))
      return missing * changeCost <= limit
    }
  }

  /// The letters of a name, capitals as small ones.
  private struct Letters {
    var count = 0
    var set: UInt64 = 0
    /// Whether all characters are of ASCII: of others nothing is said.
    var isPlain = true

    init(_ name: String) {
      for byte in name.utf8 {
        count += 1
        isPlain = isPlain && byte < 0x80
        // Letters and the underscore at 1 to 31, digits behind them; others may share a place with those.
        set |= 1 << UInt64(byte & 0x40 == 0 ? byte & 0x3F : byte & 0x1F)
      }
    }
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
    distance(Array(left.unicodeScalars), Array(right.unicodeScalars))
  }

  private static let lengthMax = 64
  private static let changeCost = 2

  /// One change for the shortest names, then about one in three characters.
  private static func threshold(_ left: Int, _ right: Int) -> Int {
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
  private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var before = [Int](repeating: 0, count: right.count + 1)
    var previous = (0...right.count).map { $0 * changeCost }
    var current = previous
    for row in left.indices {
      current[0] = (row + 1) * changeCost
      for column in right.indices {
        let substituted = previous[column] + cost(left[row], right[column])
        var best = min(substituted, previous[column + 1] + changeCost, current[column] + changeCost)
        let isSwap = row > 0 && column > 0 && left[row] == right[column - 1] && left[row - 1] == right[column]
        if isSwap { best = min(best, before[column - 1] + changeCost) }
        current[column + 1] = best
      }
      (before, previous, current) = (previous, current, before)
    }
    return previous[right.count]
  }

  private static func cost(_ left: Unicode.Scalar, _ right: Unicode.Scalar) -> Int {
    if left == right { return 0 }
    if left.isASCII, right.isASCII { return Int(left.value ^ right.value) == 0x20 && isLetter(left) ? 1 : changeCost }
    return left.properties.lowercaseMapping == right.properties.lowercaseMapping ? 1 : changeCost
  }

  /// Whether a character of ASCII is a letter.
  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool { (0x61...0x7A).contains(scalar.value | 0x20) }
}
