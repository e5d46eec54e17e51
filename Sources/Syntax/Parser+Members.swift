import Diagnostics

/// The lines in the braces of a problem, optimizer, process, network or compressor.
extension Parser {
  func parseMembers(of kind: DefinitionKind) -> [Member] {
    inBraces([]) { parser in
      var members: [Member] = []
      parser.parseSequence { members += $0.parseMember(of: kind) }
      return members
    }
  }

  func parseMember(of kind: DefinitionKind) -> [Member] {
    let start = place
    if at("let") { return [parseMemberLet()] }
    if at("fn") { return [.function(parseDefinition(.function), span(from: start))] }
    guard self.kind == .name else {
      report(.memberExpected(kind.rawValue, found: describe(token), at: place))
      return []
    }
    if next.kind == .prime { return [parseEquation()] }
    if next.kind == .assign { return parseMemberDefinition(of: kind) }
    let isMember = Words.members.contains(word)
    if isMember, !isAllowed(word, in: kind) { note(.memberMisplaced(word, in: kind.rawValue, at: start)) }
    switch word {
    case "param", "draw", "noise", "state": return parseTensorMembers(isWorker: false, of: kind)
    case "worker" where next.kind == .name: return parseWorkerState()
    case "shared" where next.kind == .name: return parseSharedNoise()
    case "sample", "batch": return [parseSample()]
    case "metric": return [.metric(parseDefinition(.metric), span(from: start))]
    case "facts": return [parseFacts()]
    case "test": return [parseTest()]
    case "apply": return [parseApply()]
    case "stratonovich":
      advance()
      return [.stratonovich(start)]
    default: return rejectMember(of: kind)
    }
  }

  private func isAllowed(_ word: String, in kind: DefinitionKind) -> Bool {
    switch word {
    case "param", "draw": kind == .problem || kind == .network || kind == .process && word == "draw"
    case "noise": kind != .network
    case "state": kind == .optimizer || kind == .process || kind == .compressor
    case "worker": kind == .optimizer
    case "shared": kind == .optimizer || kind == .compressor
    case "apply": kind == .network || kind == .compressor
    case "bits": kind == .compressor
    case "stratonovich": kind == .process
    default: kind == .problem
    }
  }

  private func rejectMember(of kind: DefinitionKind) -> [Member] {
    let start = place
    let written = word
    let isCall = next.kind == .leftParenthesis && partners[min(position + 1, partners.count - 1)] >= 0
    if !isCall, next.kind == .name {
      let near = Suggestion.nearest(to: written, in: Words.members + ["let", "fn"])
      if !near.isEmpty {
        report(.misspeltWord(written, near: near, at: start))
        return []
      }
    }
    report(.memberExpected(kind.rawValue, found: describe(token), at: start))
    return []
  }

  func parseMemberLet() -> Member {
    let start = place
    advance()
    let names = parsePattern()
    if kind == .prime { report(.primedLet(names.last?.text ?? "x", at: place)) }
    expectAssign(after: names)
    let value = parseExpression()
    return .letBinding(names, value, span(from: start))
  }

  func parseEquation() -> Member {
    let start = place
    let name = parseName()
    advance()
    if kind == .prime { report(.secondPrime(at: place)) }
    expectAssign(after: [name])
    let value = parseExpression()
    return .equation(name, value, isDifferential: false, span(from: start))
  }

  /// `loss = …`, `objective = …`, `dw = …`; any other name wants a prime or `let`.
  func parseMemberDefinition(of kind: DefinitionKind) -> [Member] {
    let start = place
    let name = parseName()
    let isLoss = kind == .problem && name.text == "loss"
    let isObjective = kind == .problem && name.text == "objective"
    let isBits = kind == .compressor && name.text == "bits"
    let isDifferential = kind == .process && name.text.first == "d" && name.text.count > 1
    if !isLoss, !isObjective, !isDifferential, !isBits {
      note(.plainAssignment(name.text, in: kind.rawValue, at: name.span))
    }
    advanceJoint()
    let value = parseExpression()
    let whole = span(from: start)
    if isLoss { return [.loss(value, whole)] }
    if isObjective { return [.objective(value, whole)] }
    if isBits { return [.bits(value, whole)] }
    guard isDifferential else { return [] }
    let place = Span(file: file, lower: name.span.lower + 1, upper: name.span.upper)
    return [.equation(Name(String(name.text.dropFirst()), place), value, isDifferential: true, whole)]
  }

