import Language
import Testing

/// Everything random in a problem or process is a source of its own, and theories are about the very run.
@Suite struct RandomSourceTests {
  // MARK: Flows

  /// Two sources of one law are independent, so that their product has mean 0: SGD and its flow end at 2.
  @Test(arguments: [
    ("sample z ~ normal(0, 1)\n noise ξ ~ normal(0, 0.5)", "(w * z - 2 * z - ξ)^2 / 2", 2.0, 1e-6),
    ("noise z ~ normal(0, 1), ξ ~ normal(0, 0.5)", "(w * z - 2 * z - ξ)^2 / 2", 2, 1e-6),
    ("sample z ~ uniform(0, 1)\n noise ξ ~ exponential_law(2)", "(w * z - 2 * z - ξ + 0.5)^2 / 2", 2, 1e-3),
    ("sample z: [2] ~ normal(0, 1)\n noise ξ: [2] ~ normal(0, 1)", "(w * z[0] - 2 * z[0] - ξ[0])^2 / 2", 2, 0.15),
    ("noise sample ~ normal(0, 1)\n sample z ~ normal(0, 1)", "(w * z - 2 * z - sample)^2 / 2", 2, 1e-6),
    ("sample i in 0..<3\n noise ξ ~ normal(1, 0.5)", "(w - i - ξ)^2 / 2", 2, 1e-6),
    ("sample i in 0..<2 weight 1 + 3 * i\n noise ξ ~ rademacher()", "(w - i - ξ)^2 / 2", 0.8, 1e-6),
  ])
  func flowsIntegrateOverIndependentSources(sources: String, loss: String, end: Double, tolerance: Double) {
    let result = outcome(
      of: """
        problem p { param w = 0.0
         \(sources)
         loss = \(loss) }
        run q = p with sgd(0.1) batch 1 for 300 steps { record w }
        print final(flow(q).w)
        """)
    #expect(result.numbers.count == 1 && abs(result.numbers[0] - end) < tolerance, "\(result.lines) \(result.words)")
  }

  // MARK: The theory of the very run

  private static let weighted = """
    problem q { param w = 0.0
      sample i in 0..<2 weight 1 + 98 * i
      loss = (w - i)^2 / 2 }

    """

  /// Weights that the sampler leaves out have no part in the run, nor in its theory; the run is told so.
  @Test func theoriesFollowTheSamplerOfTheRun() {
    let result = outcome(
      of: Self.weighted + """
        run a = q with sgd(lr = 0.01) batch 1 replacement for 20_000 steps { record w }
        run b = q with sgd(lr = 0.01) batch 1 for 20_000 steps { record w }
        print final(flow(a).w), final(flow(b).w)
        let (s, t) = (sde(a).w.values[2000:], sde(b).w.values[2000:])
        print mean(s), std(s)^2, mean(t), std(t)^2
        """)
    #expect(result.codes == ["W0602"], "\(result.words)")
    let numbers = result.numbers
    guard numbers.count == 6 else { Issue.record("\(result.lines)"); return }
    #expect(abs(numbers[0] - 0.5) < 1e-6 && abs(numbers[1] - 0.99) < 1e-6, "\(numbers)")
    // The variance η/(2 − η) of the samples', over about 100 independent stretches.
    #expect(abs(numbers[2] - 0.5) < 0.02 && abs(numbers[3] / 1.256e-3 - 1) < 0.4, "\(numbers)")
    #expect(abs(numbers[4] - 0.99) < 0.004 && abs(numbers[5] / (0.0099 * 0.01 / 1.99) - 1) < 0.4, "\(numbers)")
  }

  @Test(arguments: [
    ("replacement", ["W0602"]), ("shuffled", ["W0602"]), ("cyclic", ["W0602"]), ("weighted", []), ("", []),
  ])
  func aSamplerThatLeavesWeightsOutIsTold(sampler: String, codes: [String]) {
    let script = Self.weighted + "run a = q with sgd(lr = 0.01) batch 1 \(sampler) for 2 steps { record w }"
    #expect(checking(script).codes == codes)
    #expect(outcome(of: script).codes == codes)
  }

