import Language
import Library
import Testing
import Values

/// Members of a sweep that differ in numbers alone are staged once, and give the bytes of runs by themselves.
@Suite struct SharedStagingTests {
  private static let definitions = """
    let A = sin(outer(1.0 * (1...12), sqrt(2) * (1...4)))
    let y = A @ [1.0, -1, 2, 0.5]
    fn half(u) = u / 2
    fn made(u) = gd(lr = u)
    fn pick(u) = if u > 0.03 { heavy_ball(lr = u) } else { gd(lr = u) }
    optimizer own(a0, scale = 2) { x' = x - a0 * scale * g }
    optimizer counted(n) { x' = x - 0.01 * (1...n)[n - 1] * g }
    optimizer powered(p) { x' = x - 0.01 * g * abs(g)^p }
    optimizer begun(lr, v0 = 1) {
      state v = v0
      v' = 0.5 * v + g
      x' = x - lr * v'
    }
    optimizer bent(lr) { x' = if lr > 0.02 { x - lr * g } else { x } }
    optimizer derived(lr, second = lr / 3) { x' = x - (lr + second) * g }
    optimizer seen(lr) {
      let u = lr * 2
      x' = x - u * g
    }
    problem start(s) {
      param w: [3] = s
      loss = norm2(w - [1, 2, 3])
    }
    problem noisy(s) {
      param w: [3] ~ normal(0, s)
      loss = norm2(w - [1, 2, 3])
    }

    """

