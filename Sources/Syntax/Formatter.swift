package import Diagnostics

/// Gives a text the one form: indentation, blanks and comments.
///
/// It works on tokens, so that nothing can be lost: the sequence of tokens and all comments stay, and so do the
/// line breaks. Around `+ - * / // @` the author decides between `a*b` and `a * b`; everything else is fixed:
/// two spaces for each level, one blank line at most, comments behind the code of neighbouring lines aligned.
package struct Formatter {
  /// The text in the one form, or unchanged with what is wrong with it.
  package static func format(_ source: SourceText, file: UInt32 = 0) -> (text: String, diagnostics: [Diagnostic]) {
    let parsed = Parser.parse(source, file: file)
    return (format(parsed, source), parsed.diagnostics)
  }

  /// The text that was parsed, in the one form; unchanged when it has mistakes.
  package static func format(_ parsed: Parsed, _ source: SourceText) -> String {
    guard parsed.isSound else { return String(decoding: source.bytes, as: UTF8.self) }
    var formatter = Formatter(parsed.lexed, source)
    formatter.run()
    return formatter.text()
  }

  /// One line of the result.
  private struct Line {
    var indentation = 0
    var code = ""
    var comment: String?
    /// Ends inside brackets, or in the middle of a statement.
    var isBlank: Bool { code.isEmpty && comment == nil }
  }

  /// A bracket that is open.
  private struct Opener {
    var kind: Token.Kind
    var line: Int
  }

  private let source: SourceText
  private let lexed: Lexed
  private var lines: [Line] = []
  private var openers: [Opener] = []
  private var continues = false

  private init(_ lexed: Lexed, _ source: SourceText) {
    self.lexed = lexed
    self.source = source
  }

  private mutating func run() {
    var tokenIndex = 0
    var commentIndex = 0
    for number in source.lineStarts.indices {
      let end = number + 1 < source.lineStarts.count ? source.lineStarts[number + 1] : source.bytes.count + 1
      let first = tokenIndex
      while tokenIndex < lexed.tokens.count, lexed.tokens[tokenIndex].lower < end { tokenIndex += 1 }
      var comment: String?
      if commentIndex < lexed.comments.count, lexed.comments[commentIndex].lower < end {
        comment = commentText(lexed.comments[commentIndex])
        commentIndex += 1
      }
      let tokens = lexed.tokens[first..<tokenIndex].filter { $0.kind != .newline && $0.kind != .end }
      addLine(tokens, comment, number)
    }
  }

  private func commentText(_ comment: Lexed.Comment) -> String {
    var text = Substring(source.text(Span(lower: comment.lower, upper: comment.upper)))
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }

  // MARK: - Lines

  private mutating func addLine(_ tokens: [Token], _ comment: String?, _ number: Int) {
    var line = Line()
    line.comment = comment
    var leading = 0
    while leading < tokens.count, tokens[leading].kind.isCloser {
      _ = openers.popLast()
      leading += 1
    }
    line.indentation = depth + (continues ? 1 : 0)
    var builder = LineBuilder(source: source, lexed: lexed)
    for (index, token) in tokens.enumerated() {
      if index >= leading, token.kind.isCloser { _ = openers.popLast() }
      builder.append(token, inside: openers.last?.kind)
      if token.kind.isOpener { openers.append(Opener(kind: token.kind, line: number)) }
    }
    line.code = builder.text
    if let last = tokens.last {
      let isSequence = openers.last.map { $0.kind == .leftBrace } ?? true
      continues = isSequence && isJoint(last)
    }
    append(line)
  }

  /// Levels of indentation: brackets opened on the same line count once.
  private var depth: Int {
    var count = 0
    for index in openers.indices where index == 0 || openers[index].line != openers[index - 1].line { count += 1 }
    return count
  }

  private func isJoint(_ token: Token) -> Bool {
    switch token.kind {
    case .reserved: ["and", "in", "not", "or"].contains(lexed.names[Int(token.payload)])
    case .comma, .colon, .assign, .tilde, .arrow, .approximately: true
    default: token.kind.isOperator
    }
  }

  /// Adds a line; blank ones only between two others, and none at the edge of a block.
  private mutating func append(_ line: Line) {
    if line.isBlank {
      guard let last = lines.last, !last.isBlank, last.code.last.map({ !"{[(".contains($0) }) ?? true else { return }
    } else if let last = lines.last, last.isBlank, line.code.first.map({ "}])".contains($0) }) ?? false {
      lines.removeLast()
    }
    lines.append(line)
  }

  // MARK: - Text

  /// Lines joined, comments behind code aligned over neighbours.
  private func text() -> String {
    var lines = lines
    while let last = lines.last, last.isBlank { lines.removeLast() }
    var result = ""
    for (index, line) in lines.enumerated() {
      let indented = String(repeating: "  ", count: line.indentation) + line.code
      guard let comment = line.comment else {
        result += (line.code.isEmpty ? "" : indented) + "\n"
        continue
      }
      let column = line.code.isEmpty ? 0 : commentColumn(lines, index) - width(indented)
      result += indented + String(repeating: " ", count: column) + comment + "\n"
    }
    return result
  }

  /// Where comments of a run of lines that all have code and a comment begin.
  private func commentColumn(_ lines: [Line], _ index: Int) -> Int {
    var widest = 0
    var first = index
    while first > 0, isCommented(lines[first - 1]), index - first < Self.alignedLinesMax { first -= 1 }
    var position = first
    while position < lines.count, isCommented(lines[position]), position - first <= 2 * Self.alignedLinesMax {
      widest = max(widest, width(lines[position].code) + 2 * lines[position].indentation)
      position += 1
    }
    return widest + 2
  }

  private static let alignedLinesMax = 100

  private func isCommented(_ line: Line) -> Bool { line.comment != nil && !line.code.isEmpty }

  private func width(_ text: String) -> Int {
    var width = 0
    for scalar in text.unicodeScalars { width += VisibleText.width(scalar) }
    return width
  }
}

