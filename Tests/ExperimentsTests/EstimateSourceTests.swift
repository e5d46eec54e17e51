import Experiments
import Testing

/// What estimates have in common survives arithmetic.
@Suite struct EstimateSourceTests {
  /// An autoregression about a mean, as of one run.
  private func series(_ seed: UInt64, mean: Double = 0, phi: Double = 0.5, run: Identity? = nil, scale: Double = 1)
    -> Series
  {
    var generator = SeededGenerator(seed: seed)
    var state = 0.0
    let values = (0..<400).map { _ in
      state = phi * state + generator.normal()
      return mean + scale * state
    }
    var result = Series(name: "w", axis: .step, positions: (0..<400).map(Double.init), values: values)
    result.run = run
    return result
  }

  /// The error, not a number where there is none.
  private func size(_ estimate: Estimate) -> Double { estimate.error ?? .nan }

  @Test func anEstimateIsNotIndependentOfItself() {
    let w = series(1, mean: 3)
    // Read off twice, it is the same.
    let (p, q) = (w.plateau(), w.plateau())
    let error = size(p)
    #expect((p - q).isExact && (p - q).value == 0)
    let mean = 0.25 * (p + q + p + q)
    #expect((size(mean) / error - 1).magnitude < 1e-12 && mean.degreesOfFreedom == p.degreesOfFreedom)
    var sum = Estimate(0)
    for _ in 0..<100 { sum = sum + p / Estimate(100) }
    #expect((size(sum) / error - 1).magnitude < 1e-9)
    let square = Estimate.applying([p], name: "^") { $0[0] * $0[0] }
    #expect((size(p * p) / size(square) - 1).magnitude < 1e-12)
    #expect((p / q).isExact)
    // The order in which it is put together is no news.
    #expect(Judgement.comparison(p, .less, mean).verdict == .refuted)
    #expect(Judgement.comparison(p, .lessOrEqual, q).verdict == .supported)
  }

  @Test func twoEstimatesOfOneRunArePaired() {
    let run = Identity()
    let w = series(1, mean: 3, run: run)
    var d = w
    d.values = w.values.map { 2 * $0 }
    let (p, q) = (w.plateau(), d.plateau())
    let error = size(p)
    #expect((size(p + q) / error - 3).magnitude < 1e-9)
    #expect(size(2 * p - q) < 1e-9 * error)
    // Of what was read off otherwise nobody knows.
    let other = w.correlatedMean()
    let worst = p - other
    #expect((size(worst) - error - size(other)).magnitude < 1e-12)
    #expect(worst.remarks.contains(.addedUp))
    // Another run knows nothing of it.
    let far = series(2, run: Identity()).plateau()
    let both = (size(p - far), size(far))
    #expect((both.0 * both.0 - error * error - both.1 * both.1).magnitude < 1e-12)
  }

  /// Runs of one seed may see the same samples: what both have in common cancels, and what nobody knows is said.
  @Test func runsOfOneSeedArePaired() {
    let (a, b, c) = (Identity(seed: 1), Identity(seed: 1), Identity(seed: 2))
    let w = series(1, mean: 3, run: a)
    var near = series(7, run: b, scale: 0.1)
    near.values = zip(near.values, w.values).map { $0 + $1 }
    let difference = w.plateau() - near.plateau()
    #expect(size(difference) < 0.3 * size(w.plateau()), "\(size(difference))")
    #expect(!difference.remarks.contains(.oneSeed))
    // What has nothing in common is none the worse.
    let far = series(2, run: b).plateau()
    let apart = (size(w.plateau() - far), (size(w.plateau()) * size(w.plateau()) + size(far) * size(far)).squareRoot())
    #expect(apart.0 > 0.6 * apart.1 && apart.0 < 1.6 * apart.1, "\(apart)")
    // Over other windows it is not known.
    let other = near.plateau(last: 0.3)
    let unknown = w.plateau() - other
    #expect(unknown.remarks.contains(.oneSeed))
    let sum = size(w.plateau()) * size(w.plateau()) + size(other) * size(other)
    #expect((size(unknown) * size(unknown) / sum - 1).magnitude < 1e-9)
    // Of other seeds it is: nothing.
    var third = near
    third.run = c
    let independent = w.plateau() - third.plateau()
    let both = size(w.plateau()) * size(w.plateau()) + size(third.plateau()) * size(third.plateau())
    #expect((size(independent) * size(independent) / both - 1).magnitude < 1e-9 && independent.remarks.isEmpty)
  }

