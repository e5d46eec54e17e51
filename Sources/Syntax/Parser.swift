package import Diagnostics

/// What reading a text gives: always a tree, and what was wrong with the text.
package struct Parsed: Sendable {
  package var tree: Tree
  /// In the order of the text.
  package var diagnostics: [Diagnostic]
  package var lexed: Lexed

  /// Whether the text may be checked further.
  package var isSound: Bool { !diagnostics.contains { $0.severity == .error } }
}

/// Makes a tree of tokens by recursive descent; each function is named after its production in `grammar/opt.ebnf`.
///
/// Parsing never fails. A mistake is reported once, leaves `Expression.missing` where something was wanted, and
/// silences the parser until the statement ends; the next statement is read afresh. Chains of operators are
/// loops, so that only brackets, blocks and prefixes nest, and those are counted. A class, because a value of this size
/// would be copied at every step of an unoptimised build, and 200 levels would not fit a stack.
package final class Parser {
  let source: SourceText
  let file: UInt32
  let limits: SyntaxLimits
  let lexed: Lexed
  let tokens: [Token]
  let partners: [Int32]
  var tree: Tree
  var diagnostics: [Diagnostic]
  var position = 0
  /// Inside parentheses and square brackets a newline is a blank.
  var ignoresNewlines = false
  /// Off in headers, where `{` begins the body and not the block of a call.
  var allowsBlock = true
  /// A mistake was reported; nothing more until the statement ends.
  var isPanicking = false
  var nesting = 0
  /// Where the current function begins, for `return`.
  var functionDepth = 0

  /// Reads a whole text.
  package static func parse(
    _ source: SourceText, file: UInt32 = 0, limits: SyntaxLimits = SyntaxLimits()
  ) -> Parsed {
    guard source.bytes.count <= limits.sourceBytesMax else {
      let finding = Diagnostic.sourceTooLarge(bytes: source.bytes.count, limit: limits.sourceBytesMax)
      return Parsed(tree: Tree(file: file), diagnostics: [finding], lexed: Lexed())
    }
    var lexer = Lexer(source, file: file, limits: limits)
    let parser = Parser(lexer.run(), source: source, file: file, limits: limits)
    parser.parseScript()
    return Parsed(tree: parser.tree, diagnostics: parser.sortedDiagnostics(), lexed: parser.lexed)
  }

  private init(_ lexed: Lexed, source: SourceText, file: UInt32, limits: SyntaxLimits) {
    let brackets = Brackets(lexed, source: source, file: file)
    self.lexed = lexed
    self.source = source
    self.file = file
    self.limits = limits
    tokens = brackets.tokens
    partners = brackets.partners
    tree = Tree(file: file)
    diagnostics = lexed.diagnostics + brackets.diagnostics
  }

  /// In the order of the text; a line says once that it is not in the grammar, what follows from that is silent.
  private func sortedDiagnostics() -> [Diagnostic] {
    let places = diagnostics.indices.sorted {
      (diagnostics[$0].span?.lower ?? 0, $0) < (diagnostics[$1].span?.lower ?? 0, $1)
    }
    var lastLine = -1
    return places.map { diagnostics[$0] }.filter { finding in
      guard finding.severity == .error, finding.effect.isOfGrammar, let span = finding.span else { return true }
      let line = source.line(at: Int(span.lower))
      defer { lastLine = line }
      return line != lastLine
    }
  }

  // MARK: - Tokens

  var token: Token { tokens[position] }
  var kind: Token.Kind { tokens[position].kind }
  var place: Span { span(tokens[position]) }
  var previous: Token { tokens[max(0, position - 1)] }
  var next: Token { tokens[min(position + 1, tokens.count - 1)] }

  func span(_ token: Token) -> Span { Span(file: file, lower: token.lower, upper: token.upper) }

  /// From a span to the end of what was read last.
  func span(from start: Span) -> Span {
    var index = max(0, position - 1)
    while index > 0, tokens[index].kind == .newline, tokens[index].lower >= start.upper { index -= 1 }
    return Span(file: file, lower: start.lower, upper: max(start.upper, tokens[index].upper))
  }

  func text(_ token: Token) -> String {
    switch token.kind {
    case .name, .reserved: lexed.names[Int(token.payload)]
    default: source.text(span(token))
    }
  }

  /// The word here, empty when it is none.
  var word: String { kind == .name || kind == .reserved ? lexed.names[Int(token.payload)] : "" }

  func at(_ word: String) -> Bool { self.word == word }

  func advance() {
    if position < tokens.count - 1 { position += 1 }
    if ignoresNewlines { skipNewlines() }
  }

  func skipNewlines() {
    while kind == .newline { position += 1 }
  }

  /// Steps over an operator, comma or colon, behind which a line may go on.
  func advanceJoint() {
    advance()
    skipNewlines()
  }

  func consume(_ wanted: Token.Kind) -> Bool {
    guard kind == wanted else { return false }
    advance()
    return true
  }

  func consume(_ wanted: String) -> Bool {
    guard at(wanted) else { return false }
    advance()
    return true
  }

  func consumeComma() -> Bool {
    guard kind == .comma else { return false }
    advanceJoint()
    return true
  }

  /// Whether a statement ends here.
  var isAtStatementEnd: Bool {
    switch kind {
    case .newline, .semicolon, .end, .rightBrace: true
    default: false
    }
  }

  // MARK: - Reporting

  func report(_ diagnostic: Diagnostic) {
    guard !isPanicking else { return }
    isPanicking = true
    if kind == .unreadable || kind == .stringBroken || previous.kind == .unreadable { return }
    note(diagnostic)
  }

  /// Reports a mistake that does not disturb what follows.
  func note(_ diagnostic: Diagnostic) {
    if diagnostics.count < limits.diagnosticCountMax { diagnostics.append(diagnostic) }
  }

  /// Where something is missing: here, or just behind the last token when the line ended before it.
  var gap: Span {
    guard position > 0, kind == .newline || kind == .end || previous.kind == .newline else { return place }
    var index = position - 1
    while index > 0, tokens[index].kind == .newline { index -= 1 }
    let upper = Int(tokens[index].upper)
    return Span(file: file, upper, upper + 1)
  }

  // MARK: - Nesting

  /// Runs a production one level deeper, or skips to the end of it when that is too deep.
  func deeper<Result>(_ missing: Result, _ body: (Parser) -> Result) -> Result {
    guard nesting < limits.nestingMax else {
      report(.nestedTooDeep(limit: limits.nestingMax, at: place))
      isPanicking = true
      skipStatement()
      return missing
    }
    nesting += 1
    defer { nesting -= 1 }
    return body(self)
  }

  /// Parses what stands between the bracket here and its partner, and steps behind the partner.
  func inBrackets<Result>(_ missing: Result, _ body: (Parser) -> Result) -> Result {
    deeper(missing) { parser in
      let open = parser.position
      let partner = parser.partners[open]
      if partner == Brackets.none, !parser.lexed.isTruncated {
        let closer = parser.kind == .leftParenthesis ? ")" : "]"
        parser.note(.bracketNeverClosed(parser.text(parser.token), closer: closer, at: parser.place))
      }
      let saved = (parser.ignoresNewlines, parser.allowsBlock)
      parser.ignoresNewlines = partner >= 0 || parser.ignoresNewlines
      parser.allowsBlock = true
      parser.advance()
      let result = body(parser)
      parser.allowsBlock = saved.1
      parser.leave(open, partner, ignoringNewlines: saved.0)
      return result
    }
  }

  /// Goes on behind a closing bracket; what stands before it unread is reported.
  private func leave(_ open: Int, _ partner: Int32, ignoringNewlines: Bool) {
    guard partner >= 0 else {
      ignoresNewlines = ignoringNewlines
      return
    }
    if position != Int(partner) {
      reportUnread(expected: ", or " + (tokens[open].kind == .leftParenthesis ? "`)`" : "`]`"), opener: tokens[open])
    }
    position = Int(partner)
    ignoresNewlines = ignoringNewlines
    advance()
  }

  /// Parses what stands in braces; statements inside recover on their own.
  func inBraces<Result>(_ missing: Result, _ body: (Parser) -> Result) -> Result {
    guard kind == .leftBrace else {
      report(.expectedBlock(found: describe(token), at: gap))
      return missing
    }
    return deeper(missing) { parser in
      let partner = parser.partners[parser.position]
      let saved = (parser.ignoresNewlines, parser.allowsBlock, parser.isPanicking)
      (parser.ignoresNewlines, parser.allowsBlock, parser.isPanicking) = (false, true, false)
      parser.advance()
      let result = body(parser)
      if partner >= 0 { parser.position = Int(partner) }
      (parser.ignoresNewlines, parser.allowsBlock, parser.isPanicking) = saved
      if partner >= 0 { parser.advance() }
      return result
    }
  }

  // MARK: - Recovery

  /// Goes to the end of the statement, over closed brackets.
  func skipStatement() {
    ignoresNewlines = false
    while !isAtStatementEnd { skipToken() }
  }

  /// After a mistake in a header: goes to its block when there is one on this line, and listens again.
  func recoverAtBlock() {
    guard isPanicking else { return }
    while !isAtStatementEnd, kind != .leftBrace { skipToken() }
    if kind == .leftBrace { isPanicking = false }
  }

  private func skipToken() {
    let partner = partners[position]
    if partner > position { position = Int(partner) }
    if position < tokens.count - 1 { position += 1 }
  }

  /// Reads statements or members, each to its end, up to the closing brace or the end of the text.
  func parseSequence(_ element: (Parser) -> Void) {
    while true {
      while kind == .newline || kind == .semicolon { position += 1 }
      if kind == .end || kind == .rightBrace { return }
      let before = position
      isPanicking = false
      element(self)
      if !isPanicking, !isAtStatementEnd { reportUnread(expected: nil, opener: nil) }
      if isPanicking { skipStatement() }
      if position == before { position += 1 }
      isPanicking = false
    }
  }
}
