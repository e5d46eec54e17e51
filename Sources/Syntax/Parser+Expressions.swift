import Diagnostics

/// Expressions, from the loosest operator to the tightest.
extension Parser {
  func parseExpression() -> ExpressionID {
    if beginsLambda() { return parseLambda() }
    return parseDisjunction()
  }

  private func beginsLambda() -> Bool {
    if kind == .name { return next.kind == .arrow }
    guard kind == .leftParenthesis, partners[position] >= 0 else { return false }
    return tokens[min(Int(partners[position]) + 1, tokens.count - 1)].kind == .arrow
  }

  func parseLambda() -> ExpressionID {
    let start = place
    var parameters: [Parameter] = []
    if kind == .name {
      parameters = [Parameter(name: parseName())]
    } else {
      parameters = parseParameters()
    }
    advanceJoint()
    let body = deeper(missing(at: gap)) { parser in
      parser.functionDepth += 1
      defer { parser.functionDepth -= 1 }
      return parser.kind == .leftBrace ? parser.parseBlockValue() : parser.parseExpression()
    }
    return tree.add(.lambda(parameters, body), span(from: start))
  }

  func parseDisjunction() -> ExpressionID {
    let start = place
    var left = parseConjunction()
    while at("or") {
      advanceJoint()
      let right = parseConjunction()
      left = tree.add(.or(left, right), span(from: start))
    }
    return left
  }

  func parseConjunction() -> ExpressionID {
    let start = place
    var left = parseNegation()
    while at("and") {
      advanceJoint()
      let right = parseNegation()
      left = tree.add(.and(left, right), span(from: start))
    }
    return left
  }

  func parseNegation() -> ExpressionID {
    guard at("not") else { return parseComparison() }
    let start = place
    advanceJoint()
    let operand = deeper(missing(at: gap)) { $0.parseNegation() }
    return tree.add(.not(operand), span(from: start))
  }

  func parseComparison() -> ExpressionID {
    let start = place
    let first = parseRange()
    if kind == .approximately { return parseApproximation(first, from: start) }
    if at("is"), next.kind == .name {
      advanceJoint()
      let wanted = parsePostfix()
      return tree.add(.isCall(first, of: wanted), span(from: start))
    }
    guard comparisonOperator != nil else { return first }
    var operands = [first]
    var operators: [ComparisonOperator] = []
    var direction: ComparisonOperator = .equal
    while let comparison = comparisonOperator {
      if let turned = turn(direction, comparison) {
        direction = turned
      } else {
        note(.comparisonTurns(at: place, first: operators[0].rawValue, then: comparison.rawValue))
      }
      advanceJoint()
      operators.append(comparison)
      operands.append(parseRange())
    }
    if operators.count > 1, operators.contains(.notEqual) { note(.unequalChain(at: span(from: start))) }
    return tree.add(.comparison(operands, operators), span(from: start))
  }

  /// The direction of a chain after one more comparison, nil when it would turn; `==` keeps any direction.
  private func turn(_ direction: ComparisonOperator, _ comparison: ComparisonOperator) -> ComparisonOperator? {
    let goes: ComparisonOperator =
      switch comparison {
      case .less, .lessEqual: .less
      case .greater, .greaterEqual: .greater
      case .equal, .notEqual: .equal
      }
    if goes == .equal || goes == direction { return direction }
    return direction == .equal ? goes : nil
  }

  private var comparisonOperator: ComparisonOperator? {
    switch kind {
    case .less: .less
    case .lessEqual: .lessEqual
    case .greater: .greater
    case .greaterEqual: .greaterEqual
    case .equalEqual: .equal
    case .notEqual: .notEqual
    default: nil
    }
  }

  func parseApproximation(_ left: ExpressionID, from start: Span) -> ExpressionID {
    advanceJoint()
    let right = parseRange()
    var tolerance: ExpressionID?
    var isRelative = false
    if consume("within") {
      let first = kind
      let before = position
      tolerance = parseSum()
      isRelative = first == .percent && position == before + 1
    }
    return tree.add(
      .approximately(left, right, tolerance: tolerance, relative: isRelative), span(from: start))
  }

  func parseRange() -> ExpressionID {
    let start = place
    let lower = parseSum()
    guard kind == .halfOpenRange || kind == .closedRange else { return lower }
    let isClosed = kind == .closedRange
    advanceJoint()
    let upper = parseSum()
    return tree.add(.range(lower, upper, closed: isClosed), span(from: start))
  }

  func parseSum() -> ExpressionID {
    let start = place
    var left = parseProduct()
    while kind == .plus || kind == .minus {
      let symbol = place
      let operation: BinaryOperator = kind == .plus ? .add : .subtract
      advanceJoint()
      let right = parseProduct()
      left = tree.add(.binary(operation, left, right, operatorSpan: symbol), span(from: start))
    }
    return left
  }

  func parseProduct() -> ExpressionID {
    let start = place
    var left = parseSign()
    while let operation = productOperator {
      let symbol = place
      advanceJoint()
      let right = parseSign()
      left = tree.add(.binary(operation, left, right, operatorSpan: symbol), span(from: start))
    }
    return left
  }

  private var productOperator: BinaryOperator? {
    switch kind {
    case .star: .multiply
    case .slash: .divide
    case .slashSlash: .floorDivide
    case .at: .matrix
    case .name where at("after") && next.kind == .name: .after
    default: nil
    }
  }

  func parseSign() -> ExpressionID {
    guard kind == .minus else { return parsePower() }
    let start = place
    advance()
    let operand = deeper(missing(at: gap)) { $0.parseSign() }
    return tree.add(.negate(operand), span(from: start))
  }

  func parsePower() -> ExpressionID {
    let start = place
    let base = parsePostfix()
    guard kind == .caret else { return base }
    let symbol = place
    advanceJoint()
    let exponent = parseExponent()
    let power = tree.add(.binary(.power, base, exponent, operatorSpan: symbol), span(from: start))
    guard kind == .caret else { return power }
    reportAmbiguousPower(base, exponent, from: start)
    return power
  }

  func parseExponent() -> ExpressionID {
    guard kind == .minus else { return parsePostfix() }
    let start = place
    advance()
    let operand = parsePostfix()
    return tree.add(.negate(operand), span(from: start))
  }

  /// `a^b^c`: says what both readings give, then reads on behind it.
  private func reportAmbiguousPower(_ base: ExpressionID, _ exponent: ExpressionID, from start: Span) {
    advanceJoint()
    let last = parseExponent()
    let all = span(from: start)
    let parts = [base, exponent, last].map { source.text(tree.span($0)) }
    note(.ambiguousPower(parts, values: [base, exponent, last].map { literalInteger($0) }, at: all))
    while kind == .caret {
      advanceJoint()
      _ = parseExponent()
    }
  }

  private func literalInteger(_ id: ExpressionID) -> Int? {
    if case .integer(let value) = tree[id] { return value }
    return nil
  }

  /// Puts a missing expression into the tree; already reported, or about to be.
  func missing(at span: Span) -> ExpressionID { tree.add(.missing, span) }
}
