import Diagnostics
import Glibc
import Syntax
import Testing

/// What is read, and what is said about what is not.
@Suite struct ParserTests {
  static func parse(_ text: String) -> Parsed { Parser.parse(SourceText(name: "test.opt", text)) }

  /// Code and line of each finding.
  static func findings(_ text: String) -> [String] {
    let source = SourceText(name: "test.opt", text)
    return Parser.parse(source).diagnostics.map { finding in
      "\(finding.code) \(finding.span.map { source.line(at: Int($0.lower)) + 1 } ?? 0)"
    }
  }

  /// The expression of `let x = …`, written with all its brackets.
  static func shape(_ expression: String) -> String {
    let parsed = parse("let x = " + expression)
    if let finding = parsed.diagnostics.first { return finding.code }
    guard let id = parsed.tree.body.first, case .binding(_, let value, _) = parsed.tree[id] else { return "?" }
    return TreeText(tree: parsed.tree).text(value)
  }

  // MARK: - Expressions

  @Test(arguments: [
    ("-2^2", "(- (2 ^ 2))"), ("2^-2", "(2 ^ (- 2))"), ("a - b - c", "((a - b) - c)"), ("a / b * c", "((a / b) * c)"),
    ("a + b * c", "(a + (b * c))"), ("U @ W @ V[i]", "((U @ W) @ V[i])"), ("-a * b", "((- a) * b)"),
    ("a * -b", "(a * (- b))"), ("a // b", "(a // b)"), ("not a == b", "(not (a == b))"),
    ("a or b and not c", "(a or (b and (not c)))"), ("a < b <= c", "(a < b <= c)"), ("0..<n + 1", "(0 ..< (n + 1))"),
    ("1...5", "(1 ... 5)"), ("a ≈ b within 5%", "(a ≈ b within 0.05 relative)"),
    ("a ~= b within 0.1", "(a ≈ b within 0.1)"),
    ("a ≈ b", "(a ≈ b)"), ("x' + x", "(x' + x)"), ("A.T @ B", "(A.T @ B)"),
    ("r.net.layer1.weight[0]", "r.net.layer1.weight[0]"),
    ("x[-1]", "x[(- 1)]"), ("x[:, 0]", "x[:, 0]"), ("x[2:5]", "x[2:5]"), ("x[a:]", "x[a:]"), ("(a, b)", "(a, b)"),
    ("(a)", "a"),
    ("[1, 2,]", "[1, 2]"), ("[]", "[]"), ("[i^2 for i in 0..<n if i > 2]", "[(i ^ 2) for i in (0 ..< n) if (i > 2)]"),
    ("sum(f(i, j) for i in a for j in b)", "sum(f(i, j) for i in a for j in b)"), ("x => x^2", "(x => (x ^ 2))"),
    ("(x, y) => x + y", "((x, y) => (x + y))"), ("map(x => y => x, l)", "map((x => (y => x)), l)"),
    ("if a { b } else if c { d } else { e }", "(if a b (if c d e))"),
    ("sgd(0.1, momentum = 0.9)", "sgd(0.1, momentum = 0.9)"),
    ("expect(batch, n = 4) { dot(g, g) }", "expect(batch, n = 4){(() => dot(g, g))}"),
    ("f() { let a = 1; return a }", "f(){(() => {let; return})}"), ("f(x by b, η)", "f((x by b, η))"),
    ("f(x where a over b by (c, d), 3)", "f((((x where a) over b) by c, d), 3)"),
    ("f(x > 1 over (a, b))", "f(((x > 1) over a, b))"), ("(x over b)", "(x over b)"), ("over + 1", "(over + 1)"),
    ("f(x by b, n = 3)", "f((x by b), n = 3)"), ("f(x by b, y => y)", "f((x by b), (y => y))"),
    ("first(step where loss < 1)", "first((step where (loss < 1)))"),
    ("mean(sharpness on net.layer1)", "mean((sharpness on net.layer1))"), ("\"a{x:.3f}b{y}\"", "\"a{x:.3f}b{y}\""),
    ("true and false", "(true and false)"), ("20%", "0.2"), ("var(w)", "var(w)"), ("a == b == c", "(a == b == c)"),
    ("f(\n  a,\n  b\n)", "f(a, b)"), ("a +\n  b", "(a + b)"), ("(a\n + b)", "(a + b)"), ("f(x)(y)", "f(x)(y)"),
    ("2 * x'", "(2 * x')"),
    ("batch + test + line + color + state + seed", "(((((batch + test) + line) + color) + state) + seed)"),
  ])
  func expressionsHaveTheirShape(text: String, shape: String) {
    #expect(Self.shape(text) == shape)
  }

