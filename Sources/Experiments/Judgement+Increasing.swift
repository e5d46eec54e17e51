/// The verdict on an order: values that grow, or shrink, along a sequence of groups.
extension Judgement {
  /// Each group above the one before it.
  ///
  /// A group holds one estimate a run; groups of equally many runs are taken as sharing seeds in the same order and are
  /// compared pairwise, others by their means. With k steps each is judged at level 1 − (1 − `level`)/k (Bonferroni), so
  /// the whole order is wrongly supported or refuted no more often than one comparison would be; whether a value still moves
  /// is tested at that level, too. Supported when
  /// every step is up, refuted when one is down, and undecided between; without spread, exactly.
  ///
  /// - Edge cases: fewer than two groups are undecided; equal exact values are no increase.
  package static func increasing(_ groups: [[Estimate]], level: Double = 0.95) -> Judgement {
    ordered(groups, isIncreasing: true, level: level)
  }

  /// Each group below the one before it; see `increasing`.
  package static func decreasing(_ groups: [[Estimate]], level: Double = 0.95) -> Judgement {
    ordered(groups, isIncreasing: false, level: level)
  }

  /// A single recorded series whose every value lies above the one before it: judged exactly, with counts, or as far as the
  /// errors allow that are recorded beside its values.
  package static func increasing(_ series: Series, level: Double = 0.95) -> Judgement {
    ordered(series, isIncreasing: true, level: level)
  }

  /// The same for values that each lie below the one before.
  package static func decreasing(_ series: Series, level: Double = 0.95) -> Judgement {
    ordered(series, isIncreasing: false, level: level)
  }

  private static func ordered(_ series: Series, isIncreasing: Bool, level: Double) -> Judgement {
    let changes = series.changes
    let isTrue = changes.total > 0 && (isIncreasing ? changes.rises : changes.falls) == changes.total
    let effect =
      "\(series.name): \(changes.rises) of \(changes.total) steps up, \(changes.falls) down, \(changes.ties) equal"
    guard changes.total > 0 else {
      return Judgement(verdict: .undecided, effect: effect, test: "an order needs at least two values")
    }
    guard series.errors?.contains(where: { $0 != 0 }) == true else { return condition(isTrue, effect: effect) }
    let groups = series.values.indices.map { [series.estimate(at: $0)] }
    var result = ordered(groups, isIncreasing: isIncreasing, level: level)
    result.effect = effect
    result.remarks.removeAll { line in groups.contains { $0[0].source == line } }
    result.remarks.insert("each value with the error recorded beside it", at: 0)
    return result
  }

  private static func ordered(_ groups: [[Estimate]], isIncreasing: Bool, level: Double) -> Judgement {
    let means = groups.map { Estimate.mean(of: $0) }
    let word = isIncreasing ? "up" : "down"
    guard groups.count > 1 else {
      let effect = means.map(\.text).joined()
      return Judgement(verdict: .undecided, effect: effect, test: "an order needs at least two values")
    }
    guard groups.allSatisfy({ !$0.isEmpty }) else {
      let effect = zip(groups, means).map { $0.isEmpty ? "no value" : $1.text }
      return Judgement(
        verdict: .undecided, effect: effect.joined(separator: isIncreasing ? " < " : " > "),
        test: "an order needs a value at every place")
    }
    let steps = zip(groups, groups.dropFirst()).map { earlier, later in
      isIncreasing ? difference(later, earlier) : difference(earlier, later)
    }
    let stepLevel = 1 - (1 - level) / Double(steps.count)
    let intervals = steps.map { $0.interval(level: stepLevel) }
    let verdicts = zip(steps, intervals).map { step, interval in
      step.isExact ? (step.value > 0 ? .supported : .refuted) : decide(positive: interval)
    }
    let along = verdicts.count { $0 == .supported }
    let effect =
      means.map(\.text).joined(separator: isIncreasing ? " < " : " > ") + ": \(along) of \(steps.count) steps \(word)"
    let verdict: Verdict =
      verdicts.contains(.refuted) ? .refuted : along == steps.count ? .supported : .undecided
    guard steps.contains(where: { !$0.isExact }) else {
      return Judgement(verdict: verdict, effect: effect, test: "exact comparison", remarks: evidence(means))
    }
    let weakest = Statistics.indexOfMinimum(intervals.map(\.low)) ?? 0
    var result = Judgement(
      verdict: verdict, effect: effect, interval: intervals[weakest],
      test: testText(
        "the weakest step", intervals[weakest], around: steps[weakest].value, steps[weakest], stepLevel)
        + ", Bonferroni over all steps",
      remarks: evidence(means, stepLevel))
    let risks = zip(steps, verdicts).compactMap { step, own in
      verdict == .supported || own == .refuted ? risk(of: step, own, stepLevel) : nil
    }
    result.risk = verdict == .undecided ? 1 : verdict == .supported ? risks.max() : risks.min()
    result.addLimits(steps[weakest])
    return result
  }

  /// The mean difference a − b, pairwise where the groups have equally many runs and more than one.
  private static func difference(_ first: [Estimate], _ second: [Estimate]) -> Estimate {
    guard first.count == second.count, first.count > 1 else {
      return Estimate.mean(of: first) - Estimate.mean(of: second)
    }
    return Estimate.pairedDifference(first, second)
  }
}