  /// A slow part that is small beside a fast one keeps its error.
  @Test func pairingKeepsWhatIsSlow() {
    let run = Identity()
    let fast = series(1, phi: 0, run: run, scale: 1)
    let slow = series(2, phi: 0.98, run: run, scale: 0.05)
    let (a, b) = (fast.correlatedMean(), slow.correlatedMean())
    let squares = (size(a), b.error ?? 0)
    #expect(size(a + b) > 0.7 * (squares.0 * squares.0 + squares.1 * squares.1).squareRoot())
  }

  @Test(arguments: [0.0, 0.002, 0.05])
  func errorsDoNotVanishAtKinks(value: Double) {
    let p = Estimate(value, error: 0.1)
    let positive = Estimate.applying([p], name: "abs") { $0[0].magnitude }
    #expect((size(positive) - 0.1).magnitude < 1e-9)
    let square = p * p
    #expect(square.interval().high > (value + 0.19) * (value + 0.19))
    #expect(Judgement.comparison(positive, .less, Estimate(0.01)).verdict == .undecided)
    // Two that are 0 within 0.1 are 0 within 0.01 together.
    let product = p * Estimate(0, error: 0.1)
    #expect(size(product) >= 0.01)
  }

  @Test func noErrorBeyondTheDomain() {
    let p = Estimate(0.05, error: 0.1)
    let inverse = Estimate.power(p, Estimate(-1)) { base, _ in 1 / base }
    for broken in [p.squareRoot, Estimate(1) / p, Estimate(1) / Estimate(0, error: 0.1), inverse] {
      #expect(broken.lacksError && !broken.isExact)
      for relation in [Relation.less, .greater, .equal] {
        #expect(Judgement.comparison(broken, relation, Estimate(100)).verdict == .undecided)
      }
    }
    #expect(p.squareRoot.text.hasSuffix("± nan"))
    let judged = Judgement.comparison(p.squareRoot, .less, Estimate(100))
    #expect(judged.remarks.contains { $0.contains("`sqrt` has no value somewhere within the error") })
    #expect(!Estimate(4, error: 0.1).squareRoot.lacksError)
  }

  // MARK: Seeds

  @Test func seedsArePairedWhereTheyAreShared() {
    var generator = SeededGenerator(seed: 5)
    let noise = (0..<20).map { _ in generator.normal() }
    func mean(_ seeds: Range<Int>, _ shift: Double) -> Estimate {
      .mean(of: seeds.map { Estimate(noise[$0] + shift + 0.01 * Double($0 % 3)) }, labels: seeds.map(String.init))
    }
    let (a, b) = (mean(0..<10, 0), mean(0..<10, 1))
    #expect((b - a).error ?? 1 < 1e-9)
    let (c, d) = (mean(10..<20, 0), mean(5..<15, 0))
    let squares = (size(a), size(c), size(d))
    let independent = (squares.0 * squares.0 + squares.1 * squares.1).squareRoot()
    #expect((size(a - c) - independent).magnitude < 1e-12)
    #expect((a - c).degreesOfFreedom > 9)
    // Half of the seeds are shared: less than for independent samples, more than nothing.
    let half = size(a - d)
    #expect(half > 0.1 && half < (squares.0 * squares.0 + squares.2 * squares.2).squareRoot())
    // The same seeds in another order.
    let order = Array((0..<10).reversed())
    let turned = Estimate.mean(
      of: order.map { Estimate(noise[$0] + 0.01 * Double($0 % 3)) }, labels: order.map(String.init))
    #expect((turned - a).error ?? 1 < 1e-12)
    #expect(Judgement.approximately(a, b - Estimate(1), within: .absolute(0.001)).verdict == .supported)
  }

