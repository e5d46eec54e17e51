import Experiments
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
