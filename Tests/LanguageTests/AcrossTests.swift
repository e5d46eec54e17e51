import Diagnostics
import Language
import Testing
import Values

/// What is along an axis of a sweep: which statistics there are, what they rest on and what they say.
@Suite struct AcrossTests {
  private static let sweep = """
    problem noisy(d) {
      param w = 1.0
      noise ε ~ normal(0, 1)
      loss = (w - 0.2 * ε)^2 / 2
    }
    sweep s over lr in [0.1, 0.2], d in [8, 16, 32, 64], seed in 1...5 {
      run noisy(d) with sgd(lr = lr) for 6 steps { record d * (1 + w) + w as x, w at end }
    }

    """

  private func lines(_ text: String) -> [String] {
    let result = outcome(of: Self.sweep + text)
    #expect(result.findings.allSatisfy { $0.severity != .error }, "\(result.words)")
    return result.lines
  }

  /// What is computed twice from one source is one.
  @Test(arguments: [
    "slope(final(s.x where lr == 0.1) over d)", "var(final(s.w where lr == 0.1 and d == 8) over seed)",
    "fit(final(s.x where lr == 0.1) over d, (d, c, b) => c + b * d).b", "max(final(s.x where lr == 0.1) over d)",
  ])
  func aStatisticMinusItselfIsNothing(_ statistic: String) {
    let found = lines("let a = \(statistic)\nprint (a - a).value, (a - a).error, a.error > 0\n")
    #expect(found == ["0  0  true"] || found == ["0.0  0.0  true"], "\(found)")
  }

  /// A mean over seeds is the mean that a sweep takes by itself, to the last bit.
  @Test func theMeanOverSeedsIsThatOfTables() {
    let found = lines(
      """
      print final(s.w)
      print mean(final(s.w) over seed by (lr, d))
      print mean(final(s.w where lr == 0.1 and d == 8) over seed).error
      let one = final(s.w where lr == 0.1 and d == 8)
      print mean(one over seed) - mean(one over seed)
      """)
    #expect(found.count == 18 && Array(found[0..<8]) == Array(found[8..<16]), "\(found)")
  }

