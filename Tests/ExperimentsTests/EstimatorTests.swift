import Experiments
import Glibc
import Testing

@Suite struct EstimatorTests {
  private func series(_ values: [Double], from start: Double = 0, every stride: Double = 1) -> Series {
    Series(
      name: "loss", axis: .step, positions: values.indices.map { start + stride * Double($0) }, values: values)
  }

  /// x ← ρx + √(1 − ρ²)ξ: unit variance, correlation time (1 + ρ)/(1 − ρ).
  private func correlated(_ count: Int, _ correlation: Double, seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    var value = generator.normal()
    return (0..<count).map { _ in
      value = correlation * value + (1 - correlation * correlation).squareRoot() * generator.normal()
      return value
    }
  }

  // MARK: Distribution

  @Test(arguments: [
    (1.0, 0.95, 12.706204736), (2.0, 0.95, 4.302652730), (4.0, 0.90, 2.131846786), (7.0, 0.95, 2.364624252),
    (10.0, 0.99, 3.169272673), (30.0, 0.95, 2.042272456), (1000.0, 0.95, 1.962339081),
    (Double.infinity, 0.95, 1.959963985),
  ])
  func studentQuantileAgreesWithTables(_ degreesOfFreedom: Double, _ level: Double, _ expected: Double) {
    let quantile = StudentDistribution(degreesOfFreedom: degreesOfFreedom).twoSidedQuantile(level)
    #expect((quantile - expected).magnitude < 2e-9 * expected)
  }

  @Test func studentTailAgreesWithClosedForms() {
    for t in [0.0, 0.3, 1, 2.5, 10, 300] {
      let cauchy = StudentDistribution(degreesOfFreedom: 1).upperTail(t)
      #expect((cauchy - (0.5 - atan(t) / Double.pi)).magnitude < 1e-12)
      let two = StudentDistribution(degreesOfFreedom: 2).upperTail(-t)
      #expect((two - 0.5 * (1 + t / (2 + t * t).squareRoot())).magnitude < 1e-12)
    }
  }

  // MARK: Plain

  @Test func plainStatisticsOfAKnownList() {
    let values = series([3, 1, 4, 1, 5, 9, 2, 6])
    #expect(values.final == 6)
    #expect(values.minimum == 1)
    #expect(values.maximum == 9)
    #expect(values.positionOfMinimum == 1)
    #expect(values.positionOfMaximum == 5)
    #expect(values.median == 3.5)
    #expect(values.quantile(0.25) == 1.75)
    #expect(values.quantile(0) == 1)
    #expect(values.quantile(1) == 9)
    #expect(values.quantile(1.01).isNaN)
    #expect(values.firstPosition { $0 > 4 } == 4)
    #expect(values.firstPosition { $0 > 40 } == nil)
    #expect(Statistics.mean(values.values) == 3.875)
    #expect((Statistics.standardDeviation(values.values) - 2.748376143938713).magnitude < 1e-14)
  }

  @Test func notANumberPropagatesOrRefuses() {
    let values = series([3, .nan, 4])
    #expect(values.minimum.isNaN)
    #expect(values.maximum.isNaN)
    #expect(values.median.isNaN)
    #expect(values.positionOfMinimum == nil)
    #expect(values.firstPosition { !($0 < 10) } == nil)
    #expect(values.plateau().value == 4)
    #expect(values.plateau(last: 1).remarks == [.notFinite(1, of: 3)])
    #expect(series([]).final.isNaN)
    #expect(series([]).minimum.isNaN)
    #expect(series([]).plateau().value.isNaN)
  }

  @Test(arguments: [(50, 0.2, 10), (51, 0.2, 11), (3, 0.2, 1), (10, 1.0, 10), (10, 7.0, 10), (10, 0.0, 0), (0, 0.5, 0)])
  func tailHoldsTheLastValues(_ count: Int, _ fraction: Double, _ expected: Int) {
    let tail = series((0..<count).map(Double.init)).tail(fraction)
    #expect(tail.values == (0..<count).suffix(expected).map(Double.init))
    #expect(tail.positions == tail.values)
  }

  @Test func sumDoesNotLoseSmallTerms() {
    let values = [Double](repeating: 0.1, count: 1_000_000)
    #expect((Statistics.sum(values) - 100_000).magnitude < 1e-9)
  }

  @Test func changesCountRisesAndFalls() {
    let changes = series([1, 2, 2, 1, .nan, 3]).changes
    #expect(changes.rises == 1)
    #expect(changes.falls == 1)
    #expect(changes.ties == 1)
    #expect(changes.incomparable == 2)
    #expect(changes.total == 5)
  }

