import Experiments
import Testing

@Suite struct JudgementTests {
  private let measured = Estimate(9.983, error: 0.021, degreesOfFreedom: 7, source: "mean of 8 runs")

  @Test(arguments: [
    (9.9, Relation.greater, Verdict.supported), (9.98, .greater, .undecided), (10.2, .greater, .refuted),
    (10.2, .less, .supported), (9.9, .less, .refuted), (10.0, .equal, .undecided), (10.2, .equal, .refuted),
    (10.2, .notEqual, .supported), (10.0, .notEqual, .undecided), (9.9, .greaterOrEqual, .supported),
    (9.9, .lessOrEqual, .refuted),
  ])
  func intervalDecidesComparison(_ right: Double, _ relation: Relation, _ expected: Verdict) {
    #expect(Judgement.comparison(measured, relation, Estimate(right)).verdict == expected)
  }

  @Test(arguments: [
    (10.0, Tolerance.relative(0.05), Verdict.supported), (10.0, .relative(0.001), .undecided),
    (11.0, .relative(0.05), .refuted), (10.0, .absolute(0.1), .supported), (10.0, .absolute(0.01), .undecided),
  ])
  func intervalDecidesEquivalence(_ right: Double, _ tolerance: Tolerance, _ expected: Verdict) {
    #expect(Judgement.approximately(measured, Estimate(right), within: tolerance).verdict == expected)
    let mirrored = Judgement.approximately(-1 * measured, Estimate(-right), within: tolerance)
    #expect(mirrored.verdict == expected)
  }

  @Test(arguments: [
    (10.5, 10.0, Tolerance.relative(0.05), true), (10.51, 10.0, .relative(0.05), false),
    (-10.5, -10.0, .relative(0.05), true),
    (0.0, 0.0, .relative(0.05), true), (1e-9, 0.0, .relative(0.05), false), (1.0, 1.0, .absolute(0), true),
    (Double.infinity, 5, .relative(0.1), false),
  ])
  func numbersWithoutSpreadAreJudgedExactly(_ left: Double, _ right: Double, _ tolerance: Tolerance, _ isTrue: Bool) {
    let judgement = Judgement.approximately(Estimate(left), Estimate(right), within: tolerance)
    #expect(judgement.verdict == (isTrue ? .supported : .refuted))
    #expect(judgement.interval == nil)
  }

  /// What is written of an interval holds the value, however much farther one end is than the other.
  @Test func intervalsAreWrittenAroundTheirValue() {
    let interval = Interval(low: 2.501, high: 53.2)
    #expect(interval.text(around: 2.81) == "[2.50, 53.20]")
    #expect(interval.text == "[3, 53]")
    #expect(Interval(low: 9.9332, high: 10.0329).text(around: 9.98) == "[9.933, 10.033]")
    #expect(Interval(low: 9.9332, high: 10.0329).text(around: 12) == "[9.933, 10.033]")
  }

  /// What may decide one of several values says which; what may decide all of them alike says it once.
  @Test func whatMayDecideSaysWhich() {
    func judgement(_ value: Double) -> Judgement {
      .comparison(
        Estimate(value, error: 0.1, degreesOfFreedom: 7, source: "mean of 8 runs"), .greater, Estimate(0), level: 0.95)
    }
    let parts = [("a", judgement(0.01)), ("b", judgement(3)), ("c", judgement(0.15))]
    let lines = Judgement.each(parts.map { (title: $0.0, judgement: $0.1) }, level: 0.95).remarks
    #expect(lines.contains { $0.hasPrefix("a: ") } && lines.contains { $0.hasPrefix("c: ") }, "\(lines)")
    #expect(!lines.contains { $0.hasPrefix("b: ") || $0.hasPrefix("a longer") }, "\(lines)")
    let same = Judgement.each(
      [(title: "a", judgement: judgement(0.15)), (title: "b", judgement: judgement(0.15))], level: 0.95)
    #expect(same.remarks.count { $0.contains("may decide it") } == 1 && !same.remarks.contains { $0.hasPrefix("a: ") })
  }

  @Test func bothSidesMayBeMeasured() {
    let other = Estimate(10.1, error: 0.03, degreesOfFreedom: 7, source: "mean of 8 runs")
    #expect(Judgement.comparison(measured, .less, other).verdict == .supported)
    #expect(Judgement.comparison(other, .less, measured).verdict == .refuted)
    #expect(Judgement.approximately(measured, other, within: .relative(0.05)).verdict == .supported)
    #expect(Judgement.approximately(measured, other, within: .relative(0.01)).verdict == .undecided)
  }

