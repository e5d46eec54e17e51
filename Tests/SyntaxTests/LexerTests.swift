import Diagnostics
import Syntax
import Testing

/// Tokens, number forms and characters.
@Suite struct LexerTests {
  static func lex(_ text: String) -> Lexed {
    var lexer = Lexer(SourceText(name: "test.opt", text), file: 0)
    return lexer.run()
  }

  static func lex(_ bytes: [UInt8]) -> Lexed {
    var lexer = Lexer(SourceText(name: "test.opt", bytes: bytes), file: 0)
    return lexer.run()
  }

  static func codes(_ text: String) -> [String] { lex(text).diagnostics.map(\.code) }

  // MARK: - Numbers

  @Test(arguments: [
    ("0", 0), ("7", 7), ("1_000", 1000), ("30_000", 30_000), ("1_2_3", 123), ("9223372036854775807", Int.max),
  ])
  func integersAreRead(text: String, value: Int) {
    let lexed = Self.lex(text)
    #expect(lexed.tokens.map(\.kind) == [.integer, .end])
    #expect(lexed.integers == [value])
    #expect(lexed.diagnostics.isEmpty)
  }

  @Test(arguments: [
    ("0.5", 0.5), ("1e-3", 1e-3), ("1E3", 1000), ("1e+3", 1000), ("2.5e2", 250), ("1_000.5", 1000.5), ("0.0", 0),
    ("1e308", 1e308), ("5e-324", .leastNonzeroMagnitude), ("0e5", 0), ("3.141592653589793", Double.pi),
    ("1_0e1_0", 1e11),
  ])
  func realsAreRead(text: String, value: Double) {
    let lexed = Self.lex(text)
    #expect(lexed.tokens.map(\.kind) == [.real, .end])
    #expect(lexed.reals == [value])
    #expect(lexed.diagnostics.isEmpty)
  }

  @Test(arguments: [("20%", 0.2), ("5%", 0.05), ("0.1%", 0.001), ("100%", 1), ("1e-3%", 1e-5), ("2.5%", 0.025)])
  func percentagesAreHundredths(text: String, value: Double) {
    let lexed = Self.lex(text)
    #expect(lexed.tokens.map(\.kind) == [.percent, .end])
    #expect(lexed.reals == [value])
    #expect(lexed.diagnostics.isEmpty)
  }

  @Test(arguments: [
    ("1.", "E0113"), ("1.e5", "E0113"), (".5", "E0114"), ("1.2.3", "E0114"), ("0x1p3", "E0115"), ("0b11", "E0115"),
    ("1e", "E0116"), ("1e+", "E0116"), ("007", "E0117"), ("00.5", "E0117"), ("1__0", "E0118"), ("1_", "E0118"),
    ("1_000_", "E0118"), ("1._5", "E0113"), ("1.x", "E0113"), ("٣", "E0119"), ("9223372036854775808", "E0120"),
    ("1e400", "E0121"),
    ("1e99999999999999999999", "E0121"), ("2x", "E0122"), ("2β", "E0122"), ("1e-400", "W0101"),
    ("1e-99999999999999999999", "W0101"),
  ])
  func malformedNumbersHaveTheirOwnMessage(text: String, code: String) {
    #expect(Self.codes(text) == [code])
  }

  @Test func acceptedFormsAreOfferedAsEdits() {
    let cases = [("007", "7"), ("1.", "1.0"), (".5", "0.5"), ("1__0", "10"), ("٣", "3"), ("2x", "2 * x")]
    for (text, replacement) in cases {
      #expect(Self.lex(text).diagnostics.first?.edits.map(\.replacement) == [replacement], "\(text)")
    }
  }

  @Test func rangesAreNotDecimalPoints() {
    #expect(Self.lex("0..<5").tokens.map(\.kind) == [.integer, .halfOpenRange, .integer, .end])
    #expect(Self.lex("1...n").tokens.map(\.kind) == [.integer, .closedRange, .name, .end])
  }

