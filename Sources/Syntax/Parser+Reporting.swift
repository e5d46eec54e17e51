import Diagnostics

extension Parser {
  /// Reports what stands where a statement or bracket should have ended, as well as it can be understood.
  func reportUnread(expected: String?, opener: Token?) {
    guard !isPanicking else { return }
    let label = opener.map { Diagnostic.Label(span($0), "opened here") }
    switch kind {
    case .assign: report(.assignmentInExpression(at: place))
    case .percentSign: report(remainder(at: place))
    case .prime: report(.secondPrime(at: place))
    case .rightParenthesis, .rightBracket, .rightBrace: report(.nothingToClose(text(token), at: place))
    case .slashSlash: report(.commentSlashes(at: place))
    case _ where previous.kind == .percent && kind.beginsValue:
      report(remainder(at: Span(file: file, lower: previous.upper - 1, upper: previous.upper)))
    case .name, .reserved, .integer, .real, .percent, .stringStart, .leftParenthesis, .leftBracket:
      if let misspelt = misspeltWord() { return report(misspelt) }
      if at("else") { return report(.elseAlone(at: place)) }
      if let slashes = slashesOnLine { return report(.commentSlashes(at: slashes)) }
      report(.operatorMissing(before: describe(token), expected: expected, at: place, label: label))
    default:
      report(.expected(expected.map { "an operator" + $0 } ?? "the end of the line", found: describe(token), at: place))
    }
  }

  /// The last `//` before here on the same line: words behind it were meant as a comment.
  private var slashesOnLine: Span? {
    var index = position - 1
    while index >= 0, tokens[index].kind != .newline {
      if tokens[index].kind == .slashSlash { return span(tokens[index]) }
      index -= 1
    }
    return nil
  }

  /// `a % b`, with the call that is meant.
  private func remainder(at sign: Span) -> Diagnostic {
    let isShort = source.line(at: Int(sign.lower)) == source.line(at: Int(next.lower))
    let left = position > 0 ? sourceOfOperand(endingAt: sign) : "a"
    let isBehind = previous.kind == .percent
    let operand = isBehind ? token : next
    let isNamed = [.name, .integer, .real].contains(operand.kind)
    let right = isNamed && (isBehind || isShort) ? text(operand) : "b"
    return .percentOperator(left: left, right: right, at: sign)
  }

  private func sourceOfOperand(endingAt sign: Span) -> String {
    let token = previous
    switch token.kind {
    case .name, .integer, .real: return text(token)
    case .percent: return String(text(token).dropLast())
    default: return "a"
    }
  }

  /// A statement that begins with a word that is none, but nearly.
  private func misspeltWord() -> Diagnostic? {
    var first = position - 1
    while first > 0, tokens[first - 1].kind != .newline, tokens[first - 1].kind != .semicolon,
      tokens[first - 1].kind != .leftBrace
    {
      first -= 1
    }
    guard first >= 0, first == position - 1, tokens[first].kind == .name, kind == .name || kind == .stringStart else {
      return nil
    }
    let written = text(tokens[first])
    if let foreign = Words.foreign.first(where: { $0.word == written }) {
      return .misspeltWord(written, near: [foreign.here], at: span(tokens[first]))
    }
    let words = Words.statementStarts + Words.session + Words.members + Words.runItems
    let near = Suggestion.nearest(to: written, in: words)
    return near.isEmpty ? nil : .misspeltWord(written, near: near, at: span(tokens[first]))
  }

  /// A token in words, for "found …".
  func describe(_ token: Token) -> String {
    switch token.kind {
    case .newline: "the end of the line"
    case .end: "the end of the file"
    case .stringStart: "a string"
    case .reserved: "the word `\(text(token))`"
    case .stringBroken, .unreadable: "something unreadable"
    case .valueEnd: "`}`"
    case .valueFormat: "a format"
    default: "`\(text(token))`"
    }
  }
}
