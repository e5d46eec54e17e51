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

  /// The text itself; or where a line gives a name that it has given before another meaning, what stands before that
  /// line and the rest, which are to be checked and run one after the other.
  static func pieces(of source: SourceText) -> [SourceText] {
    let tree = Parser.parse(source).tree
    var starts = [0]
    var known: Set<String> = []
    var lineOfName: [String: Int] = [:]
    for id in tree.body {
      let line = source.line(at: Int(tree.span(id).lower))
      for name in tree.names(definedBy: id).map(\.text) {
        if known.contains(name), lineOfName[name] != line {
          starts.append(source.lineStarts[line])
          known = []
        }
        known.insert(name)
        lineOfName[name] = line
      }
    }
    if starts.count == 1 { return [source] }
    return zip(starts, starts.dropFirst() + [source.bytes.count]).map { start, end in
      SourceText(
        name: source.name, bytes: Array(source.bytes[start..<end]), firstLine: source.firstLine + source.line(at: start)
      )
    }
  }

  /// The place of a statement in the text, with the number of what it gave.
  func result(_ number: Int, at span: Span) -> Result {
    Result(number: number, lower: Int(span.lower) - start, upper: Int(span.upper) - start)
  }

  /// Where in the text something of the source begins.
  func offset(of span: Span) -> Int { Int(span.lower) - start }
}
