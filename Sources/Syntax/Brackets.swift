import Diagnostics

/// Which bracket closes which, found before parsing, so that one that is missing costs one message.
///
/// A brace outranks parentheses: `}` closes its `{` whatever was left open inside. A line that begins a
/// statement ends what `(` and `[` left open above it. When a `{` stays open its block ends where the
/// indentation says so, and a `}` of no width is put there.
struct Brackets {
  private(set) var tokens: [Token]
  /// For each opening bracket the index of its partner, or one of the marks below.
  private(set) var partners: [Int32]
  private(set) var diagnostics: [Diagnostic] = []

  static let none: Int32 = -1
  /// Left open by a string that its line broke off: already reported.
  static let silent: Int32 = -2

  /// Braces that are reported when many stay open.
  private static let reportCountMax = 20

  private let source: SourceText
  private let names: [String]

  init(_ lexed: Lexed, source: SourceText, file: UInt32) {
    tokens = lexed.tokens
    names = lexed.names
    partners = []
    self.source = source
    let open = pair()
    if !open.isEmpty, !lexed.isTruncated {
      repair(open, file: file)
      _ = pair()
    }
  }

  // MARK: - Pairs

  /// Fills `partners` and returns the braces that stay open.
  private mutating func pair() -> [Int] {
    partners = [Int32](repeating: Self.none, count: tokens.count)
    var stack: [Int] = []
    for index in tokens.indices {
      switch tokens[index].kind {
      case .leftParenthesis, .leftBracket, .leftBrace, .valueStart: stack.append(index)
      case .rightParenthesis: close(index, .leftParenthesis, &stack)
      case .rightBracket: close(index, .leftBracket, &stack)
      case .rightBrace: close(index, .leftBrace, &stack)
      case .valueEnd: close(index, .valueStart, &stack)
      case .stringBroken: abandon(&stack, mark: Self.silent)
      case .newline where beginsStatement(index + 1): abandon(&stack, mark: Self.none)
      default: break
      }
    }
    return stack.filter { tokens[$0].kind == .leftBrace }
  }

  private mutating func close(_ index: Int, _ opener: Token.Kind, _ stack: inout [Int]) {
    let isStrong = opener == .leftBrace || opener == .valueStart
    var depth = stack.count - 1
    while depth >= 0, tokens[stack[depth]].kind != opener {
      let isBarrier = tokens[stack[depth]].kind == .leftBrace || tokens[stack[depth]].kind == .valueStart
      if isBarrier, !isStrong { return }
      depth -= 1
    }
    guard depth >= 0 else { return }
    partners[stack[depth]] = Int32(index)
    partners[index] = Int32(stack[depth])
    stack.removeSubrange(depth...)
  }

  /// Gives up parentheses and square brackets that are open inside the innermost brace.
  private mutating func abandon(_ stack: inout [Int], mark: Int32) {
    while let last = stack.last, tokens[last].kind != .leftBrace {
      partners[last] = mark
      stack.removeLast()
    }
  }

  /// Whether a token surely begins a statement, even where a bracket is open: a word that only statements
  /// begin with, or one that begins a statement when a name follows, and a name does.
  private func beginsStatement(_ index: Int) -> Bool {
    guard index + 1 < tokens.count else { return false }
    guard [.name, .reserved].contains(tokens[index].kind) else { return false }
    let word = text(index)
    if tokens[index].kind == .reserved { return ["let", "fn", "return", "while"].contains(word) }
    guard tokens[index + 1].kind == .name, !Words.joints.contains(text(index + 1)) else {
      return false
    }
    return Words.definitions.contains(word) || Words.statements.contains(word) || Words.runItems.contains(word)
      || Words.members.contains(word)
  }

  private func text(_ index: Int) -> String { names[Int(tokens[index].payload)] }

  // MARK: - Braces that stay open

  private mutating func repair(_ open: [Int], file: UInt32) {
    var closers = closersByIndentation()
    if closers.count > open.count || closers.isEmpty {
      closers = open.map { (before: tokens.count - 1, brace: $0) }
    }
    let end = Int(tokens[tokens.count - 1].lower)
    for closer in closers.prefix(Self.reportCountMax) {
      let brace = Span(file: file, Int(tokens[closer.brace].lower), Int(tokens[closer.brace].upper))
      let next = tokens[min(closer.before + 1, tokens.count - 1)]
      let isAtEnd = next.kind == .end || closer.before == tokens.count - 1
      diagnostics.append(
        .braceNeverClosed(
          at: brace, end: Span(file: file, end, end), beforeLine: isAtEnd ? nil : source.line(at: Int(next.lower)) + 1))
    }
    insert(closers)
  }

  /// Where blocks end that are left open, judged by lines that are indented no deeper than the line of the brace.
  private func closersByIndentation() -> [(before: Int, brace: Int)] {
    var closers: [(before: Int, brace: Int)] = []
    var stack: [(brace: Int, indentation: Int)] = []
    var indentation = 0
    for index in tokens.indices {
      let kind = tokens[index].kind
      if index == 0 || tokens[index - 1].kind == .newline {
        indentation = column(index)
        while let top = stack.last, kind == .end || outdents(kind, indentation, top.indentation) {
          closers.append((max(0, index - 1), top.brace))
          stack.removeLast()
        }
      }
      if kind == .leftBrace { stack.append((index, indentation)) }
      if kind == .rightBrace, !stack.isEmpty { stack.removeLast() }
    }
    for left in stack.reversed() { closers.append((tokens.count - 1, left.brace)) }
    return closers
  }

  private func outdents(_ kind: Token.Kind, _ column: Int, _ opened: Int) -> Bool {
    kind == .rightBrace ? column < opened : column <= opened
  }

  private func column(_ index: Int) -> Int {
    let offset = Int(tokens[index].lower)
    return offset - source.lineStarts[source.line(at: offset)]
  }

  private mutating func insert(_ closers: [(before: Int, brace: Int)]) {
    var result: [Token] = []
    var rest = closers.sorted { $0.before < $1.before }[...]
    for index in tokens.indices {
      while let closer = rest.first, closer.before == index {
        let place = index > 0 ? Int(tokens[index - 1].upper) : 0
        result.append(Token(.rightBrace, place, place))
        rest.removeFirst()
      }
      result.append(tokens[index])
    }
    tokens = result
  }
}
