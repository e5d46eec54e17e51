import Diagnostics
import Language
import Testing

/// What scripts say about numbers with errors: arithmetic, lists and sweeps keep what is known of them.
@Suite struct EstimateClaimTests {
  private static let avg = "problem avg(m = 0.0) { param w = m; sample z ~ normal(m, 1); loss = (w - z)^2 / 2 }\n"

  private func result(_ script: String) -> ScriptOutcome { outcome(of: Self.avg + script) }

  @Test func anEstimateIsNotIndependentOfItself() {
    let found = result(
      """
      run r = avg(3.0) with sgd(lr = 0.3) batch 1 seed 1 for 400 steps { record w, 2 * w as d }
      let p = plateau(r.w)
      var m = 0.0
      for k in 1...100 { m += p / 100 }
      print p.error
      print ((p + p + p + p) / 4).error, m.error, mean([p, p, p]).error, (sum(p for k in 1...600) / 600).error
      print (p - p).error, (p * p).error / (p^2).error, (plateau(r.w) + plateau(r.d)).error / p.error
      claim "p": p < 3.1
      claim "the same number": m < 3.1
      claim "itself": p < p
      """)
    #expect(found.codes == [], "\(found.words)")
    let numbers = numbers(in: found.lines)
    #expect(numbers.count == 8, "\(found.lines)")
    guard numbers.count == 8 else { return }
    for same in numbers[1...4] { #expect(abs(same / numbers[0] - 1) < 1e-6, "\(numbers)") }
    #expect(numbers[5] == 0 && abs(numbers[6] - 1) < 1e-9 && abs(numbers[7] - 3) < 1e-9, "\(numbers)")
    #expect(found.claims == ["undecided", "undecided", "refuted"], "\(found.lines)")
  }

  private func numbers(in lines: [String]) -> [Double] {
    lines.prefix { !$0.contains("claim") && !$0.hasPrefix("undecided") && !$0.hasPrefix("refuted") }
      .joined(separator: " ").split(separator: " ").compactMap { Double($0) }
  }

  @Test func kinksAndDomainsKeepErrors() {
    let found = result(
      """
      run r = avg with sgd(lr = 0.3) batch 1 seed 1 for 400 steps { record w }
      let p = plateau(r.w) - plateau(r.w).value + 0.002
      claim "abs": abs(p) < 0.01
      claim "square": p^2 < 0.002
      claim "root": sqrt(p) < 100
      claim "inverse": 1 / p > -1e9
      claim "power": 2 ^ p < 1.01
      print sqrt(p).error
      """)
    #expect(found.claims == [String](repeating: "undecided", count: 5), "\(found.lines)\n\(found.words)")
    #expect(found.lines.contains("nan") && found.lines.contains { $0.contains("no error can be given") })
  }

  /// True 0 each: whatever reduces numbers with errors keeps them.
  @Test func reductionsKeepErrors() {
    let found = result(
      """
      run r = avg with sgd(lr = 0.02) batch 1 seed 3 for 4000 steps { record w }
      run q = avg with sgd(lr = 0.02) batch 1 seed 2 for 4000 steps { record w }
      let p = mean(r.w)
      let sign = if p < 0 { -1 } else { 1 }
      claim "mean": sign * p > 0
      claim "of a list": sign * mean([p, p - 0]) > 0
      claim "sum": sign * sum(mean(u) for u in [r.w, r.w]) > 0
      claim "dot": sign * dot([p, p], [0.5, 0.5]) > 0
      claim "max": sign * max([p]) > 0
      claim "quantile": sign * quantile([p, p], 0.5) > 0
      claim "median": median(r.w) - median(r.w).value > -1e-9
      claim "spread": std(r.w) - std(r.w).value > -1e-9
      claim "concat": sign * sum(concat([p], [0.0])) > 0
      claim "other": mean([mean(r.w), mean(q.w)]) ≈ 0 within 1e-9
      """)
    #expect(found.claims == [String](repeating: "undecided", count: 10), "\(found.lines)\n\(found.words)")
  }

  @Test func errorsBesideASeriesCountInItsOrder() {
    let found = outcome(
      of: """
        let H = [[2.0, 1.0, 0.5], [1.0, 2.0, 0.3], [0.5, 0.3, -4.1]]
        run r = quadratic_form(H) with gd(lr = 0.01) seed 1 for 1 steps { record hessian_trace, loss }
        claim "up": increasing(r.hessian_trace)
        claim "down": decreasing(r.hessian_trace)
        claim "exact": increasing(r.loss) or decreasing(r.loss)
        """)
    #expect(found.claims == ["undecided", "undecided", "supported"], "\(found.lines)")
  }

  @Test func errorsThatCannotBeGivenAreNotANumber() {
    let found = result(
      """
      run r = avg with sgd(lr = 1) batch 1 seed 1 for 34 steps { record w }
      print plateau(r.w).error, first([3.0, 2.0, 1.0] < 2.5), first(step where r.w < -1e9)
      print plateau(r.w)
      """)
    #expect(found.lines.first == "nan  1  > 34", "\(found.lines)")
    #expect(found.lines.last?.hasSuffix(" ± nan") == true, "\(found.lines)")
  }

  // MARK: Events

  @Test func eventsThatDidNotHappenAreCensored() {
    let found = result(
      """
      run a = quadratic([1]) with gd(lr = 0.1) for 10 steps { record loss }
      run b = quadratic([1]) with gd(lr = 0.01) for 10 steps { record loss }
      claim "equally fast": first(step where a.loss < 0.4) ≈ first(step where b.loss < 0.4) within 5%
      claim "direct": 5 ≈ 1 / 0 within 5%
      claim "late": first(step where a.loss < 1e-9) > 1000
      claim "later": first(step where a.loss < 1e-9) > 5
      claim "both": first(step where a.loss < 1e-9) < first(step where b.loss < 1e-9)
      sweep s over seed in 1...5 { run avg(1.0) with sgd(lr = 0.1) batch 1 for 20 steps { record w } }
      claim "not within a million": first(step where s.w < 0.2) > 1_000_000
      """)
    #expect(
      found.claims == ["refuted", "refuted", "undecided", "supported", "undecided", "undecided"],
      "\(found.lines)\n\(found.words)")
  }