  @Test func percentBeforeAnOperandIsAnOperator() {
    #expect(Self.lex("7%2").tokens.map(\.kind) == [.integer, .percentSign, .integer, .end])
    #expect(Self.lex("7%n").tokens.map(\.kind) == [.integer, .percentSign, .name, .end])
    #expect(Self.lex("7%)").tokens.map(\.kind) == [.percent, .rightParenthesis, .end])
  }

  /// Any sequence of number characters is either a number, several tokens or a message, and never a trap.
  @Test func arbitraryNumberTextsAreReadOrReported() {
    var generator = SplitMix(seed: 11)
    let alphabet = Array("0123456789._eE+-%x")
    for _ in 0..<5000 {
      let text = String(
        (0..<Int.random(in: 1...9, using: &generator)).map { _ in
          alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
        })
      let lexed = Self.lex(text)
      #expect(lexed.tokens.last?.kind == .end)
      for token in lexed.tokens where token.kind == .integer && lexed.diagnostics.isEmpty {
        let written = String(decoding: Array(text.utf8)[Int(token.lower)..<Int(token.upper)], as: UTF8.self)
        #expect(Int(written.filter { $0 != "_" }) == lexed.integers[Int(token.payload)], "\(text)")
      }
    }
  }

  // MARK: - Names and operators

  @Test(arguments: ["x", "_a", "β₁", "λ_max", "x2", "ŷ", "Ω", "ℓ", "learning_rate", "aₖ"])
  func namesMayBeGreekWithSubscripts(text: String) {
    let lexed = Self.lex(text)
    #expect(lexed.tokens.map(\.kind) == [.name, .end])
    #expect(lexed.names.last == text)
    #expect(lexed.diagnostics.isEmpty)
  }

  @Test func aPrimeStandsDirectlyBehindAName() {
    #expect(Self.lex("m' = v'").tokens.map(\.kind) == [.name, .prime, .assign, .name, .prime, .end])
    #expect(Self.codes("m ' = 1") == ["E0124"])
    #expect(Self.codes("print 'hi'") == ["E0124"])
  }

  @Test func bothSpellingsOfApproximatelyAreOneToken() {
    #expect(Self.lex("a ≈ b ~= c").tokens.map(\.kind) == [.name, .approximately, .name, .approximately, .name, .end])
  }

  @Test(arguments: [
    ("a && b", "and"), ("a || b", "or"), ("!a", "not"), ("a ** b", "^"), ("a := b", "="), ("x -> y", "=>"),
    ("0..5", "..<"),
  ])
  func operatorsOfOtherLanguagesAreTranslated(text: String, here: String) {
    let found = Self.lex(text).diagnostics
    #expect(found.map(\.code) == ["E0226"])
    #expect(found.first?.message.contains("`\(here)`") == true)
  }

  @Test func aLongNameIsReported() {
    #expect(Self.codes(String(repeating: "a", count: 255)) == [])
    #expect(Self.codes(String(repeating: "a", count: 256)) == ["E0903"])
    #expect(Self.codes(String(repeating: "β", count: 128)) == ["E0903"])
  }

  // MARK: - Characters

  @Test func byteOrderMarkAndCarriageReturnsAreAccepted() {
    let lexed = Self.lex([0xEF, 0xBB, 0xBF] + Array("let x = 1\r\nlet y = $\r\n".utf8))
    #expect(lexed.diagnostics.map(\.code) == ["E0109"])
    let source = SourceText(name: "t", bytes: [0xEF, 0xBB, 0xBF] + Array("let x = 1\r\nlet y = $\r\n".utf8))
    #expect(lexed.diagnostics.first?.span.map { source.line(at: Int($0.lower)) } == 1)
  }

  @Test func aLoneCarriageReturnIsReportedWithItsOffset() {
    let found = Self.lex("let x = 1\rlet y = 2").diagnostics
    #expect(found.map(\.code) == ["E0104"])
    #expect(found.first?.message.contains("byte 9") == true)
  }