  func parseTensorMembers(isWorker: Bool, of kind: DefinitionKind? = nil) -> [Member] {
    let start = place
    let keyword = word
    advance()
    var declarations: [(declaration: TensorDeclaration, place: Span)] = []
    repeat {
      let first = declarations.isEmpty ? start : place
      let declaration = parseTensorDeclaration(ofProcess: keyword == "state" && kind == .process)
      declarations.append((declaration, span(from: first)))
    } while consumeComma() && !isPanicking
    switch keyword {
    case "state": return [.state(declarations.map(\.declaration), isWorker: isWorker, span(from: start))]
    case "draw": return declarations.map { .draw($0.declaration, $0.place) }
    case "noise": return declarations.map { .noise($0.declaration, $0.place) }
    default: return declarations.map { .parameter($0.declaration, $0.place) }
    }
  }

  func parseWorkerState() -> [Member] {
    advance()
    guard at("state") else {
      expectWord("state")
      return []
    }
    return parseTensorMembers(isWorker: true)
  }

  /// `shared noise …`: the same numbers for all workers.
  func parseSharedNoise() -> [Member] {
    advance()
    guard at("noise") else {
      expectWord("noise")
      return []
    }
    return parseTensorMembers(isWorker: false).map { member in
      guard case .noise(var declaration, let place) = member else { return member }
      declaration.isShared = true
      return .noise(declaration, place)
    }
  }

  func parseTensorDeclaration(ofProcess isOfProcess: Bool = false) -> TensorDeclaration {
    var declaration = TensorDeclaration(name: parseName())
    if kind == .leftBracket { declaration.family = parseFamily() }
    if kind == .colon {
      advance()
      declaration.shape = parseShape()
    }
    switch kind {
    case .assign:
      advanceJoint()
      declaration.start = .value(parseExpression())
    case .tilde:
      advanceJoint()
      declaration.start = .distribution(parseExpression())
    default: break
    }
    if isOfProcess, consume("by") { declaration.coordinate = parseName() }
    return declaration
  }

  func parseFamily() -> (index: Name, range: ExpressionID) {
    let open = place
    var index = Name("", open)
    var range = missing(at: open)
    inBrackets(()) { parser in
      index = parser.parseName()
      parser.expectWord("in")
      range = parser.parseExpression()
    }
    return (index, range)
  }

  func parseSample() -> Member {
    let start = place
    let isBatch = at("batch")
    advance()
    let names = parsePattern()
    let source = parseSampleSource()
    return .sample(names, source, isBatch: isBatch, span(from: start))
  }

  func parseSampleSource() -> SampleSource {
    if consume("from") { return .data(parseExpression()) }
    if consume("in") {
      let range = parseExpression()
      let weight = consume("weight") ? parseExpression() : nil
      return .range(range, weight: weight)
    }
    var shape: [ExpressionID]?
    if kind == .colon {
      advance()
      shape = parseShape()
    }
    guard kind == .tilde else {
      report(.sampleSource(found: describe(token), at: gap))
      return .data(missing(at: gap))
    }
    advanceJoint()
    return .distribution(shape: shape, parseExpression())
  }

  func parseFacts() -> Member {
    let start = place
    var facts: [(name: Name, value: ExpressionID)] = []
    advance()
    inBraces(()) { parser in
      parser.parseSequence { parser in
        repeat {
          let name = parser.parseName()
          parser.expectAssign(after: [name])
          facts.append((name, parser.parseExpression()))
        } while parser.consumeComma() && parser.kind != .rightBrace && !parser.isPanicking
      }
    }
    return .facts(facts, span(from: start))
  }

  func parseTest() -> Member {
    let start = place
    advance()
    expectWord("from")
    let value = parseExpression()
    return .test(value, span(from: start))
  }

  func parseApply() -> Member {
    let start = place
    let documentation = documentation(before: token)
    let name = parseName()
    if kind != .leftParenthesis { report(.expected("`(` and the input's name", found: describe(token), at: gap)) }
    let parameters = kind == .leftParenthesis ? parseParameters() : []
    let body = parseDefinitionBody(.function)
    let definition = Definition(
      kind: .function, name: name, parameters: parameters, body: body, documentation: documentation)
    return .apply(definition, span(from: start))
  }
}
