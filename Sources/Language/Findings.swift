import Diagnostics
import Messages
import Syntax

/// The findings of all stages about one text, each said once.
struct Findings {
  private let parsed: Parsed
  private let source: SourceText
  private let sources: SourceMap

  init(parsed: Parsed, source: SourceText, sources: SourceMap) {
    self.parsed = parsed
    self.source = source
    self.sources = sources
  }

  /// Findings in the order of the text: an unknown name once, and none that only follows from a syntax error, such as what
  /// an expression evaluates to on a line that could not be read.
  func merged(_ resolved: [Diagnostic], _ evaluated: [Diagnostic]) -> [Diagnostic] {
    let damaged = damagedNames()
    var named: Set<String> = []
    let unreadable = unreadableLines()
    let sound = evaluated.filter { finding in
      guard let span = finding.span, span.file == parsed.tree.file else { return true }
      return !unreadable.contains(source.line(at: Int(span.lower)))
    }
    let kept = Resolver.merge(resolved, sound).filter { finding in
      guard let name = missingName(finding) else { return true }
      return !damaged.contains(name) && named.insert(name).inserted
    }
    return Resolver.merge(parsed.diagnostics, kept)
  }

  /// The name that a finding misses; nil for findings of other kinds.
  private func missingName(_ finding: Diagnostic) -> String? {
    guard [.unknownName, .unknownTarget].contains(finding.effect), let span = finding.span else { return nil }
    return sources.text(span)
  }

  /// Lines with a syntax error.
  private func unreadableLines() -> Set<Int> {
    var lines: Set<Int> = []
    for finding in parsed.diagnostics where finding.severity == .error {
      guard let span = finding.span else { continue }
      let first = source.line(at: Int(span.lower))
      lines.formUnion(first...max(first, source.line(at: Int(span.upper))))
    }
    return lines
  }

  /// Names on lines with a syntax error: what they would have defined is not known.
  private func damagedNames() -> Set<String> {
    var lines = unreadableLines()
    for (index, statement) in parsed.tree.statements.enumerated() {
      guard case .missing = statement else { continue }
      let span = parsed.tree.statementSpans[index]
      let first = source.line(at: Int(span.lower))
      lines.formUnion(first...max(first, source.line(at: Int(span.upper))))
    }
    var names: Set<String> = []
    for line in lines { names.formUnion(words(of: line)) }
    return names
  }

  private func words(of line: Int) -> [String] {
    let start = source.lineStarts[line]
    let end = line + 1 < source.lineStarts.count ? source.lineStarts[line + 1] : source.bytes.count
    let text = String(decoding: source.bytes[start..<end], as: UTF8.self)
    return text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
  }
}