  /// Batches and 2 E h / E h²: with fresh factors 1 + e, E h² of single samples is 2 · (1 + 9) / 2.
  static let freshThresholds: [(batch: String, threshold: Double)] = [
    ("batch 2 shuffled", 8.0 / 13.0), ("batch 1 replacement", 0.4), ("batch 2 replacement", 4.0 / 7.0),
    ("", 8.0 / 13.0), ("batch 1 shuffled", 0.4),
  ]

  /// E h² of a batch has the variance between samples and that of what they draw, each by its own rule.
  @Test(arguments: freshThresholds)
  func thresholdsAverageOverFreshDraws(batch: String, threshold: Double) {
    let result = outcome(
      of: """
        problem p { param w = 1.0
          noise e ~ normal(0, 1)
          sample i in 0..<2
          loss = (1 + 2 * i) * (1 + e) * w^2 / 2 }
        run r = p with sgd(lr = 0.02) \(batch) for 10 steps
        print threshold(r)
        """)
    #expect(result.numbers.count == 1 && abs(result.numbers[0] - threshold) < 1e-9, "\(result.lines) \(result.words)")
  }

  @Test func thresholdsOfWeightedProblemsFollowTheSampler() {
    let result = outcome(
      of: """
        problem q { param w = 1.0
          sample i in 0..<2 weight 1 + 98 * i
          loss = (1 + 9 * i) * w^2 / 2 }
        run a = q with sgd(lr = 0.01) batch 1 replacement for 2 steps
        run b = q with sgd(lr = 0.01) batch 1 for 2 steps
        print threshold(a), threshold(sgd(), samples = [1, 10]), threshold(b)
        """)
    let numbers = result.numbers
    #expect(numbers.count == 3 && abs(numbers[0] - numbers[1]) < 1e-12, "\(result.lines) \(result.words)")
    // 2 E h / E h² with probabilities 0.01 and 0.99.
    #expect(numbers.count == 3 && abs(numbers[2] - 2 * 9.91 / 99.01) < 1e-12, "\(numbers)")
  }

  /// Members of a problem, the batch of its run, and the covariance of a step's noise.
  static let freshDraws: [(members: String, batch: String, covariance: Double)] = [
    ("noise e ~ normal(0, 1)\n loss = w^2 / 2 + w * e", "batch 1024", 1.0 / 1024),
    ("noise e ~ normal(0, 1)\n loss = w^2 / 2 + w * e", "batch 3000", 1.0 / 3000),
    ("sample e ~ normal(0, 1)\n loss = w^2 / 2 + w * e", "batch 128", 1.0 / 128),
    ("noise e ~ normal(0, 1)\n sample i in 0..<4\n loss = w^2 / 2 + w * e", "", 1.0 / 4),
    ("noise e ~ normal(0, 1)\n sample i in 0..<8\n loss = w^2 / 2 + w * e", "batch 8 replacement", 1.0 / 8),
    (
      "noise e ~ normal(0, 1)\n sample i in 0..<8\n loss = w^2 / 2 + w * (e + i - 3.5)", "batch 2 replacement", 6.25 / 2
    ),
    ("noise e ~ normal(0, 1)\n sample i in 0..<4 weight 1 + 9 * i\n loss = w^2 / 2 + w * e", "", 1246.0 / 3364),
  ]