  static let damages: [(before: String, bytes: [UInt8], after: String, place: String)] = [
    ("# a ", [0xFF], "", "FF at line 1, column 5"), ("let s = \"", [0xFF], "\"", "FF at line 1, column 10"),
    ("let s = ", [0xC0, 0x80], "", "C0 80 at line 1, column 9"),
    ("# β ", [0xE2, 0x80], "", "E2 80 at line 1, column 5"),
    ("# ", [0xED, 0xA0, 0x80], "", "ED A0 80 at line 1, column 3"),
  ]

  @Test(arguments: damages.indices)
  func bytesThatAreNotUTF8AreReportedAndTheRestIsRead(index: Int) {
    let damage = Self.damages[index]
    let place = damage.place
    let bytes = Array(damage.before.utf8) + damage.bytes + Array((damage.after + "\nlet x = $").utf8)
    let found = Self.lex(bytes).diagnostics
    #expect(found.map(\.code) == ["E0101", "E0109"])
    #expect(found.first?.message.contains("not valid UTF-8") == true)
    #expect(found.first?.message.contains(place) == true)
  }

  @Test func aNULByteIsReported() {
    let found = Self.lex("let x = 1\n\0\nlet y = $").diagnostics
    #expect(found.map(\.code) == ["E0102", "E0109"])
    #expect(found.first?.message.contains("NUL byte") == true)
  }

  @Test(arguments: ["# \u{202E}", "let s = \"\u{2066}\"", "let x = \u{202E}1"])
  func bidirectionalControlsAreReported(text: String) {
    let found = Self.lex(text).diagnostics
    #expect(found.map(\.code) == ["E0105"])
    #expect(found.first?.message.contains("bidirectional control character U+20") == true)
  }

  @Test func anEscapedBidirectionalControlIsAllowed() {
    let lexed = Self.lex("\"\\u{202E}\"")
    #expect(lexed.diagnostics.isEmpty)
    #expect(lexed.texts == ["\u{202E}"])
  }

  @Test(arguments: [
    ("x − 1", "-"), ("a × b", "*"), ("a ≤ b", "<="), ("a ≥ b", ">="), ("a ≠ b", "!="), ("a\u{A0}+ b", " "),
    ("x²", "^2"), ("a ÷ b", "/"), ("1…n", "..."), ("m′ = 1", "'"), ("∞", "inf"),
  ])
  func lookAlikesAreReportedWithTheirFix(text: String, fix: String) {
    let found = Self.lex(text).diagnostics
    #expect(found.map(\.code) == ["E0108"])
    #expect(found.first?.edits.map(\.replacement) == [fix])
    #expect(found.first?.message.contains("looks like") == true)
  }

  @Test func typographicQuotesAreReadAsAString() {
    let lexed = Self.lex("print “hi”")
    #expect(lexed.diagnostics.map(\.code) == ["E0108"])
    #expect(lexed.diagnostics.first?.edits.map(\.replacement) == ["\"", "\""])
    #expect(lexed.tokens.map(\.kind) == [.name, .stringStart, .stringText, .stringEnd, .end])
  }

  /// What only begins like a quote, or is damaged, is part of the text between them.
  @Test(arguments: [
    (Array("‘a ≤ b’ + 1".utf8), "a ≤ b"), (Array("‘a → ‘ + 1".utf8), "a → "), (Array("‘a≤' + 1".utf8), "a≤"),
    (Array("‘a".utf8) + [0xFF, 0xE2, 0x80] + Array("’ + 1".utf8), "a\u{FFFD}\u{FFFD}"),
  ])
  func typographicSingleQuotesEndAtAQuote(bytes: [UInt8], text: String) {
    let lexed = Self.lex(bytes)
    #expect(lexed.tokens.map(\.kind) == [.stringStart, .stringText, .stringEnd, .plus, .integer, .end])
    #expect(lexed.texts == [text] && lexed.diagnostics.map(\.code).contains("E0124"))
    #expect(lexed.tokens.last.map { Int($0.upper) } == bytes.count)
  }

