import Diagnostics
import Syntax

/// The units that ran, in order: together a script that does the same.
///
/// At a prompt `_3` is the third result and `_` the last one. A script has no such names, so that the expression that
/// gave a result is written as `let _3 = …` as soon as a later line speaks of it; everything else stays as it was typed.
struct Journal {
  private struct Entry {
    var text: [UInt8]
    var results: [InputUnit.Result] = []

    /// Writes text into the line; what follows moves on.
    mutating func insert(_ inserted: String, at offset: Int) {
      let place = min(max(offset, 0), text.count)
      text.insert(contentsOf: inserted.utf8, at: place)
      let length = inserted.utf8.count
      for index in results.indices {
        if results[index].lower >= place { results[index].lower += length }
        if results[index].upper >= place { results[index].upper += length }
      }
    }
  }

  private var entries: [Entry] = []
  /// How often a line that had been written was changed.
  private(set) var revision = 0

  var count: Int { entries.count }
  var lines: [String] { entries.map { String(decoding: $0.text, as: UTF8.self) } }

  /// Adds text that gives no results.
  mutating func append(_ text: String) { entries.append(Entry(text: Array(text.utf8))) }

  /// Adds what ran; `looks` are the places of expressions that were looked up on the present run.
  mutating func append(_ unit: InputUnit, results: [InputUnit.Result], looks: [Int], last: Int) {
    var entry = Entry(text: Array(unit.text.utf8), results: results)
    var wanted: [Int] = []
    let tokens = Self.resultNames(in: unit.text)
    for token in tokens {
      guard token.number == nil else { continue }
      let number = results.last { $0.upper <= token.lower }?.number ?? last
      if number > 0 { wanted.append(number) }
    }
    wanted += tokens.compactMap(\.number)
    let insertions =
      looks.map { (at: $0, text: "inspect ") }
      + tokens.compactMap { token in
        let number = token.number == nil ? results.last { $0.upper <= token.lower }?.number ?? last : 0
        return number > 0 ? (at: token.lower + 1, text: String(number)) : nil
      }
    for insertion in insertions.sorted(by: { $0.at > $1.at }) { entry.insert(insertion.text, at: insertion.at) }
    entries.append(entry)
    for number in wanted { name(number) }
  }

  mutating func removeLast(_ count: Int) { entries.removeLast(count) }

  /// Gives a result its name in the script.
  private mutating func name(_ number: Int) {
    guard let index = entries.lastIndex(where: { $0.results.contains { $0.number == number } }),
      let result = entries[index].results.first(where: { $0.number == number })
    else { return }
    entries[index].results.removeAll { $0.number == number }
    entries[index].insert("let _\(number) = ", at: result.lower)
    if index < entries.count - 1 { revision += 1 }
  }

  /// The names of results in a text; the number is nil for `_`.
  private static func resultNames(in text: String) -> [(lower: Int, number: Int?)] {
    let bytes = Array(text.utf8)
    var lexer = Lexer(SourceText(name: "", bytes: bytes), file: 0)
    return lexer.run().tokens.compactMap { token in
      let (lower, upper) = (Int(token.lower), min(Int(token.upper), bytes.count))
      guard token.kind == .name, lower < upper, bytes[lower] == 0x5F else { return nil }
      if upper == lower + 1 { return (lower, nil) }
      return Int(String(decoding: bytes[lower + 1..<upper], as: UTF8.self)).map { (lower, $0) }
    }
  }
}
