import Diagnostics
import Language
import Testing

/// What is recorded beside an estimate: its error, and whether it has come to its end.
@Suite struct EstimateErrorTests {
  private static func samples(_ count: Int, batch: String, steps: Int, _ records: String) -> String {
    """
    let A = draw(normal(), [\(count), 3])
    let b = draw(normal(), [\(count)], 1)
    run r = least_squares(A, b, start = [0.2, -0.7, 0.1]) with sgd(lr = 1e-14) batch \(batch) for \(steps) steps {
      record \(records)
    }

    """
  }

  /// The spread over 250 recordings at one point, divided by the recorded error: 1 is honest.
  @Test(arguments: [
    (60, "30", 0.85...1.15), (60, "20", 0.85...1.15), (60, "15", 0.85...1.15), (60, "10", 0.85...1.15),
    (60, "1", 0.85...1.15), (60, "4", 0.5...1.1), (60, "10 replacement", 0.85...1.15), (8, "4", 0.85...1.15),
    (8, "2", 0.85...1.15), (500, "1", 0.85...1.15), (500, "20", 0.85...1.15),
  ])
  func errorsAreHonestWithoutReplacement(count: Int, batch: String, honest: ClosedRange<Double>) {
    // Of 500 single samples half a pass: an error that forgot that they are dealt would be too large by √2.
    let draws = count == 500 && batch == "1" ? 256 : 64
    let script =
      Self.samples(
        count, batch: batch, steps: 250, "gradient_noise(\(draws)), signal_to_noise(\(draws)) as ratio")
        + """
        fn check(values, errors) = std(values.values) / mean(errors.values)
        print check(r.gradient_noise, r.gradient_noise.error), check(r.ratio, r.ratio.error)
        """
    let numbers = outcome(of: script).numbers
    #expect(numbers.count == 2)
    for value in numbers { #expect(honest.contains(value), "\(count), \(batch): \(numbers)") }
  }

  /// Whole passes of single samples are exact, and `until` knows it.
  @Test func wholePassesAreExact() {
    let numbers = outcome(
      of: Self.samples(
        8, batch: "1", steps: 2,
        "gradient_noise as n, expect(batch, n = 100_000, until = 1%) { norm2(g - objective.g) } as u") + """
          print final(r.n.values), final(r.u.values), final(r.n.error), final(r.u.error), final(r.u.samples)
          """
    ).numbers
    #expect(numbers.count == 5)
    #expect(
      abs(numbers[0] - numbers[1]) < 1e-12 && numbers[2] < 1e-7 && numbers[3] < 1e-7 && numbers[4] == 32, "\(numbers)")
  }

  /// One of fifty samples holds nearly all of the mean: ten draws that are alike have not shown it.
  @Test func untilDoesNotStopAtLuck() {
    let numbers = outcome(
      of: """
        problem rare() {
          param w = 0.0
          sample i in 0..<1000
          loss = (if mod(i, 50) == 0 { 100.0 } else { 1.0 }) + 0 * w
        }
        run r = rare() with sgd(lr = 1e-14) batch 1 replacement for 99 steps {
          record expect(batch, n = 4000, until = 10%) { loss } as e
        }
        fn off(e, s) = sum(where(abs(e - 2.98) > 3.5 * s, 1, 0))
        print off(r.e.values, r.e.error.values), min(r.e.samples.values)
        """
    ).numbers
    #expect(numbers.count == 2 && numbers[0] <= 8 && numbers[1] > 200, "\(numbers)")
  }

  /// One draw, and a mean of more numbers than covariances are kept of, have errors that nobody knows: nan, not none.
  @Test func errorsThatCannotBeGivenAreNotANumber() {
    let result = outcome(
      of: Self.samples(
        40, batch: "4", steps: 1,
        "expect(batch, n = 1) { norm2(g) } as one, norm(expect(batch) { concat(g, g, g) }) as long, norm(g) as exact")
        + "print final(r.one.error), final(r.long.error)\nprint r.exact.error")
    #expect(result.lines.first == "nan  nan", "\(result.lines)")
    #expect(result.codes == ["E0310"], "\(result.words)")
  }

