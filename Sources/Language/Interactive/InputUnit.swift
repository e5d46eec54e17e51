import Diagnostics
import Syntax

/// Statements of an input that stand or fall together: those of one line.
struct InputUnit {
  /// A statement's place in the text, and the number of the result that it gave.
  struct Result {
    var number: Int
    var lower: Int
    var upper: Int
  }

  var statements: [StatementID]
  /// The text, with the comments before it.
  var text: String
  /// Where in the source the text begins.
  private var start: Int

  /// Statements grouped by lines.
  static func units(of tree: Tree, _ source: SourceText) -> [InputUnit] {
    var units: [InputUnit] = []
    var lastLine = -1
    var written = 0
    for id in tree.body {
      let span = tree.span(id)
      let first = source.line(at: Int(span.lower))
      let last = source.line(at: max(Int(span.lower), Int(span.upper) - 1))
      let upper = min(Int(span.upper), source.bytes.count)
      let text = source.bytes[min(written, upper)..<upper]
      if first == lastLine, !units.isEmpty {
        units[units.count - 1].statements.append(id)
        units[units.count - 1].text += String(decoding: text, as: UTF8.self)
      } else {
        let kept = text.drop { [0x20, 0x09, 0x0A, 0x0D, 0x3B].contains($0) }
        units.append(InputUnit(statements: [id], text: String(decoding: kept, as: UTF8.self), start: kept.startIndex))
      }
      written = upper
      lastLine = last
    }
    return units
  }

  /// The place of a statement in the text, with the number of what it gave.
  func result(_ number: Int, at span: Span) -> Result {
    Result(number: number, lower: Int(span.lower) - start, upper: Int(span.upper) - start)
  }

  /// Where in the text something of the source begins.
  func offset(of span: Span) -> Int { Int(span.lower) - start }
}
