package import Diagnostics

/// A token: what it is and where it stands; texts and values are in the tables of `Lexed`.
package struct Token: Hashable, Sendable {
  /// What a token is.
  package enum Kind: UInt8, Hashable, Sendable {
    case name, reserved, integer, real, percent
    case stringStart, stringText, valueStart, valueFormat, valueEnd, stringEnd
    /// A string that its line ended too early; already reported.
    case stringBroken
    case plus, minus, star, slash, slashSlash, at, caret, percentSign
    case less, lessEqual, greater, greaterEqual, equalEqual, notEqual, approximately
    case assign, plusAssign, minusAssign, starAssign, slashAssign
    case tilde, arrow, dot, halfOpenRange, closedRange, comma, colon, semicolon, prime
    case leftParenthesis, rightParenthesis, leftBracket, rightBracket, leftBrace, rightBrace
    case newline, end
    /// A character that belongs to no token; already reported.
    case unreadable
  }

  package var kind: Kind
  package var lower: UInt32
  package var upper: UInt32
  /// Index into the table of `Lexed` that goes with the kind.
  package var payload: UInt32

  package init(_ kind: Kind, _ lower: Int, _ upper: Int, payload: Int = 0) {
    self.kind = kind
    self.lower = UInt32(clamping: lower)
    self.upper = UInt32(clamping: upper)
    self.payload = UInt32(clamping: payload)
  }
}

extension Token.Kind {
  /// Whether a value may begin with it.
  var beginsValue: Bool {
    switch self {
    case .name, .integer, .real, .percent, .stringStart, .leftParenthesis, .leftBracket, .minus: true
    default: false
    }
  }

  /// The spelling of a token that is always written the same way.
  package var spelling: String? {
    switch self {
    case .plus: "+"
    case .minus: "-"
    case .star: "*"
    case .slash: "/"
    case .slashSlash: "//"
    case .at: "@"
    case .caret: "^"
    case .percentSign: "%"
    case .less: "<"
    case .lessEqual: "<="
    case .greater: ">"
    case .greaterEqual: ">="
    case .equalEqual: "=="
    case .notEqual: "!="
    default: punctuation
    }
  }

  private var punctuation: String? {
    switch self {
    case .assign: "="
    case .plusAssign: "+="
    case .minusAssign: "-="
    case .starAssign: "*="
    case .slashAssign: "/="
    case .tilde: "~"
    case .arrow: "=>"
    case .dot: "."
    case .halfOpenRange: "..<"
    case .closedRange: "..."
    case .comma: ","
    case .colon: ":"
    case .semicolon: ";"
    case .prime: "'"
    case .leftParenthesis: "("
    case .rightParenthesis: ")"
    case .leftBracket: "["
    case .rightBracket: "]"
    case .leftBrace: "{"
    case .rightBrace: "}"
    default: nil
    }
  }
}

/// What the lexer makes of a text.
package struct Lexed: Sendable {
  /// A comment, from its `#` to the end of its line.
  package struct Comment: Hashable, Sendable {
    package var lower: UInt32
    package var upper: UInt32
    /// Written with `##`: it documents the definition that follows.
    package var isDocumentation: Bool
    /// Nothing but blanks stands before it on its line.
    package var isAlone: Bool
  }

  package var tokens: [Token] = []
  /// Texts of names and reserved words.
  package var names: [String] = []
  package var integers: [Int] = []
  package var reals: [Double] = []
  /// Decoded texts of strings, and formats of interpolated values.
  package var texts: [String] = []
  package var comments: [Comment] = []
  package var diagnostics: [Diagnostic] = []
  /// The text held more tokens than allowed; the rest was not read.
  package var isTruncated = false
}

/// The limits of the front end, each with its own code.
package struct SyntaxLimits: Sendable {
  package var sourceBytesMax = 4 << 20
  package var tokenCountMax = 1_000_000
  package var nestingMax = 200
  package var nameBytesMax = 255
  package var formatPrecisionMax = 40
  /// Findings kept for one text; a damaged file must not fill the memory with them.
  package var diagnosticCountMax = 10_000

  package init() {}
}