  @Test func damagedBytesBehindATypographicQuoteHaveTheirPlaces() {
    let bytes = Array("‘".utf8) + [UInt8](repeating: 0xFF, count: 9) + [0xE2, 0x80]
    #expect(Self.lex(bytes).tokens.allSatisfy { Int($0.upper) <= bytes.count })
  }

  @Test func aCombiningMarkBehindAStringIsReportedAlone() {
    let found = Self.lex("print(\"loss\"\u{301})").diagnostics
    #expect(found.map(\.code) == ["E0107"])
    #expect(found.first?.span == Span(12, 14))
  }

  @Test(arguments: [
    ("a\u{200B}b", "E0106"), ("\u{FEFF}", "E0106"), ("a \u{7} b", "E0103"), ("a ? b", "E0109"), ("日", "E0109"),
  ])
  func otherCharactersAreReported(text: String, code: String) {
    // A byte order mark at the very start is no mistake; here it stands inside.
    #expect(Self.codes("x " + text) == [code])
  }

  // MARK: - Strings

  @Test func escapesAreDecoded() {
    let lexed = Self.lex(#""a\n\t\\\"\{\}\x41\u{3B7}""#)
    #expect(lexed.diagnostics.isEmpty)
    #expect(lexed.texts == ["a\n\t\\\"{}Aη"])
  }

  @Test(arguments: [
    (#""\q""#, "E0111"), (#""\x4""#, "E0112"), (#""\u{}""#, "E0112"), (#""\u{D800}""#, "E0112"),
    (#""\u{110000}""#, "E0112"),
    (#""abc"#, "E0110"), (#""{x"#, "E0214"), (#""{x:q}""#, "E0215"), (#""{x:.999f}""#, "E0215"),
    (#""{x:%n}""#, "E0215"),
    (#""{x:.}""#, "E0215"), (#""{x:}""#, "E0215"), (#""{x:.41g}""#, "E0215"),
  ])
  func mistakesInStringsHaveTheirOwnMessage(text: String, code: String) {
    #expect(Self.codes(text) == [code])
  }

  @Test(arguments: [".3f", ".0e", ".40g", "d", "%", ".1%", "g", ".4"])
  func formatsAreAccepted(format: String) {
    #expect(Self.codes("\"{x:\(format)}\"").isEmpty)
    #expect(FormatSpecification(format) != nil)
  }

  @Test func valuesInStringsMayHoldStringsAndSlices() {
    let lexed = Self.lex(#""{f("a{1}")} and {x[2:5]:.3f}""#)
    #expect(lexed.diagnostics.isEmpty)
    #expect(lexed.tokens.count { $0.kind == .stringStart } == 2)
    #expect(lexed.texts.contains(".3f"))
  }

  /// Every byte belongs to one token, a blank or a comment: tokens neither overlap nor go back.
  @Test func tokensOfRandomBytesAreInOrder() {
    var generator = SplitMix(seed: 5)
    let pieces =
      Array("ab1.5\"'{}[]()#\n \\%^=<>~!&βx₁−\u{0}\u{202E}:;,").map(String.init) + ["let ", "≈", "..", "\r\n"]
    for _ in 0..<2000 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...30, using: &generator) {
        if Int.random(in: 0..<20, using: &generator) == 0 {
          bytes.append(UInt8.random(in: 0...255, using: &generator))
        } else {
          bytes += Array(pieces[Int.random(in: 0..<pieces.count, using: &generator)].utf8)
        }
      }
      let lexed = Self.lex(bytes)
      var end: UInt32 = 0
      for token in lexed.tokens {
        #expect(token.lower >= end && token.upper >= token.lower && Int(token.upper) <= bytes.count)
        end = token.upper
      }
    }
  }
}

/// A small seeded generator for property tests.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
