import Diagnostics
import Syntax

/// "Did you mean" for the word that a line begins with: `stpe 3`, `bakc`, `qiut`.
///
/// To the parser a misspelt verb is a name, so that it complains about what follows.
struct VerbSuggestions {
  let source: SourceText
  /// Whether a word means something as it is.
  let isKnown: (String) -> Bool

  /// Words that the prompt itself answers.
  private static let prompt = ["exit", "explain", "help", "quit", "show"]
  private static let words = (Words.session + Words.statements + Words.definitions + Words.reserved + prompt).sorted()

  /// The findings, those with the verb that was most likely meant.
  func added(to findings: [Diagnostic]) -> [Diagnostic] {
    findings.map { finding in
      guard finding.severity == .error, let span = finding.span, let word = verb(before: span) else { return finding }
      let isWord = finding.effect == .unknownName && span == word.span
      guard isWord || (finding.help.isEmpty && finding.effect.isOfGrammar) else { return finding }
      let verbs = Suggestion.nearest(to: word.text, in: Self.words)
      guard let first = verbs.first else { return finding }
      let near = verbs + finding.edits.map(\.replacement).filter { !verbs.contains($0) }
      var finding = finding
      finding.help = ["did you mean " + near.map { "`\($0)`" }.joined(separator: " or ") + "?"]
      finding.edits = [Diagnostic.Edit(word.span, first)]
      return finding
    }
  }

  /// The unknown word that begins the line or the statement in which a span lies.
  private func verb(before span: Span) -> (text: String, span: Span)? {
    let end = min(Int(span.lower), source.bytes.count)
    var start = end
    while start > 0, source.bytes[start - 1] != 0x0A, source.bytes[start - 1] != 0x3B { start -= 1 }
    while start < source.bytes.count, source.bytes[start] == 0x20 || source.bytes[start] == 0x09 { start += 1 }
    var next = start
    while next < source.bytes.count, isLetter(source.bytes[next]) { next += 1 }
    let text = String(decoding: source.bytes[start..<next], as: UTF8.self)
    guard !text.isEmpty, start <= end, !isKnown(text) else { return nil }
    return (text, Span(file: span.file, start, next))
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20) || byte == 0x5F || byte >= 0x80
  }
}
