import Glibc

/// Verdicts on measured numbers.
///
/// Numbers without spread are compared exactly. Otherwise the interval of the quantity in question decides: the
/// statement is supported when it holds in the whole interval, refuted when it holds nowhere in it, and undecided
/// between. With level 95% a true statement is refuted in at most one case of forty.
extension Judgement {
  /// left < right, and its relatives.
  ///
  /// The difference of both sides decides, whose error knows what they have in common. Equality of measured numbers can be
  /// refuted but never supported: the hint is to name a tolerance.
  package static func comparison(
    _ left: Estimate, _ relation: Relation, _ right: Estimate, level: Double = 0.95
  ) -> Judgement {
    if !left.floor.isEmpty || !right.floor.isEmpty { return censored(left, relation, right, level: level) }
    let effect = "\(left.text) \(relation.rawValue) \(right.text)"
    let difference = left - right
    guard !isSettled(left, right), !isSettled(difference, among: [left, right]) else {
      let isTie = !isSettled(left, right) && isRounding(difference, among: [left, right])
      return exact(relation.holds(isTie ? right.value : left.value, right.value), effect, [left, right])
    }
    let interval = difference.interval(level: level)
    let verdict: Verdict
    switch relation {
    case .less, .lessOrEqual: verdict = decide(positive: mirrored(interval))
    case .greater, .greaterOrEqual: verdict = decide(positive: interval)
    case .equal: verdict = interval.low > 0 || interval.high < 0 ? .refuted : .undecided
    case .notEqual: verdict = interval.low > 0 || interval.high < 0 ? .supported : .undecided
    }
    let shown = right.isExact ? left.interval(level: level) : interval
    let (subject, centre) = right.isExact ? ("the value", left.value) : ("the difference", difference.value)
    var result = Judgement(
      verdict: verdict, effect: effect, interval: shown,
      test: testText(subject, shown, around: centre, difference, level),
      remarks: evidence([left, right, difference], level))
    result.risk = risk(of: difference, verdict, level)
    if relation == .equal, verdict == .undecided {
      result.remarks.append("measured numbers are never shown to be equal; use ≈ … within a tolerance")
    }
    result.addLimits(difference)
    return result
  }

  /// A comparison with an event that did not happen: it is decided where what is known of it, that it came after the run's
  /// end, decides, and by nothing else.
  private static func censored(_ left: Estimate, _ relation: Relation, _ right: Estimate, level: Double) -> Judgement {
    let effect = "\(left.text) \(relation.rawValue) \(right.text)"
    var result = Judgement(
      verdict: .undecided, effect: effect, test: "the event may come after the end",
      remarks: evidence([left, right], level), risk: 1)
    guard let floor = left.floor.first ?? right.floor.first, left.floor.isEmpty || right.floor.isEmpty else {
      result.test = "neither event happened"
      return result
    }
    // The event comes after its floor, so that what is not above the floor is below the event.
    let later = comparison(floor, .greaterOrEqual, left.floor.isEmpty ? left : right, level: level)
    guard later.verdict == .supported else { return result }
    let isAbove = !left.floor.isEmpty
    switch relation {
    case .greater, .greaterOrEqual: result.verdict = isAbove ? .supported : .refuted
    case .less, .lessOrEqual: result.verdict = isAbove ? .refuted : .supported
    case .equal: result.verdict = .refuted
    case .notEqual: result.verdict = .supported
    }
    result.risk = later.risk
    result.test = "it came after the end"
    // Of the event only the lower end is known.
    if let known = later.interval {
      let shown = Interval(low: known.low, high: .infinity)
      result.interval = shown
      result.test = testText(
        left.isExact || right.isExact ? "the value" : "the difference", shown, around: known.low, floor, level)
    }
    return result
  }

  /// left ≈ right within a tolerance: an equivalence test.
  ///
  /// With the tolerance t (as |right| · fraction where it is relative) both left − right + t > 0 and right + t − left > 0
  /// must hold in their whole intervals; one of them holding nowhere refutes. An infinite number is near no finite one,
  /// and of two infinite ones nothing can be said.
  ///
  /// - Reference: D. J. Schuirmann, "A comparison of the two one-sided tests procedure …", 1987.
  package static func approximately(
    _ left: Estimate, _ right: Estimate, within tolerance: Tolerance, level: Double = 0.95
  ) -> Judgement {
    let effect = "\(left.text) ≈ \(right.text) within \(tolerance.text)"
    if !left.floor.isEmpty || !right.floor.isEmpty {
      return nearCensored(left, right, within: tolerance, effect, level: level)
    }
    let (lower, upper) = bounds(right, tolerance)
    let difference = left - right
    let isCommon = isSettled(difference, among: [left, right]) && isRounding(difference, among: [left, right])
    guard !isSettled(left, right), !isCommon else { return plainlyNear(left, right, tolerance, effect) }
    let above = left - lower
    let below = upper - left
    let verdict = both(
      decide(positive: above.interval(level: level)), decide(positive: below.interval(level: level)))
    let (subject, shown) = right.isExact ? ("the value", left) : ("the difference", difference)
    let interval = shown.interval(level: level)
    var test = testText(subject, interval, around: shown.value, above, level)
    if right.isExact {
      test += ", tolerance \(Interval(low: lower.value, high: upper.value).text)"
    }
    var result = Judgement(
      verdict: verdict, effect: effect, interval: interval, test: test, remarks: evidence([left, right, above], level))
    let deciding = [above, below].filter { verdict == .supported || $0.value < 0 }
    let risks = deciding.compactMap { risk(of: $0, verdict, level) }
    result.risk = verdict == .undecided ? 1 : verdict == .supported ? risks.max() : risks.min()
    result.noteNothing(right, tolerance)
    result.addLimits(above)
    return result
  }

