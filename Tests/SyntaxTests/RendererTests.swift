import Diagnostics
import Syntax
import Testing

/// What a reader sees.
@Suite struct RendererTests {
  private static func render(_ text: String, style: Renderer.Style = .plain) -> String {
    render(Array(text.utf8), style: style)
  }

  private static func render(_ bytes: [UInt8], style: Renderer.Style = .plain) -> String {
    var sources = SourceMap()
    let source = SourceText(name: "edge.opt", bytes: bytes)
    let file = sources.add(source)
    return Renderer(style: style).render(Parser.parse(source, file: file).diagnostics, in: sources)
  }

  private static func render(_ diagnostic: Diagnostic, _ texts: [String]) -> String {
    var sources = SourceMap()
    for (number, text) in texts.enumerated() { _ = sources.add(SourceText(name: "file\(number).opt", text)) }
    return Renderer().render(diagnostic, in: sources)
  }

  @Test func theWholeMessageIsAsDesigned() {
    let text = String(repeating: "\n", count: 11) + "let pred = X @ w            # shape (64,)\n\nlet r = pred - y\n"
    let first = text.utf8.count - "pred - y\n".utf8.count
    let label = Diagnostic.Label(Span(11 + 11, 11 + 15), "this is (64,)")
    let diagnostic = Diagnostic(
      "E0502", "these shapes would silently build a (64, 64) table", at: Span(first, first + 8),
      label: "(64,) minus (64, 1)", labels: [label], notes: ["y has shape (64, 1)"], help: ["write   pred - y[:, 0]"])
    #expect(
      Self.render(diagnostic, [text]) == """
        error E0502: these shapes would silently build a (64, 64) table
          --> file0.opt:14:9
           |
        12 | let pred = X @ w            # shape (64,)
           |            ---- this is (64,)
        14 | let r = pred - y
           |         ^^^^^^^^ (64,) minus (64, 1)
           |
           = y has shape (64, 1)
           = help: write   pred - y[:, 0]
           = explain: descent explain E0502

        """)
  }

  @Test func tabsWideAndCombiningCharactersKeepTheCaretInPlace() {
    #expect(Self.render("\tlet x = )\n").contains("1 |     let x = )\n  |             ^ "))
    #expect(
      Self.render("let s = \"日本e\u{301}\" \"b\"\n").contains("1 | let s = \"日本e\u{301}\" \"b\"\n  |                 ^ ")
    )
  }

  @Test func columnsCountCharacters() {
    #expect(Self.render("let βη = )\n").contains("--> edge.opt:1:10\n"))
  }

  @Test func longLinesAreCropped() {
    let shown = Self.render(
      "let x = " + String(repeating: "a + ", count: 500) + ")" + String(repeating: " + b", count: 500))
    for line in shown.split(separator: "\n") { #expect(line.count <= 140) }
    #expect(shown.contains("…"))
    let lines = shown.split(separator: "\n", omittingEmptySubsequences: false)
    let source = Array(lines[3])
    let caret = Array(lines[4]).firstIndex(of: "^") ?? 0
    #expect(source[caret] == ")")
  }

  @Test func noControlByteIsShown() {
    let bytes = Array("let x = \"\u{1B}]0;pwned\u{7}\" \u{202E} )\n".utf8) + [0xFF, 0x0A, 0x9B, 0x0A]
    let shown = Self.render(bytes)
    #expect(shown.contains("\\u{1B}") && shown.contains("\\xFF"))
    #expect(!shown.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
    #expect(VisibleText.escaped("a\u{1B}b\nc", keepsLayout: true) == "a\\u{1B}b\nc")
    #expect(VisibleText.escaped("a\nb") == "a\\nb")
  }

  @Test func namesOfFilesAreEscaped() {
    var sources = SourceMap()
    _ = sources.add(SourceText(name: "a\u{1B}[2J.opt", "x"))
    let shown = Renderer().render(Diagnostic("E0201", "m\u{7}", at: Span(0, 1)), in: sources)
    #expect(shown.contains("[2J.opt") && shown.contains("E0201"), "\(shown)")
    #expect(!shown.unicodeScalars.contains("\u{1B}") && !shown.unicodeScalars.contains("\u{7}"))
  }

  @Test func twentyFindingsAreShownAndTheRestCounted() {
    let shown = Self.render(String(repeating: "let = 1\n", count: 50))
    #expect(shown.ranges(of: "error E0202").count == 20)
    #expect(shown.hasSuffix("\n30 more errors\n"))
    #expect(Self.render(String(repeating: "let = 1\n", count: 21)).hasSuffix("\n1 more error\n"))
    #expect(!Self.render(String(repeating: "let = 1\n", count: 20)).contains("more"))
  }

  @Test func aFindingHasAtMostTwelveLines() {
    let labels = (0..<5).map { Diagnostic.Label(Span($0 * 2, $0 * 2 + 1), "label \($0)") }
    let many = (0..<9).map { "remark \($0)" }
    let diagnostic = Diagnostic("E0201", "m", at: Span(4, 5), labels: labels, notes: many, help: many)
    let shown = Self.render(diagnostic, ["a\nb\nc\nd\ne\nf\n"])
    #expect(shown.split(separator: "\n").count <= 14)
    let plain = Diagnostic("E0201", "m", at: Span(4, 5), notes: many, help: many)
    #expect(Self.render(plain, ["a\nb\nc\n"]).split(separator: "\n").count == 12)
  }

  @Test func aSecondFileHasItsOwnPlace() {
    let label = Diagnostic.Label(Span(file: 1, 2, 3), "defined here")
    let shown = Self.render(Diagnostic("E0307", "m", at: Span(0, 1), labels: [label]), ["abc\n", "d\ne\n"])
    #expect(shown.contains("--> file0.opt:1:1\n") && shown.contains("::: file1.opt:2:1\n2 | e\n  | - defined here\n"))
  }

  @Test func aFindingWithoutPlaceIsOneLineAndRemarks() {
    #expect(
      Self.render(Diagnostic("E0801", "no such file", at: nil), [])
        == "error E0801: no such file\n  = explain: descent explain E0801\n")
  }

  @Test func placesOutsideTheTextDoNotTrap() {
    for span in [Span(0, 0), Span(3, 100), Span(100, 200), Span(file: 9, 0, 1)] {
      #expect(Self.render(Diagnostic("E0201", "m", at: span), ["abc"]).hasPrefix("error E0201: m\n"))
      #expect(Self.render(Diagnostic("E0201", "m", at: span), [""]).hasPrefix("error E0201: m\n"))
    }
  }

  @Test func coloursAreWrittenForTerminalsOnly() {
    #expect(Self.render("let = 1", style: .ansi).contains("\u{1B}[1;31merror E0202\u{1B}[0m"))
    #expect(!Self.render("let = 1").contains("\u{1B}"))
  }

  @Test func jsonCarriesTheSameFacts() {
    var sources = SourceMap()
    let source = SourceText(name: "a\"b.opt", "let β = 7 − 2\n")
    _ = sources.add(source)
    let lines = Parser.parse(source).diagnostics.map { Renderer.json($0, in: sources) }
    #expect(
      lines == [
        #"{"code":"E0108","severity":"error","message":"`−` (U+2212) looks like `-` but is another character","#
          + #""label":"write `-`","place":{"file":"a\"b.opt","start":{"byte":11,"line":1,"column":11},"#
          + #""end":{"byte":14,"line":1,"column":12}},"labels":[],"notes":[],"help":[],"edits":[{"place":"#
          + #"{"file":"a\"b.opt","start":{"byte":11,"line":1,"column":11},"end":{"byte":14,"line":1,"column":12}},"#
          + #""replacement":"-"}]}"#
      ])
    #expect(Renderer.quoted("a\u{1B}\n\"\\\u{202E}") == #""a\u001b\n\"\\\u202e""#)
  }
}

