import Experiments
import Foundation
import Testing

/// Distances of laws, and claims judged together.
@Suite struct LawTests {
  /// Distances by hand: against the uniform law, and between two samples with ties.
  @Test func distancesAreThoseByHand() {
    let uniform: (Double) -> Double = { min(1, max(0, $0)) }
    #expect(Judgement.kolmogorovDistance([0.5], uniform) == 0.5)
    #expect(abs(Judgement.kolmogorovDistance([0.1, 0.2, 0.3, 0.9], uniform) - 0.45) < 1e-15)
    #expect(Judgement.kolmogorovDistance([1, 2, 3, 4], [3, 4, 5, 6]) == 0.5)
    #expect(Judgement.kolmogorovDistance([1, 1, 2], [1, 2, 2]) == 1.0 / 3)
    #expect(Judgement.kolmogorovDistance([1, .nan], uniform).isNaN)
  }

  /// 2000 values spread evenly are as near as 1/4000, with a band of √(ln 40 / 4000) = 0.030368.
  @Test func nearLawsAreSupportedFarOnesRefuted() throws {
    let even = (0..<2000).map { (Double($0) + 0.5) / 2000 }
    let same = Judgement.sameLaw(even, as: { min(1, max(0, $0)) }, within: 0.05)
    #expect(same.verdict == .supported)
    let interval = try #require(same.interval)
    #expect(abs(interval.high - 0.00025 - 0.030368) < 1e-5)
    #expect(Judgement.sameLaw(even, as: { min(1, max(0, $0 * $0)) }, within: 0.05).verdict == .refuted)
    #expect(Judgement.sameLaw(Array(even.prefix(40)).map { $0 * 50 }, as: { $0 }, within: 0.05).verdict == .undecided)
    #expect(Judgement.sameLaw(even, as: { min(1, max(0, $0)) }, within: 0.05, size: 50).verdict == .undecided)
    #expect(Judgement.sameLaw(even, as: even.map { $0 * 0.99 }, within: 0.1).verdict == .supported)
  }

