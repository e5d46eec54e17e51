import Diagnostics

/// Statements that show, keep or judge results.
extension Parser {
  func parsePrint() -> Statement {
    advance()
    if isAtStatementEnd { return .print([]) }
    if kind == .leftParenthesis, partners[position] >= 0, endsStatement(Int(partners[position]) + 1) {
      let arguments = parseArguments()
      return .print(arguments.map(\.value))
    }
    return .print(parseExpressions())
  }

  private func endsStatement(_ index: Int) -> Bool {
    switch tokens[min(index, tokens.count - 1)].kind {
    case .newline, .semicolon, .end, .rightBrace: true
    default: false
    }
  }

  func parseExpressions() -> [ExpressionID] {
    var values: [ExpressionID] = []
    repeat { values.append(parseExpression()) } while consumeComma() && !isPanicking
    return values
  }

  func parseNames() -> [Name] {
    var names: [Name] = []
    repeat { names.append(parseName()) } while consumeComma() && !isPanicking
    return names
  }

  func parseTable() -> Statement {
    advance()
    var columns = parseExpressions()
    var source: ExpressionID?
    if kind == .colon, columns.count == 1 {
      source = columns[0]
      advanceJoint()
      columns = parseExpressions()
    }
    let names = consume("by") ? parseNames() : []
    return .table(source: source, columns, by: names, destination: parseDestination())
  }

  func parseDestination() -> ExpressionID? { consume("to") ? parseExpression() : nil }

  func parsePlot() -> Statement {
    advance()
    var plot = PlotStatement(series: [], axis: nil, options: [], destination: nil)
    parsePlotted(into: &plot)
    if consume("of") { plot.runs = parsePlotRuns() }
    if consume("vs") { plot.axis = parseExpression() }
    while kind == .comma, !isPanicking {
      advanceJoint()
      if let option = parsePlotOption() {
        plot.options.append(option)
      } else if plot.axis == nil, plot.options.isEmpty, plot.runs.isEmpty {
        parsePlotted(into: &plot)
        if consume("of") { plot.runs = parsePlotRuns() }
        if consume("vs") { plot.axis = parseExpression() }
      } else {
        if kind == .name, Words.valueOptions.contains(word) {
          report(.plotOptionNeedsValue(word, at: place))
          continue
        }
        let words = Words.valueOptions + Words.bareOptions
        let near = kind == .name ? Suggestion.nearest(to: word, in: words) : []
        report(.unknownPlotOption(describe(token), near: near, at: place))
      }
    }
    plot.destination = parseDestination()
    return .plot(plot)
  }

  /// What is drawn, with a name behind it: `r.loss "SGD"`.
  func parsePlotted(into plot: inout PlotStatement) {
    plot.series.append(parseExpression())
    plot.names.append(kind == .stringStart ? parseString() : nil)
  }

  /// `r, s` behind `of`, up to the first option.
  func parsePlotRuns() -> [ExpressionID] {
    var runs = [parseExpression()]
    while kind == .comma, !beginsPlotOption(at: position + 1) {
      advanceJoint()
      runs.append(parseExpression())
    }
    return runs
  }

  /// Whether an option stands there and not a series that has the same name.
  private func beginsPlotOption(at index: Int) -> Bool {
    var index = min(index, tokens.count - 1)
    while tokens[index].kind == .newline { index += 1 }
    guard tokens[index].kind == .name else { return false }
    let follower = tokens[min(index + 1, tokens.count - 1)]
    let name = text(tokens[index])
    if Words.bareOptions.contains(name) {
      return follower.kind == .comma || endsStatement(index + 1) || follower.kind == .name && text(follower) == "to"
    }
    guard Words.valueOptions.contains(name), !(follower.kind == .name && ["of", "vs"].contains(text(follower))) else {
      return false
    }
    if follower.kind == .minus || follower.kind == .leftBracket || follower.kind == .leftParenthesis {
      return follower.lower > tokens[index].upper
    }
    return follower.kind.beginsValue
  }

  func parsePlotOption() -> PlotStatement.Option? {
    guard beginsPlotOption(at: position) else { return nil }
    let name = parseName()
    guard Words.valueOptions.contains(name.text) else {
      return PlotStatement.Option(name: name, value: nil, label: nil)
    }
    let value = parseExpression()
    let label = kind == .stringStart ? parseString() : nil
    return PlotStatement.Option(name: name, value: value, label: label)
  }

  func parseClaim() -> Statement {
    advance()
    let text = parsePostfix()
    guard kind == .colon else {
      report(.expected("`:` and the condition", found: describe(token), at: gap))
      return .missing
    }
    advanceJoint()
    let first = place
    let condition = parseExpression()
    return .claim(text: text, parseGrouping(condition, from: first), until: at("until") ? parseDecision() : nil)
  }

  /// `until decided (max 20 seeds)`: a claim that draws more seeds until its verdict is clear.
  func parseDecision() -> Decision {
    let start = place
    advance()
    expectWord("decided")
    var most: ExpressionID?
    if !isPanicking, kind == .leftParenthesis {
      most = inBrackets(nil) { parser in
        parser.expectWord("max")
        let value = parser.parseSum()
        parser.expectWord("seeds")
        return value
      }
    }
    return Decision(span: span(from: start), seedsMax: most)
  }

  func parseSave() -> Statement {
    advance()
    let value = parseExpression()
    expectWord("to")
    return .save(value, to: parseExpression())
  }

  func parseUse() -> Statement {
    advance()
    return .use(parseExpression())
  }

  func parsePrecision() -> Statement {
    let name = Name(word, place)
    advance()
    guard let word = choice(Words.precisions, of: name) else { return .missing }
    return .precision(word, rounding: option(ClauseShape.of("precision")?.options ?? []))
  }
}
