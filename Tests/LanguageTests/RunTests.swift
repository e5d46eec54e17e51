import Diagnostics
import Experiments
import Language
import Testing

/// Runs against the same iteration written out by hand.
@Suite struct RunTests {
  private static let bowl = "problem p { param w = 1.0; loss = w^2 / 2 }\n"

  private static func expect(_ result: ScriptOutcome, _ expected: [Double], within tolerance: Double = 1e-14) {
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == expected.count)
    for (value, wanted) in zip(result.numbers, expected) {
      #expect(abs(value - wanted) <= tolerance * max(1, abs(wanted)), "\(result.numbers)\n\(expected)")
    }
  }

  @Test(arguments: [
    ("gd(lr = 0.1)", "", [1, 0.9, 0.81, 0.729]), ("gd(lr = 0.1 / t)", "", [1, 0.9, 0.855, 0.8265]),
    ("gd(lr = loss)", "", [1, 0.5, 0.4375, 0.395_629_882_812_5]),
    ("o(lr = 0.1)", "", [1, 0.85, 0.7225, 0.614_125]), ("o(lr = 0.1 / t)", "", [1, 0.85, 0.786_25, 0.746_937_5]),
    ("gd(lr = 0.1)", "at step 2 { lr = lr / 2 }", [1, 0.9, 0.81, 0.7695]),
    ("gd(lr = 0.1)", "at step 2 { lr *= 5 }", [1, 0.9, 0.81, 0.405]),
    ("gd(lr = 0.1)", "at step 1 { lr = 0.2 / t }", [1, 0.9, 0.81, 0.756]),
    ("gd(lr = 0.1 / t)", "at step 1 { lr *= 2 }", [1, 0.9, 0.81, 0.756]),
    ("gd(lr = 0.1)", "at step 2 { lr = 0.5 }\n at step 1 { lr = 0.2 }", [1, 0.9, 0.72, 0.36]),
    ("o(lr = 0.1)", "at step 1 { lr = 0.2 }", [1, 0.85, 0.595, 0.4165]),
    ("gd(lr = 0.1)", "stop when w < 0.85\n stop when w < 0.95", [1, 0.9]),
    ("kept(lr = 0.1)", "", [1, 0.9, 0.729, 0.5314410000000001 * 0.9 / 0.9 * 1.0]),
  ])
  func pathsAreThoseOfTheEquations(rule: String, body: String, path: [Double]) {
    let definitions = """
      optimizer o(lr, β = lr / 2) { x' = x - (lr + β) * g }
      optimizer kept(lr) { state n = 1; n' = n + 1; x' = x * (1 - lr)^n }

      """
    let result = outcome(
      of: definitions + Self.bowl + "run r = p with \(rule) for 3 steps { record w\n \(body) }\nprint r.w.values")
    var expected = path
    if rule.hasPrefix("kept") { expected = [1, 0.9, 0.9 * 0.81, 0.9 * 0.81 * 0.729] }
    Self.expect(result, expected)
  }

  @Test func recordedHyperparametersAreThoseInForce() {
    let result = outcome(
      of: Self.bowl + """
        run r = p with gd(lr = 0.1 / t) for 3 steps {
          record lr
          at step 2 { lr = 0.5 }
        }
        print r.lr.values
        """)
    Self.expect(result, [0.1, 0.05, 0.5, 0.5])
  }

  /// Full batch, one row after the other, weights: means of the loss written out.
  @Test func lossesAreMeansOverTheirSamples() {
    let script = """
      let D = data([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]], [1.0, 2.0, 3.0])
      problem line(D) { param w: [D.features] = 0; sample (x, y) from D; loss = (dot(w, x) - y)^2 / 2 }
      run full = line(D) with gd(lr = 0.01) for 1 steps { record loss }
      run one = line(D) with gd(lr = 0.01) batch 1 cyclic for 2 steps { record loss }
      print full.w, full.loss.values, one.w
      problem weighted { param w = 0.0; sample i in 0..<3 weight i + 1; loss = (w - i)^2 / 2 }
      run heavy = weighted with gd(lr = 1) for 1 steps { record loss }
      print heavy.w, heavy.loss.values
      """
    let (x, y) = ([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]], [1.0, 2.0, 3.0])
    let full = (0..<2).map { k in 0.01 * (0..<3).map { x[$0][k] * y[$0] }.reduce(0, +) / 3 }
    func loss(_ w: [Double]) -> Double {
      (0..<3).map { n in
        let error = w[0] * x[n][0] + w[1] * x[n][1] - y[n]
        return error * error / 2
      }.reduce(0, +) / 3
    }
    var w = [0.01, 0.02]
    let error = w[0] * 3 + w[1] * 4 - 2
    w = [w[0] - 0.01 * error * 3, w[1] - 0.01 * error * 4]
    Self.expect(
      outcome(of: script), full + [loss([0, 0]), loss(full)] + w + [4.0 / 3, 7.0 / 6, 5.0 / 18], within: 1e-13)
  }

  @Test func freshSamplesAreDrawnThoughAnObjectiveIsStated() {
    let script = """
      problem p { param w = 1.0; sample z ~ normal(0, 1); loss = (w - z)^2 / 2; objective = w^2 / 2 + 0.5 }
      run r = p with gd(lr = 0.5) batch 1 for 200 steps { record w, loss }
      print var(r.w.values) > 0.05, max(abs(r.loss.values - r.w.values^2 / 2 - 0.5)) < 1e-12
      problem q { param w = 1.0; noise e ~ normal(0, 1); loss = (w - e)^2 / 2 }
      run many = q with gd(lr = 1) batch 10_000 for 1 steps
      run one = q with gd(lr = 1) for 1 steps
      print abs(many.w) < 0.05, abs(one.w) > 0.05
      """
    #expect(outcome(of: script).lines == ["true  true", "true  true"])
  }

  @Test func timeOfAProcessIsTime() {
    let script = """
      process ramp { state w = 0.0; dw = t * dt }
      run r = ramp dt 0.1 for 3 steps { record w, t }
      print r.w.values, r.t.values
      process map { state a = 1, b = 2; a' = b; b' = a + b }
      run m = map for 3 steps { record a, b }
      print m.a.values, m.b.values
      process walk { state u = 0, v = 0; du = dB; dv = dB1 }
      run s = walk dt 0.25 seed 3 for 4000 steps { record u, v }
      print abs(var(s.u.values[1:] - s.u.values[:-1]) / 0.25 - 1) < 0.1, final(s.u) == final(s.v)
      """
    let result = outcome(of: script)
    #expect(result.codes == [], "\(result.words)")
    #expect(
      result.lines.last == "true  false"
        && result.lines[1] == "[1, 2, 3, 5]  [2, 3, 5, 8]", "\(result.lines)")
    #expect(result.lines[0].hasPrefix("[0, 0, 0.01"))
  }

  @Test func statesMayStartAtRandom() {
    let script =
      Self.bowl + """
        optimizer o(lr) { state v ~ normal(0, 1); x' = x - lr * v }
        run a = p with o(lr = 1) seed 1 for 1 steps
        run b = p with o(lr = 1) seed 1 for 1 steps
        run c = p with o(lr = 1) seed 2 for 1 steps
        print a.w == b.w, a.w == c.w, a.w == 1
        """
    #expect(outcome(of: script).lines == ["true  false  false"])
  }

  @Test func whatIsSavedIsTheTable() {
    let host = MemoryFiles.host
    let script =
      Self.bowl + """
        run r = p with gd(lr = 0.5) for 4 steps { record w every 2
          record loss as l at end }
        save r to "r.csv"
        save r to "r.jsonl"
        save [[1, 2], [3, 4]] to "m.csv"
        """
    #expect(outcome(of: script, host: host).codes == [])
    #expect(MemoryFiles.text("r.csv", host) == "step,w,l\n0,1.0,\n2,0.25,\n4,0.0625,0.001953125\n")
    #expect(MemoryFiles.text("r.jsonl", host)?.split(separator: "\n").count == 3)
    #expect(MemoryFiles.text("m.csv", host)?.hasSuffix("\n1,2\n3,4\n") == true)
  }
}
