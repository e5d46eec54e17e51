import Language
import Testing

/// Noise in update rules: its law, its stream, and what sees it.
@Suite struct RuleNoiseTests {
  static let laws: [(script: String, expected: [Double], tolerance: Double)] = [
    // temperature / (h (1 - lr h / 2)) in each direction.
    (
      "run r = quadratic([2, 0.5], start = 0) with langevin(lr = 0.1, temperature = 0.3) for 200000 steps "
        + "{ record x[0]^2 as a, x[1]^2 as b, x[0] * x[1] as c every 10 }\n"
        + "print mean(r.a).value * 2 * 0.9 / 0.3, mean(r.b).value * 0.5 * 0.975 / 0.3, 1 + mean(r.c).value", [1, 1, 1],
      0.05
    ),
    (
      "run r = quadratic([1], start = 0) with noisy_gd(lr = 0.1, σ = 2) for 200000 steps { record x[0]^2 as a every 10 }\n"
        + "print mean(r.a).value * 1.9 / 0.4", [1], 0.05
    ),
    // A declared shape, another law, and one draw that two equations share.
    (
      "optimizer shared(lr) over all {\nstate v = 0\nnoise z[1] ~ uniform(0, 1)\nv' = x + z[0]\nx' = x + z[0]\n}\n"
        .replacing("z[1]", with: "z: [1]")
        + "run r = quadratic([0, 0], start = 0) with shared(lr = 1) for 4000 steps { record x[0] as a, x[1] - x[0] as d, "
        + "v[1] - x[1] as e at end }\nprint final(r.a) / 2000, final(r.d) + 1, final(r.e) + 1", [1, 1, 1], 0.03
    ),
  ]

  @Test(arguments: laws) func noiseHasItsLaw(script: String, expected: [Double], tolerance: Double) {
    let result = outcome(of: script)
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    #expect(result.numbers.count == expected.count, "\(result.lines)")
    for (value, wanted) in zip(result.numbers, expected) { #expect(abs(value - wanted) <= tolerance, "\(value)") }
  }

  private static let two = """
    problem two {
      param a: [3] = 0
      param b: [2, 2] = 0
      loss = (norm2(a) + norm2(b)) / 2
    }

    """

  /// Other groups, names, metrics and rules change nobody's numbers; seeds do.
  @Test func aStreamIsNamedAfterRuleNoiseAndParameter() {
    let body = "for 5 steps { record a[0] as a, b[0, 0] as b at end }\n"
    let rule = "langevin(lr = 0.1, temperature = 1)"
    let result = outcome(
      of: Self.two + "run r = two() with \(rule) \(body)"
        + "run other = two() with \(rule) on a, gd(lr = 0.1) on b \(body)"
        + "run last = two() with \(rule) for 5 steps { record loss, a[0] as a, b[0, 0] as b\nrecord next.step }\n"
        .replacing("record next.step", with: "record norm(next.live.g)")
        + "run seeded = two() with \(rule) seed 1 \(body)"
        + "print final(other.a) - final(r.a), final(last.a) - final(r.a), final(last.b) - final(r.b)\n"
        + "print final(seeded.a) == final(r.a), final(r.a) == final(r.b), final(r.a) == 0")
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    #expect(result.lines.first == "0  0  0" || result.numbers.prefix(3).allSatisfy { $0 == 0 }, "\(result.lines)")
    #expect(result.lines.last == "false  false  false", "\(result.lines)")
  }

  /// One optimizer over two groups, each as a whole: two streams, two states, and a fork that changes nothing.
  @Test func anOptimizerOverTwoGroupsIsTwo() {
    let result = outcome(
      of: """
        problem ab {
          param a: [3] = 0
          param b: [3] = 0
          loss = norm2(a) / 2 + norm2(b) / 2
        }
        optimizer al(lr > 0, T) over all {
          noise ξ ~ normal()
          state s = 0.0
          s' = s + norm(g)
          x' = x - lr * g + sqrt(2 * lr * T) * ξ
        }
        run r = ab() with al(lr = 0.1, T = 1) on a, al(lr = 0.1, T = 1) on b seed 1 for 400 steps { record norm(a - b) as d, loss }
        fork r at 200 as f { lr *= 1 }
        print final(r.d) > 0.1, final(r.loss) - final(f.loss)
        """)
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    #expect(result.lines == ["true  0"] || result.lines == ["true  0.0"], "\(result.lines)")
  }

  /// Members that step together, forks and replays have the numbers of a run alone.
  @Test func noiseIsAFunctionOfTheStep() {
    let rule = "langevin(lr = 0.1, temperature = 1)"
    let result = outcome(
      of: "run r = quadratic([1, 2], start = 1) with \(rule) seed 2 for 40 steps { record x[0] as a, next.x[0] as u }\n"
        + "sweep s over seed in 1...4 { run quadratic([1, 2], start = 1) with \(rule) for 40 steps { record x[0] as a } }\n"
        + "fork r at 20 as f { }\n"
        + "print final(s.a where seed == 2) - final(r.a), final(f.a) - final(r.a)\n"
        + "print max(abs(r.u.values[:40] - r.a.values[1:]))\n")
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    #expect(result.numbers.count == 3, "\(result.lines)")
    #expect(result.numbers.prefix(2).allSatisfy { $0 == 0 }, "\(result.lines)")
    #expect(result.numbers.last.map { abs($0) < 1e-14 } ?? false, "\(result.lines)")
  }

  static let refusals: [(rule: String, code: String)] = [
    ("noise ξ\nx' = x + ξ", "E0407"), ("noise ξ = 3\nx' = x + ξ", "E0407"), ("noise ξ ~ 3\nx' = x + ξ", "E0407"),
    ("noise ξ: [5] ~ normal()\nx' = x + ξ", "E0501"), ("draw ξ ~ normal()\nx' = x + ξ", "E0218"),
    ("noise x ~ normal()\nx' = x + 1", "E0307"),
  ]

  @Test(arguments: refusals) func whatIsNoNoiseIsRefused(rule: String, code: String) {
    let result = outcome(
      of: "optimizer o(lr = 1) {\n\(rule)\n}\nrun r = quadratic([1, 2]) with o() for 3 steps { record loss }\nprint 1\n"
    )
    #expect(result.codes.contains(code), "\(result.codes) \(result.words)")
    #expect(result.lines.isEmpty)
  }

  /// A theory that knows no such noise says so.
  @Test func theoriesRefuseNoiseOfARule() {
    let head = "run r = quadratic([1, 2]) with langevin(lr = 0.1, temperature = 1) for 3 steps { record loss }\n"
    for call in ["flow(r)", "sde(r)", "central_flow(r)"] {
      let result = outcome(of: head + "print final(\(call).loss)\n")
      #expect(result.codes == ["E0621"], "\(call): \(result.codes) \(result.lines)")
    }
    // Noise that is added moves no threshold.
    let edge = outcome(
      of: "print threshold(langevin(temperature = 1), curvature = 1), threshold(gd(), curvature = 1)\n")
    #expect(edge.numbers.count == 2 && edge.numbers.allSatisfy { abs($0 - 2) < 1e-12 }, "\(edge.lines) \(edge.words)")
  }
}