  /// 400 eigenvalues evenly between 0 and 1: the density is 1, whatever 40 nodes can tell of it.
  @Test func densityCountsItsQuadrature() {
    let numbers = outcome(
      of: """
        run r = quadratic(linspace(0.00125, 0.99875, 400)) with gd(lr = 0.1) for 0 steps {
          record spectral_density(0.5, 0.01) as a, spectral_density(0.5, 0.005) as b, spectral_density(0.52, 0.01) as c
          record spectral_density(0.37, 0.005) as d, spectral_density(0.81, 0.002) as e, spectral_density(0.5, 0.06) as wide
        }
        for s in [r.a, r.b, r.c, r.d, r.e, r.wide] { print final(s.values) }
        for s in [r.a.error, r.b.error, r.c.error, r.d.error, r.e.error, r.wide.error] { print final(s) }
        """
    ).numbers
    #expect(numbers.count == 12)
    for index in 0..<6 { #expect(abs(numbers[index] - 1) < 2.5 * numbers[6 + index], "\(index): \(numbers)") }
    #expect(numbers[11] < 0.1 && numbers[6] > 0.3, "\(numbers)")
  }

  /// What has not converged says so, also in a loop and under arithmetic; what has does not.
  @Test func eigenvaluesSayWhenTheyHaveNotConverged() {
    let result = outcome(
      of: """
        run r = quadratic(linspace(0, 1, 300)) with gd(lr = 0.1) for 1 steps {
          record top_alignment(5, steps = 30) as span, lr * sharpness(1e-6, steps = 5) as edge, top_eigenvalue(3) as fine
        }
        print r.span.residual.values[0] > 1e-4, r.edge.residual.values[0] > 1e-6, r.fine.residual.values[0] < 1e-4
        let A = draw(normal(), [32, 6])
        run b = least_squares(A, draw(normal(), [32], 1)) with sgd(lr = 0.05) batch 8 for 1 steps {
          record batch_top_eigenvalue(tolerance = 1e-9, steps = 2) as few, batch_top_eigenvalue as enough
        }
        run q = quadratic([0, 0, 1, 2]) with gd(lr = 0.1) for 1 steps { record smallest_eigenvalue, top_eigenvalue(3) }
        """)
    #expect(result.lines == ["true  true  true"], "\(result.lines)")
    #expect(result.codes == ["W0726", "W0726", "W0726"], "\(result.words)")
    for name in ["span", "edge", "few"] {
      #expect(result.words.contains("`\(name)` has not converged"), "\(result.words)")
    }
  }

  // MARK: Parts of the parameters

  private static let pair = """
    let A = draw(normal(), [32, 4])
    problem pair(A) {
      param W: [2] = 1
      param V: [2] = 0.5
      sample i in 0..<32
      loss = (dot(A[i], concat(W, V)) - 1)^2 / 2
    }

    """

  /// Noise of both parts together is that of all; each of the others is what it is where all else is frozen.
  @Test func noiseIsKnownOfAPart() {
    let numbers = outcome(
      of: Self.pair + """
        run r = pair(A) with sgd(lr = 1e-8) batch 4 for 1 steps {
          record gradient_noise as all, gradient_noise on W as a, gradient_noise on V as b, gradient_noise_along([1, 0]) on W as c
          record gradient_noise_along([1, 0, 0, 0]) as d, signal_to_noise on W as s, norm2(g) on W as top
          record gradient_noise_interaction on W as i, interaction_sharpness on W as k, expected_change on W as e
        }
        run f = pair(A) with sgd(lr = 1e-8) batch 4 for 1 steps {
          at step 0 { freeze(V) }
          record gradient_noise_interaction as i, interaction_sharpness as k, expected_change as e, sharpness, norm(g) as g
          record signal_to_noise as s, gradient_norm, sharpness on W as own, parameter_norm
        }
        fn latest(s) = final(s.values)
        print latest(r.all), latest(r.a) + latest(r.b), latest(r.c), latest(r.d), latest(r.s), latest(f.s)
        print latest(r.i), latest(f.i), latest(r.k), latest(f.k), latest(r.e), latest(f.e), latest(f.own), latest(f.sharpness)
        print norm(f.W), sqrt(latest(f.parameter_norm)^2 - norm2(f.V)), latest(f.gradient_norm) < latest(f.g)
        let ratio = latest(r.top) / latest(r.a)
        print latest(r.s), ratio, sqrt(latest(r.s.error)^2 + (ratio * latest(r.a.error) / latest(r.a))^2)
        """)
    #expect(numbers.codes == [], "\(numbers.words)")
    let found = numbers.numbers
    #expect(found.count == 19 && numbers.lines.dropLast().last?.hasSuffix("true") == true, "\(numbers.lines)")
    guard found.count == 19 else { return }
    // The second run has not moved V, by 1e-8 of its gradient.
    for index in stride(from: 0, to: 16, by: 2) {
      let (a, b) = (found[index], found[index + 1])
      #expect(abs(a - b) <= 1e-6 * abs(a), "\(index): \(a) \(b)")
    }
    // Of other batches, each metric having its own.
    #expect(abs(found[16] - found[17]) < 4 * found[18] && found[18] < 0.2 * found[16], "\(found)")
  }

  /// A step size may speak of the gradient of a single number.
  @Test func stepSizeOfOneNumberSpeaksOfItsGradient() {
    let found = outcome(
      of: """
        problem one() { param w = 2.0
          loss = w^2 / 2 }
        run r = one() with sgd(lr = 0.1 * abs(g)) for 1 steps { record w as w }
        print final(r.w)
        """)
    #expect(found.codes == [] && abs((found.numbers.first ?? 0) - 1.6) < 1e-12, "\(found.lines) \(found.words)")
  }

  /// A rule answers to the gradient wherever it takes it; one that does not answer says so.
  @Test func preconditionersSeeEveryGradient() {
    let metric = "for 2 steps { record preconditioned_sharpness as p }\nprint final(r.p)"
    let rules: [(String, Double)] = [
      ("sgd(lr = 0.1)", 0.2), ("nesterov_classic(lr = 0.1)", 0.2), ("schedule_free(lr = 0.1, β = 0)", 0.2 / 3),
    ]
    for (rule, wanted) in rules {
      let found = outcome(of: "run r = quadratic([1.0, 2.0]) with \(rule) \(metric)")
      #expect(
        found.codes == [] && abs((found.numbers.first ?? 0) - wanted) < 1e-5, "\(rule): \(found.lines) \(found.words)")
    }
    let silent = outcome(of: "run r = quadratic([1.0, 2.0]) with sign_sgd(lr = 0.1) \(metric)")
    #expect(silent.codes == ["W0725"] && silent.words.contains("is 0 at 3 of 3 recordings"), "\(silent.words)")
  }
}