  @Test func wordsOfStatementsAreNamesElsewhere() {
    let text = """
      let run = 1
      let table = run + 1
      let plot = [table, run]
      run = 2
      plot[0] = run
      table += print
      save.x = use
      let steps = f(seed = 1, batch = 2, input = 3)
      """
    #expect(Self.findings(text) == [])
    #expect(Self.parse(text).tree.body.count == 8)
  }

  // MARK: - Statements

  @Test func aRunHeaderTakesItsPartsInAnyOrder() throws {
    let clauses = ["with sgd(lr = η)", "batch 4 replacement", "seed 1", "for 100 steps", "precision f32", "workers 2"]
    for turn in clauses.indices {
      let order = clauses[turn...] + clauses[..<turn]
      let parsed = Self.parse("run r = p(D) " + order.joined(separator: " ") + " { record loss }")
      #expect(parsed.diagnostics.isEmpty)
      let id = try #require(parsed.tree.body.first)
      guard case .run(let run) = parsed.tree[id] else { return #expect(Bool(false), "not a run") }
      #expect(run.rules.count == 1 && run.clauses.count == 4 && run.length != nil && run.unit == .steps)
      #expect(run.clauses.first { $0.name.text == "batch" }?.word?.text == "replacement")
      #expect(run.body.count == 1)
    }
  }

  @Test(arguments: [
    ("every 20", "every steps"), ("every 2 epochs", "every epochs"), ("every 100 steps", "every steps"),
    ("logspaced 50", "logspaced"), ("when loss < 1", "when"), ("at end", "end"), ("at 10", "at steps"),
    ("at 10 time", "at time"), ("", "always"),
  ])
  func recordsHaveACadence(text: String, cadence: String) throws {
    let parsed = Self.parse("run p with gd() for 9 steps {\n  record loss, mean(w) as m \(text)\n}")
    #expect(parsed.diagnostics.isEmpty)
    let id = try #require(parsed.tree.body.first)
    guard case .run(let run) = parsed.tree[id], case .record(let recording, _) = run.body.first else {
      return #expect(Bool(false), "not a recording")
    }
    #expect(recording.items.map { $0.alias?.text } == [nil, "m"])
    let found =
      switch recording.cadence {
      case .always: "always"
      case .every(_, let unit): "every \(unit.rawValue)"
      case .logspaced: "logspaced"
      case .when: "when"
      case .end: "end"
      case .at(_, let unit): "at \(unit.rawValue)"
      }
    #expect(found == cadence)
  }

  @Test func timeIsTheUnitOfACadenceWhereTheLengthIsOne() throws {
    let parsed = Self.parse("ensemble e = m(s = 1) paths 10 dt 0.1 until 10 { record mean(w) every 0.1 }")
    let id = try #require(parsed.tree.body.first)
    guard case .run(let run) = parsed.tree[id], case .record(let recording, _) = run.body.first,
      case .every(_, let unit) = recording.cadence
    else { return #expect(Bool(false), "not an ensemble") }
    #expect(unit == .time && run.unit == .time && run.isEnsemble)
  }

  @Test func plotOptionsAreToldFromSeries() throws {
    let parsed = Self.parse("plot a, line, b vs step, line -2 \"two\", color c, title \"t\", logy to \"f.svg\"")
    #expect(parsed.diagnostics.isEmpty)
    let id = try #require(parsed.tree.body.first)
    guard case .plot(let plot) = parsed.tree[id] else { return #expect(Bool(false), "not a plot") }
    #expect(plot.series.count == 3 && plot.axis != nil && plot.destination != nil)
    #expect(plot.options.map(\.name.text) == ["line", "color", "title", "logy"])
    #expect(plot.options[0].label != nil)
  }

  @Test func documentationBelongsToTheDefinitionBelow() throws {
    let parsed = Self.parse("# no\n\n## Heavy ball.\n##   Indented.\noptimizer f(lr) { x' = x - lr * g }")
    let id = try #require(parsed.tree.body.first)
    guard case .definition(let definition) = parsed.tree[id] else { return #expect(Bool(false), "no definition") }
    #expect(definition.documentation == "Heavy ball.\n  Indented.")
  }

  @Test func differentialsAreKnownByTheirD() throws {
    let parsed = Self.parse("process p(s) {\n  state w = 0\n  dw = -w * dt + s * dB\n  stratonovich\n}")
    #expect(parsed.diagnostics.isEmpty)
    let id = try #require(parsed.tree.body.first)
    guard case .definition(let definition) = parsed.tree[id], case .members(let members) = definition.body,
      case .equation(let name, _, let isDifferential, _) = members[1], case .stratonovich = members[2]
    else { return #expect(Bool(false), "no process") }
    #expect(name.text == "w" && isDifferential)
  }

  // MARK: - Mistakes

  @Test(arguments: [
    ("optimzer sgd(lr = 0.1)", "E0207", "optimizer"), ("if x = 3 { y }", "E0208", "=="),
    ("let x = 2^3^2", "E0210", "512"),
    ("let x = 7 % 2", "E0211", "mod(7, 2)"), ("let x = a % b", "E0211", "mod(a, b)"),
    ("let x = 7% 2", "E0211", "mod(7, 2)"),
    ("// hi there", "E0212", "#"), ("let x = 1 // the first", "E0212", "#"), ("let x = a < b > c", "E0213", "one way"),
    ("let x = a != b != c", "E0213", "chain"), ("let s = \"{}\"", "E0214", "missing"),
    ("run r = p with gd()", "E0216", "how long"),
    ("run r = p with gd() for 10", "E0216", "unit"), ("run r = p with gd() for 10 stepps", "E0216", "steps"),
    ("run r = p wiht gd() for 10 steps", "E0217", "with"), ("run r = p batch 2 batch 3 for 1 step", "E0217", "twice"),
    ("run p sampler cylic for 1 step", "E0217", "cyclic"), ("optimizer o { sample x from D }", "E0218", "optimizer"),
    ("let x = 1\n1 = x", "E0219", "name"), ("a //= 2", "E0219", "a = a // …"), ("a ^= 2", "E0219", "no `^=`"),
    ("let x = f(lr: 0.1)", "E0220", "="),
    ("let x = f(a = 1, 2)", "E0221", "name"),
    ("let if = 1", "E0222", "`if`"), ("optimizer o(lr) { x = x - lr * g }", "E0223", "x'"),
    ("problem p { y = 3 }", "E0223", "let y"),
    ("m' = 3", "E0223", "m = "), ("else { }", "E0224", "if"), ("let x = if a { b }", "E0224", "else"),
    ("return 3", "E0225", "function"),
    ("let x = a && b", "E0226", "and"), ("plot a vs b, colour c", "E0227", "color"),
    ("plot a vs b, logy, to \"x.svg\"", "E0227", "comes last"), ("fn f(x)", "E0228", "= value"),
    ("for i in x", "E0228", "braces"), ("fn f(x, x) = x", "E0229", "x"), ("let x = (1 + 2", "E0204", ")"),
    ("let x = 1)", "E0205", "closes nothing"),
    ("def f(x) = x", "E0207", "fn"), ("let x =", "E0201", "="), ("let x = 1 +", "E0201", "+"),
    ("let x = f(1, , 2)", "E0201", ","),
    ("let x = nan", "E0123", "0.0/0.0"), ("let = 3", "E0202", "name"), ("let x 3", "E0202", "`=`"),
    ("claim \"a\" b", "E0202", ":"),
    ("let x = a b", "E0203", "operator"), ("let x = )", "E0201", ")"), ("let x = +3", "E0201", "+"),
    ("let x == 3", "E0208", "="),
    ("print \"a\" \"b\"", "E0203", "string"), ("for i im 0..<3 { }", "E0207", "in"),
    ("let x = { 1 }", "E0201", "brace"), ("let x = a[]", "E0201", "index"),
    ("let x: [3] = 1", "E0202", "shape"), ("run p for 9 steps { recrod loss }", "E0218", "record"),
    ("run p for 9 steps { record loss evry 3 }", "E0207", "every"),
    ("run p for 9 steps { at 3 { lr = 1 } }", "E0216", "step"), ("problem p { smaple x from D }", "E0207", "sample"),
    ("problem p { sample x }", "E0202", "from"),
  ])
  func mistakesHaveOneMessageThatSaysWhatToDo(text: String, code: String, words: String) {
    let found = Self.parse(text).diagnostics
    #expect(found.map(\.code) == [code])
    let said = found.flatMap { [$0.message, $0.label] + $0.help + $0.notes }.joined(separator: "\n")
    #expect(said.contains(words), "\(said)")
  }

  @Test func theValuesOfBothPowersAreShown() {
    let help = Self.parse("let x = 2^3^2").diagnostics.first?.help.joined(separator: "\n") ?? ""
    #expect(help.contains("`(2^3)^2` = 64") && help.contains("MATLAB"))
    #expect(help.contains("`2^(3^2)` = 512") && help.contains("Python"))
  }

  @Test func anUnclosedBraceIsOneErrorAtItsLineAndTheEnd() {
    let text =
      "let a = 1\nlet b = 2\nproblem p {\n  param w = 0\n  loss = norm2(w)\n\nrun r = p with gd(lr = a) for 9 steps {\n  record loss\n}\n"
    let found = Self.parse(text).diagnostics
    #expect(Self.findings(text) == ["E0206 3"])
    #expect(found.first?.labels.first?.span.lower == UInt32(text.utf8.count))
    #expect(found.first?.notes == ["by its indentation the block ends before line 7"])
  }

  @Test func theInnerOfTwoBracesIsFoundByItsIndentation() {
    let text = "problem p {\n  metric m {\n    return 3\n\n  loss = 3\n}\nlet x = 1\n"
    #expect(Self.findings(text) == ["E0206 2"])
  }

  @Test func anUnterminatedStringLeavesTheOtherLines() {
    let good = (0..<20).map { "let a\($0) = f(\($0))" }.joined(separator: "\n")
    #expect(Self.findings("print(\"abc\n\(good)\nlet z = )\n") == ["E0110 1", "E0201 22"])
    #expect(Self.parse("print(\"abc\n\(good)\n").tree.body.count >= 20)
  }

  @Test func independentMistakesAreReportedInOrder() {
    let text =
      "let a = 1\nlet b = 2 +\nlet c = 3\nlet d = 4\nlet = 5\nlet e = 6\nfn f(x) {\n  let y = x\n  return y y\n}\nlet z = 1\n"
    #expect(Self.findings(text) == ["E0201 2", "E0202 5", "E0203 9"])
  }

  @Test func mistakesInsideBracesAreIndependent() {
    let text = """
      problem p(D {
        param w = )
        loss = w w
      }
      run r = p wth gd() for 9 steps {
        recrod loss
        stop whn loss < 1
      }
      """
    #expect(Self.findings(text) == ["E0204 1", "E0201 2", "E0203 3", "E0217 5", "E0218 6", "E0207 7"])
  }

  @Test func anUnclosedBracketDoesNotSwallowTheNextStatements() {
    #expect(Self.findings("let x = f(1, (2 + 3)\nlet y = (4)\nlet z = )\n") == ["E0204 1", "E0201 3"])
    #expect(Self.findings("let x = [1, 2\nrun r = p with gd() for 9 steps\nlet z = )\n") == ["E0204 1", "E0201 3"])
  }

  @Test func fiftyMistakesAreFiftyFindings() {
    #expect(Self.parse(String(repeating: "let = 1\n", count: 50)).diagnostics.count == 50)
  }

  // MARK: - Limits

  @Test(arguments: [(199, 0), (200, 0), (201, 1), (5000, 1)])
  func bracketsNestTwoHundredDeep(depth: Int, count: Int) {
    for (open, close) in [("(", ")"), ("[", "]"), ("f(", ")"), ("-", ""), ("not ", ""), ("x => ", "")] {
      let text = "let x = " + String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
      let found = Self.parse(text + "\nlet y = 1\n").diagnostics
      #expect(found.map(\.code) == Array(repeating: "E0209", count: count), "\(open)")
      if count == 1 {
        let level = 8 + 200 * open.utf8.count
        #expect((level...level + open.utf8.count).contains(Int(found.first?.span?.lower ?? 0)), "\(open)")
        #expect(found.first?.message == "nested more than 200 deep")
      }
    }
  }

  @Test func aMillionParenthesesAreRefusedQuickly() {
    let text = "let x = " + String(repeating: "(", count: 1_000_000) + "1" + String(repeating: ")", count: 1_000_000)
    // A square of a million would not come to an end.
    let codes = Self.parse(text).diagnostics.map(\.code)
    #expect(codes.contains("E0209") && Set(codes) == ["E0209", "E0902"])
  }

  @Test(arguments: [" + ", " and ", " < ", " or ", " * "])
  func longChainsAreLoops(joint: String) {
    let parsed = Self.parse("let x = " + Array(repeating: "a", count: 100_000).joined(separator: joint))
    #expect(parsed.diagnostics.isEmpty)
    // The last expression of the arena is the chain, behind its 100,000 operands.
    guard case .binding(_, let chain, _) = parsed.tree[parsed.tree.body[0]] else { return #expect(Bool(false)) }
    #expect(chain.index >= 100_000)
  }

  @Test func longTextsAndTokensHaveLimits() {
    var limits = SyntaxLimits()
    limits.sourceBytesMax = 10
    #expect(Parser.parse(SourceText(name: "t", "let x = 10"), limits: limits).diagnostics.isEmpty)
    #expect(Parser.parse(SourceText(name: "t", "let x = 100"), limits: limits).diagnostics.map(\.code) == ["E0901"])
    limits = SyntaxLimits()
    limits.tokenCountMax = 4
    #expect(Parser.parse(SourceText(name: "t", "let x = 1"), limits: limits).diagnostics.isEmpty)
    #expect(Parser.parse(SourceText(name: "t", "let x = (1)"), limits: limits).diagnostics.map(\.code) == ["E0902"])
  }

  @Test(arguments: [
    "let x = (", "fn f(x) {", "f()\n", "-", "a.b", "{", "let a = 1\n", "# comment\n", "\"abc\"; ", "[", "x => ",
    "if a { b } else if a { b } ",
  ])
  func timeGrowsWithTheTextOnly(piece: String) {
    func time(_ count: Int) -> Double {
      let text = String(repeating: piece, count: count)
      return (0..<3).map { _ in processorTime { _ = Self.parse(text) } }.min() ?? 0
    }
    _ = time(100)
    // Eight times the text: linear work takes 8 times as long, quadratic work 64 times. The processor's time has noise
    // beside other work, which a few tries get past and quadratic work does not.
    #expect((0..<10).contains { _ in time(8000) < time(1000) * 24 + 0.02 })
  }

  /// Seconds that this thread computes, whatever else the machine does.
  private func processorTime(_ body: () -> Void) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    let start = now()
    body()
    return now() - start
  }

  /// Damaged texts are read to the end, and every finding lies within the text.
  @Test func damagedScriptsAreAlwaysRead() {
    var generator = SplitMix(seed: 3)
    let scripts = Corpus.scripts.map { Array($0.utf8) }.filter { !$0.isEmpty }
    for _ in 0..<600 {
      var bytes = scripts[Int.random(in: 0..<scripts.count, using: &generator)]
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: place)
        case 2: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        default: bytes.removeSubrange(place..<min(bytes.count, place + 9))
        }
        if bytes.isEmpty { bytes = [0x20] }
      }
      let parsed = Parser.parse(SourceText(name: "t", bytes: bytes))
      for finding in parsed.diagnostics {
        #expect(Int(finding.span?.lower ?? 0) <= bytes.count)
      }
      var sources = SourceMap()
      _ = sources.add(SourceText(name: "t", bytes: bytes))
      let shown = Renderer().render(parsed.diagnostics, in: sources)
      #expect(!shown.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    }
  }

  /// One token removed, doubled or replaced: the first message is within a line of the damage, and few follow.
  @Test func messagesStayNearTheDamage() {
    var generator = SplitMix(seed: 8)
    var near = 0
    var few = 0
    var total = 0
    while total < 1000 {
      let script = Corpus.scripts[Int.random(in: 0..<Corpus.scripts.count, using: &generator)]
      let bytes = Array(script.utf8)
      let source = SourceText(name: "t", bytes: bytes)
      let tokens = Parser.parse(source).lexed.tokens.filter { $0.lower < $0.upper && $0.kind != .newline }
      if tokens.isEmpty { continue }
      let token = tokens[Int.random(in: 0..<tokens.count, using: &generator)]
      let other = tokens[Int.random(in: 0..<tokens.count, using: &generator)]
      let range = Int(token.lower)..<Int(token.upper)
      let replacement: [UInt8] =
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: []
        case 1: Array(bytes[range]) + [0x20] + Array(bytes[range])
        default: [0x20] + Array(bytes[Int(other.lower)..<Int(other.upper)]) + [0x20]
        }
      let damaged = SourceText(
        name: "t", bytes: Array(bytes[..<range.lowerBound]) + replacement + bytes[range.upperBound...])
      let found = Parser.parse(damaged).diagnostics.filter { $0.severity == .error }
      guard let first = found.first?.span else { continue }
      total += 1
      if abs(damaged.line(at: Int(first.lower)) - source.line(at: range.lowerBound)) <= 1 { near += 1 }
      if found.count <= 3 { few += 1 }
    }
    #expect(near >= 900, "\(near) of 1000 near the damage")
    #expect(few >= 950, "\(few) of 1000 with at most three messages")
  }

  @Test func aListMayBreakBeforeANumber() {
    // Numbers and names have tables of their own: the second number has no name of its place.
    for text in ["print [\n  1,\n  2,\n  3,\n  4,\n  5]\n", "print [\n 1.5,\n 2.5,\n 3.5\n]\n"] {
      #expect(Parser.parse(SourceText(name: "t", text)).diagnostics == [])
    }
  }
}