  /// What stands before a run of a sweep over `a`, the run, and the values of `a`.
  static let cases: [(preparation: String, run: String, values: [String])] = [
    ("", "least_squares(A, y) with gd(lr = a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("let rate = half(a)", "least_squares(A, y) with gd(lr = rate) batch 3 for 6 steps", ["0.01", "0.02", "0.05"]),
    (
      "let rate = half(a)\nlet q = rate + 0.001",
      "least_squares(A, y) with heavy_ball(lr = q, momentum = 1 - rate) batch 3 for 6 steps", ["0.01", "0.02", "0.05"]
    ),
    ("let B = A * a", "least_squares(B, y) with gd(lr = a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with made(a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with pick(a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("fn inner(u) = a * u", "least_squares(A, y) with gd(lr = inner(2)) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with gd(lr = a / t) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with gd(lr = if step < 3 { a } else { a / 2 }) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with gd(lr = 0.01) for a steps", ["1", "2", "3"]),
    ("", "least_squares(A, y) with gd(lr = 0.01) batch a for 6 steps", ["1", "2", "3"]),
    ("", "least_squares(A, y) with counted(a) for 6 steps", ["1", "2", "3"]),
    ("", "least_squares(A, y) with powered(a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with powered(a) for 6 steps", ["0.5", "2", "-0.5"]),
    ("", "least_squares(A, y) with powered(a) for 6 steps", ["1", "2", "3"]),
    ("", "least_squares(A, y) with begun(0.01, a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with begun(a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with bent(a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with derived(a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with derived(0.01, a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with seen(a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with own(a, a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "start(a) with gd(lr = a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "noisy(a) with gd(lr = a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "start(1) with gd(lr = a) seed 3 for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with clip_norm(gd(lr = a), a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with weight_decay(adam(lr = a), a) for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with gd(lr = 0.01) for 6 steps { at step 3 { lr = a } }", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with gd(lr = a) for 6 steps { at step 3 { lr *= a } }", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with gd(lr = a) for 6 steps { at step 3 { lr = lr / 2 } }", ["0.01", "0.02", "0.05"]),
    (
      "", "least_squares(A, y) with gd(lr = a) for 6 steps { at step 3 { lr = lr / 2 }\n at step 4 { x = x * a } }",
      ["0.01", "0.02", "0.05"]
    ),
    ("", "least_squares(A, y) with gd(lr = a) for 6 steps { stop when loss < 100 * a }", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with gd(lr = 0.1) for 6 steps { stop when loss < 100 * a }", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with gd(lr = a) precision f32 for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with gd(lr = a) precision bf16 for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with majority_vote(lr = a) batch 2 workers 3 for 6 steps", ["0.01", "0.02", "0.05"]),
    (
      "", "least_squares(A, y) with sgd(lr = a) local 3, local_sgd(lr = 2 * a) batch 2 workers 2 for 6 steps",
      ["0.01", "0.02", "0.05"]
    ),
    (
      "", "least_squares(A, y) with mem_sgd(lr = a, c = top(2)) batch 2 workers 2 for 6 steps",
      ["0.01", "0.02", "0.05"]
    ),
    (
      "", "least_squares(A, y) with mem_sgd(lr = a, c = top(2)) batch 2 workers 2 delay 2 for 6 steps",
      ["0.01", "0.02", "0.05"]
    ),
    ("", "least_squares(A, y) with sgd(lr = min(a, 0.015)) batch 2 for 6 steps", ["0.01", "0.02", "0.05"]),
    (
      "", "least_squares(A, y) with sgd(lr = (if a > 0.015 { 0.1 / t } else { a })) batch 2 for 6 steps",
      ["0.01", "0.02", "0.05"]
    ),
    ("", "least_squares(A, y) with sgd(lr = [0.01, 0.02, 0.03][a - 1]) batch 2 for 6 steps", ["1", "2", "3"]),
    ("", "least_squares(A, y) with gd(lr = a) batch 2 for 6 steps", ["1e-3", "1", "0"]),
    ("", "least_squares(A, y) with gd(lr = 1e-3 / a) batch 2 for 6 steps", ["1", "2", "0.5"]),
    ("", "least_squares(A, y) with langevin(lr = a, temperature = a) batch 2 for 6 steps", ["0.01", "0.02", "0.05"]),
    ("", "least_squares(A, y) with adam(lr = 0.01, β1 = 1 - a) for 6 steps", ["0.1", "1", "0.3"]),
  ]

  /// What is recorded goes into the body of a run, which may have one.
  private static func recording(_ run: String) -> String {
    let recorded = "record loss, loss * 2 as twice every 2"
    if !run.contains("steps {") { return run + " { \(recorded) }" }
    return run.replacing("steps {", with: "steps { \(recorded)\n", maxReplacements: 1)
  }

  /// A text with a number in place of `a`.
  private static func text(_ text: String, _ value: String) -> String {
    text.replacing(#/\ba\b/#, with: value)
  }

  private static func lines(_ outcome: ScriptOutcome) -> [String] {
    outcome.lines.map { $0.replacing(#/^a = [^:]*: /#, with: "") }
  }

  @Test(arguments: cases) func membersAreTheRunsByThemselves(preparation: String, run: String, values: [String]) {
    let printed = "print NAME.loss.values\nprint NAME.twice.values\n"
    let sweep = outcome(
      of: Self.definitions + "sweep s over a in [\(values.joined(separator: ", "))] {\n\(preparation)\nrun "
        + Self.recording(run) + "\n}\n" + printed.replacing("NAME", with: "s"))
    #expect(sweep.places.isEmpty, "\(sweep.words)")
    var expected: [String] = []
    for value in values {
      let alone = outcome(
        of: Self.definitions + Self.text(preparation, value) + "\nrun r = " + Self.text(Self.recording(run), value)
          + "\n" + printed.replacing("NAME", with: "r"))
      #expect(alone.places.isEmpty, "\(alone.words)")
      expected += Self.lines(alone)
    }
    #expect(expected.count == 2 * values.count && Set(expected).count > 1)
    #expect(Self.lines(sweep).sorted() == expected.sorted())
  }

  // MARK: The library

  /// Numbers of every optimizer of the library, with what else it must be given.
  static let hyperparameters: [(optimizer: String, name: String)] = LibraryEntries.all.flatMap { entry in
    optimizerParameters(entry.text).map { (entry.name, $0) }
  }

  /// What stands in the parentheses of an optimizer's head.
  private static func head(of text: String) -> String {
    guard let start = text.firstMatch(of: #/(?m)^optimizer \w+\(/#) else { return "" }
    return String(text[start.range.upperBound...].prefix { $0 != "\u{7B}" })
  }

  private static func optimizerParameters(_ text: String) -> [String] {
    head(of: text).matches(of: #/(\w+)\s*(?:>=?|in|=)/#).map { String($0.1) }
  }

  private static let needed = [
    "lr": "0.02", "rule": "adam(lr = 0.02)", "limit": "0.5", "every": "3", "m": "4", "n": "12", "temperature": "0.1",
    "σ": "0.1", "λ": "0.1",
  ]

  /// Matrices, so that every optimizer takes them.
  private static let matrices = """
    problem matrices {
      param w: [3, 2] ~ normal(0, 1)
      loss = norm2(w - [[1, 2], [0.5, 0.3], [2, 1]]) + norm2(w @ [1.0, -1])
    }

    """

  /// What an optimizer has to be given besides one of its numbers.
  private static func others(of optimizer: String, besides name: String) -> String {
    let head = head(of: LibraryEntries.entry(named: optimizer)?.text ?? "")
    var result = ""
    for part in head.split(separator: ",") where part.firstMatch(of: #/ = /#) == nil {
      guard let parameter = part.firstMatch(of: #/\w+/#).map({ String($0.0) }), parameter != name else { continue }
      result += ", \(parameter) = \(needed[parameter] ?? "0.5")"
    }
    return result
  }

  /// Values of a number, by its name.
  private static func values(of name: String) -> [String] {
    switch name {
    case "every", "m", "rank": ["1", "2", "3"]
    case "lr": ["0.01", "0.02", "0.05"]
    default: ["0.3", "0.5", "0.7"]
    }
  }

  @Test(arguments: hyperparameters) func everyNumberOfTheLibraryIsGivenToMembers(optimizer: String, name: String) {
    let values = Self.values(of: name), others = Self.others(of: optimizer, besides: name)
    func run(_ value: String) -> String {
      "matrices() with \(optimizer)(\(name) = \(value)\(others)) for 9 steps { record loss }"
    }
    let sweep = outcome(
      of: Self.matrices + "sweep s over a in [\(values.joined(separator: ", "))] { run \(run("a")) }\n"
        + "print s.loss.values\n")
    let alone = outcome(
      of: Self.matrices
        + values.enumerated().map { "run r\($0) = \(run($1))\nprint r\($0).loss.values\n" }.joined())
    #expect(sweep.places.isEmpty == alone.places.isEmpty, "\(sweep.words) \(alone.words)")
    guard alone.places.isEmpty else { return }
    #expect(alone.lines.count == 3)
    #expect(Self.lines(sweep) == alone.lines)
  }

  // MARK: What it saves

  /// Operations of the evaluator that a sweep of so many members takes, of more than one form.
  @Test(arguments: [
    ("gd(lr = 1e-5 * a)", true), ("heavy_ball(lr = 1e-5 * a, momentum = 1 / (a + 1))", true), ("made(1e-5 * a)", false),
  ]) func oneStagingServesAllMembers(rule: String, isShared: Bool) {
    var options = SessionOptions()
    options.limits.operations = 40_000
    let result = outcome(
      of: Self.definitions
        + "sweep s over a in 1...2000 { run least_squares(A, y) with \(rule) for 2 steps { record loss at end } }\n"
        + "print s.count\n", options: options)
    #expect(result.places.isEmpty == isShared, "\(result.words)")
  }

  // MARK: More axes

  @Test func axesThatDecideAndAxesThatDoNotGoTogether() {
    let sweep = outcome(
      of: Self.definitions
        + "sweep s over n in [2, 4], a in [0.01, 0.02], k in 1...2 {\n"
        + "  run noisy(n) with langevin(lr = a, temperature = a * n) seed k for 5 steps { record loss }\n}\n"
        + "print s.loss.values\n")
    var expected: [String] = []
    for n in ["2", "4"] {
      for a in ["0.01", "0.02"] {
        for seed in 1...2 {
          expected +=
            outcome(
              of: Self.definitions
                + "run r = noisy(\(n)) with langevin(lr = \(a), temperature = \(a) * \(n)) seed \(seed) for 5 steps { record loss }\n"
                + "print r.loss.values\n"
            ).lines
        }
      }
    }
    #expect(sweep.places.isEmpty && expected.count == 8, "\(sweep.words)")
    #expect(sweep.lines.map { $0.replacing(#/^.*: /#, with: "") } == expected)
  }

  @Test func aSweepInAMemberOfAnotherIsStagedMemberByMember() {
    let inner =
      "fn best(a) {\n  sweep t over b in [0.01, 0.03, 0.05] {\n"
      + "    run start(1) with gd(lr = a * b) for 3 steps { record loss at end } }\n"
      + "  argmin(final(t.loss) over b)\n}\n"
    let sweep = outcome(
      of: Self.definitions + inner
        + "sweep s over c in [1, 3] {\n  let b = best(c)\n"
        + "  run start(1) with gd(lr = b) for 3 steps { record loss }\n}\nprint s.loss.values\n"
    )
    var expected: [String] = []
    for c in ["1", "3"] {
      expected +=
        outcome(
          of: Self.definitions + inner
            + "let b = best(\(c))\nrun r = start(1) with gd(lr = b) for 3 steps { record loss }\nprint r.loss.values\n"
        ).lines
    }
    #expect(sweep.places.isEmpty && expected.count == 2, "\(sweep.words)")
    #expect(sweep.lines.map { $0.replacing(#/^.*: /#, with: "") } == expected)
  }
}
