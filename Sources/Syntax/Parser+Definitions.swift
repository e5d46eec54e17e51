import Diagnostics

/// Functions, problems, optimizers, metrics, processes, networks and compressors.
extension Parser {
  func parseDefinition(_ kind: DefinitionKind) -> Definition {
    let documentation = documentation(before: token)
    advance()
    let name = parseName()
    if self.kind == .prime { report(.primeOutsideDefinition(name.text, at: place)) }
    let parameters = self.kind == .leftParenthesis ? parseParameters() : []
    let isOverAll = kind == .optimizer && parseOverAll()
    recoverAtBlock()
    return Definition(
      kind: kind, name: name, parameters: parameters, isOverAll: isOverAll, body: parseDefinitionBody(kind),
      documentation: documentation)
  }

  func parseOverAll() -> Bool {
    guard consume("over") else { return false }
    expectWord("all")
    return true
  }

  func parseDefinitionBody(_ kind: DefinitionKind) -> DefinitionBody {
    let isFunction = kind == .function || kind == .metric
    if isFunction { functionDepth += 1 }
    defer { if isFunction { functionDepth -= 1 } }
    if self.kind == .assign {
      advanceJoint()
      return .expression(parseExpression())
    }
    if self.kind == .leftBrace { return isFunction ? .statements(parseBlock()) : .members(parseMembers(of: kind)) }
    report(.definitionBody(kind.rawValue, found: describe(token), at: gap))
    return isFunction ? .statements([]) : .members([])
  }

  func parseParameters() -> [Parameter] {
    var parameters: [Parameter] = []
    inBrackets(()) { parser in
      while parser.kind != .rightParenthesis, !parser.isAtStatementEnd, !parser.isPanicking {
        let parameter = parser.parseParameter()
        if let first = parameters.first(where: { $0.name.text == parameter.name.text }), !parser.isPanicking {
          parser.note(.repeatedParameter(parameter.name, first: first.name.span))
        }
        parameters.append(parameter)
        if !parser.consumeComma() { break }
      }
    }
    return parameters
  }

  func parseParameter() -> Parameter {
    var parameter = Parameter(name: parseName())
    if kind == .colon {
      advance()
      parameter.shape = parseShape()
    }
    parameter.constraint = parseConstraint()
    if kind == .assign {
      advanceJoint()
      parameter.initial = parseExpression()
    }
    return parameter
  }

  func parseShape() -> [ExpressionID] {
    guard kind == .leftBracket else {
      report(.expected("a shape such as `[n, d]`", found: describe(token), at: gap))
      return []
    }
    var sizes: [ExpressionID] = []
    inBrackets(()) { parser in
      while parser.kind != .rightBracket, !parser.isAtStatementEnd, !parser.isPanicking {
        sizes.append(parser.parseExpression())
        if !parser.consumeComma() { break }
      }
    }
    return sizes
  }

  func parseConstraint() -> Constraint? {
    let comparison: ComparisonOperator
    switch kind {
    case .less: comparison = .less
    case .lessEqual: comparison = .lessEqual
    case .greater: comparison = .greater
    case .greaterEqual: comparison = .greaterEqual
    case .notEqual: comparison = .notEqual
    case .reserved where at("in"):
      advance()
      return .inside(parseRange())
    default: return nil
    }
    advanceJoint()
    return .compare(comparison, parseSum())
  }

  /// The `##` lines that stand directly above a token, without their marks.
  func documentation(before token: Token) -> String {
    var low = 0
    var high = lexed.comments.count
    while low < high {
      let middle = (low + high) / 2
      if lexed.comments[middle].lower < token.lower { low = middle + 1 } else { high = middle }
    }
    var lines: [String] = []
    var line = source.line(at: Int(token.lower))
    while low > 0 {
      let comment = lexed.comments[low - 1]
      guard comment.isDocumentation, comment.isAlone, source.line(at: Int(comment.lower)) == line - 1 else { break }
      let text = source.text(Span(file: file, lower: comment.lower + 2, upper: comment.upper))
      lines.append(text.first == " " ? String(text.dropFirst()) : text)
      line -= 1
      low -= 1
    }
    return lines.reversed().joined(separator: "\n")
  }
}