/// Joins the tokens of one line with the blanks that belong between them.
private struct LineBuilder {
  let source: SourceText
  let lexed: Lexed
  private(set) var text = ""
  private var previous: Token?
  /// The minus before is a sign, or must stay as close to what follows as it is.
  private var isClose = false
  private var stringDepth = 0

  init(source: SourceText, lexed: Lexed) {
    self.source = source
    self.lexed = lexed
  }

  /// - Parameter inside: The innermost bracket around the token.
  mutating func append(_ token: Token, inside: Token.Kind?) {
    defer { previous = token }
    let written = source.text(Span(lower: token.lower, upper: token.upper))
    if stringDepth > 0 {
      // Inside strings, and values in them, everything stays as it is.
      if let previous, previous.upper < token.lower {
        text += source.text(Span(lower: previous.upper, upper: token.lower))
      }
      text += written
      if token.kind == .stringStart { stringDepth += 1 }
      if token.kind == .stringEnd { stringDepth -= 1 }
      return
    }
    if let previous, needsBlank(previous, token, inside: inside) { text += " " }
    isClose = isPrefix(token, after: previous) || isBound(token, after: previous)
    text += written
    if token.kind == .stringStart { stringDepth = 1 }
  }

  private func needsBlank(_ left: Token, _ right: Token, inside: Token.Kind?) -> Bool {
    if isClose || isBound(right, after: left) { return false }
    switch (left.kind, right.kind) {
    case (_, .comma), (_, .semicolon), (_, .dot), (_, .prime), (_, .rightParenthesis), (_, .rightBracket): return false
    case (.dot, _), (.leftParenthesis, _), (.leftBracket, _): return false
    case (.caret, _), (_, .caret), (.halfOpenRange, _), (_, .halfOpenRange), (.closedRange, _), (_, .closedRange):
      return false
    case (_, .colon): return false
    case (.colon, _): return inside != .leftBracket
    case (_, .leftParenthesis) where left.kind.endsValue, (_, .leftBracket) where left.kind.endsValue:
      return left.upper < right.lower
    default: break
    }
    if left.kind.isArithmetic { return isSpaced(left) }
    if right.kind.isArithmetic { return isPrefix(right, after: left) || isSpaced(right) }
    return true
  }

  /// Whether an operator has blanks around it: as written, and on both sides when on one.
  private func isSpaced(_ token: Token) -> Bool {
    isBlank(at: Int(token.lower) - 1) || isBlank(at: Int(token.upper))
  }

  /// Whether no token is there; a comment is as good as a blank.
  private func isBlank(at offset: Int) -> Bool {
    guard source.bytes.indices.contains(offset) else { return true }
    return source.bytes[offset] <= 0x20 || source.bytes[offset] == UInt8(ascii: "#")
  }

  /// Whether a minus is a sign: nothing before it that could be subtracted from, or a word such as `line`.
  private func isPrefix(_ token: Token, after left: Token?) -> Bool {
    guard token.kind == .minus else { return false }
    // First on its line: a continued difference is written with a blank behind its minus.
    guard let left else { return !isBlank(at: Int(token.upper)) }
    if left.kind == .name {
      return isWord(left) && isBlank(at: Int(token.lower) - 1) && !isBlank(at: Int(token.upper))
    }
    return !left.kind.endsValue
  }

  /// Whether a minus follows a word such as `table` without a blank: with one the word would begin a statement.
  private func isBound(_ token: Token, after left: Token?) -> Bool {
    guard token.kind == .minus, let left, isWord(left) else { return false }
    return !isBlank(at: Int(token.lower) - 1)
  }

  private func isWord(_ token: Token) -> Bool {
    token.kind == .name && Words.all.contains(lexed.names[Int(token.payload)])
  }
}

extension Token.Kind {
  fileprivate var isOpener: Bool { self == .leftParenthesis || self == .leftBracket || self == .leftBrace }

  fileprivate var isCloser: Bool { self == .rightParenthesis || self == .rightBracket || self == .rightBrace }

  fileprivate var isArithmetic: Bool {
    switch self {
    case .plus, .minus, .star, .slash, .slashSlash, .at: true
    default: false
    }
  }

  fileprivate var isOperator: Bool {
    switch self {
    case .caret, .less, .lessEqual, .greater, .greaterEqual, .equalEqual, .notEqual, .plusAssign, .minusAssign,
      .starAssign, .slashAssign, .halfOpenRange, .closedRange:
      true
    default: isArithmetic
    }
  }

  /// Whether a value may end with it.
  fileprivate var endsValue: Bool {
    switch self {
    case .name, .integer, .real, .percent, .stringEnd, .prime, .rightParenthesis, .rightBracket: true
    default: false
    }
  }
}
