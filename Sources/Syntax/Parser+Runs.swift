import Diagnostics

/// Runs, ensembles, forks and sweeps.
extension Parser {
  func parseRun() -> RunStatement { parseRunHeader(isEnsemble: false) }

  func parseEnsemble() -> RunStatement { parseRunHeader(isEnsemble: true) }

  /// The parts of a header as they are met, in any order.
  private struct Header {
    var rules: [OptimizerRule] = []
    var clauses: [RunClause] = []
    var length: ExpressionID?
    var unit = Unit.steps
    var seen: [Name] = []
  }

  /// What follows `run` and its like; open runs need no length.
  func parseRunHeader(isEnsemble: Bool, isOpen: Bool = false) -> RunStatement {
    let start = place
    let saved = allowsBlock
    allowsBlock = false
    advance()
    var name: Name?
    if kind == .name, next.kind == .assign {
      name = parseName()
      advanceJoint()
    }
    let subject = parsePostfix()
    var header = Header()
    while !isPanicking, parseRunClause(into: &header) {}
    if header.length == nil, !isOpen, !isPanicking, kind == .leftBrace || isAtStatementEnd {
      note(.lengthMissing(at: start, gap: gap))
    } else if !isPanicking, kind != .leftBrace, !isAtStatementEnd {
      report(unknownClause())
    }
    allowsBlock = saved
    recoverAtBlock()
    let body = kind == .leftBrace ? parseRunItems(defaultUnit: header.unit == .time ? .time : .steps) : []
    return RunStatement(
      name: name, subject: subject, rules: header.rules, clauses: header.clauses, length: header.length,
      unit: header.unit, body: body, isEnsemble: isEnsemble)
  }

  private func unknownClause() -> Diagnostic {
    if at("local") {
      return .misplacedWord(word, behind: "its rule", example: "with sgd(lr = 0.1) local 8", at: place)
    }
    if let order = Words.samplers.first(where: { at($0) }) {
      return .misplacedWord(order, behind: "`batch`", example: "batch 32 \(order)", at: place)
    }
    let words = ["for", "until", "with"] + Words.valueClauses + Words.wordClauses
    return .unknownClause(
      describe(token), near: kind == .name ? Suggestion.nearest(to: word, in: words) : [], at: place)
  }

  /// One part of a header; false where none begins.
  private func parseRunClause(into header: inout Header) -> Bool {
    let name = Name(word, place)
    let shape = ClauseShape.of(word)
    guard shape != nil || ["with", "for", "until"].contains(word) else { return false }
    let key = name.text == "until" ? "for" : name.text
    if let first = header.seen.first(where: { ($0.text == "until" ? "for" : $0.text) == key }) {
      note(.repeatedClause(name.text, at: name.span, first: first.span))
    }
    header.seen.append(name)
    switch name.text {
    case "with": header.rules = parseRules()
    case "for": (header.length, header.unit) = parseLength()
    case "until":
      advance()
      (header.length, header.unit) = (parseSum(), .time)
      _ = consume("time")
    default: if let shape { header.clauses.append(parseClause(shape)) }
    }
    return true
  }

  func parseRules() -> [OptimizerRule] {
    advance()
    var rules: [OptimizerRule] = []
    repeat { rules.append(parseRule()) } while consumeComma() && !isPanicking
    return rules
  }

  func parseRule() -> OptimizerRule {
    let call = parsePostfix()
    let local = consume("local") ? parseSum() : nil
    let group = consume("on") ? parsePostfix() : nil
    return OptimizerRule(call: call, group: group, local: local)
  }

  func parseLength() -> (ExpressionID, Unit) {
    advance()
    let length = parseSum()
    guard let unit = parseUnit() else {
      report(.unitMissing(found: describe(token), near: nearUnit(), at: gap))
      return (length, .steps)
    }
    return (length, unit)
  }

  func parseUnit() -> Unit? {
    let unit: Unit
    switch word {
    case "step", "steps": unit = .steps
    case "epoch", "epochs": unit = .epochs
    case "time": unit = .time
    default: return nil
    }
    advance()
    return unit
  }

  private func nearUnit() -> String? {
    kind == .name ? Suggestion.nearest(to: word, in: ["steps", "epochs", "time"]).first : nil
  }

  func parseClause(_ shape: ClauseShape) -> RunClause {
    let name = parseName()
    let value = shape.takesValue ? parseSum() : nil
    guard !shape.choices.isEmpty else { return RunClause(name: name, value: value, word: nil) }
    if shape.mayLackChoice, kind != .name || !shape.choices.contains(word) {
      return RunClause(name: name, value: value, word: nil)
    }
    let word = choice(shape.choices, of: name)
    var clause = RunClause(name: name, value: value, word: word, option: word == nil ? nil : option(shape.options))
    while shape.isRepeated, !isPanicking, consumeComma() {
      clause.more.append((parseSum(), choice(shape.choices, of: name)))
    }
    return clause
  }

