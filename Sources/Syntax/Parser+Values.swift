import Diagnostics

/// Values: literals, names, brackets, and what is attached behind them.
extension Parser {
  func parsePostfix() -> ExpressionID {
    let start = place
    var value = parsePrimary()
    while true {
      switch kind {
      case .leftParenthesis: value = parseCall(value, from: start)
      case .leftBracket: value = parseIndex(value, from: start)
      case .dot: value = parseMemberAccess(value, from: start)
      case .prime:
        guard case .name(let name) = tree[value] else { return value }
        advance()
        value = tree.add(.primed(name), span(from: start))
      default: return value
      }
    }
  }

  func parsePrimary() -> ExpressionID {
    let start = place
    switch kind {
    case .integer: return literal(.integer(lexed.integers[Int(token.payload)]))
    case .real, .percent: return literal(.real(lexed.reals[Int(token.payload)]))
    case .stringStart: return parseString()
    case .leftParenthesis: return parseParenthesized()
    case .leftBracket: return parseList()
    case .name:
      if word == "nan" || word == "NaN" { note(.nanLiteral(word, at: start)) }
      return literal(.name(word))
    case .reserved:
      if at("true") || at("false") { return literal(.boolean(at("true"))) }
      if at("if") { return parseConditional() }
    default: break
    }
    reportMissingValue()
    return missing(at: gap)
  }

  private func literal(_ expression: Expression) -> ExpressionID {
    let id = tree.add(expression, place)
    advance()
    return id
  }

  private func reportMissingValue() {
    switch kind {
    case .assign where previous.kind == .assign: report(.assignmentInExpression(at: place))
    case .plus: report(.unaryPlus(at: place))
    case .slashSlash: report(.commentSlashes(at: place))
    case .percentSign: report(.expected("a value", found: "`%`", at: place))
    case .leftBrace: report(.braceAsValue(at: place))
    case .greater where position == 0 || previous.kind == .newline: report(.promptInText(at: place))
    default: report(.valueMissing(after: describeGap(), found: describe(token), at: gap))
    }
  }

  /// The token before the gap, in words.
  private func describeGap() -> String? {
    var index = position - 1
    while index > 0, tokens[index].kind == .newline { index -= 1 }
    guard index >= 0, tokens[index].kind.spelling != nil || tokens[index].kind == .reserved else { return nil }
    return "`\(text(tokens[index]))`"
  }

  func parseString() -> ExpressionID {
    let start = place
    var parts: [StringPart] = []
    advance()
    while kind != .stringEnd {
      switch kind {
      case .stringText:
        parts.append(.text(lexed.texts[Int(token.payload)]))
        advance()
      case .valueStart: parts.append(parseInterpolation())
      default:
        if kind == .stringBroken { position += 1 }
        isPanicking = true
        return tree.add(.missing, span(from: start))
      }
    }
    advance()
    return tree.add(.string(parts), span(from: start))
  }

  func parseInterpolation() -> StringPart {
    let open = place
    let partner = partners[position]
    let saved = (ignoresNewlines, allowsBlock)
    (ignoresNewlines, allowsBlock) = (false, true)
    advance()
    if kind == .valueEnd { report(.emptyValue(at: open.union(place))) }
    let value = deeper(missing(at: open)) { $0.parseExpression() }
    var format: String?
    if kind == .valueFormat {
      format = lexed.texts[Int(token.payload)]
      advance()
    }
    if partner >= 0 {
      if position != Int(partner) { reportUnread(expected: " or `}`", opener: nil) }
      position = Int(partner)
    }
    (ignoresNewlines, allowsBlock) = saved
    if partner >= 0 { advance() }
    return .value(value, format: format)
  }

  func parseParenthesized() -> ExpressionID {
    let start = place
    var elements: [ExpressionID] = []
    var hasComma = false
    let isEmpty = next.kind == .rightParenthesis
    if isEmpty { report(.emptyParentheses(at: start.union(span(next)))) }
    inBrackets(()) { parser in
      if isEmpty { return }
      repeat {
        if parser.kind == .rightParenthesis || parser.isAtStatementEnd { break }
        let first = parser.place
        let value = parser.parseExpression()
        elements.append(parser.parseGrouping(value, from: first))
        if parser.kind == .comma { hasComma = true }
      } while parser.consumeComma()
    }
    if elements.count == 1, !hasComma { return elements[0] }
    if elements.count < 2 { return missing(at: span(from: start)) }
    return tree.add(.tuple(elements), span(from: start))
  }