  /// Common random numbers make the two step sizes move together, and differences of statistics know it.
  @Test func differencesArePaired() {
    let found = lines(
      """
      let α = slope(final(s.x) over d by lr)
      let both = (α where lr == 0.1) - (α where lr == 0.2)
      print (α where lr == 0.1).error, (α where lr == 0.2).error
      print both.error
      """)
    let numbers = found.flatMap { line in
      line.replacing("lr = 0.1 and 0.2:", with: "").split(separator: " ").compactMap { Double($0) }
    }
    #expect(numbers.count == 3, "\(found)")
    if numbers.count == 3 { #expect(numbers[2] < 0.6 * (numbers[0] + numbers[1])) }
  }

  @Test func anOrderAlongAnAxisIsThatOfItsGroups() {
    let found = lines(
      """
      claim "along": increasing(final(s.x where lr == 0.1) over d)
      claim "by": increasing(final(s.x where lr == 0.1) by d)
      claim "for each": increasing(final(s.x) over d by lr)
      """)
    let verdicts = found.filter { $0.hasPrefix("supported") }
    #expect(verdicts.count == 3, "\(found)")
    let intervals = found.filter { $0.contains("of the weakest step") }
    #expect(intervals.count == 2 && intervals[0] == intervals[1], "\(found)")
  }

  /// Values along one axis take part in arithmetic with numbers and with each other, place by place.
  @Test func valuesAlongAnAxisTakePartInArithmetic() {
    let found = lines(
      """
      let E = (final(s.x where lr == 0.1) over d)
      print (2 * E - E - E).values, (E / E).values, (-E + E).values
      print E.count, E.labels
      print max(log(E)) - log(max(E))
      """)
    #expect(found[0] == "[0, 0, 0, 0]  [1, 1, 1, 1]  [0, 0, 0, 0]", "\(found)")
    #expect(found[1] == "4  [8, 16, 32, 64]", "\(found)")
  }

  /// Conditions combine as those of numbers do, and what is compared are the means.
  @Test(arguments: [
    ("not (E > 20)", "E <= 20"),
    ("E > 20 and E < 100", "(final(s.x where lr == 0.1) > 20 and final(s.x where lr == 0.1) < 100 over d)"),
    ("E > 20 or E < 0", "E > 20"), ("is_finite(E)", "E == E"), ("where(E > 20, E, 0) > 0", "E > 20"),
    ("(final(s.x) over (d, lr)) > (final(s.x) over (lr, d))", "(final(s.x) over (d, lr)) != (final(s.x) over (d, lr))"),
  ])
  func conditionsAlongAnAxisCombine(_ one: String, _ other: String) {
    let found = lines("let E = (final(s.x where lr == 0.1) over d)\nprint (\(one)).values\nprint (\(other)).values\n")
    #expect(found.count == 2 && found[0] == found[1], "\(one): \(found)")
  }

  /// Whatever way a value is taken out of a vector, it has its error.
  @Test func valuesKeepTheirErrors() {
    let found = lines(
      """
      let E = (final(s.x where lr == 0.1) over d)
      print E[1].error > 0, E.values[1].error == E[1].error, E.at(16).error == E[1].error
      for y in E { print y.error > 0 }
      """)
    #expect(found == ["true  true  true", "true", "true", "true", "true"], "\(found)")
  }

  /// What moves together is known better than either, and what is computed of variances has an error.
  @Test func functionsOverSharedSeedsKnowHowThoseMove() {
    let found = lines(
      """
      let a = (final(s.x where lr == 0.1 and d == 8) over seed)
      let b = (final(s.x where lr == 0.2 and d == 8) over seed)
      let ratio = mean(a) / mean(b)
      let apart = mean(a).error / mean(b).value
      print ratio.error > 0, ratio.error < apart
      print mean(a * b / b - a).error < 1e-9
      let v = var(a)
      print log(v).error > 0, (log(v).error - v.error / v.value) < 0.5 * log(v).error, sqrt(v).error > 0
      let σ = slope(var(final(s.x * s.w where lr == 0.1) over seed by d) over d)
      print σ.error > 0, is_finite(σ.error)
      """)
    #expect(found == ["true  true", "true", "true  true  true", "true  true"], "\(found)")
  }

  // MARK: Runs that diverged

  private static let diverging = """
    sweep s over lr in [0.1, 0.5, 1.0, 30.0], seed in 1...2 {
      run quadratic([1.0, 0.5]) with gd(lr = lr) for 1000 steps { record loss at end }
    }

    """

  @Test(arguments: [
    ("argmin(final(s.loss) over lr)", "1"), ("max(final(s.loss) over lr)", "inf"),
    ("count(final(s.loss) < 1 over lr)", "3"), ("first(final(s.loss) > 1 over lr)", "30"),
    ("argmin(final(s.loss where not diverged) over lr)", "1"),
    ("count(final(s.loss where lr == 30) > 5 over seed)", "2"),
  ])
  func aDivergedRunIsBeyondEveryNumber(_ statistic: String, _ expected: String) {
    let result = outcome(of: Self.diverging + "print \(statistic)\n")
    #expect(result.lines == [expected], "\(result.lines) \(result.words)")
  }

  @Test(arguments: [
    "slope(final(s.loss) over lr)", "mean(final(s.loss) over lr)", "fit(final(s.loss) over lr, (x, a = 1) => a * x)",
    "increasing(final(s.loss) over lr)", "var(final(s.loss where lr == 30) over seed)",
  ])
  func elseItIsAnErrorThatSaysHowToLeaveItOut(_ statistic: String) {
    let result = outcome(of: Self.diverging + "print \(statistic)\n")
    #expect(result.codes.contains("E0666") && result.words.contains("where not diverged"), "\(result.words)")
  }

  /// What cannot be bounded is refused or has no error.
  @Test func tooFewSeedsAreSaid() {
    let one = outcome(of: Self.sweep + "print var(final(s.w where lr == 0.1 and d == 8 and seed == 1) over seed)\n")
    #expect(one.codes == ["E0407"], "\(one.words)")
    let few = lines(
      """
      let E = final(s.w where lr == 0.1 and d == 8)
      print var(E where seed < 4 over seed).error, median(E over seed).error, quantile(E over seed, 90%).high
      """)
    #expect(few == ["nan  nan  inf"], "\(few)")
  }

  @Test func whatIsLeftOutIsSaid() {
    let result = outcome(
      of: """
        problem noisy(d) {
          param w = 1.0
          noise ε ~ normal(0, 1)
          loss = (w - 0.2 * ε)^2 / 2
        }
        sweep s over lr in [0.1, 0.2, 40.0], seed in 1...3 {
          run noisy(1) with sgd(lr = lr) for 400 steps { record w at end }
        }
        claim "not large": mean(final(s.w where not diverged) over lr) < 5
        """)
    #expect(result.claims == ["supported"] && result.lines.contains { $0.contains("of the 6 of 9 runs") })
  }

  /// Also where the two sides of a difference rest on different seeds, whichever side lost some.
  @Test(arguments: ["-", "/"])
  func whatIsLeftOutOfOneSideIsSaid(_ sign: String) {
    let sweep = """
      problem fragile {
        param w = 1.0
        draw z ~ normal()
        loss = where(z > 0.5, exp(w^4), w^2 * (1 + 0.1 * z))
      }
      sweep s over lr in [0.1, 0.4], seed in 1...12 { run fragile with gd(lr = lr) for 20 steps { record loss + 1 as q } }

      """
    let (sound, broken) = ("final(s.q where lr == 0.1 and seed > 0)", "final(s.q where lr == 0.4 and not diverged)")
    for pair in ["\(sound) \(sign) \(broken)", "\(broken) \(sign) \(sound)"] {
      let found = outcome(
        of: sweep + "claim \"a\": \(pair) < 100\nprint count(s.diverged over seed by lr)\nprint \(pair)\n")
      let told = found.lines.first { $0.hasPrefix("lr = 0.4: ") }?.split(separator: " ").dropFirst(3).first
      let lost = told.flatMap { Double($0) }.map { Int($0) } ?? 0
      #expect(
        lost > 0 && found.lines.contains { $0.contains("of the \(12 - lost) of 12 runs") },
        "\(found.lines) \(found.words)")
      // The difference is the value of neither.
      #expect(
        found.lines.contains { $0.hasPrefix("lr = 0.1 and 0.4: ") || $0.hasPrefix("lr = 0.4 and 0.1: ") },
        "\(found.lines)")
    }
  }

  /// What is said to be right is: `over` stands before `by`.
  @Test func statisticsOfOneNumberSayHowTheyAreWritten() {
    let wrong = checking(Self.sweep + "print max(final(s.w) by lr, d)\n")
    #expect(wrong.codes == ["E0403"] && wrong.words.contains("`max(final(s.w) over seed by lr, d)`"), "\(wrong.words)")
    #expect(checking(Self.sweep + "print max(final(s.w) over seed by lr, d)\n").codes.isEmpty)
    for text in ["count(final(s.w) > 1 by lr, d)", "sum(final(s.w) > 1 by lr, d)", "count(s.diverged by lr, d)"] {
      #expect(checking(Self.sweep + "print \(text)\n").codes == ["E0403"], "\(text)")
      #expect(outcome(of: Self.sweep + "print \(text)\n").codes == ["E0403"], "\(text)")
    }
  }

  // MARK: Checking

  /// What is refused before anything runs.
  @Test(arguments: [
    ("print slope(final(s.x) over d)", "E0665"), ("print slope(final(s.x) over width by lr)", "E0662"),
    ("print slope(final(s.x) over d by width)", "E0662"), ("print slope(s.x over d by lr)", "E0403"),
    ("print var(3 over seed)", "E0403"), ("print slope(final(s.x) over d by d)", "E0604"),
    ("print fit(final(s.x) over lr by d, (x, a, b, c) => a + b * x + c)", "E0667"),
    ("print fit(final(s.x) over d by lr, x => x)", "E0604"),
    ("print fit(final(s.x) over d by lr, 3)", "E0403"),
    ("print fit(final(s.x) over d by lr, (x, a in 0...1 = 2) => a * x)", "E0603"),
    ("print fit(final(s.x) over d by lr, (x, a) => a * y)", "E0301"),
    ("print sin(final(s.x) over d by lr) + \"a\"", "E0401"),
  ])
  func checkingFindsIt(_ statement: String, _ code: String) {
    let found = checking(Self.sweep + statement + "\n")
    #expect(found.codes == [code], "\(found.codes) \(found.words)")
  }

  /// What may be right is left alone.
  @Test(arguments: [
    "let m = fit(final(s.x) over d by lr, (d, c > 0, a) => c * d^a)\nprint m.a, m(3), m.c where lr == 0.1",
    "print (slope(final(s.x) over d by lr) where lr == 0.1) + 1",
    "print first(final(s.x) > 3 over d by lr), count(final(s.x) > 1 over seed by (lr, d))",
    "print argmin(final(s.x) over (lr, d)), quantile(final(s.x) over seed by (lr, d), 90%)",
    "claim \"a\": slope(final(s.x) over d by lr) > 0 and increasing(final(s.x) over d by lr)",
    "table slope(final(s.x) over d by lr), argmin(final(s.x) over d by lr) by lr",
    "plot slope(final(s.x) over d by lr) vs lr to \"a.svg\"",
  ])
  func checkingLeavesItAlone(_ statement: String) {
    let text = statement.replacing(", m.c where lr == 0.1", with: ", (m.c where lr == 0.1)")
    let found = checking(Self.sweep + text + "\n")
    #expect(found.codes.isEmpty, "\(found.words)")
  }
}
