import Diagnostics
import Syntax
import Testing

/// The one form: idempotent, and nothing is lost.
@Suite struct FormatterTests {
  private static func format(_ text: String) -> String { Formatter.format(SourceText(name: "t.opt", text)).text }

  /// Kinds and texts of all tokens and comments, in order.
  private static func content(_ text: String) -> [String] {
    let source = SourceText(name: "t.opt", text)
    let lexed = Parser.parse(source).lexed
    var pieces: [(place: UInt32, text: String)] = lexed.tokens.map { token in
      let written = token.kind == .newline ? "" : source.text(Span(lower: token.lower, upper: token.upper))
      return (token.lower, "\(token.kind) \(written)")
    }
    for comment in lexed.comments {
      var written = source.text(Span(lower: comment.lower, upper: comment.upper))
      while written.last == " " { written.removeLast() }
      pieces.append((comment.lower, written))
    }
    return pieces.sorted { $0.place < $1.place }.map(\.text)
  }

  @Test func theCorpusIsSound() {
    #expect(Corpus.scripts.count >= 25)
    for script in Corpus.scripts {
      #expect(Parser.parse(SourceText(name: "t.opt", script)).diagnostics == [], "\(script)")
    }
  }

  @Test(arguments: Corpus.scripts.indices)
  func formattingTwiceIsFormattingOnce(index: Int) {
    let once = Self.format(Corpus.scripts[index])
    #expect(Self.format(once) == once)
  }

  @Test(arguments: Corpus.scripts.indices)
  func formattingKeepsTokensAndComments(index: Int) {
    let script = Corpus.scripts[index]
    #expect(Self.content(Self.format(script)) == Self.content(script))
  }

  /// Blanks and line ends changed at random; the result has the same tokens, and formatting it is stable.
  @Test func randomLayoutsLoseNothing() {
    var generator = SplitMix(seed: 17)
    for _ in 0..<300 {
      let script = Corpus.scripts[Int.random(in: 0..<Corpus.scripts.count, using: &generator)]
      var text = ""
      for character in script {
        text.append(character)
        if character == " ", Int.random(in: 0..<4, using: &generator) == 0 { text += "   " }
        if character == "\n", Int.random(in: 0..<3, using: &generator) == 0 { text += "\n \t\n  " }
        if character == ",", Int.random(in: 0..<3, using: &generator) == 0 { text += "\n" }
      }
      guard Parser.parse(SourceText(name: "t", text)).isSound else { continue }
      let once = Self.format(text)
      #expect(Self.content(once) == Self.content(text), "\(text)")
      #expect(Self.format(once) == once, "\(text)")
    }
  }

  @Test(arguments: [
    ("let   x=1", "let x = 1\n"), ("let x = f( a ,b )", "let x = f(a, b)\n"), ("let x = a^ 2", "let x = a^2\n"),
    ("let x = a* b", "let x = a * b\n"), ("let x = a*b", "let x = a*b\n"), ("let x = 0 ..< n", "let x = 0..<n\n"),
    ("problem p{\nloss=1\n}", "problem p {\n  loss = 1\n}\n"), ("let x = - 1", "let x = -1\n"), ("a;b", "a; b\n"),
    ("let x = x[ 1 : 2 ]", "let x = x[1:2]\n"), ("fn f(x:[n]) = x", "fn f(x: [n]) = x\n"),
    ("\n\n\na\n\n\n\nb\n\n", "a\n\nb\n"),
    ("fork r at 1 as s {}", "fork r at 1 as s { }\n"), ("let x = f(\na,\nb)", "let x = f(\n  a,\n  b)\n"),
    ("let x = a +\nb", "let x = a +\n  b\n"),
    ("a # x\nbcd   # y", "a    # x\nbcd  # y\n"), ("if a {\n\nb\n\n}", "if a {\n  b\n}\n"),
    ("let x = 1\r\nlet y = 2\r\n", "let x = 1\nlet y = 2\n"),
    ("plot y, line -1", "plot y, line -1\n"), ("let x = a -b", "let x = a - b\n"),
    ("a*# x\nb", "a *  # x\n  b\n"),
    ("table- r", "table-r\n"), ("table -r", "table -r\n"), ("plot y, line- 1", "plot y, line-1\n"),
    ("let s = \"a  {x+1}\"", "let s = \"a  {x+1}\"\n"),
  ])
  func layoutIsFixed(text: String, expected: String) {
    #expect(Self.format(text) == expected)
  }

  @Test func aTextWithMistakesStaysAsItIs() {
    let text = "let   x = )\n"
    let (formatted, diagnostics) = Formatter.format(SourceText(name: "t", text))
    #expect(formatted == text && diagnostics.map(\.code) == ["E0201"])
  }
}

/// What the session does with a line.
@Suite struct CompletenessTests {
  @Test(arguments: [
    ("let x = 1", Completeness.complete), ("", .complete), ("# hi", .complete), ("let x = (1 +", .incomplete),
    ("let x = (1", .incomplete), ("problem p {", .incomplete), ("problem p {\n  loss = f(\n", .incomplete),
    ("let x = 1 +", .incomplete), ("print 3 +  # note", .incomplete), ("print 3 # note +", .complete),
    ("print 3 + )  # note", .malformed),
    ("f(a,", .incomplete), ("let x =", .incomplete), ("if a { b } else {", .incomplete), ("let x = )", .malformed),
    ("let x = 2^3^2", .malformed), ("let x = \"abc", .malformed), ("let x = a b", .malformed),
    ("for i in x", .incomplete),
    ("let x = )\nf(", .malformed), ("run r = p with gd() for 9 steps {", .incomplete),
  ])
  func inputsAreJudged(text: String, expected: Completeness) {
    #expect(Completeness.of(text) == expected)
  }
}
