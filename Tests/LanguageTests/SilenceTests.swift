import Diagnostics
import Language
import Testing

/// Small inputs that once gave a wrong number, or took what has no meaning, without a word.
@Suite struct SilenceTests {
  private static let run = """
    run r = quadratic([1]) with gd(lr = 0.1) for 20 steps {
      record loss every 2
      record 1 / (t + 0.0) as p
    }

    """

  /// A function of each value, and a part of a series, stay at the positions of the series.
  @Test(
    arguments: [
      ("slope(r.p), slope(abs(r.p)), slope(1 * r.p)", [-1, -1, -1]),
      ("first(step where r.loss < exp(-3)), first(step where log(r.loss) < -3)", [12, 12]),
      ("argmin(r.loss), argmin(sqrt(r.loss)), argmin(max(r.loss, 0.01))", [20, 20, 20]),
      ("slope(r.loss) - slope(r.loss[0:])", [0]), ("r.loss[3:].positions", [6, 8, 10, 12, 14, 16, 18, 20]),
      ("mean(r.loss[2:5].values) - mean(r.loss.values[2:5])", [0]),
    ] as [(String, [Double])])
  func seriesKeepTheirAxis(expression: String, expected: [Double]) {
    let found = outcome(of: Self.run + "print \(expression)")
    #expect(found.numbers.count == expected.count && found.findings.isEmpty, "\(found.words) \(found.lines)")
    for (x, y) in zip(found.numbers, expected) { #expect(abs(x - y) < 1e-9, "\(expression): \(found.numbers)") }
  }

  @Test func seriesAreVectorsInProductsAndSlicedInSweeps() {
    let found = outcome(
      of: Self.run + """
        let v = r.loss[0:3]
        print v @ v - dot(v.values, v.values), v @ [1.0, 0.0, 0.0] - v[0]
        sweep s over lr in [0.1, 0.2], seed in 1...2 {
          run quadratic([1]) with gd(lr = lr) for 20 steps { record loss every 2 }
        }
        print (mean(abs(s.loss[2:])) where lr == 0.1).value - mean(r.loss.values[2:])
        claim "of plain numbers too": mean(s.loss.values[2:] where lr == 0.1) ≈ mean(r.loss.values[2:]) within 1e-12
        """)
    #expect(found.claims == ["supported"] && found.findings.isEmpty, "\(found.words) \(found.lines)")
    // `lr = 0.1: …` says its combination first.
    let differences = found.numbers.filter { $0 != 0.1 }
    #expect(differences.count >= 3 && differences.prefix(3).allSatisfy { abs($0) < 1e-12 }, "\(found.lines)")
  }

  @Test func seriesOfOtherStepsAreNotCombined() {
    let script = """
      run r = quadratic([1]) with gd(lr = 0.1) for 9 steps {
        record loss every 2
        record norm(x) as n at end
        record loss as m every 2
      }
      run q = quadratic([1]) with gd(lr = 0.1) for 14 steps { record loss every 3 }
      print max(r.loss, q.loss)
      """
    #expect(outcome(of: script).codes.contains("E0407"), "\(outcome(of: script).codes)")
  }

  /// Where `stop when` ends a run, its theory is recorded at that step too.
  @Test func theoryOfARunThatStoppedHasItsLastRecord() {
    let found = outcome(
      of: """
        run a = quadratic([1]) with gd(lr = 0.1) for 20 steps {
          record loss every 5
          stop when loss < 0.1
        }
        let f = flow(a)
        print a.loss.positions, f.loss.positions
        print final(f.loss) - 0.5 * exp(-1.6)
        """)
    #expect(found.lines.first == "[0, 5, 8]  [0, 5, 8]")
    #expect(abs(found.numbers.last ?? 1) < 1e-6)
  }

  @Test func seriesAtDifferentStepsStandInTheirRows() {
    let found = outcome(
      of: """
        run a = quadratic([1]) with gd(lr = 0.1) for 10 steps { record loss every 5 }
        run b = quadratic([1]) with gd(lr = 0.1) for 10 steps { record loss every 2 }
        table a.loss, b.loss
        """)
    let rows = found.lines.map { $0.split(separator: " ").map(String.init) }
    #expect(rows.first == ["step", "a.loss", "b.loss"])
    #expect(rows.contains(["5", "0.17434"]) && rows.contains(["2", "0.32805"]), "\(found.lines)")
  }

  /// What stands for a power of ten is one.
  @Test func logspaceMeetsTheNumbersThatAreMeant() {
    #expect(outcome(of: "print logspace(1, 1000, 4)").lines == ["[1, 10, 100, 1000]"])
    #expect(outcome(of: "print logspace(0.001, 1, 4)").lines == ["[0.001, 0.01, 0.1, 1]"])
  }

  @Test func whatIsNotANumberIsNeverRight() {
    let found = outcome(
      of: """
        print sign_error(0/0, 1), sign_error(0.3, 1), sign_error(0, 1)
        problem p { param w = 1.0
          loss = w^2 / 2
          metric wrong = zero_one([(w - w) / (w - w), 1.0], 0)
          metric right = zero_one([w - w, 1.0], 1) }
        run r = p with gd(lr = 0.1) for 1 steps { record wrong, right }
        print r.wrong[0], r.right[0]
        """)
    #expect(found.lines == ["nan  0  1", "nan  0"])
  }

  @Test func fisherSharpnessCountsWeights() {
    // One parameter: λ = Σ pᵢ gᵢ² with g = w (1, 3), w = 2, p = (0.25, 0.75): 4 · (0.25 + 0.75 · 9) = 28.
    let found = outcome(
      of: """
        problem p { param w = 2.0
          sample i in 0..<2 weight 1 + 2 * i
          loss = (1 + 2 * i) * w^2 / 2 }
        run r = p with gd(lr = 1e-9) for 1 steps { record fisher_sharpness }
        print r.fisher_sharpness[0]
        """)
    #expect(abs((found.numbers.first ?? 0) - 28) < 1e-6, "\(found.numbers)")
  }

  /// Scripts without a meaning, and what they are told.
  static let refused: [(script: String, code: String, word: String)] = [
    ("process p { state x = 1.0\n  dx = -x }\nrun r = p dt 0.1 for 3 steps { record x as q }", "E0604", "dt"),
    (
      "process p { state x = 1.0\n  dx = -x * dt + 0.1 }\nrun r = p dt 0.1 for 3 steps { record x as q }", "E0604", "dt"
    ),
    ("print data([[0.0], [1.0], [2.0]], [0, 1, 2]).signs().labels", "E0824", "two classes"),
    ("let D = data([[0.5], [1.0]], [0, 1])\nrun r = logistic(D) with gd(lr = 0.5) for 2 steps", "E0824", ".signs()"),
    (
      "let D = data([[0.0, 1.0], [1.0, 0.0]], [0, 1])\nrun r = regression(D, linear(2, 3)) with gd(lr = 0.1) for 1 steps",
      "E0501", ".one_hot()"
    ),
    (
      "run r = quadratic([1, 2]) with gd(lr = 0.1) for 1 steps { record distance([1.0]) }", "E0501", "several"
    ),
    ("optimizer o(lr > 0) { let s = lr * g }\nrun r = quadratic([1]) with o(lr = 0.1) for 1 steps", "E0604", "x'"),
    ("print threshold(sgd(), curvature = [[2, 1], [0, 2]])", "E0603", "symmetric"),
    ("print threshold(sgd(), samples = [[[2, 1], [0, 2]]])", "E0603", "symmetric"),
    ("print draw(uniform(1, 0), [2])", "E0603", "ascending"), ("print \"{2.5:d}\"", "E0604", "whole"),
    ("claim \"c\": same_law([0.6, 0.7], z => z - 0.3, from = 0, to = 1)", "E0603", "0 or more"),
  ]

  @Test(arguments: refused.indices) func whatHasNoMeaningIsRefused(index: Int) {
    let (script, code, word) = Self.refused[index]
    let found = outcome(of: script)
    #expect(found.codes.first == code, "\(script): \(found.codes)")
    #expect(found.words.contains(word), "\(found.words)")
  }

  /// Processes and labels that look like the refused ones and are right.
  @Test(arguments: [
    "process p { state x = 1.0\n  let n = 0.5 * dB\n  dx = -x * dt + n }\nrun r = p dt 0.1 for 3 steps { record x as q }",
    "process p { state x = 1.0, y = 2.0\n  dx = (y - x) / 2 * dt\n  dy = 0 * dt }\nrun r = p dt 0.1 for 3 steps { record x as q }",
    "print data([[0.0], [1.0]], [1, 2]).signs().labels",
    "let D = data([[0.0, 1.0], [1.0, 0.0]], [0, 2]).one_hot()\nrun r = regression(D, linear(2, 3)) with gd(lr = 0.1) for 1 steps",
    "let D = data([[0.0], [1.0]], [0.5, 1.5])\nrun r = regression(D, linear(1, 1)) with gd(lr = 0.1) for 1 steps",
    "run r = quadratic([1, 2]) with gd(lr = 0.1) for 1 steps { record distance([1.0, 2.0]) }",
    "print threshold(sgd(), curvature = [[2, 1], [1, 2]])",
  ])
  func whatHasAMeaningIsTaken(script: String) {
    let found = outcome(of: script)
    #expect(found.outcome == .finished && found.findings.isEmpty, "\(script): \(found.words)")
  }

  /// What is right and may surprise is told.
  @Test func lastValuesBeforeTheEndAreTold() {
    let short = "run r = quadratic([1]) with gd(lr = 0.1) for 20 steps { record loss every 3 }\nprint final(r.loss)"
    #expect(outcome(of: short).codes == ["W0728"])
    #expect(outcome(of: short.replacing("r.loss)", with: "r.loss[0:3])")).codes.isEmpty)
    #expect(outcome(of: short.replacing("every 3", with: "every 15")).codes == ["W0728"])
    #expect(outcome(of: short.replacing("every 3", with: "every 50")).codes == ["W0728"])
    #expect(outcome(of: short.replacing("every 3", with: "at 13")).codes.isEmpty)
    let whole = "run r = quadratic([1]) with gd(lr = 0.1) for 20 steps { record loss every 4 }\nprint final(r.loss)"
    #expect(outcome(of: whole).codes.isEmpty)
  }

  /// What compares the values of a series holds conditions, with its axis or without.
  @Test func conditionsOfSeriesAreCounted() {
    let result = outcome(
      of: """
        run r = quadratic([4, 1], start = 1) with gd(lr = 0.1) for 12 steps { record loss }
        print count(r.loss > 1), count((r.loss > 1).values), count((r.loss > 1)[0:3]), count(r.loss)
        """)
    #expect(result.lines == ["2  2  2  13"], "\(result.lines) \(result.words)")
  }

  /// A state that began so was not made by a step, and no smaller one helps.
  @Test(arguments: [
    "problem p { param u = 1.0, v = 0.0 / 0.0\n loss = u^2 + v^2 }\nrun r = p with gd(lr = 0.1) for 4 steps { record loss }",
    """
    problem p { param u = 1.0, v = 1.0
      loss = u^2 + v^2 }
    run s = p with gd(lr = 0.1) for 4 steps { record loss }
    fork s at 2 as r { v = 0.0 / 0.0 }
    """,
  ])
  func statesThatAreNoNumbersAreNotBlamedOnSteps(script: String) {
    let found = outcome(of: script + "\nprint r.diverged")
    #expect(found.lines.last == "true" && found.codes == ["W0701"], "\(found.words)")
    #expect(found.words.contains("`v` is not finite") && found.words.contains("what `v` begins with"), "\(found.words)")
  }

  /// A point of a picture needs a value of both series; a series that is recorded at some of the other's steps has one.
  @Test(arguments: [("every 3", ["W0853"]), ("every 4", []), ("every 2", []), ("at 6", [])] as [(String, [String])])
  func seriesThatHardlyMeetAreTold(cadence: String, codes: [String]) {
    let found = outcome(
      of: """
        run r = quadratic([1]) with gd(lr = 0.1) for 12 steps {
          record loss every 2
          record norm(x) as size \(cadence)
        }
        plot r.loss vs r.size to "a.svg"
        """)
    #expect(found.codes == codes, "\(found.words)")
  }
}