  // MARK: Plateau

  @Test func plateauErrorCoversTheTruthDespiteCorrelation() {
    for correlation in [0.0, 0.5, 0.9, -0.8] {
      let covered = (0..<120).count { seed in
        let values = correlated(1000, correlation, seed: UInt64(seed))
        let interval = series(values).plateau(last: 1).interval()
        return interval.low <= 0 && 0 <= interval.high
      }
      #expect(covered >= 106, "ρ = \(correlation): the 95% interval covered \(covered) of 120")
    }
  }

  @Test func plateauErrorIsNotBlindToCorrelation() throws {
    let values = correlated(4000, 0.95, seed: 1)
    let naive = Statistics.standardDeviation(values) / 4000.0.squareRoot()
    let error = try #require(series(values).plateau(last: 1).error)
    #expect(error > 3 * naive)
    #expect(error < 12 * naive)
  }

  @Test func steadySeriesRarelyLooksAsIfItDrifted() {
    let warned = (0..<400).count { seed in
      let values = correlated(400, 0, seed: UInt64(seed)).map { 0.5 + 0.1 * $0 }
      return series(values).plateau(last: 1).remarks.contains { if case .drifting = $0 { true } else { false } }
    }
    // At the 5% level.
    #expect(warned <= 31)
  }

  /// Of many plateaus that one statement is about each may move by chance, and all together no more often than one.
  @Test func manySteadySeriesRarelyLookAsIfOneDrifted() {
    var (alone, together) = (0, 0)
    for trial in 0..<60 {
      let plateaus = (0..<10).map { place in
        series(correlated(200, 0, seed: UInt64(10 * trial + place)).map { Double(place) + 0.1 * $0 }).plateau(last: 1)
      }
      if plateaus.contains(where: { $0.trend?.isMoving() == true }) { alone += 1 }
      let judged = Judgement.increasing(plateaus.map { [$0] })
      #expect(judged.verdict != .refuted)
      if judged.verdict == .undecided { together += 1 } else { #expect(!"\(judged.remarks)".contains("still")) }
    }
    #expect(alone > 12 && together <= 9, "\(alone), \(together) of 60")
  }

  /// One that really moves is told among many, too.
  @Test func aDriftIsToldAmongManySteadySeries() {
    let plateaus = (0..<10).map { place in
      let slope = place == 4 ? 0.01 : 0
      return series(
        correlated(200, 0, seed: UInt64(place)).enumerated().map { Double(place) + slope * Double($0) + 0.1 * $1 }
      ).plateau(last: 1)
    }
    let judged = Judgement.increasing(plateaus.map { [$0] })
    #expect(judged.verdict == .undecided && judged.remarks.contains { $0.contains("the series still rises") })
  }

  @Test func driftIsSeenAndWidensTheInterval() throws {
    let values = correlated(1000, 0, seed: 3).enumerated().map { 10 + 0.002 * Double($0) + 0.1 * $1 }
    let plateau = series(values).plateau()
    let change = try #require(plateau.trend).change
    #expect((change - 0.4).magnitude < 0.02)
    // Ten more windows like this one are within what may come.
    let interval = plateau.interval()
    #expect(interval.high > 11.8 + 3.8 && interval.high - 11.8 > 11.8 - interval.low + 3.8)
    #expect(plateau.remarks.contains { $0.text.hasPrefix("the series still rises by 3") })
  }

  @Test func equalValuesAreExact() {
    let plateau = series([Double](repeating: 0.1, count: 100)).plateau()
    #expect(plateau.value == 0.1)
    #expect(plateau.error == 0)
    #expect(plateau.isExact)
    #expect(plateau.source == "mean of 20 values over steps 80 to 99")
  }

  @Test func fewValuesGiveNoError() {
    let plateau = series([1, 2, 3, 4]).plateau(last: 1)
    #expect(plateau.value == 2.5)
    #expect(plateau.error == nil)
    #expect(plateau.remarks == [.tooFew(4)])
    // Ten times their range stand for the error.
    #expect(plateau.interval().low == 2.5 - 30 && !plateau.isExact)
  }

  // MARK: Slope

  @Test func powerLawHasItsExponentAndNoError() throws {
    let values = (1...200).map { 3 * pow(Double($0), -0.75) }
    let slope = series(values, from: 1).slope()
    #expect((slope.value + 0.75).magnitude < 1e-13)
    #expect(try #require(slope.error) < 1e-14)
    let part = series(values, from: 1).slope(over: Interval(low: 10, high: 100))
    #expect(part.source == "least squares on 91 points")
  }

  @Test func slopeOfAnExponentialIsItsRate() {
    let values = (0..<50).map { 2 * exp(-0.1 * Double($0)) }
    #expect((series(values).slope(scale: .logLinear).value + 0.1).magnitude < 1e-13)
    #expect((series([1, 3, 5, 7]).slope(scale: .linear).value - 2).magnitude < 1e-14)
  }

  @Test func slopeErrorCoversTheTruth() {
    for correlation in [0.0, 0.6] {
      let covered = (0..<200).count { seed in
        let noise = correlated(300, correlation, seed: UInt64(seed))
        let values = noise.enumerated().map { exp(-0.5 * log(Double($0 + 1)) + 0.2 * $1) }
        let interval = series(values, from: 1).slope().interval()
        return interval.low <= -0.5 && -0.5 <= interval.high
      }
      #expect(covered >= (correlation == 0 ? 185 : 155), "ρ = \(correlation): covered \(covered) of 200")
    }
  }

  @Test func pointsWithoutLogarithmAreCounted() {
    let slope = series([1, 1, 0.5, 0, .nan, -1, 0.2]).slope()
    #expect(slope.remarks.contains(.skipped(4, of: 7)))
    #expect(series([1, 1]).slope().value.isNaN)
    #expect(series([1, 2, 4], from: 1).slope(over: Interval(low: 1, high: 2)).value == 1)
  }

  // MARK: Across runs

  @Test func meanOverRunsHasItsStandardError() throws {
    let mean = Estimate.mean(of: [0.401, 0.403, 0.390, 0.406])
    #expect((mean.value - 0.4).magnitude < 1e-15)
    #expect((try #require(mean.error) - 0.0034880749).magnitude < 1e-9)
    #expect(mean.degreesOfFreedom == 3)
    #expect(mean.text == "0.400 ± 0.003")
    #expect(Estimate.mean(of: [2.0]).isExact)
    #expect(Estimate.mean(of: [2, .nan]).remarks == [.notFinite(1, of: 2)])
    #expect(Estimate.mean(of: [Double]()).value.isNaN)
  }

  @Test func pairingRemovesWhatRunsShare() throws {
    let first = [10.1, 20.2, 30.1, 40.2]
    let second = [10.0, 20.0, 30.0, 40.0]
    let paired = Estimate.pairedDifference(first, second)
    let unpaired = Estimate.mean(of: first) - Estimate.mean(of: second)
    #expect((paired.value - unpaired.value).magnitude < 1e-12)
    #expect(try #require(paired.error) < 0.05)
    #expect(try #require(unpaired.error) > 5)
  }

  @Test func errorsPropagate() throws {
    let a = Estimate(4, error: 0.3, degreesOfFreedom: 5)
    let b = Estimate(2, error: 0.1, degreesOfFreedom: 5)
    #expect((try #require((a + b).error) - 0.1.squareRoot()).magnitude < 1e-15)
    // As steep as the line to two errors away, and what both do together.
    #expect((try #require((a / b).error) - (0.0225 + 0.01).squareRoot()).magnitude < 0.01)
    #expect((try #require((a * b).error) - (0.36 + 0.16 + 0.0009).squareRoot()).magnitude < 1e-9)
    #expect(try #require((2 * a).error) == 0.6)
    #expect((a - Estimate(1)).degreesOfFreedom == 5)
    #expect(((a - b).degreesOfFreedom - 0.01 / ((0.0081 + 0.0001) / 5)).magnitude < 1e-12)
  }

  @Test(arguments: [
    (0.40123, 0.0031, "0.401 ± 0.003"), (9.98342, 0.0214, "9.98 ± 0.02"), (9.98342, 0.0127, "9.983 ± 0.013"),
    (1234.5, 30, "1234 ± 30"), (1.2345e-7, 5e-9, "1.23e-07 ± 0.05e-07"), (0, 0.02, "0.00 ± 0.02"),
    (-3.2, 0.099, "-3.20 ± 0.10"), (5.4e8, 2e6, "5.40e+08 ± 0.02e+08"), (2.5, 0, "2.5"),
    (12.3456789, .nan, "12.3457 ± nan"),
  ])
  func estimateText(_ value: Double, _ error: Double, _ expected: String) {
    #expect(Estimate(value, error: error).text == expected)
  }
}