  @Test func nothingIsSupportedByNotANumber() {
    let broken = Estimate(.nan)
    for relation in [Relation.less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual] {
      #expect(Judgement.comparison(broken, relation, Estimate(1)).verdict == .undecided)
    }
    #expect(Judgement.approximately(broken, Estimate(1), within: .relative(0.1)).verdict == .undecided)
  }

  @Test func wrongVerdictsAreAsRareAsTheLevelSays() {
    var generator = SeededGenerator(seed: 11)
    let wrong = (0..<2000).count { _ in
      let values = (0..<5).map { _ in generator.normal() }
      return Judgement.comparison(Estimate.mean(of: values), .equal, Estimate(0)).verdict == .refuted
    }
    #expect((70...135).contains(wrong), "refuted a true equality in \(wrong) of 2000")
  }

  @Test func orderAcrossGroupsUsesSharedSeeds() {
    let seedEffects = [0.0, 3, -2, 5, 1]
    let groups = (0..<4).map { level in
      seedEffects.enumerated().map { Estimate(Double(level) + $1 + 0.01 * Double($0 % 2)) }
    }
    #expect(Judgement.increasing(groups).verdict == .supported)
    #expect(Judgement.decreasing(groups).verdict == .refuted)
    #expect(Judgement.decreasing(groups.reversed()).verdict == .supported)
    let ragged = groups.enumerated().map { $0 == 1 ? Array($1.dropLast()) : $1 }
    #expect(Judgement.increasing(ragged).verdict == .undecided)
    // Where every run diverged there is nothing to compare.
    let missing = Judgement.increasing([[Estimate(1)], [], [Estimate(3)]])
    #expect(missing.verdict == .undecided && missing.effect.contains("no value"))
  }

  @Test func orderOfSingleValuesIsExact() {
    func order(_ values: [Double]) -> Verdict { Judgement.increasing(values.map { [Estimate($0)] }).verdict }
    #expect(order([1, 2, 3]) == .supported)
    #expect(order([1, 2, 2]) == .refuted)
    #expect(order([1, .nan, 2]) == .refuted)
    #expect(order([1]) == .undecided)
  }

  @Test func orderTellsItsCounts() {
    let judgement = Judgement.increasing([0.401, 0.438, 0.476].map { [Estimate($0)] })
    #expect(judgement.effect == "0.401 < 0.438 < 0.476: 2 of 2 steps up")
    let series = Series(name: "loss", axis: .step, positions: [0, 1, 2, 3], values: [1, 2, 2, 0])
    let own = Judgement.increasing(series)
    #expect(own.verdict == .refuted)
    #expect(own.effect == "loss: 1 of 3 steps up, 1 down, 1 equal")
  }

  @Test func logicOfVerdicts() {
    func part(_ verdict: Verdict) -> Judgement { Judgement(verdict: verdict, effect: "e", test: "t") }
    let (yes, no, open) = (part(.supported), part(.refuted), part(.undecided))
    #expect(Judgement.all([yes, yes]).verdict == .supported)
    #expect(Judgement.all([yes, open, no]).verdict == .refuted)
    #expect(Judgement.all([yes, open]).verdict == .undecided)
    #expect(Judgement.any([no, open, yes]).verdict == .supported)
    #expect(Judgement.any([no, open]).verdict == .undecided)
    #expect(Judgement.any([no, no]).verdict == .refuted)
    #expect(no.negated.verdict == .supported)
    #expect(open.negated.verdict == .undecided)
  }

  @Test func reportSaysWhatWasMeasuredAndHow() {
    let judgement = Judgement.approximately(measured, Estimate(10), within: .relative(0.05))
    #expect(
      Claim(title: "sharpness settles at 2/η", judgement: judgement).lines == [
        "supported  sharpness settles at 2/η",
        "  9.98 ± 0.02 ≈ 10 within 5%",
        "  95% interval of the value [9.933, 10.033] (t, 7 degrees of freedom), tolerance [9.5, 10.5]",
        "  mean of 8 runs",
        "  one run: the interval covers its fluctuations in time, not other seeds or longer runs",
      ])
  }
}