  /// 95% intervals of differences of means over seeds of which some are shared.
  @Test(arguments: [0, 3, 7])
  func sharedSeedsKeepTheLevel(shared: Int) {
    var generator = SeededGenerator(seed: 17)
    let wrong = (0..<1000).count { _ in
      let common = (0..<shared).map { _ in generator.normal() }
      func side(_ name: String) -> Estimate {
        let members = (0..<10).map { seed in
          Estimate((seed < shared ? common[seed] : generator.normal()) + 0.3 * generator.normal())
        }
        return .mean(of: members, labels: (0..<10).map { $0 < shared ? "\($0)" : "\(name)\($0)" })
      }
      return Judgement.comparison(side("a"), .equal, side("b")).verdict == .refuted
    }
    #expect((25...80).contains(wrong), "\(wrong) of 1000 with \(shared) shared seeds")
  }

  // MARK: Events that did not happen

  private func event(_ steps: Int, at step: Int?) -> Estimate {
    var condition = Series(name: "c", axis: .step, positions: (0...steps).map(Double.init))
    condition.values = (0...steps).map { $0 == step ? 1 : 0 }
    return condition.firstPositionOfTruth
  }

  @Test(arguments: [
    (Relation.greater, 1000.0, Verdict.undecided), (.greater, 5, .supported), (.greater, 10, .supported),
    (.less, 5, .refuted), (.less, 1000, .undecided), (.equal, 5, .refuted), (.equal, 11, .undecided),
    (.notEqual, 5, .supported), (.lessOrEqual, 10, .refuted), (.greaterOrEqual, 10.5, .undecided),
  ])
  func whatDidNotHappenComesAfterTheEnd(_ relation: Relation, _ limit: Double, _ expected: Verdict) {
    let never = event(10, at: nil)
    #expect(never.value == .infinity)
    let judged = Judgement.comparison(never, relation, Estimate(limit))
    #expect(judged.verdict == expected)
    #expect(judged.remarks.contains("did not happen within 10 steps"))
    #expect(Judgement.comparison(event(10, at: 7), relation, Estimate(limit)).test == "exact comparison")
  }

  @Test func eventsThatDidNotHappenAreNotComparedWithEachOther() {
    let never = event(10, at: nil)
    for relation in [Relation.less, .greater, .equal, .notEqual] {
      #expect(Judgement.comparison(never, relation, event(20, at: nil)).verdict == .undecided)
    }
    #expect(Judgement.approximately(never, event(20, at: nil), within: .relative(0.05)).verdict == .undecided)
    #expect(Judgement.approximately(event(10, at: 2), never, within: .relative(0.05)).verdict == .refuted)
    #expect(Judgement.approximately(never, Estimate(2), within: .relative(0.05)).verdict == .refuted)
    #expect(Judgement.approximately(never, Estimate(50), within: .relative(0.05)).verdict == .undecided)
    // Half of it and one more are still after half of the end and one.
    let half = 0.5 * never + Estimate(1)
    #expect(Judgement.comparison(half, .greater, Estimate(6)).verdict == .supported)
    #expect(Judgement.comparison(half, .greater, Estimate(7)).verdict == .undecided)
    #expect(Judgement.comparison(Estimate(1) / never, .less, Estimate(0.05)).verdict == .undecided)
    // Over seeds the mean is at least that of the ends.
    let members = [event(20, at: 7), never, event(20, at: nil), event(20, at: 9)]
    let mean = Estimate.mean(of: members, labels: ["1", "2", "3", "4"])
    #expect(Judgement.comparison(mean, .greater, Estimate(1)).verdict == .supported)
    #expect(Judgement.comparison(mean, .greater, Estimate(1_000_000)).verdict == .undecided)
    #expect(mean.remarks.map(\.text) == ["did not happen within 10 steps in 2 of 4 runs"])
    #expect(Statistics.quantile([7, .infinity, .infinity, .infinity, 7], 0.5) == .infinity)
  }

