import Diagnostics

/// Statements about runs that are stepped.
extension Parser {
  /// A statement about runs that are stepped; nil where the word here is a name.
  func parseSessionStatement() -> Statement? {
    guard let form = StatementForm.of(word, .prompt), beginsSessionStatement(form) else { return nil }
    return form.parse(self)
  }

  /// Whether the word here begins a statement of a session: each of them is a name wherever it could be one.
  private func beginsSessionStatement(_ form: StatementForm) -> Bool {
    switch next.kind {
    case .name: return true
    case .reserved: return ["not", "true", "false", "if"].contains(text(next))
    case .integer, .real, .percent: return true
    case .leftParenthesis, .leftBracket:
      return nesting == 0 && next.lower > token.upper && form.openings.contains(.value)
    case .minus:
      // `inspect -loss`: a sign stands close to what it is the sign of, an operator between spaces.
      let operand = tokens[min(position + 2, tokens.count - 1)]
      return nesting == 0 && next.lower > token.upper && operand.lower == next.upper && form.openings.contains(.value)
    case .leftBrace: return form.openings.contains(.brace)
    // Alone it may be a value to show in a block; at the top level nobody shows one of these words.
    case .newline, .end, .semicolon: return nesting == 0 && form.openings.contains(.nothing)
    default: return false
    }
  }

  func parseStart() -> RunStatement { parseRunHeader(isEnsemble: false, isOpen: true) }

  func parseStep() -> SessionStatement {
    advance()
    var values: [ExpressionID] = []
    var count: ExpressionID?
    var unit = Unit.steps
    if !isAtStatementEnd, !at("until") {
      repeat { values.append(parseSum()) } while consumeComma() && !isPanicking
      if !isAtStatementEnd, !at("until"), !Words.units.contains(word) { count = parseSum() }
      unit = parseUnit() ?? .steps
    }
    let condition = consume("until") ? parseExpression() : nil
    return .step(values, count: count, unit: unit, until: condition)
  }

  func parseTravel() -> SessionStatement {
    let isBack = at("back")
    advance()
    var values: [ExpressionID] = []
    while !isAtStatementEnd, !Words.units.contains(word), values.count < 2, !isPanicking { values.append(parseSum()) }
    return .travel(isBack: isBack, values, unit: parseUnit() ?? .steps)
  }

  func parseWatch() -> SessionStatement {
    let isMore = at("watch")
    advance()
    let values = isAtStatementEnd ? [] : parseExpressions()
    return isMore ? .watch(values) : .unwatch(values)
  }

  func parseSwitch() -> SessionStatement {
    advance()
    return .choose(parsePostfix())
  }

  func parseDifference() -> SessionStatement {
    advance()
    let first = parsePostfix()
    if consumeComma() || !isAtStatementEnd { return .difference(first, parsePostfix()) }
    return .difference(first, nil)
  }

  func parseWhen() -> SessionStatement {
    advance()
    let condition = parseExpression()
    return .when(condition, of: consume("of") ? parsePostfix() : nil)
  }

  func parseChange() -> SessionStatement {
    let saved = allowsBlock
    allowsBlock = false
    advance()
    let run = kind == .leftBrace ? nil : parsePostfix()
    allowsBlock = saved
    recoverAtBlock()
    return .change(run, parseBlock())
  }

  func parseInspect() -> SessionStatement {
    advance()
    return .inspect(isAtStatementEnd ? nil : parseExpression())
  }

  func parseSpectrum() -> SessionStatement {
    advance()
    return .spectrum(isAtStatementEnd ? nil : parseSum())
  }

  func parseWhy() -> SessionStatement {
    advance()
    return .explain
  }
}
