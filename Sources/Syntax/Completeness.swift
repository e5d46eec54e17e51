import Diagnostics

/// Whether an interactive input may be run, wants more lines, or is wrong.
package enum Completeness: Hashable, Sendable {
  case complete
  /// A bracket or string value is open, or the last line ends in an operator or comma.
  case incomplete
  case malformed

  /// Judges an input.
  ///
  /// More lines help when the only mistakes are a bracket that stays open or a value that is missing at the very end.
  package static func of(_ text: String) -> Completeness {
    let source = SourceText(name: "input", text)
    let parsed = Parser.parse(source)
    let errors = parsed.diagnostics.filter { $0.severity == .error }
    if errors.isEmpty { return .complete }
    // Behind the last token there may be blanks and a comment.
    var lexer = Lexer(source, file: 0)
    let end = lexer.run().tokens.reversed().first { $0.kind != .end && $0.kind != .newline }.map { Int($0.upper) } ?? 0
    let isHelped = errors.allSatisfy { error in
      switch error.effect {
      case .unclosed: true
      case .lacking: Int(error.span?.lower ?? 0) >= end
      default: false
      }
    }
    return isHelped ? .incomplete : .malformed
  }
}