  /// Distribution functions of densities, however long the interval, however narrow a peak that stands where values are.
  @Test func densitiesAreIntegratedWhereValuesAre() {
    let values = (0..<1000).map { (Double($0) + 0.5) / 1000 * 6 - 3 }
    for reach in [10.0, 1e4, 1e9] {
      let law = DensityLaw(from: -reach, to: reach, near: values) { exp(-$0 * $0 / 2) }
      #expect(abs(law.total - (2 * Double.pi).squareRoot()) < 1e-4 && law.error < 1e-4, "\(reach): \(law.total)")
      for x in [-2.0, -0.3, 0, 0.7, 1.9] {
        #expect(abs(law(x) - 0.5 * erfc(-x / 2.0.squareRoot())) < 1e-4, "\(reach): \(law(x)) at \(x)")
      }
    }
    for reach in [50.0, 1e3, 1e4, 1e9] {
      let law = DensityLaw(from: 0, to: reach, near: values.map { $0 + 3 }) { exp(-$0) }
      for x in [0.1, 1, 3] { #expect(abs(law(x) - 1 + exp(-x)) < 1e-4, "\(reach): \(law(x)) at \(x)") }
    }
    let spike = DensityLaw(from: 0, to: 1, near: values) { 1 + 1e6 * exp(-1e10 * ($0 - 0.50003) * ($0 - 0.50003)) }
    #expect(abs(spike(0.4) - 0.4 / (1 + 10 * Double.pi.squareRoot())) < 1e-4, "\(spike(0.4))")
    // An infinite end, where the arcsine law has an integral and 1/x has none.
    let arcsine = DensityLaw(from: 0, to: 1, near: []) {
      let height = 1 / ($0 * (1 - $0)).squareRoot()
      return height.isFinite ? height : 0
    }
    #expect(abs(arcsine(0.25) - 1.0 / 3) < 1e-3 && arcsine.error < 1e-3, "\(arcsine(0.25)) \(arcsine.error)")
    let none = DensityLaw(from: 0, to: 1, near: []) { $0 > 0 ? 1 / $0 : 0 }
    #expect(!(none.error <= 1e-3), "\(none.error)")
  }

  /// Of events that did not happen by the end nothing is compared beyond it: the distance is between what is seen and what
  /// they could make of it.
  @Test func eventsAfterTheEndBoundTheDistance() throws {
    let law: (Double) -> Double = { min(1, max(0, $0 / 10)) }
    let values = (0..<1000).map { (Double($0) + 0.5) / 100 }
    let seen = values.map { $0 <= 6 ? $0 : Double.infinity }
    let found = Judgement.sameLaw(seen, as: law, within: 0.05, seenUpTo: 6)
    #expect(found.verdict == .undecided)
    let interval = try #require(found.interval)
    #expect(interval.low == 0 && abs(interval.high - 0.4 - 0.042947) < 1e-4, "\(interval)")
    #expect(Judgement.sameLaw(seen, as: law, within: 0.5, seenUpTo: 6).verdict == .supported)
    #expect(Judgement.sameLaw(seen, as: { law(2 * $0) }, within: 0.05, seenUpTo: 6).verdict == .refuted)
    let most = values.map { $0 <= 9.9 ? $0 : Double.infinity }
    #expect(Judgement.sameLaw(most, as: law, within: 0.06, seenUpTo: 9.9).verdict == .supported)
    #expect(Judgement.sameLaw(most, as: values, within: 0.11, seenUpTo: 9.9).verdict == .supported)
    #expect(Judgement.sameLaw(seen, as: values, within: 0.1, seenUpTo: 6).verdict == .undecided)
  }

  /// A correlated series is worth fewer values: an AR(1) with coefficient φ is worth n (1 − φ)/(1 + φ).
  @Test func correlatedValuesAreWorthLess() {
    var state: UInt64 = 7
    func uniform() -> Double {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Double(state >> 11) / Double(1 << 53) - 0.5
    }
    var values = [0.0]
    for _ in 1..<20_000 { values.append(0.8 * values[values.count - 1] + uniform()) }
    let count = Statistics.independentCount(forLawOf: values)
    #expect(abs(count / (20_000 * 0.2 / 1.8) - 1) < 0.35, "\(count)")
  }

  /// Stationary series that are correlated, of exactly the law: at most 5% of them are found to be off at all; and of the law
  /// moved to the tolerance's distance at most 5% are found to be nearer, or further.
  ///
  /// `make test-long` makes 1,000 series of each; the others are a tenth of that.
  @Test(arguments: [0.0, 0.5, 0.9]) func verdictsOnCorrelatedSeriesAreWrongSeldom(_ correlation: Double) {
    let isLong = getenv("DESCENT_LONG_TESTS") != nil
    let trials = isLong ? 1000 : 100
    var generator = SeededGenerator(seed: UInt64(11 + 10 * correlation))
    let normal: (Double) -> Double = { 0.5 * erfc(-$0 / 2.0.squareRoot()) }
    // Two normal laws that are 2 a apart are at a distance of 2 Φ(a) − 1.
    let shift = 2 * 0.0627068
    var (off, nearer, further) = (0, 0, 0)
    for _ in 0..<trials {
      var values = [generator.normal()]
      for _ in 1..<4000 {
        let fresh = (1 - correlation * correlation).squareRoot() * generator.normal()
        values.append(correlation * values[values.count - 1] + fresh)
      }
      let count = Statistics.independentCount(forLawOf: values)
      if let interval = Judgement.sameLaw(values, as: normal, within: 0.05, size: count).interval, interval.low > 0 {
        off += 1
      }
      switch Judgement.sameLaw(values, as: { normal($0 - shift) }, within: 0.05, size: count).verdict {
      case .supported: nearer += 1
      case .refuted: further += 1
      case .undecided: break
      }
    }
    if isLong {
      print("same_law, correlation \(correlation): off \(off), nearer \(nearer), further \(further) of \(trials)")
    }
    let most = 0.05 * Double(trials) + 2.6 * (0.0475 * Double(trials)).squareRoot()
    #expect(Double(max(off, nearer, further)) <= most, "\(off), \(nearer), \(further) of \(trials)")
  }

  // MARK: Risk and correction

  /// Two-sided chances of Student's t from tables: t = 2.5 with 9 degrees of freedom has 0.033862.
  @Test func riskIsTheChanceOfTheVerdict() throws {
    let value = Estimate(5, error: 2, degreesOfFreedom: 9)
    let judged = Judgement.comparison(value, .greater, Estimate(0))
    #expect(judged.verdict == .supported)
    let risk = try #require(judged.risk)
    #expect(abs(risk - 0.033862) < 1e-5)
    // As one of two it takes half the risk, so its own counts twice.
    let corrected = Judgement.comparison(value, .greater, Estimate(0), level: 0.975)
    #expect(corrected.verdict == .undecided && corrected.risk == 1)
    #expect(Judgement.comparison(Estimate(1), .greater, Estimate(0)).risk == nil)
    let near = Judgement.approximately(
      Estimate(10, error: 0.1, degreesOfFreedom: 9), Estimate(10.2), within: .absolute(0.5))
    // The nearer end is 0.3 away: t = 3 has 0.014956.
    let nearRisk = try #require(near.risk)
    #expect(near.verdict == .supported && abs(nearRisk - 0.014956) < 1e-5)
  }

  private static func claim(_ risk: Double?, _ verdict: Verdict = .supported) -> Claim {
    Claim(title: "c", judgement: Judgement(verdict: verdict, effect: "", test: "", risk: risk))
  }

  /// Holm's own example of the procedure: risks .01, .04, .03, .005 against .05/4, .05/3, .05/2, .05.
  @Test func verdictsStandByHolm() throws {
    let claims = [0.01, 0.04, 0.03, 0.005].map { Self.claim($0) }
    let correction = try #require(Claim.correction(of: claims))
    #expect(correction.count == 4 && correction.withdrawn == [1, 2])
    #expect(Claim.correction(of: [Self.claim(0.02), Self.claim(nil), Self.claim(nil)]) == nil)
    let two = try #require(Claim.correction(of: [Self.claim(0.02), Self.claim(nil), Self.claim(0.03)]))
    #expect(two.withdrawn == [] && two.text([]).contains("all verdicts stand"))
    let undecided = try #require(Claim.correction(of: [Self.claim(1, .undecided), Self.claim(0.04, .refuted)]))
    #expect(undecided.withdrawn == [1])
  }

  /// Parts of one claim: what decides alone gives its own risk, what needs all gives the largest.
  @Test func jointRisksFollowTheVerdict() {
    func part(_ verdict: Verdict, _ risk: Double?) -> Judgement {
      Judgement(verdict: verdict, effect: "", test: "", risk: risk)
    }
    #expect(Judgement.all([part(.supported, 0.01), part(.supported, 0.03)]).risk == 0.03)
    #expect(Judgement.all([part(.supported, 0.01), part(.refuted, 0.03)]).risk == 0.03)
    #expect(Judgement.all([part(.supported, 0.01), part(.refuted, nil)]).risk == nil)
    #expect(Judgement.any([part(.supported, 0.01), part(.supported, 0.002)]).risk == 0.002)
    #expect(Judgement.all([part(.supported, 0.01), part(.undecided, 1)]).risk == 1)
  }
}