  func parseList() -> ExpressionID {
    let start = place
    var elements: [ExpressionID] = []
    var generators: [Generator] = []
    inBrackets(()) { parser in
      while parser.kind != .rightBracket, !parser.isAtStatementEnd, !parser.isPanicking {
        elements.append(parser.parseExpression())
        if elements.count == 1, parser.at("for") {
          generators = parser.parseGenerators()
          break
        }
        if !parser.consumeComma() { break }
      }
    }
    if let value = elements.first, !generators.isEmpty {
      return tree.add(.comprehension(value, generators), span(from: start))
    }
    return tree.add(.list(elements), span(from: start))
  }

  func parseGenerators() -> [Generator] {
    var generators: [Generator] = []
    while consume("for") {
      let pattern = parsePattern()
      expectWord("in")
      let source = parseDisjunction()
      let condition = consume("if") ? parseDisjunction() : nil
      generators.append(Generator(pattern: pattern, source: source, condition: condition))
    }
    return generators
  }

  func parseCall(_ callee: ExpressionID, from start: Span) -> ExpressionID {
    let arguments = parseArguments()
    var block: ExpressionID?
    if kind == .leftBrace, allowsBlock, !isPanicking {
      let open = place
      functionDepth += 1
      let body = parseBlockValue()
      functionDepth -= 1
      block = tree.add(.lambda([], body), span(from: open))
    }
    return tree.add(.call(callee, arguments, block: block), span(from: start))
  }

  func parseArguments() -> [Argument] {
    var arguments: [Argument] = []
    inBrackets(()) { parser in
      while parser.kind != .rightParenthesis, !parser.isAtStatementEnd, !parser.isPanicking {
        arguments.append(parser.parseArgument(after: arguments))
        if !parser.consumeComma() { break }
      }
    }
    return arguments
  }

  func parseArgument(after earlier: [Argument]) -> Argument {
    let start = place
    if kind == .name, next.kind == .assign || next.kind == .colon {
      let name = parseName()
      if kind == .colon { note(.argumentColon(name.text, at: place)) }
      advanceJoint()
      let first = place
      let value = parseExpression()
      return Argument(name: name, value: parseGrouping(value, from: first))
    }
    let value = parseExpression()
    if at("for") {
      let generators = parseGenerators()
      if !earlier.isEmpty { note(.generatorNotAlone(at: span(from: start))) }
      return Argument(name: nil, value: tree.add(.generator(value, generators), span(from: start)))
    }
    // `stalled(test_loss, 10 records)`: what is counted is the argument's name.
    if kind == .name, Words.counted.contains(where: at), next.kind == .comma || next.kind == .rightParenthesis {
      return Argument(name: parseName(), value: value)
    }
    if let named = earlier.last(where: { $0.name != nil })?.name, !isPanicking {
      note(.positionalAfterNamed(at: span(from: start), named: named))
    }
    return Argument(name: nil, value: parseGrouping(value, from: start))
  }

  /// `value on block`, `value where condition`, `value over axes`, `value by names`, behind a value in an argument.
  func parseGrouping(_ value: ExpressionID, from start: Span) -> ExpressionID {
    var value = parseRestriction(value, from: start)
    if consume("where") {
      let condition = parseDisjunction()
      value = tree.add(.filtered(value, where: condition), span(from: start))
    }
    if at("over") {
      advanceJoint()
      value = tree.add(.gathered(value, over: parsePattern()), span(from: start))
    }
    guard consume("by") else { return value }
    if kind == .leftParenthesis { return tree.add(.grouped(value, by: parsePattern()), span(from: start)) }
    var names = [parseName()]
    while kind == .comma, next.kind == .name, !beginsArgument(at: position + 2) {
      advanceJoint()
      names.append(parseName())
    }
    return tree.add(.grouped(value, by: names), span(from: start))
  }

  /// Whether a name before this token begins another argument, `x = …` or `x => …`, and is no further axis.
  private func beginsArgument(at index: Int) -> Bool {
    [.assign, .arrow].contains(tokens[min(index, tokens.count - 1)].kind)
  }