  private static func plainlyNear(
    _ left: Estimate, _ right: Estimate, _ tolerance: Tolerance, _ effect: String
  ) -> Judgement {
    let areFinite = left.value.isFinite && right.value.isFinite
    let width: Double
    switch tolerance {
    case .relative(let fraction): width = fraction * right.value.magnitude
    case .absolute(let distance): width = distance
    }
    let isNear = areFinite && (left.value - right.value).magnitude <= width || left.value == right.value
    var result = exact(isNear, effect, [left, right])
    if !areFinite, left.value == right.value {
      result.verdict = .undecided
      result.test = "two infinite numbers have no distance"
    }
    result.noteNothing(right, tolerance)
    return result
  }

  /// An event that did not happen is not near what came before the end; whether it is near anything else is not known.
  private static func nearCensored(
    _ left: Estimate, _ right: Estimate, within tolerance: Tolerance, _ effect: String, level: Double
  ) -> Judgement {
    var result: Judgement
    if right.floor.isEmpty {
      result = censored(left, .lessOrEqual, bounds(right, tolerance).upper, level: level)
    } else if left.floor.isEmpty {
      result = censored(left, .greaterOrEqual, bounds(right, tolerance).lower, level: level)
    } else {
      result = censored(left, .equal, right, level: level)
    }
    if result.verdict == .supported { result.verdict = .undecided }
    result.effect = effect
    return result
  }

  /// Says that a share of 0 is 0, which nobody means by a tolerance.
  private mutating func noteNothing(_ right: Estimate, _ tolerance: Tolerance) {
    guard case .relative(let share) = tolerance, right.value == 0, share > 0, verdict != .supported else { return }
    remarks.append("\(tolerance.text) of 0 is 0: give a width, as in `within 1e-6`")
  }

  /// The risk of a verdict on the sign of an estimate, two-sided: that of the largest interval that still decides.
  ///
  /// What was judged at another level than 95%, as one of several, is corrected by as much.
  static func risk(of estimate: Estimate, _ verdict: Verdict, _ level: Double) -> Double? {
    guard verdict != .undecided else { return 1 }
    if estimate.shape != .symmetric { return min(1, chance(of: estimate) * standardRisk / (1 - level)) }
    let doubt = estimate.value < 0 ? estimate.doubt(level: level).high : -estimate.doubt(level: level).low
    guard let error = estimate.error, error > 0 else {
      // Where a bound stands for the error, luck with it falls off like that of two values about their mean.
      return doubt > 0 ? min(1, standardRisk * doubt / estimate.value.magnitude * standardRisk / (1 - level)) : nil
    }
    let distance = max(0, estimate.value.magnitude - doubt) / error
    let chance = 2 * StudentDistribution(degreesOfFreedom: estimate.degreesOfFreedom).upperTail(distance)
    return min(1, chance * standardRisk / (1 - level))
  }

  /// The least α for which the interval of level 1 − α leaves out 0, of an estimate whose interval is not symmetric.
  private static func chance(of estimate: Estimate) -> Double {
    var (low, high) = (-40.0, 0.0)
    for _ in 0..<60 {
      let middle = 0.5 * (low + high)
      let interval = estimate.interval(level: 1 - exp(middle))
      if interval.low > 0 || interval.high < 0 { high = middle } else { low = middle }
    }
    return exp(high)
  }

  /// The risk that a single judgement takes.
  package static let standardRisk = 0.05

  /// The ends of the tolerance; with a relative one they share the right side's error, hence are scaled, not added.
  private static func bounds(_ right: Estimate, _ tolerance: Tolerance) -> (lower: Estimate, upper: Estimate) {
    switch tolerance {
    case .absolute(let distance): return (right - Estimate(distance), right + Estimate(distance))
    case .relative(let fraction):
      let signed = right.value < 0 ? -fraction : fraction
      return ((1 - signed) * right, (1 + signed) * right)
    }
  }