  /// The covariance of a step of the equation is that of the run's batch, however many draws its drift averages.
  @Test(arguments: freshDraws)
  func freshDrawsAreCountedOnce(members: String, batch: String, covariance: Double) {
    let result = outcome(
      of: """
        problem q { param w = 0.0
         \(members) }
        run b = q with sgd(lr = 0.5) \(batch) seed 2 for 4000 steps { record w }
        print std(sde(b).w.values[100:])^2
        """)
    // w' = w/2 − noise/2 has the variance C/3 of stationary increments; 4000 steps tell it to about 4 %.
    let expected = covariance * 0.25 / (1 - 0.25)
    #expect(
      result.numbers.count == 1 && abs(result.numbers[0] / expected - 1) < 0.15,
      "\(result.lines) for \(expected) \(result.words)")
  }

  // MARK: Processes

  /// A `let` only names a value.
  @Test func aNameForNoiseChangesNoNumber() {
    let forms = [
      "dx = 0.5 * dB", "let n = dB\n dx = 0.5 * n", "let n = 0.5 * dB\n dx = n",
      "let (m, n) = (0.0, 0.5 * dB)\n dx = n + m", "let unused = dB\n let n = dB\n dx = 0.5 * n",
      "fn f() = 0.5 * dB\n dx = f()",
    ]
    let results = forms.map { form in
      outcome(of: "process p { state x: [3] = 0.0\n \(form) }\nrun a = p dt 0.01 for 3 steps\nprint a.x")
    }
    #expect(Set(results.map(\.lines)).count == 1 && results[0].numbers.count == 3, "\(results.map(\.lines))")
    #expect(Set(results[0].numbers).count == 3)
    #expect(results.allSatisfy { $0.codes.isEmpty }, "\(results.map(\.words))")
  }

  /// One name of noise is one motion: equations of several shapes cannot share it.
  @Test(arguments: ["du = dB\n dv = dB", "dv = dB\n du = dB", "let n = dB\n du = n\n dv = n"])
  func noiseOfTwoShapesIsRefused(equations: String) {
    let script = "process p { state u = 0.0, v: [3] = 0.0\n \(equations) }\nrun a = p dt 0.01 for 1 steps"
    #expect(checking(script).codes == ["E0501"])
    let apart = script.replacing("dv = dB", with: "dv = dB1").replacing("dv = n", with: "dv = dB1")
    #expect(checking(apart).codes.isEmpty)
  }

  @Test func mistakesInUnusedNamesAreFound() {
    let script = "process p { state x = 0.0\n let n = nonsense\n dx = dB }\nrun a = p dt 0.1 for 1 steps"
    #expect(checking(script).codes.contains("E0301"))
  }

  /// In a map `noise` is new at every step, of the equation's shape or the declared one.
  @Test func noiseInAMapIsNewAtEveryStep() {
    let result = outcome(
      of: """
        process walk { state x = 0.0, y: [2] = 0.0
          noise ξ ~ normal(0, 2)
          noise ζ: [2] ~ uniform(-1, 1)
          x' = ξ
          y' = ζ }
        run a = walk seed 1 for 2000 steps { record x as q, y[0] as first, y[1] as second }
        run b = walk seed 2 for 2 steps { record x as q }
        let (q, f, s) = (a.q.values[1:], a.first.values[1:], a.second.values[1:])
        print std(q), mean(q[1:] * q[:-1]) / 4, mean(f * s), mean(f * q), 3 * std(f)^2
        print final(b.q) == q[1]
        """)
    let numbers = result.numbers
    #expect(result.outcome == .finished && numbers.count == 5, "\(result.lines) \(result.words)")
    guard numbers.count == 5 else { return }
    #expect(abs(numbers[0] - 2) < 0.1 && abs(numbers[4] - 1) < 0.1, "\(numbers)")
    #expect(numbers[1...3].allSatisfy { abs($0) < 0.12 }, "\(numbers)")
    #expect(result.lines.last == "false")
  }

  @Test(arguments: [
    "draw z: [2] ~ normal()\n state x: [2] = 0.0\n x' = x + z",
    "noise z ~ normal()\n state x = 0.0\n dx = z * dt",
  ])
  func whatCouldBeMeantTwoWaysIsRefused(members: String) {
    #expect(
      checking("process p { \(members) }\nrun a = p dt 0.1 for 2 steps { record norm(x) }").codes.contains("E0604"))
  }
}
