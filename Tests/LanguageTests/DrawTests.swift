import Data
import Diagnostics
import Language
import Synchronization
import Testing
import Values

/// Draws of a script: each has a stream of its own, which no unrelated edit changes.
@Suite struct DrawTests {
  /// Streams that a script drew from while it ran, with the places of the draws.
  private final class Log: Sendable {
    let entries = Mutex<[(stream: StreamName, place: Span)]>([])

    var options: SessionOptions {
      var options = SessionOptions()
      options.onDraw = { [self] stream, place in entries.withLock { $0.append((stream, place)) } }
      return options
    }
  }

  // MARK: Keys

  private static let rich = """
    fn once() = draw(normal(), [2])
    fn both() { let part = once(); return part + draw(uniform(), [2]) }
    let a = draw(normal(), [2])
    let b = once() + once()
    let c = [both() for i in 0..<3]
    let d = [draw(normal()) + draw(normal()) for i in 0..<2 for j in 0..<2]
    var e = 0.0
    for i in 0..<3 { e = e + draw(normal()) }
    for i in 0..<3 { e = e + draw(normal()) }
    for i in 0..<2 { let inner = permutation(5) }
    for i in 0..<2 { let inner = permutation(5) }
    var n = 0
    while n < 3 { n += 1; let turn = draw(rademacher(), [4]) }
    repeat 2 { let again = draw(exponential_law(), [4]) }
    let twice = x => x + draw(normal())
    let f = twice(1) + twice(twice(2))
    print draw(normal()), draw(normal())
    print draw(normal())
    print "{draw(normal())} and {draw(normal())}"
    let g = sum(draw(normal()) * i for i in 0..<600)
    let s = digits.take(20).shuffle()
    let A = matrix_with_spectrum([1, 2], 3), B = 1
    let C = matrix_with_spectrum([1, 2], 3)
    problem one { let u = draw(normal(), [2]); draw v: [2] ~ normal(); param w = draw(normal(), [2]); loss = dot(w - u, w - v) }
    problem two { let u = draw(normal(), [2]); draw v: [2] ~ normal(); param w = draw(normal(), [2]); loss = dot(w - u, w - v) }
    optimizer slow(lr > 0) { state z = 0 * x; x' = x - lr * (g + z) }
    run r = one() with slow(lr = 0.1) for 1 steps
    run q = two() with slow(lr = 0.1) for 1 steps
    sweep w over lr in [0.1, 0.2], seed in 1...2 { let m = draw(normal(), [3]); run quadratic(m) with gd(lr = lr) for 1 steps { record loss } }
    """.replacing(", B = 1", with: "")

  @Test func everyPlaceHasAStreamOfItsOwn() {
    let log = Log()
    let result = outcome(of: Self.rich, host: dataHost, options: log.options)
    #expect(result.outcome == .finished, "\(result.words)")
    let placeOfName = Self.expectDifferentKeys(log, "rich")
    // One for each place, call and turn; 600 of them are turns of g.
    #expect(placeOfName.count == 650, "\(placeOfName.count)")
  }

  /// No name stands for two places, and no key for two names.
  @discardableResult
  private static func expectDifferentKeys(_ log: Log, _ script: String) -> [StreamName: Span] {
    var placeOfName: [StreamName: Span] = [:]
    var nameOfKey: [Int: StreamName] = [:]
    for (stream, place) in log.entries.withLock({ $0 }) {
      #expect(placeOfName[stream] == nil || placeOfName[stream] == place, "\(script): \(stream.detail), two places")
      #expect(nameOfKey[stream.key] == nil || nameOfKey[stream.key] == stream, "\(script): \(stream.detail), no key")
      #expect(!stream.detail.contains("elsewhere"), "\(script): \(stream.detail) has no place")
      placeOfName[stream] = place
      nameOfKey[stream.key] = stream
    }
    return placeOfName
  }

  // MARK: Edits

  private static let bindings: [(name: String, text: String)] = [
    ("a", "let a = draw(normal(), [3])"),
    ("b", "let b = draw(uniform(), [2]) + draw(normal(), [2])"),
    ("c", "let c = [pair() for k in 0..<2]"),
    ("d", "let d = shifted(1) - shifted(2)"),
    ("e", "let e = permutation(6)"),
    ("h", "let h = matrix_with_spectrum([1, 2], 2)"),
    ("l", "let l = sum(draw(rademacher()) for k in 0..<5)"),
  ]
  private static let functions = "fn pair() = draw(normal(), [2])\nfn shifted(x) = x + draw(exponential_law())\n"

