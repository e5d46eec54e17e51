import Diagnostics

/// Statements that are not about runs and their results.
extension Parser {
  func parseScript() {
    while true {
      parseSequence { $0.parseTopLevelStatement() }
      guard kind == .rightBrace else { return }
      note(.nothingToClose("}", at: place))
      position += 1
    }
  }

  private func parseTopLevelStatement() {
    if let id = parseStatement() { tree.body.append(id) }
  }

  func parseBlock() -> [StatementID] {
    inBraces([]) { parser in
      var statements: [StatementID] = []
      parser.parseSequence { if let id = $0.parseStatement() { statements.append(id) } }
      return statements
    }
  }

  func parseStatement() -> StatementID? {
    let start = place
    let statement = parseReservedStatement() ?? parseWordStatement() ?? parseSimpleStatement()
    if case .missing = statement { return nil }
    return tree.add(statement, span(from: start))
  }

  private func parseReservedStatement() -> Statement? {
    guard kind == .reserved else { return nil }
    if at("else") {
      report(.elseAlone(at: place))
      return .missing
    }
    return StatementForm.of(word, .reserved)?.parse(self)
  }

  /// A statement that begins with a word which is a name elsewhere.
  private func parseWordStatement() -> Statement? {
    guard kind == .name else { return nil }
    if let statement = parseSessionStatement() { return statement }
    guard let form = StatementForm.of(word, .statement) ?? .of(word, .definition), beginsWordStatement(form) else {
      return nil
    }
    return form.parse(self)
  }

  /// Whether the word here begins a statement: something follows that it can go on with, and that an expression
  /// beginning with a name could not.
  private func beginsWordStatement(_ form: StatementForm) -> Bool {
    let isStatement = form.kind == .statement
    if at("var") { return next.kind == .name || bindsSeveral }
    switch next.kind {
    case .name: return true
    case .reserved: return isStatement && ["not", "true", "false", "if"].contains(text(next))
    case .integer, .real, .percent, .stringStart: return isStatement
    case .leftParenthesis: return isStatement
    case .leftBracket, .minus: return isStatement && next.lower > token.upper
    case .newline, .end, .semicolon: return form.openings.contains(.nothing)
    default: return false
    }
  }

  /// `var (a, b) = …`, and not a call of the variance.
  private var bindsSeveral: Bool {
    guard next.kind == .leftParenthesis, partners[position + 1] >= 0 else { return false }
    return tokens[min(Int(partners[position + 1]) + 1, tokens.count - 1)].kind == .assign
  }

  func parseBinding() -> Statement {
    let isVariable = at("var")
    advance()
    let names = parsePattern()
    if kind == .prime { report(.primeOutsideDefinition(names.last?.text ?? "x", at: place)) }
    expectAssign(after: names)
    return .binding(names, parseExpression(), isVariable: isVariable)
  }

  /// The `=` of a definition.
  func expectAssign(after names: [Name]) {
    if kind == .assign { return advanceJoint() }
    if kind == .equalEqual {
      note(.comparisonInDefinition(at: place))
      return advanceJoint()
    }
    if kind == .colon, names.count == 1 {
      report(.shapeOfBinding(names[0].text, at: place))
    } else {
      report(.expected("`=`", found: describe(token), at: gap))
    }
  }

  func parseInput() -> Statement {
    advance()
    return .input(parseParameter())
  }

  func parseIf() -> Statement {
    advance()
    let condition = parseHeaderExpression()
    recoverAtBlock()
    let then = parseBlock()
    guard consume("else") else { return .ifElse(condition, then: then, otherwise: []) }
    guard at("if") else { return .ifElse(condition, then: then, otherwise: parseBlock()) }
    let start = place
    let nested = deeper(Statement.missing) { $0.parseIf() }
    return .ifElse(condition, then: then, otherwise: [tree.add(nested, span(from: start))])
  }

  func parseFor() -> Statement {
    advance()
    let pattern = parsePattern()
    expectWord("in")
    let source = parseHeaderExpression()
    recoverAtBlock()
    return .forLoop(pattern, source, parseBlock())
  }

  func parseWhile() -> Statement {
    advance()
    let condition = parseHeaderExpression()
    recoverAtBlock()
    return .whileLoop(condition, parseBlock())
  }

  func parseRepeat() -> Statement {
    advance()
    var loop = RepeatStatement(count: parseHeaderExpression(), truncation: nil, recomputation: nil, body: [])
    var seen: [Name] = []
    while at("truncate") || at("recompute") {
      let option = Name(word, place)
      if let first = seen.first(where: { $0.text == option.text }) {
        note(.repeatedClause(option.text, at: option.span, first: first.span))
      }
      seen.append(option)
      advance()
      if option.text == "truncate" {
        loop.truncation = parseHeaderExpression()
      } else {
        loop.recomputation = option.span
      }
    }
    recoverAtBlock()
    loop.body = parseBlock()
    return .repeatLoop(loop)
  }

  func parseReturn() -> Statement {
    if functionDepth == 0 { note(.returnOutside(at: place)) }
    advance()
    return .returnValue(isAtStatementEnd ? nil : parseExpression())
  }

  /// An assignment, or an expression on its own.
  func parseSimpleStatement() -> Statement {
    if kind == .slashSlash { return skipSlashComment() }
    let target = parseExpression()
    let operation: BinaryOperator?
    switch kind {
    case .assign: operation = nil
    case .plusAssign: operation = .add
    case .minusAssign: operation = .subtract
    case .starAssign: operation = .multiply
    case .slashAssign: operation = .divide
    default: return isPanicking ? .missing : .expression(target)
    }
    checkTarget(target)
    advanceJoint()
    return .assignment(target, operation, parseExpression())
  }

  private func skipSlashComment() -> Statement {
    note(.commentSlashes(at: place))
    while kind != .newline, kind != .end { position += 1 }
    isPanicking = true
    return .missing
  }

  private func isMissing(_ id: ExpressionID) -> Bool {
    if case .missing = tree[id] { true } else { false }
  }

  private func checkTarget(_ target: ExpressionID) {
    switch tree[target] {
    case .name, .index, .member, .missing: break
    case .primed(let name): note(.equationOutsideDefinition(name, at: tree.span(target)))
    case .binary(let operation, let left, let right, _) where isMissing(right):
      note(.compoundAssignment(operation.rawValue, to: tree[left], at: tree.span(target)))
    case .tuple: note(.assignmentTarget("several names are defined by `let (a, b) = …`", at: tree.span(target)))
    default: note(.assignmentTarget("cannot be assigned to", at: tree.span(target)))
    }
  }
}
