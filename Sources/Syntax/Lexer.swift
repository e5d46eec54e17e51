package import Diagnostics

/// Makes tokens of UTF-8 bytes; every byte of the text is looked at once.
///
/// A mistake is reported and reading goes on behind it with the token that was probably meant, so that one
/// character never hides the rest of a file. Newlines are tokens; brackets decide later which of them count.
package struct Lexer {
  /// A string that has begun: in its text, or in a value between braces.
  struct OpenString {
    /// Where the opening quote stands.
    var quote: Span
    /// The quotes are typographic; reported when the string ends.
    var isCurly: Bool
    /// Where the brace of the value being read stands; nil in the text.
    var value: Int?
    /// Brackets open inside that value.
    var depth = 0
  }

  let source: SourceText
  let bytes: [UInt8]
  let file: UInt32
  let limits: SyntaxLimits
  var position = 0
  var lexed = Lexed()
  var strings: [OpenString] = []
  private var numberOfName: [String: Int] = [:]

  package init(_ source: SourceText, file: UInt32, limits: SyntaxLimits = SyntaxLimits()) {
    self.source = source
    self.bytes = source.bytes
    self.file = file
    self.limits = limits
    lexed.names = Words.reserved
    for (number, word) in Words.reserved.enumerated() { numberOfName[word] = number }
  }

  /// Reads the whole text.
  package mutating func run() -> Lexed {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    while position < bytes.count {
      if lexed.tokens.count >= limits.tokenCountMax {
        report(.tooManyTokens(limit: limits.tokenCountMax, at: span(position, position + 1)))
        lexed.isTruncated = true
        break
      }
      let before = position
      if let open = strings.last, open.value == nil { lexStringText() } else { lexCode() }
      if position == before { position += 1 }
    }
    if !strings.isEmpty { breakStrings() }
    emit(.end, from: position)
    return lexed
  }

  // MARK: - Reading

  /// The byte some places ahead, 0 behind the end.
  func byte(_ ahead: Int = 0) -> UInt8 {
    position + ahead < bytes.count ? bytes[position + ahead] : 0
  }

  func span(_ lower: Int, _ upper: Int) -> Span { Span(file: file, lower, min(upper, max(bytes.count, lower))) }

  func text(_ lower: Int, _ upper: Int) -> String { String(decoding: bytes[lower..<upper], as: UTF8.self) }

  mutating func report(_ diagnostic: Diagnostic) {
    if lexed.diagnostics.count < limits.diagnosticCountMax { lexed.diagnostics.append(diagnostic) }
  }

  /// Adds a token that ends at the current position.
  mutating func emit(_ kind: Token.Kind, from lower: Int, payload: Int = 0) {
    lexed.tokens.append(Token(kind, lower, position, payload: payload))
  }

  mutating func emit(_ kind: Token.Kind, length: Int) {
    let lower = position
    position += length
    emit(kind, from: lower)
  }

  /// Adds a name or a reserved word.
  mutating func emitWord(_ text: String, from lower: Int) {
    let number = numberOfName[text] ?? lexed.names.count
    if number == lexed.names.count {
      lexed.names.append(text)
      numberOfName[text] = number
    }
    // Reserved words have the first numbers.
    emit(number < Words.reserved.count ? .reserved : .name, from: lower, payload: number)
  }

  // MARK: - Outside strings

  private mutating func lexCode() {
    let first = bytes[position]
    switch first {
    case 0x20, 0x09: position += 1
    case 0x0A: lexNewline(length: 1)
    case 0x0D: lexCarriageReturn()
    case UInt8(ascii: "#"): lexComment()
    case UInt8(ascii: "\""): beginString(length: 1, isCurly: false)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): lexNumber()
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"): lexName()
    case 0x80...: lexScalar()
    case UInt8(ascii: "'"): lexQuote()
    default: if !lexBracket(first) { lexOperator(first) }
    }
  }

  private mutating func lexNewline(length: Int) {
    if !strings.isEmpty { breakStrings() }
    let isBlank = lexed.tokens.last.map { $0.kind == .newline } ?? true
    if isBlank { position += length } else { emit(.newline, length: length) }
  }

  private mutating func lexCarriageReturn() {
    if byte(1) == 0x0A { return lexNewline(length: 2) }
    report(.loneCarriageReturn(offset: position, at: span(position, position + 1)))
    lexNewline(length: 1)
  }

  private mutating func lexComment() {
    let lower = position
    while position < bytes.count, byte() != 0x0A, byte() != 0x0D { checkTextByte() }
    let lineStart = source.lineStarts[source.line(at: lower)]
    lexed.comments.append(
      Lexed.Comment(
        lower: UInt32(clamping: lower), upper: UInt32(clamping: position),
        isDocumentation: lower + 1 < position && bytes[lower + 1] == UInt8(ascii: "#"),
        isAlone: bytes[lineStart..<lower].allSatisfy { $0 == 0x20 || $0 == 0x09 }))
  }

  mutating func lexName() {
    let lower = position
    while position < bytes.count {
      let next = bytes[position]
      if next < 0x80 {
        guard isWordByte(next) else { break }
        position += 1
      } else {
        guard let (scalar, length) = decode(at: position), isNameScalar(scalar, isFirst: position == lower) else {
          break
        }
        position += length
      }
    }
    if position - lower > limits.nameBytesMax {
      report(.nameTooLong(bytes: position - lower, limit: limits.nameBytesMax, at: span(lower, position)))
    }
    emitWord(text(lower, position), from: lower)
  }

  /// Brackets, and what closes or formats a value inside a string.
  private mutating func lexBracket(_ first: UInt8) -> Bool {
    let kind: Token.Kind
    switch first {
    case UInt8(ascii: "("): kind = .leftParenthesis
    case UInt8(ascii: ")"): kind = .rightParenthesis
    case UInt8(ascii: "["): kind = .leftBracket
    case UInt8(ascii: "]"): kind = .rightBracket
    case UInt8(ascii: "{"): kind = .leftBrace
    case UInt8(ascii: "}"): kind = .rightBrace
    case UInt8(ascii: ":") where strings.last?.depth == 0: kind = .colon
    default: return false
    }
    guard let last = strings.indices.last else {
      emit(kind, length: 1)
      return true
    }
    switch kind {
    case .leftParenthesis, .leftBracket, .leftBrace: strings[last].depth += 1
    case .colon: lexFormat()
    case .rightBrace where strings[last].depth == 0: endValue()
    default: strings[last].depth = max(0, strings[last].depth - 1)
    }
    if strings[last].value != nil, kind != .colon { emit(kind, length: 1) }
    return true
  }

  private mutating func lexQuote() {
    if let last = lexed.tokens.last, last.kind == .name, Int(last.upper) == position {
      return emit(.prime, length: 1)
    }
    lexSingleQuoted(length: 1)
  }

  private mutating func lexOperator(_ first: UInt8) {
    for (spelling, kind) in Self.longOperators where spelling[0] == first && matches(spelling) {
      return emit(kind, length: spelling.count)
    }
    if lexForeignOperator(first) { return }
    for (spelling, kind) in Self.shortOperators where spelling == first { return emit(kind, length: 1) }
    if first == UInt8(ascii: "."), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte(1)) {
      return lexLeadingPoint()
    }
    if first == UInt8(ascii: ".") { return emit(.dot, length: 1) }
    lexUnreadable(length: 1)
  }

  private func matches(_ spelling: [UInt8]) -> Bool {
    guard position + spelling.count <= bytes.count else { return false }
    return bytes[position..<position + spelling.count].elementsEqual(spelling)
  }

  /// Operators of other languages: reported, then read as what they mean here.
  private mutating func lexForeignOperator(_ first: UInt8) -> Bool {
    for (spelling, here) in Self.foreignOperators where spelling[0] == first && matches(spelling) {
      let lower = position
      position += spelling.count
      report(.foreignOperator(text(lower, position), here: here, at: span(lower, position)))
      switch here {
      case "^": emit(.caret, from: lower)
      case "=": emit(.assign, from: lower)
      case "=>": emit(.arrow, from: lower)
      case "..<": emit(.halfOpenRange, from: lower)
      default: emitWord(here, from: lower)
      }
      return true
    }
    return false
  }

  /// A character that no token begins with.
  mutating func lexUnreadable(length: Int) {
    let lower = position
    let scalar = decode(at: position)?.scalar ?? Unicode.Scalar(bytes[position])
    if scalar.value == 0 {
      report(.nulByte(at: span(lower, lower + 1)))
      position += 1
      return
    }
    if scalar.value < 0x20 || scalar.value == 0x7F {
      report(.controlCharacter(scalar, at: span(lower, lower + length)))
    } else {
      report(.unreadableCharacter(scalar, at: span(lower, lower + length)))
    }
    emit(.unreadable, length: length)
  }

  private static let longOperators: [(spelling: [UInt8], kind: Token.Kind)] = {
    let kinds: [Token.Kind] = [
      .halfOpenRange, .closedRange, .slashSlash, .lessEqual, .greaterEqual, .equalEqual, .notEqual, .arrow, .plusAssign,
      .minusAssign, .starAssign, .slashAssign,
    ]
    return [(Array("~=".utf8), .approximately)] + kinds.map { (Array(($0.spelling ?? "").utf8), $0) }
  }()

  private static let shortOperators: [(spelling: UInt8, kind: Token.Kind)] = {
    let kinds: [Token.Kind] = [
      .plus, .minus, .star, .slash, .at, .caret, .percentSign, .less, .greater, .assign, .tilde, .comma, .colon,
      .semicolon,
    ]
    return kinds.map { ($0.spelling?.utf8.first ?? 0, $0) }
  }()

  private static let foreignOperators: [(spelling: [UInt8], here: String)] = {
    let pairs = [("&&", "and"), ("||", "or"), ("**", "^"), (":=", "="), ("->", "=>"), ("..", "..<"), ("!", "not")]
    return pairs.map { (Array($0.0.utf8), $0.1) }
  }()
}
