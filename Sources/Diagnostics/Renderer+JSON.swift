extension Renderer {
  /// One diagnostic as a JSON object on one line, without a newline behind it.
  ///
  /// Keys: `code`, `severity`, `message`, `label`, `place`, `labels`, `notes`, `help`, `edits`. A place has `file`, and
  /// `start` and `end` with `byte` (from 0), `line` and `column` (from 1, in characters); `end` is behind the last.
  package static func json(_ diagnostic: Diagnostic, in sources: SourceMap) -> String {
    object([
      ("code", quoted(diagnostic.code)), ("severity", quoted(diagnostic.severity.rawValue)),
      ("message", quoted(diagnostic.message)), ("label", quoted(diagnostic.label)),
      ("place", diagnostic.span.map { place($0, in: sources) } ?? "null"),
      ("labels", array(diagnostic.labels.map { label($0, in: sources) })),
      ("notes", array(diagnostic.notes.map { quoted($0) })), ("help", array(diagnostic.help.map { quoted($0) })),
      ("edits", array(diagnostic.edits.map { edit($0, in: sources) })),
    ])
  }

  private static func label(_ label: Diagnostic.Label, in sources: SourceMap) -> String {
    object([("text", quoted(label.text)), ("place", place(label.span, in: sources))])
  }

  private static func edit(_ edit: Diagnostic.Edit, in sources: SourceMap) -> String {
    object([("place", place(edit.span, in: sources)), ("replacement", quoted(edit.replacement))])
  }

  private static func place(_ span: Span, in sources: SourceMap) -> String {
    guard Int(span.file) < sources.texts.count else { return "null" }
    let source = sources[span.file]
    return object([
      ("file", quoted(source.name)), ("start", point(Int(span.lower), in: source)),
      ("end", point(Int(span.upper), in: source)),
    ])
  }

  private static func point(_ offset: Int, in source: SourceText) -> String {
    let offset = min(offset, source.bytes.count)
    let line = source.line(at: offset)
    let column = UTF8Reader.count(source.bytes, source.lineStarts[line], offset) + 1
    return object([("byte", String(offset)), ("line", String(line + source.firstLine)), ("column", String(column))])
  }

  private static func object(_ members: [(key: String, value: String)]) -> String {
    "{" + members.map { "\(quoted($0.key)):\($0.value)" }.joined(separator: ",") + "}"
  }

  private static func array(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }

  /// A JSON string; control characters and what a terminal would obey are written as `\u` escapes.
  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where VisibleText.isHidden(scalar):
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