/// "Did you mean".
@Suite struct SuggestionTests {
  private static let names = [
    "adam", "adamw", "adagrad", "batch", "gradient", "heavy_ball", "learning_rate", "lion", "loss", "momentum",
    "nesterov",
    "optimizer", "plateau", "rmsprop", "sgd", "sharpness", "step", "weight_decay", "η", "lr",
  ]

  @Test(arguments: [
    ("lerning_rate", "learning_rate"), ("momentumm", "momentum"), ("hevy_ball", "heavy_ball"), ("sdg", "sgd"),
    ("Adam", "adam"),
    ("shapness", "sharpness"), ("losss", "loss"), ("LOSS", "loss"), ("rl", "lr"), ("optimzer", "optimizer"),
  ])
  func theNearestNameIsFirst(wrong: String, right: String) {
    #expect(Suggestion.nearest(to: wrong, in: Self.names).first == right)
  }

  @Test(arguments: ["zebra", "x", "", "qqqqqqqq", "f"])
  func farNamesAreNotOffered(wrong: String) {
    #expect(Suggestion.nearest(to: wrong, in: Self.names) == [])
  }

  @Test func atMostFourAreOffered() {
    let names = (0..<9).map { "name\($0)" }
    #expect(Suggestion.nearest(to: "name", in: names) == ["name0", "name1", "name2", "name3"])
    #expect(Suggestion.nearest(to: "name", in: names, limit: 2).count == 2)
  }