  /// Nothing random is left: both sides exact, or one of them an exact number that is not finite.
  static func isSettled(_ left: Estimate, _ right: Estimate) -> Bool {
    (left.isExact && (right.isExact || !left.value.isFinite)) || (right.isExact && !right.value.isFinite)
  }

  /// Nothing random is left of a difference, since all of it is common to both sides.
  private static func isSettled(_ difference: Estimate, among sides: [Estimate]) -> Bool {
    difference.isExact && sides.allSatisfy(\.value.isFinite)
  }

  /// Whether a difference is no more than arithmetic may have left of 0.
  private static func isRounding(_ difference: Estimate, among sides: [Estimate]) -> Bool {
    difference.value.magnitude <= 1e-12 * (sides.map(\.value.magnitude).max() ?? 0)
  }

  static func exact(_ isTrue: Bool, _ effect: String, _ sides: [Estimate]) -> Judgement {
    var result = Judgement(
      verdict: isTrue ? .supported : .refuted, effect: effect, test: "exact comparison", remarks: evidence(sides))
    if sides.contains(where: { $0.value.isNaN }) {
      result.verdict = .undecided
      result.test = "nothing can be said of what is not a number"
    }
    return result
  }

  /// The verdict on "the quantity is positive".
  static func decide(positive interval: Interval) -> Verdict {
    interval.low > 0 ? .supported : interval.high < 0 ? .refuted : .undecided
  }

  static func both(_ first: Verdict, _ second: Verdict) -> Verdict {
    if first == .refuted || second == .refuted { return .refuted }
    return first == .supported && second == .supported ? .supported : .undecided
  }

  private static func mirrored(_ interval: Interval) -> Interval { Interval(low: -interval.high, high: -interval.low) }

  /// Sources and remarks of the sides that were measured, each once.
  ///
  /// That one moves is left out where it does not at the level of the judgement.
  static func evidence(_ sides: [Estimate], _ level: Double = 0.95) -> [String] {
    var lines: [String] = []
    for side in sides {
      if !side.isExact, !lines.contains(side.source) { lines.append(side.source) }
      let isStill = side.trend.map { !$0.isMoving(level: level) } ?? false
      for remark in side.remarks where !lines.contains(remark.text) {
        if isStill, case .drifting = remark { continue }
        lines.append(remark.text)
      }
    }
    return lines
  }

  /// "95% interval of the value [9.93, 10.03] (t, 7 degrees of freedom)".
  ///
  /// - Parameters:
  ///   - centre: what the interval is of.
  ///   - estimate: what was judged, whose law it is.
  static func testText(
    _ subject: String, _ interval: Interval, around centre: Double, _ estimate: Estimate, _ level: Double
  ) -> String {
    "\(levelText(level)) interval of \(subject) \(interval.text(around: centre))\(estimate.distributionText)"
  }

  /// "95%", "98.3%".
  package static func levelText(_ level: Double) -> String { NumberFormat.significant(3).text(100 * level) + "%" }

  /// Says what runs of finite length and number can show, in words that match the verdict.
  ///
  /// - Parameter estimate: what was judged to be positive or negative; the interval's distance from 0 in its width says
  ///   how much more would decide, since errors fall with the root of what is measured.
  mutating func addLimits(_ estimate: Estimate) {
    // Where runs diverged their remark says what to do.
    if verdict == .undecided, estimate.remarks.contains(where: { if case .leftOut = $0 { true } else { false } }) {
      return
    }
    switch (verdict, estimate.runs) {
    case (.undecided, 1):
      wayOut = "a longer run, more draws or several seeds may decide it\(Self.needed(estimate, "as much"))"
    case (.undecided, _): wayOut = "more seeds may decide it\(Self.needed(estimate, "as many"))"
    case (_, 1):
      let covered = estimate.isOfDraws ? "the draws or paths that were averaged" : "its fluctuations in time"
      remarks.append("one run: the interval covers \(covered), not other seeds or longer runs")
    default: remarks.append("the interval covers other seeds of the same set-up, not longer runs")
    }
    if let wayOut { remarks.append(wayOut) }
    if verdict != .undecided, (2..<10).contains(estimate.runs), estimate.error ?? 0 > 0 {
      remarks.append(EstimateRemark.fewRuns(estimate.runs).text)
    }
  }

  /// ": about 6 times as much, if the value stays"; nothing where that would say nothing.
  private static func needed(_ estimate: Estimate, _ what: String) -> String {
    guard let error = estimate.error, error > 0, estimate.doubt.low == 0, estimate.doubt.high == 0 else { return "" }
    let quantile = StudentDistribution(degreesOfFreedom: estimate.degreesOfFreedom).twoSidedQuantile(0.95)
    let factor = (quantile * error / estimate.value) * (quantile * error / estimate.value)
    guard factor > 1, factor < 1000 else { return "" }
    return ": about \(NumberFormat.significant(2).text(factor.rounded(.up))) times \(what), if the value stays"
  }
}