  /// One of a few words that may be there.
  func option(_ words: [String]) -> Name? { kind == .name && words.contains(word) ? parseName() : nil }

  /// One of a few words.
  func choice(_ words: [String], of name: Name) -> Name? {
    guard kind == .name, words.contains(word) else {
      let near = kind == .name ? Suggestion.nearest(to: word, in: words) : []
      report(.choiceExpected(of: name.text, words: words, found: describe(token), near: near, at: gap))
      return nil
    }
    return parseName()
  }

  // MARK: - In the braces of a run

  func parseRunItems(defaultUnit: Unit) -> [RunItem] {
    inBraces([]) { parser in
      var items: [RunItem] = []
      parser.parseSequence { if let item = $0.parseRunItem(defaultUnit: defaultUnit) { items.append(item) } }
      return items
    }
  }

  func parseRunItem(defaultUnit: Unit) -> RunItem? {
    let start = place
    switch word {
    case "record":
      let recording = parseRecord(defaultUnit: defaultUnit)
      return .record(recording, span(from: start))
    case "at": return parseIntervention()
    case "stop":
      advance()
      expectWord("when")
      let condition = parseExpression()
      return .stop(when: condition, span(from: start))
    default:
      let near = kind == .name ? Suggestion.nearest(to: word, in: Words.runItems) : []
      report(.runItemExpected(found: describe(token), near: near, at: place))
      return nil
    }
  }

  func parseRecord(defaultUnit: Unit) -> Recording {
    advance()
    var items: [Recording.Item] = []
    repeat {
      let first = place
      let value = parseExpression()
      let restricted = parseRestriction(value, from: first)
      let alias = consume("as") ? parseName() : nil
      items.append(Recording.Item(value: restricted, alias: alias))
    } while consumeComma() && !isPanicking
    let cadence = parseCadence(defaultUnit: defaultUnit)
    if kind == .comma, cadence.isWritten { report(.cadenceInside(at: place)) }
    return Recording(items: items, cadence: cadence)
  }

  func parseCadence(defaultUnit: Unit) -> Cadence {
    switch word {
    case "every":
      advance()
      let length = parseSum()
      return .every(length, parseUnit() ?? defaultUnit)
    case "logspaced":
      advance()
      return .logspaced(parseSum())
    case "when":
      advance()
      return .when(parseExpression())
    case "at":
      advance()
      if consume("end") { return .end }
      let moment = parseSum()
      return .at(moment, parseUnit() ?? defaultUnit)
    default:
      if kind == .name, let near = Suggestion.nearest(to: word, in: Words.cadences).first {
        report(.misspeltWord(word, near: [near], at: place))
      }
      return .always
    }
  }

  func parseIntervention() -> RunItem {
    let start = place
    advance()
    let named = parseUnit()
    let saved = allowsBlock
    allowsBlock = false
    let moment = parseSum()
    allowsBlock = saved
    let unit = named ?? parseUnit()
    if unit == nil { note(.momentUnit(at: place)) }
    recoverAtBlock()
    let body = parseBlock()
    return .at(moment, unit ?? .steps, body, span(from: start))
  }

  // MARK: - Forks and sweeps

  func parseFork() -> Statement {
    let saved = allowsBlock
    allowsBlock = false
    advance()
    let source = parsePostfix()
    if consume("as") {
      let name = parseName()
      allowsBlock = saved
      recoverAtBlock()
      return .session(.fork(source: source, name: name, isAtStatementEnd ? [] : parseBlock()))
    }
    expectWord("at")
    let unit = parseUnit() ?? .steps
    let moment = parseSum()
    expectWord("as")
    let name = parseName()
    allowsBlock = saved
    recoverAtBlock()
    return .fork(source: source, at: moment, unit: unit, name: name, isAtStatementEnd ? [] : parseBlock())
  }

  func parseSweep() -> Statement {
    let saved = allowsBlock
    allowsBlock = false
    advance()
    let name = at("over") ? nil : parseName()
    expectWord("over")
    var axes: [SweepStatement.Axis] = []
    repeat {
      let names = parsePattern()
      expectWord("in")
      axes.append(SweepStatement.Axis(names: names, values: parseExpression()))
    } while consumeComma() && !isPanicking
    let condition = consume("where") ? parseHeaderExpression() : nil
    allowsBlock = saved
    recoverAtBlock()
    return .sweep(SweepStatement(name: name, axes: axes, condition: condition, body: parseBlock()))
  }
}