  // MARK: Sweeps

  private static let sweeps = """
    sweep s over seed in 1...10 { run avg(1.0) with sgd(lr = 0.1) batch 1 for 30 steps { record w } }
    sweep u over seed in 10...19 { run avg(1.0) with sgd(lr = 0.2) batch 1 for 30 steps { record w } }
    sweep v over lr in [0.1, 0.11], seed in 1...10 { run avg(1.0) with sgd(lr = lr) batch 1 for 30 steps { record w } }
    sweep x over lr in [0.1, 0.2], seed in 1...3 { run avg(1.0) with sgd(lr = lr) batch 1 for 30 steps { record w } }

    """

  /// Nobody is dropped: other seeds are other samples, and seed 10 is in both.
  @Test func otherSeedsAreOtherSamples() {
    let found = result(
      Self.sweeps + """
        claim "difference": final(u.w) > final(s.w)
        claim "the other way": final(u.w) - final(s.w) > 0
        claim "halves": final(s.w where seed <= 6) < final(s.w where seed >= 6) + 9
        print (final(u.w) - final(s.w)).value - mean([(final(u.w where seed == k)).value for k in 10...19]) + mean([(final(s.w where seed == k)).value for k in 1...10])
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.claims == ["undecided", "undecided", "supported"], "\(found.lines)")
    #expect(found.lines.contains { abs(Double($0) ?? 1) < 1e-12 }, "\(found.lines)")
    #expect(!found.lines.contains { $0.contains("exact comparison") })
  }

  /// ≈ knows what both sides share, as < and - do.
  @Test func nearnessIsPaired() {
    let found = result(
      Self.sweeps + """
        claim "itself": final(v.w where lr == 0.1) ≈ final(v.w where lr == 0.1) within 0.001
        claim "near": final(v.w where lr == 0.1) ≈ final(v.w where lr == 0.11) within 0.05
        """)
    #expect(found.claims == ["supported", "supported"], "\(found.lines)\n\(found.words)")
  }

  /// What one side lacks is named, by `check` as by `run`.
  @Test(arguments: [
    ("print final(v.w) - final(x.w)", "lr = 0.11"), ("claim \"c\": final(v.w) < final(x.w) + 1", "lr = 0.2"),
    ("claim \"c\": final(v.w where lr == 0.1) < final(v.w)", "lr = 0.11"),
  ])
  func missingMembersAreNamed(statement: String, named: String) {
    let script = Self.avg + Self.sweeps + statement
    for found in [outcome(of: script), checking(script)] {
      #expect(found.codes == ["E0663"], "\(found.words)")
      #expect(found.words.contains(named), "\(found.words)")
    }
  }

  @Test func columnsTakeNoStatisticOfOneNumber() {
    for function in ["std(final(w))", "max(final(w))", "quantile(final(w), 0.9)"] {
      let found = result(Self.sweeps + "table v: \(function) by lr")
      #expect(found.codes == ["E0403"], "\(function): \(found.words)")
    }
    let sound = result(Self.sweeps + "table v: max(w), final(w), max(final(w), 0.0) by lr")
    #expect(sound.codes == [], "\(sound.words)")
  }

  /// Of the runs that were asked for none diverged.
  @Test func runsTakenOutAreThoseThatDiverged() {
    let found = outcome(
      of: """
        sweep s over lr in [0.5, 1.5], seed in 1...4 {
          run quadratic([1, 1]) with gd(lr = if seed == 4 { lr * 1.5 } else { lr }) for 3000 steps { record loss at end }
        }
        claim "a": final(s.loss where lr == 0.5) < 1
        claim "b": final(s.loss where not diverged) < 1
        """)
    #expect(found.claims == ["supported", "supported"], "\(found.lines)")
    let remarks = found.lines.filter { $0.contains("that did not diverge") }
    #expect(remarks.count == 1 && remarks[0].contains("of the 3 of 4 runs"), "\(found.lines)")
  }
}