  func parseRestriction(_ value: ExpressionID, from start: Span) -> ExpressionID {
    guard consume("on") else { return value }
    let block = parsePostfix()
    return tree.add(.restricted(value, on: block), span(from: start))
  }

  func parseIndex(_ value: ExpressionID, from start: Span) -> ExpressionID {
    var subscripts: [Subscript] = []
    let isEmpty = next.kind == .rightBracket
    if isEmpty { report(.emptyIndex(at: place.union(span(next)))) }
    inBrackets(()) { parser in
      while parser.kind != .rightBracket, !parser.isAtStatementEnd, !parser.isPanicking {
        subscripts.append(parser.parseSubscript())
        if !parser.consumeComma() { break }
      }
    }
    return tree.add(.index(value, subscripts), span(from: start))
  }

  func parseSubscript() -> Subscript {
    var lower: ExpressionID?
    if kind != .colon { lower = parseExpression() }
    guard consume(.colon) else { return .item(lower ?? missing(at: gap)) }
    let isOpen = kind == .comma || kind == .rightBracket
    return .slice(lower, isOpen ? nil : parseExpression())
  }

  func parseMemberAccess(_ value: ExpressionID, from start: Span) -> ExpressionID {
    advance()
    guard kind == .name || kind == .reserved else {
      report(.expected("a name after `.`", found: describe(token), at: gap))
      return value
    }
    let name = Name(word, place)
    advance()
    if name.text == "T" { return tree.add(.transpose(value), span(from: start)) }
    return tree.add(.member(value, name), span(from: start))
  }

  func parseConditional() -> ExpressionID {
    let start = place
    advance()
    let condition = parseHeaderExpression()
    let value = parseBlockValue()
    guard consume("else") else {
      report(.elseMissing(at: gap, start: start))
      return missing(at: span(from: start))
    }
    let otherwise =
      at("if") ? deeper(missing(at: gap)) { $0.parseConditional() } : parseBlockValue()
    return tree.add(.conditional(condition, value, otherwise), span(from: start))
  }

  /// `{ … }` where a value is wanted; one expression stands for itself.
  func parseBlockValue() -> ExpressionID {
    let start = place
    let statements = parseBlock()
    return value(of: statements) ?? tree.add(.block(statements), span(from: start))
  }

  /// What the statements of a block stand for: one expression, or an `if` of which both branches are such.
  private func value(of statements: [StatementID]) -> ExpressionID? {
    guard let only = statements.first, statements.count == 1 else { return nil }
    switch tree[only] {
    case .expression(let value): return value
    case .ifElse(let condition, let then, let otherwise):
      guard let first = value(of: then), let second = value(of: otherwise) else { return nil }
      return tree.add(.conditional(condition, first, second), tree.span(only))
    default: return nil
    }
  }

  /// An expression before a body: `{` ends it.
  func parseHeaderExpression() -> ExpressionID {
    let saved = allowsBlock
    allowsBlock = false
    defer { allowsBlock = saved }
    let value = parseExpression()
    if kind == .assign, !isPanicking {
      note(.assignmentInExpression(at: place))
      advanceJoint()
      _ = parseExpression()
    }
    return value
  }

  // MARK: - Names

  /// A name; what stands in its place is reported.
  func parseName() -> Name {
    if kind == .name {
      let name = Name(word, place)
      advance()
      return name
    }
    if kind == .reserved {
      report(.reservedName(word, at: place))
      let name = Name(word, place)
      advance()
      return name
    }
    report(.expected("a name", found: describe(token), at: gap))
    return Name("", gap)
  }

  /// `x`, or `(x, y)`.
  func parsePattern() -> [Name] {
    // Whoever calls something so could not read it.
    if word == "nan" || word == "NaN", kind == .name { note(.nanLiteral(word, at: place)) }
    guard kind == .leftParenthesis else { return [parseName()] }
    var names: [Name] = []
    inBrackets(()) { parser in
      repeat { names.append(parser.parseName()) } while parser.consumeComma() && !parser.isPanicking
    }
    return names
  }

  func expectWord(_ wanted: String) {
    if consume(wanted) { return }
    report(.expectedWord(wanted, found: describe(token), near: misspelt(wanted), at: gap))
  }

  private func misspelt(_ wanted: String) -> Bool {
    !Suggestion.nearest(to: word, in: [wanted]).isEmpty
  }
}