  @Test func infiniteNumbersAreNearNothing() {
    let inf = Estimate(.infinity)
    for (left, right) in [(Estimate(5), inf), (inf, Estimate(5)), (-1 * inf, inf)] {
      #expect(Judgement.approximately(left, right, within: .relative(0.05)).verdict == .refuted)
    }
    #expect(Judgement.approximately(inf, inf, within: .relative(0.05)).verdict == .undecided)
    #expect(Judgement.approximately(Estimate(5, error: 0.1), inf, within: .relative(0.05)).verdict == .refuted)
    #expect(Judgement.comparison(Estimate(5, error: 0.1), .less, inf).verdict == .supported)
  }

  // MARK: Quantiles and variances

  /// 95% intervals of quantiles and variances of correlated series.
  @Test(arguments: [0, 0.5, 0.9])
  func quantilesCoverTheTruth(phi: Double) {
    let scale = (1 - phi * phi).squareRoot()
    var (medians, upper, variances, given) = (0, 0, 0, 0)
    for seed in 0..<300 {
      let w = series(UInt64(1000 + seed), phi: phi, scale: scale)
      let (median, high, variance) = (w.quantileEstimate(0.5), w.quantileEstimate(0.8), w.varianceEstimate(1))
      if median.error != nil, high.error != nil { given += 1 }
      func covers(_ estimate: Estimate, _ truth: Double) -> Bool {
        let interval = estimate.interval()
        return interval.low <= truth && truth <= interval.high
      }
      if covers(median, 0) { medians += 1 }
      if covers(high, 0.8416212) { upper += 1 }
      let mean = Statistics.mean(w.values)
      var centred = variance
      centred = centred + Estimate(Statistics.mean(w.values.map { ($0 - mean) * ($0 - mean) }) - 1)
      if covers(centred, 1) { variances += 1 }
    }
    #expect(medians >= 270 && upper >= 270 && variances >= 255, "\(medians) \(upper) \(variances) of 300")
    #expect(phi > 0.5 || given > 290, "\(given)")
  }

  @Test func extremesAreFactsOfTheRun() {
    let w = series(3)
    #expect(w.quantileEstimate(0).isExact && w.quantileEstimate(1).isExact)
    let few = w.tail(0.015)
    #expect(few.values.count == 6 && few.quantileEstimate(0.5).lacksError)
  }
}

/// What is said of events that did not happen.
@Suite struct CensoredEstimateTests {
  private func mean(_ values: [Double], of seeds: [String]) -> Estimate {
    Estimate.mean(of: values.map { Estimate($0) }, labels: seeds)
  }

  /// An event that had not happened at step 60.
  private var late: Estimate {
    var estimate = Estimate(.infinity, source: "an event")
    estimate.floor = [Estimate(60)]
    return estimate
  }

  @Test func aLeastValueHasItsErrorWhateverComesLater() {
    let seeds = ["1", "2", "3", "4"]
    let (a, b) = (mean([3, 5, 4, 6], of: seeds), mean([9, 8, 9, 7], of: seeds))
    func least(_ estimates: [Estimate]) -> Estimate {
      Estimate.applying(estimates, name: "min") { $0.min() ?? .nan }
    }
    let without = least([a, b])
    let with = least([a, late, b])
    #expect(with.value == 4.5 && !with.lacksError)
    #expect(with.error == without.error && with.degreesOfFreedom == without.degreesOfFreedom)
    // An event that may come before the least one leaves its error open; a largest one is not before its end.
    var near = late
    near.floor = [Estimate(4)]
    #expect(least([a, near]).lacksError)
    let largest = Estimate.applying([a, late], name: "max") { $0.max() ?? .nan }
    #expect(largest.value == .infinity && largest.floor.first?.value == 60)
  }
}
