import Foundation
import Language
import Testing

/// What has one meaning is taken, and what has several is not taken for one of them.
@Suite struct OneMeaningTests {
  private static let pair = """
    problem p {
      param a = 1.0, b = 1.0
      loss = a^2 / 2 + b^2 / 2
    }

    """

  /// One value in all rules is what the name means, in records and where it is changed.
  @Test func oneValueOfSeveralRulesIsTaken() {
    let found = outcome(
      of: Self.pair + """
        let rate = 0.1
        run r = p with heavy_ball(lr = 0.1) on a, heavy_ball(lr = rate) on b for 4 steps {
          record lr, norm(v) as size
          at step 3 { lr *= 2 }
        }
        print r.lr.values, r.size.values[0]
        """)
    #expect(found.codes == [] && found.lines.last == "[0.1, 0.1, 0.1, 0.2, 0.2]  0", "\(found.words) \(found.lines)")
  }

  /// The way out that a refused change names gives the change to its rule alone.
  @Test func changesInsideOfARuleAreItsOwn() {
    let found = outcome(
      of: Self.pair + """
        run r = p with gd(lr = 0.1) on a, gd(lr = if t > 1 { 0.4 } else { 0.2 }) on b for 2 steps { record a, b }
        print r.a.values, r.b.values
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.lines.last == "[1, 0.9, 0.81]  [1, 0.8, 0.48]", "\(found.lines)")
  }

  /// Of the workers of a rule that sends in every third step, bits go both ways in these steps alone, and time passes in them.
  @Test func whatGoesBackCountsWhereItIsSent() {
    let script = """
      let D = data([[1, 0.5], [-1, 0.2], [0.3, -1], [-0.2, -1]], [1.0, -1, -1, 2])
      problem ls(D) { param w: [2] = 0.5
        sample (a, y) from D
        loss = (dot(a, w) - y)^2 / 2 }
      optimizer lag(lr, H = 3) over all { worker state m = 0
        let acc = m + g
        let q = if mod(step, H) == 0 { mean(send(acc) over worker) } else { 0 * x }
        m' = if mod(step, H) == 0 { 0 * acc } else { acc }
        x' = x - lr * q }
      run r = ls(D) with lag(lr = 0.1) batch 1 cyclic workers 2 link 1e3 bits LATENCY for 7 steps { record bits, bits_down, seconds }
      print r.bits.values
      print r.bits_down.values
      print final(r.seconds)
      """
    let found = outcome(of: script.replacingOccurrences(of: "LATENCY", with: ""))
    let bits = "[0, 128, 128, 128, 256, 256, 256, 384]"
    #expect(
      found.codes == [] && Array(found.lines.suffix(3)) == [bits, bits, "0.384"], "\(found.words) \(found.lines)")
  }

  /// The derivative by the step size of three local steps of two workers, against differences.
  @Test func derivativesGoThroughLocalSteps() {
    func script(_ rate: String, _ end: String) -> String {
      """
      let D = data([[1, 0.5], [-1, 0.2], [0.3, -1], [-0.2, -1]], [1.0, -1, -1, 2])
      problem ls(D) { param w: [2] = 0.5
        sample (a, y) from D
        loss = (dot(a, w) - y)^2 / 2 }
      run r = ls(D) with sgd(lr = \(rate)) local 3 batch 1 cyclic workers 2 for 5 steps { record loss }
      print \(end)
      """
    }
    let exact = outcome(of: script("0.1", "hypergradient(r, \"lr\"), final(sensitivity(r, \"lr\").loss)"))
    let high = outcome(of: script("0.100001", "final(r.loss)")).numbers
    let low = outcome(of: script("0.099999", "final(r.loss)")).numbers
    #expect(exact.codes == [], "\(exact.words)")
    guard exact.numbers.count == 2, let most = high.last, let least = low.last else {
      return #expect(Bool(false), "\(exact.lines)")
    }
    let difference = (most - least) / 2e-6
    for number in exact.numbers { #expect(abs(number - difference) < 1e-6, "\(number) \(difference)") }
  }

  /// Of an ensemble's values those can be taken for which something holds, and a statistic of them is of these.
  @Test func valuesOfPathsAreChosen() {
    let found = outcome(
      of: """
        ensemble e = ornstein_uhlenbeck() paths 6 dt 0.1 until 1 { record x at end }
        print mean(e.x where path < 3).value, max(e.x where e.x < 0)
        print mean(e.x where not diverged).value
        print mean([e.x.values[0], e.x.values[1], e.x.values[2]]), max([v for v in e.x.values if v < 0]), mean(e.x).value
        """)
    #expect(found.codes == [] && found.numbers.count == 6, "\(found.words) \(found.lines)")
    guard found.numbers.count == 6 else { return }
    for place in 0..<3 {
      #expect(abs(found.numbers[place] - found.numbers[place + 3]) < 1e-12, "\(found.lines)")
    }
  }
}