  @Test func helpNamesAllCandidates() {
    #expect(Suggestion.help(for: "adamv", in: ["adam", "adamw"]) == "did you mean `adam` or `adamw`?")
    #expect(Suggestion.help(for: "zzz", in: Self.names) == nil)
  }

  /// One random slip of the fingers in a name still offers the name.
  @Test func oneSlipIsForgiven() {
    var generator = SplitMix(seed: 2)
    let words = (Words.all + Self.names).filter { $0.count >= 4 }
    var found = 0
    let trials = 2000
    for _ in 0..<trials {
      let right = words[Int.random(in: 0..<words.count, using: &generator)]
      var letters = Array(right)
      let place = Int.random(in: 0..<letters.count - 1, using: &generator)
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: letters.swapAt(place, place + 1)
      case 1: letters.remove(at: place)
      case 2: letters.insert(letters[place], at: place)
      case 3: letters[place] = Character(letters[place].uppercased())
      default: letters[place] = "q"
      }
      let wrong = String(letters)
      if words.contains(wrong) || Suggestion.nearest(to: wrong, in: words).contains(right) { found += 1 }
    }
    #expect(found >= trials * 95 / 100, "\(found) of \(trials)")
  }

  @Test func distanceCountsSwapsOnceAndCaseHalf() {
    #expect(Suggestion.distance("abc", "acb") == 2)
    #expect(Suggestion.distance("abc", "Abc") == 1)
    #expect(Suggestion.distance("abc", "abd") == 2)
    #expect(Suggestion.distance("", "ab") == 4)
    #expect(Suggestion.distance("Δx", "δx") == 1)
  }

  /// What is sorted out by counts of letters is farther than what is offered.
  @Test func namesAreSortedOutOnlyWhereTheyAreFar() {
    var generator = SplitMix(seed: 5)
    let letters = Array("abcABCaaβγΓ_1")
    var (kept, sortedOut) = (0, 0)
    for _ in 0..<4000 {
      let names = (0..<2).map { _ in
        let count = Int.random(in: 1...7, using: &generator)
        return String((0..<count).compactMap { _ in letters.randomElement(using: &generator) })
      }
      if names[0].lowercased() == names[1].lowercased() { continue }
      let isOffered = !Suggestion.nearest(to: names[0], in: [names[1]]).isEmpty
      let longer = max(names[0].count, names[1].count)
      let limit = longer <= 2 ? 2 - (min(names[0].count, names[1].count) == 1 ? 1 : 0) : 2 * max(1, (longer + 1) / 3)
      #expect(isOffered == (Suggestion.distance(names[0], names[1]) <= limit), "\(names)")
      if Letters(names[0]).mayBeNear(names[1]) { kept += 1 } else { sortedOut += 1 }
    }
    #expect(kept > 400 && sortedOut > 400, "\(kept), \(sortedOut)")
  }
}
