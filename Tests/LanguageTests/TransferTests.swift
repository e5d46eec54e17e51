import Diagnostics
import Language
import Testing

/// Results that choose runs, and what is computed of events and best places.
@Suite struct TransferTests {
  /// The best of `lr` is at `w`, at a noise of so much.
  private static func sweep(noise: Double) -> String {
    """
    process hill(lr, w) { state x = 0
      noise ξ ~ normal()
      x' = log(lr / w)^2 + \(noise) * lr * ξ }
    sweep s over w in [1, 2, 4], lr in [0.5, 1, 2, 4, 8], seed in 1...5 {
      run hill(lr, w) for 1 steps { record x at end }
    }
    let best = argmin(final(s.x) over lr by w)

    """
  }

  /// `where lr == best`: each combination of the other axes has its own; what one value is left of is that of all.
  @Test func resultsChooseRuns() {
    let found = outcome(
      of: Self.sweep(noise: 0.01) + """
        print (final(s.x) where lr == best)
        print (final(s.x) where lr == (best where w == 2) and w < 4)
        print (final(s.x) where lr > best and w == 4)
        print mean(final(s.x) where lr < best over lr by w)
        """)
    #expect(found.codes == [], "\(found.words)")
    let places = found.lines.map { $0.prefix { $0 != ":" } }
    #expect(
      places.map(String.init) == [
        "w = 1, lr = 1", "w = 2, lr = 2", "w = 4, lr = 4", "w = 1, lr = 2", "w = 2, lr = 2", "w = 4, lr = 8", "w = 1",
        "w = 2", "w = 4",
      ], "\(found.lines)")
  }

  /// A best place that others tie with is known within a range, and so is whatever is computed of it.
  @Test(arguments: [
    ("(best where w == 4) / (best where w == 1) > 1.2", "undecided"),
    ("(best where w == 4) / (best where w == 1) > 0", "supported"),
    ("(best where w == 4) - (best where w == 1) > 0.1", "undecided"), ("slope(best over w) > 0.2", "undecided"),
    ("log(best where w == 4) - log(best where w == 1) < 9", "supported"),
  ])
  func tiesAreKept(claim: String, verdict: String) {
    let found = outcome(of: Self.sweep(noise: 3) + "claim \"c\": \(claim)")
    #expect(found.claims == [verdict], "\(found.lines) \(found.words)")
    let sure = outcome(of: Self.sweep(noise: 0.001) + "claim \"c\": \(claim)")
    #expect(sure.claims == ["supported"], "\(sure.lines) \(sure.words)")
  }

  /// The least of events of which some did not happen has the error of those that did, and fits know of its seeds.
  @Test func theLeastOfEventsIsKnown() {
    let found = outcome(
      of: """
        process decay(lr, b) { state y ~ uniform(0.9, 1.1)
          noise ξ ~ normal()
          y' = (1 - lr) * y + (lr + 0.02 * lr^2 / b) * ξ / sqrt(b) }
        sweep s over b in [4, 8, 16, 32], lr in [0.002, 0.1, 0.3, 0.6], seed in 1...6 {
          run decay(lr, b * 10) for 60 steps { record y
            stop when y < 0.2 }
        }
        let steps = min(first(step where s.y < 0.2) over lr by b)
        print steps
        claim "fit": fit(steps over b, (b, c > 0 = 5) => c).c > 1
        claim "slope": slope(steps over b) < 9
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.claims == ["supported", "supported"], "\(found.lines)")
    #expect(
      !found.lines.contains { $0.contains("not known") || $0.contains("one run") || $0.contains("nan") },
      "\(found.lines)")
  }
}
