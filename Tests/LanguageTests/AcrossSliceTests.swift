import Language
import Testing

/// Slices and elements of a vector along an axis of a sweep: the places that they are of, with their errors.
@Suite struct AcrossSliceTests {
  private static let head = """
    problem q(a) {
      param x = 1.0
      sample z ~ normal()
      loss = a * (x - z/3)^2 / 2
    }
    sweep v over d in [1, 2, 4, 8], seed in 1...6 {
      run q(d) with gd(lr = 0.05) batch 1 for 30 steps { record loss, x, loss < 0.2 as low }
    }
    let E = (final(v.loss) over d)

    """

  /// What must be the same, in two ways of saying it.
  static let pairs = [
    ("sum(E[1:3])", "final(v.loss where d == 2) + final(v.loss where d == 4)"),
    ("max(E[0:2])", "max([E[0].value, E[1].value])"),
    ("slope(E[1:])", "slope(E, from = 2)"),
    ("E[1]", "final(v.loss where d == 2)"),
    ("argmin(-E[:3])", "argmin(-E[:3].values) + 4 - argmin(-E[:3].values)"),
    ("first(E[:2] * 2 > 1000 or E[:2] > 0)", "1"),
    ("count(final(v.low where d == 1) over seed)", "count(final(v.loss where d == 1) < 0.2 over seed)"),
    ("count((final(v.loss) where d == 8 over seed)[0:3] > 0)", "3"),
  ]

  @Test(arguments: pairs.indices) func bothWaysAreTheSame(_ index: Int) {
    let (one, other) = Self.pairs[index]
    let result = outcome(of: Self.head + "let a = \(one)\nlet b = \(other)\nprint \"{a:.9g}\"\nprint \"{b:.9g}\"\n")
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    #expect(result.lines.count == 2 && result.lines.first == result.lines.last, "\(one): \(result.lines)")
  }

  /// Errors that were lost are not made up from the scatter of the points.
  @Test func whatHasLostItsErrorHasNone() {
    let result = outcome(
      of: Self.head + "print slope(quantile(final(v.loss) over seed by d, 90%) over d)\n"
        + "print slope(var(final(v.x) over seed by d) over d), slope(sqrt(var(final(v.x) over seed by d)) over d)\n")
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    #expect(result.lines.first?.hasSuffix("± nan") ?? false, "\(result.lines)")
  }

  /// The parameters of a model that are axes stand as `over` has them: by another order one would get the other's numbers.
  @Test func axesOfAModelInAnotherOrderAreRefused() {
    let sweep =
      "sweep s over d in [1, 2, 4], lr in [0.1, 0.2] { run quadratic([d]) with gd(lr = lr) for 5 steps { record loss } }\n"
    let wrong = outcome(of: sweep + "print fit(final(s.loss) over (d, lr), (lr, d, c = 1) => c * d * lr)\n")
    #expect(wrong.codes == ["E0604"] && wrong.lines.isEmpty, "\(wrong.codes) \(wrong.lines)")
    let right = outcome(of: sweep + "print fit(final(s.loss) over (d, lr), (d, lr, c = 1) => c * d * lr)\n")
    #expect(right.codes.allSatisfy { $0.hasPrefix("W") } && !right.lines.isEmpty, "\(right.words)")
  }

  @Test func anElementHasItsError() {
    let result = outcome(of: Self.head + "print E[1].error > 0\nclaim \"c\": E[1] < 0.12\n")
    #expect(result.lines.contains("true") && result.claims == ["undecided"], "\(result.lines) \(result.claims)")
  }

  /// A run that diverged is beyond every number, whatever is computed of the vector.
  @Test func arithmeticBringsNobodyBack() {
    let result = outcome(
      of: """
        sweep s over lr in [0.1, 0.5, 3.0], seed in 1...2 { run quadratic([1], start = 1) with gd(lr = lr) for 2000 steps { record loss } }
        let E = (final(s.loss) over lr)
        print argmin(-E), argmin(-final(s.loss) over lr), count(1 / E > 1), count(1 / final(s.loss) > 1 over lr)
        print (E - E)[2], (E * 0)[2], min(exp(-E)) > 0
        """)
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    let words = result.lines.first?.split(separator: " ") ?? []
    #expect(words.count == 4 && words[0] == words[1] && words[0] != "3" && words[2] == words[3], "\(result.lines)")
    #expect(result.lines.last == "inf  inf  true", "\(result.lines)")
  }

  @Test func aSliceHasItsOwnLabels() {
    let result = outcome(of: Self.head + "print E[1:3].labels, E[1:3].values.count\n")
    #expect(result.lines.last?.hasSuffix("2") ?? false, "\(result.lines)")
    #expect(result.lines.last.map { !$0.contains("8") } ?? false, "\(result.lines)")
  }
}