  private func values(of script: String) -> [String: String] {
    let names = Self.bindings.map(\.name)
    let result = outcome(
      of: script + "\n" + names.map { "print [sum(0 * \($0)), sum(\($0)), max(\($0))]" }.joined(separator: "\n"))
    #expect(result.outcome == .finished && result.lines.count == names.count, "\(result.words)\n\(script)")
    return Dictionary(zip(names, result.lines)) { first, _ in first }
  }

  /// Comments, formatting, other bindings, and bindings that change places.
  @Test func unrelatedEditsChangeNoNumber() {
    let before = values(of: Self.functions + Self.bindings.map(\.text).joined(separator: "\n"))
    #expect(Set(before.values).count == before.count)
    var generator = SeededGenerator(11)
    for edit in 0..<200 {
      var lines = Self.bindings.map(\.text)
      lines.shuffle(using: &generator)
      for place in stride(from: lines.count, through: 0, by: -1) {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: lines.insert("# draw(normal()) \(edit)", at: place)
        case 1: lines.insert("let new\(place) = draw(normal(), [\(1 + edit % 3)]) + pair()[0]", at: place)
        case 2: lines.insert("fn other\(place)() = draw(uniform())", at: place)
        case 3 where place < lines.count:
          lines[place] = lines[place].replacing("(", with: "( ").replacing(",", with: " ,\n   ") + "   # moved"
        default: break
        }
      }
      #expect(values(of: Self.functions + lines.joined(separator: "\n")) == before, "\(lines)")
    }
  }

  /// Another name is another draw, for that binding alone.
  @Test func aNewNameChangesOneBindingAlone() {
    let all = Self.functions + Self.bindings.map(\.text).joined(separator: "\n")
    let before = values(of: all)
    let after = values(of: all.replacing("let a =", with: "let z =") + "\nlet a = z")
    #expect(after["a"] != before["a"])
    #expect(Self.bindings.dropFirst().allSatisfy { after[$0.name] == before[$0.name] })
  }

  @Test func theSeedOfTheScriptIsPartOfEveryKey() {
    let script = "let a = draw(normal(), [3])\nlet b = draw(normal(), [3], seed = 4)\nprint a\nprint b"
    var other = SessionOptions()
    other.seed = 1
    let (first, second) = (outcome(of: script), outcome(of: script, options: other))
    #expect(first.lines[0] != second.lines[0] && first.lines[1] == second.lines[1])
  }

  /// With a seed a draw is the same wherever it stands, and two laws have nothing in common.
  @Test func seedsNameStreams() {
    let result = outcome(
      of: """
        fn inner(k) = draw(normal(), [3], seed = k)
        let other = draw(normal(), [3], seed = 5)
        print max(abs(inner(5) - other)), max(abs(inner(6) - other)) > 0
        print max(abs(matrix_with_spectrum([1, 2], 3, seed = 5) - matrix_with_spectrum([1, 2], 3, seed = 5)))
        """)
    #expect(result.lines == ["0  true", "0"], "\(result.lines) \(result.words)")
  }

  // MARK: Independence

  /// Correlations of all pairs of laws at one seed and of draws without seeds, and how far each is from its law.
  @Test func drawsAreIndependentAndFollowTheirLaws() {
    let laws = ["normal()", "uniform()", "rademacher()", "exponential_law()"]
    var script = ""
    for (index, law) in laws.enumerated() {
      script += "let s\(index) = draw(\(law), [4000], seed = 3)\nlet t\(index) = draw(\(law), [4000])\n"
      script += "let u\(index) = draw(\(law), [4000])\n"
    }
    let names = laws.indices.flatMap { ["s\($0)", "t\($0)", "u\($0)"] }
    script += "fn centred(x) = (x - mean(x)) / std(x)\nfn ranks(x) = argsort(argsort(x)) / 4000.0\n"
    for (position, first) in names.enumerated() {
      for second in names[(position + 1)...] { script += "print mean(centred(\(first)) * centred(\(second)))\n" }
    }
    // Ranks see what is coupled without being linear; signs have none.
    let ranked = names.filter { !$0.hasSuffix("2") }
    for (position, first) in ranked.enumerated() {
      for second in ranked[(position + 1)...] {
        script += "print mean(centred(ranks(\(first))) * centred(ranks(\(second))))\n"
      }
    }
    let correlations = outcome(of: script)
    #expect(correlations.outcome == .finished, "\(correlations.words)")
    #expect(correlations.numbers.count == 66 + 36)
    // 102 numbers of standard deviation 0.016.
    #expect(correlations.numbers.allSatisfy { abs($0) < 0.065 }, "\(correlations.numbers)")
    let laws2 = outcome(
      of: """
        let u = sort(draw(uniform(), [4000]))
        let e = sort(1 - exp(-draw(exponential_law(), [4000])))
        let places = [(i + 0.5) / 4000 for i in 0..<4000]
        print max(abs(u - places)), max(abs(e - places))
        """)
    #expect(laws2.numbers.count == 2 && laws2.numbers.allSatisfy { $0 < 0.03 }, "\(laws2.lines) \(laws2.words)")
  }

  // MARK: Sweeps, prompts

  @Test func membersOfASweepDifferBySeedAlone() {
    let result = outcome(
      of: """
        sweep s over lr in [0.1, 0.2], seed in 1...2 { let z = draw(normal()); run quadratic([1]) with gd(lr = lr) for 1 steps { record loss * 0 + z as q } }
        table s: final(q) by lr, seed
        """)
    let rows = result.lines.map { $0.split(separator: " ").map(String.init) }.filter { Double($0.last ?? "") != nil }
    #expect(rows.count == 4, "\(result.lines) \(result.words)")
    let values = rows.compactMap(\.last)
    #expect(
      values.count == 4 && values[0] == values[2] && values[1] == values[3] && values[0] != values[1], "\(values)")
  }

  private func shown(_ name: String, _ inputs: [String]) -> String {
    var output = ""
    let session = InteractiveSession(
      host: MemoryHost(), options: SessionOptions(), output: { output += $0 }, progress: nil, interrupt: nil)
    for input in inputs {
      if input == ":undo" { _ = session.undo() } else { _ = session.run(Array(input.utf8)) }
    }
    output = ""
    _ = session.run(Array("print \(name)".utf8))
    return output
  }

  @Test func aNameThatIsBoundAgainCountsOnAndUndoGoesBack() {
    let bind = "let a = draw(normal())"
    let (once, twice, thrice) = (shown("a", [bind]), shown("a", [bind, bind]), shown("a", [bind, bind, bind]))
    #expect(Set([once, twice, thrice, ""]).count == 4)
    #expect(shown("a", [bind, "let b = draw(normal())", bind]) == twice)
    #expect(shown("a", [bind, bind, ":undo"]) == once)
    #expect(shown("a", [bind, bind, ":undo", bind]) == twice)
    #expect(shown("a", [bind, "let a = nonsense(draw(normal()))", bind]) == twice)
  }

  @Test func aSavedSessionDrawsTheSame() {
    var output = ""
    let session = InteractiveSession(
      host: MemoryHost(), options: SessionOptions(), output: { output += $0 }, progress: nil, interrupt: nil)
    for input in [
      "fn f() = draw(normal())", "let a = f() + draw(normal())", "draw(normal(), [2])", "draw(normal(), [2])",
      "let b = _ + draw(normal(), [2])", "nonsense(draw(normal()))", "print draw(normal())", "let c = f() + _1[0]",
    ] { _ = session.run(Array(input.utf8)) }
    output = ""
    _ = session.run(Array("print a, b, c, draw(normal())".utf8))
    let replay = outcome(of: session.script)
    #expect(output.split(separator: "\n").map(String.init).last == replay.lines.last, "\(session.script)")
  }

  // MARK: Refusals

  @Test(arguments: [
    (
      "optimizer o(lr > 0) { x' = x - lr * g * draw(uniform()) }\nrun r = quadratic([1]) with o(lr = 0.1) for 2 steps",
      true
    ),
    (
      "optimizer o(lr > 0) { x' = x - lr * g * draw(uniform(), seed = 1) }\nrun r = quadratic([1]) with o(lr = 0.1) for 2 steps",
      true
    ),
    ("process p { state x = 0.0\n x' = x + draw(normal()) }\nrun r = p for 2 steps { record x as q }", true),
    ("process p { state x = 0.0\n dx = draw(normal()) * dt }\nrun r = p dt 0.1 for 2 steps { record x as q }", true),
    (
      "fn f() = draw(normal())\nproblem p { param w = 0.0\n loss = (w - f())^2 }\nrun r = p with gd(lr = 0.1) for 2 steps",
      true
    ),
    ("run r = quadratic([1]) with gd(lr = draw(uniform())) for 2 steps", true),
    ("run r = quadratic([1]) with gd(lr = 0.1) for 2 steps { record draw(normal()) as q }", true),
    ("run r = quadratic([1]) with gd(lr = 0.1) for 2 steps { record x[0] * draw(normal(), seed = 1) as q }", false),
    ("let l = draw(uniform())\nrun r = quadratic([1]) with gd(lr = l) for 2 steps", false),
  ])
  func whatEveryStepEvaluatesDrawsNothing(script: String, isRefused: Bool) {
    let codes = checking(script).codes
    #expect(codes == (isRefused ? ["E0604"] : []), "\(checking(script).words)")
  }
}
