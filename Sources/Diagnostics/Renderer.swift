/// Writes diagnostics for people: the line, a caret under exactly the wrong part, the second place, what to do.
package struct Renderer: Sendable {
  /// How emphasis is written.
  package enum Style: Sendable {
    /// No escape sequences at all.
    case plain
    /// Colours of a terminal.
    case ansi
  }

  package var style: Style
  /// Errors, and as many warnings, that are written out; the rest is counted.
  package var findingCountMax = 20
  /// Lines of one diagnostic.
  package var lineCountMax = 12

  package init(style: Style = .plain) { self.style = style }

  /// Diagnostics in the given order, a blank line between them, then how many more there are.
  ///
  /// The text ends in a newline unless it is empty.
  package func render(_ diagnostics: [Diagnostic], in sources: SourceMap) -> String {
    var pieces: [String] = []
    var errorCount = 0
    var otherCount = 0
    for diagnostic in diagnostics {
      if diagnostic.severity == .error { errorCount += 1 } else { otherCount += 1 }
      let count = diagnostic.severity == .error ? errorCount : otherCount
      if count <= findingCountMax { pieces.append(render(diagnostic, in: sources)) }
    }
    if let more = more(errorCount, "error") { pieces.append(more) }
    if let more = more(otherCount, "warning") { pieces.append(more) }
    return pieces.joined(separator: "\n")
  }

  /// One diagnostic, at most twelve lines, ending in a newline.
  package func render(_ diagnostic: Diagnostic, in sources: SourceMap) -> String {
    var lines = [header(diagnostic)]
    let marks = marks(of: diagnostic, in: sources)
    let gutter = marks.map { String($0.line + sources[$0.file].firstLine).count }.max() ?? 1
    if let first = marks.first(where: { $0.isPrimary }) {
      lines.append(paint("\(blank(gutter))--> ", .blue) + place(first, in: sources))
      lines.append(bar(gutter))
      lines += excerpt(marks, first, gutter: gutter, in: sources)
      lines.append(bar(gutter))
    }
    lines += remarks(diagnostic, gutter: gutter, room: lineCountMax - lines.count)
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: - Parts

  private func header(_ diagnostic: Diagnostic) -> String {
    let colour: Colour = diagnostic.severity == .error ? .red : diagnostic.severity == .warning ? .yellow : .blue
    let code = diagnostic.isExplained ? " \(diagnostic.code)" : ""
    return paint(diagnostic.severity.rawValue + code, colour) + paint(": " + escaped(diagnostic.message), .bold)
  }

  private func more(_ count: Int, _ noun: String) -> String? {
    let rest = count - findingCountMax
    return rest > 0 ? "\(rest) more \(noun)\(rest == 1 ? "" : "s")\n" : nil
  }

  private func bar(_ gutter: Int) -> String { paint("\(blank(gutter)) |", .blue) }

  private func blank(_ count: Int) -> String { String(repeating: " ", count: count) }

  private func escaped(_ text: String) -> String { VisibleText.escaped(text) }

  private func place(_ mark: Mark, in sources: SourceMap) -> String {
    let source = sources[mark.file]
    let column = UTF8Reader.count(source.bytes, source.lineStarts[mark.line], mark.lower) + 1
    return "\(escaped(source.name)):\(mark.line + source.firstLine):\(column)"
  }

  /// The marked lines of the first file in order, then those of other files, each with its marks below.
  private func excerpt(_ marks: [Mark], _ first: Mark, gutter: Int, in sources: SourceMap) -> [String] {
    var lines: [String] = []
    var shown: (file: UInt32, line: Int)?
    for mark in marks.filter({ $0.file == first.file }) + marks.filter({ $0.file != first.file }) {
      let line = SourceLine(sources[mark.file], line: mark.line, focus: mark.lower)
      if shown?.file != mark.file, shown != nil {
        lines.append(paint("\(blank(gutter))::: ", .blue) + place(mark, in: sources))
      }
      if shown?.file != mark.file || shown?.line != mark.line {
        let number = String(mark.line + sources[mark.file].firstLine)
        lines.append(paint("\(blank(gutter - number.count))\(number) | ", .blue) + line.text)
        shown = (mark.file, mark.line)
      }
      lines.append(paint("\(blank(gutter)) | ", .blue) + underline(mark, line))
    }
    return lines.map { trimmed($0) }
  }

  private func underline(_ mark: Mark, _ line: SourceLine) -> String {
    let start = line.column(of: mark.lower)
    let length = max(1, line.column(of: mark.upper) - start)
    let sign = String(repeating: mark.isPrimary ? "^" : "-", count: length)
    let label = mark.text.isEmpty ? "" : " " + escaped(mark.text)
    return blank(start) + paint(sign + label, mark.isPrimary ? .red : .blue)
  }

  private func trimmed(_ line: String) -> String {
    var line = Substring(line)
    while line.last == " " { line.removeLast() }
    return String(line)
  }

  /// Notes, help and the way to the explanation; what has no room is left out, notes first.
  private func remarks(_ diagnostic: Diagnostic, gutter: Int, room: Int) -> [String] {
    let room = max(1, room - (diagnostic.isExplained ? 1 : 0))
    let help = diagnostic.help.prefix(room).map { paint("help", .bold) + ": " + escaped($0) }
    let notes = diagnostic.notes.prefix(max(0, room - help.count)).map { escaped($0) }
    var lines = notes + help
    if diagnostic.isExplained { lines.append("explain: descent explain \(diagnostic.code)") }
    return lines.map { paint("\(blank(gutter)) = ", .blue) + $0 }
  }

  // MARK: - Marks

  /// A stretch of one line that is underlined.
  private struct Mark {
    var file: UInt32
    var line: Int
    var lower: Int
    var upper: Int
    var text: String
    var isPrimary: Bool
  }

  /// The underlined places in the order of the text; a label that repeats the primary place is dropped.
  private func marks(of diagnostic: Diagnostic, in sources: SourceMap) -> [Mark] {
    guard let span = diagnostic.span, let primary = mark(span, diagnostic.label, true, in: sources) else { return [] }
    var marks = [primary]
    for label in diagnostic.labels.prefix(3) {
      if let mark = mark(label.span, label.text, false, in: sources) { marks.append(mark) }
    }
    return marks.enumerated().sorted {
      ($0.element.file, $0.element.line, $0.offset) < ($1.element.file, $1.element.line, $1.offset)
    }.map(\.element)
  }

  private func mark(_ span: Span, _ text: String, _ isPrimary: Bool, in sources: SourceMap) -> Mark? {
    guard Int(span.file) < sources.texts.count else { return nil }
    let source = sources[span.file]
    var lower = min(Int(span.lower), source.bytes.count)
    // The end of the text is shown behind its last character, not on the empty line that follows.
    if lower == source.bytes.count {
      while lower > 0, source.bytes[lower - 1] == 0x0A || source.bytes[lower - 1] == 0x0D { lower -= 1 }
    }
    return Mark(
      file: span.file, line: source.line(at: lower), lower: lower, upper: max(lower, Int(span.upper)), text: text,
      isPrimary: isPrimary)
  }

  // MARK: - Colours

  private enum Colour: String {
    case red = "1;31", yellow = "1;33", blue = "34", bold = "1"
  }

  private func paint(_ text: String, _ colour: Colour) -> String {
    style == .plain ? text : "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
  }
}
