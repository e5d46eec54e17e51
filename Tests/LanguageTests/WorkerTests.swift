import Data
import Diagnostics
import Language
import Testing
import Values

/// Compressors, several workers, and what they send.
@Suite struct WorkerTests {
  /// Eight samples without chance (claim 6.5 of the paper's checks).
  private static let small = """
    let A = [[sin(1 + i + 2*j + i*j) for j in 0..<4] for i in 0..<8]
    let y = [sign(sin(3*i + 1)) for i in 0..<8]
    let λ = 1/8
    problem p(D) {
      param w: [4] = 0
      sample (a, b) from D
      loss = softplus(-b * dot(a, w)) + λ/2 * norm2(w)
    }
    optimizer averaged(c, a) over all {
      worker state m = 0
      state average = x
      let p = m + 2 / (λ * (a + t - 1)) * g
      let q = send(c(p))
      m' = p - q
      x' = x - mean(q over worker)
      average' = average + (a + t - 1)^2 / (t / 6 * (2 * t^2 + 6 * a * t - 3 * t + 6 * a^2 - 6 * a + 1)) * (x - average)
    }
    compressor everything { apply(v) = v; bits = value_bits * size }
    fn go(c, a, T) {
      run r = p(data(A, y)) with averaged(c, a) batch 1 cyclic for T steps { record mean(objective.losses(average)) as f, bits, w, m at end }
      return r
    }

    """

  @Test(arguments: [
    ("everything()", 4, [0.387675528748, 0.359791997842, 0.359027562657, 0.359019525213]),
    ("top(1)", 4, [0.371474433886, 0.361622189608, 0.359030030076, 0.359019542172]),
    ("top(2)", 2, [0.818944520221, 0.361301371762, 0.359027804575, 0.359019515940]),
  ])
  func meetsTheReference(_ compressor: String, _ delay: Int, _ expected: [Double]) {
    let lines = [8, 40, 400, 4000].map { "print final(go(\(compressor), \(delay), \($0)).f).value\n" }
    let result = outcome(of: Self.small + lines.joined())
    #expect(result.codes.isEmpty, "\(result.words)")
    #expect(result.numbers.count == 4)
    for (found, wanted) in zip(result.numbers, expected) { #expect(abs(found - wanted) < 1e-9, "\(found) \(wanted)") }
  }

  @Test func pointAndMemoryMeetTheReference() {
    let result = outcome(of: Self.small + "let r = go(top(1), 4, 8)\nprint r.w.at(8), r.m.at(8), final(r.bits)\n")
    let expected = [
      -0.380567422444, 0, -2.694653433212, -1.226330827682, 0, 0.620359077015, -0.422618678326, -0.314114212934, 512,
    ]
    #expect(result.numbers.count == 9, "\(result.lines) \(result.words)")
    for (found, wanted) in zip(result.numbers, expected) { #expect(abs(found - wanted) < 1e-9, "\(found) \(wanted)") }
  }

  // MARK: Compressors

  /// E‖v − c(v)‖² / ‖v‖² over 400 draws (claim 6.1), with four standard errors.
  @Test(arguments: [("random(1)", 0.98), ("random(5)", 0.90), ("random(25)", 0.50), ("sometimes(0.5)", 0.99)])
  func contractsAsItMust(_ compressor: String, _ ratio: Double) {
    let result = outcome(
      of: """
        fn once(seed) { let v = draw(normal(), [50]); let c = \(compressor); return norm2(v - c(v)) / norm2(v) }
        let R = [once(i) for i in 0..<400]
        print mean(R), std(R) / 20
        """)
    #expect(result.numbers.count == 2, "\(result.lines) \(result.words)")
    #expect(abs(result.numbers[0] - ratio) < 4 * result.numbers[1], "\(result.numbers)")
  }

  @Test func unbiasedOnesAreRightInTheMean() {
    let result = outcome(
      of: """
        let v = [1, -2, 3, 0.5]
        for c in [unbiased(1), quantised(2)] {
          let M = [c(v) for i in 0..<4000]
          print max(abs(mean(M, axis = 0) - v) / (std(M, axis = 0) / sqrt(4000)))
        }
        """)
    #expect(result.numbers.count == 2 && result.numbers.allSatisfy { $0 < 4.5 }, "\(result.lines) \(result.words)")
  }

  /// Bits of one step at d = 2000 (claim 6.6).
  @Test(arguments: [
    ("top(1)", 64), ("top(10)", 640), ("random(3)", 96), ("quantised(2)", 617), ("quantised(4)", 2947),
    ("quantised(8)", 18000), ("sign_scaled()", 2032),
  ])
  func bitsAreThoseOfThePaper(_ compressor: String, _ bits: Int) {
    let result = outcome(
      of: """
        problem q { param w: [2000] = 1; loss = norm2(w) / 2 }
        run r = q with mem_sgd(lr = 0.1, c = \(compressor)) for 3 steps { record bits }
        print round(final(r.bits) / 3)
        """)
    #expect(result.numbers == [Double(bits)], "\(result.lines) \(result.words)")
  }

  // MARK: Workers

  private static let data = """
    let D = data([[sin(1 + i + 2*j + i*j) for j in 0..<4] for i in 0..<24], [sign(sin(3*i + 1)) for i in 0..<24])
    problem p(D) {
      param w: [4] = 0
      sample (a, b) from D
      loss = softplus(-b * dot(a, w))
    }
    optimizer mean_of(lr) over all { x' = x - lr * mean(send(g) over worker) }
    optimizer vote(lr) over all { x' = x - lr * sign(sum(send(sign(g)) over worker)) }

    """

  /// The mean of the workers' gradients is that of all their samples.
  @Test func workersTogetherAreOneWithAllTheirSamples() {
    let result = outcome(
      of: Self.data + """
        run one = p(D) with sgd(lr = 0.3) batch 8 for 30 steps { record w at end }
        run four = p(D) with mean_of(lr = 0.3) batch 2 workers 4 for 30 steps { record w, bits at end }
        print max(abs(one.w.at(30) - four.w.at(30))), four.bits.at(30)
        """)
    #expect(result.codes.isEmpty, "\(result.words)")
    #expect(
      result.numbers.count == 2 && result.numbers[0] < 1e-14 && result.numbers[1] == 30 * 4 * 4 * 32, "\(result.lines)")
  }

  /// A network of eight workers has the products of one of two: they are stacked.
  @Test func workersAreStacked() {
    func products(_ workers: Int) -> Int {
      let script = """
        let D = chebyshev(degree = 3, points = 64)
        optimizer mean_of(lr) over all { x' = x - lr * mean(send(g) over worker) }
        run r = regression(D, mlp([1, 8, 8, 1])) with mean_of(lr = 0.1) batch 4 workers \(workers) for 3 steps { record loss }

        """
      var options = SessionOptions()
      options.listsPlans = true
      let session = Session(host: MemoryHost(), options: options, output: { _ in }, progress: nil, interrupt: nil)
      let text = session.check(SourceText(name: "t.opt", script)).plans.first?.text ?? ""
      let step = text.split(separator: "\n").drop { !$0.contains("step: ") }.dropFirst().prefix {
        !$0.contains("record ")
      }
      return step.count { $0.contains("gem") || $0.contains("members") }
    }
    #expect(products(2) > 0 && products(2) == products(8), "\(products(2)) \(products(8))")
  }

  /// One worker is no worker: the same bytes with `workers 1` as without.
  @Test func oneWorkerIsTheIdentity() {
    let result = outcome(
      of: Self.data + """
        run a = p(D) with mem_sgd(lr = 0.3, c = random(2)) batch 2 for 30 steps { record w, m, bits at end }
        run b = p(D) with mem_sgd(lr = 0.3, c = random(2)) batch 2 workers 1 for 30 steps { record w, m, bits at end }
        print all(a.w.at(30) == b.w.at(30)), all(a.m.at(30) == b.m.at(30)), a.bits.at(30) == b.bits.at(30)
        """)
    #expect(result.lines == ["true  true  true"], "\(result.lines) \(result.words)")
  }

  /// What is kept and what was applied add up: x is the plain run's point plus the mean of the memories.
  @Test func nothingIsLost() {
    let result = outcome(
      of: """
        problem p { param w: [3] = [1, 2, 3]; noise z: [3] ~ normal(); loss = dot(w, z) }
        run a = p with mem_sgd(lr = 0.3, c = top(1)) batch 2 workers 3 for 20 steps { record w, m at end }
        optimizer plain(lr) over all { x' = x - lr * mean(send(g) over worker) }
        run b = p with plain(lr = 0.3) batch 2 workers 3 for 20 steps { record w at end }
        print max(abs(a.w.at(20) - b.w.at(20) - mean(a.m.at(20), axis = 0))) < 1e-14, max(abs(a.m.at(20))) > 0.1
        """)
    #expect(result.lines == ["true  true"], "\(result.lines) \(result.words)")
  }

  /// One more worker, or another batch size at a step, changes nobody's noise and goes on.
  @Test func noiseIsOfEachWorker() {
    let result = outcome(
      of: """
        problem p { param w: [1] = 0; loss = w[0]^2 }
        optimizer o over all { noise ξ ~ normal(); state seen = 0; worker state own = 0
          own' = ξ
          x' = x + 0 * sum(send(ξ) over worker) }
        problem data_p(D) { param w: [1] = 0; sample a from D; loss = w[0]^2 * a }
        run two = data_p(ones([12])) with o batch 1 workers 2 for 5 steps { record own, bits every 1; at step 3 { batch = 2 } }
        run three = data_p(ones([12])) with o batch 1 workers 3 for 5 steps { record own every 1 }
        let (a, b) = (two.own.values, three.own.values)
        print all(a[:, 0] == b[:, 0]), all(a[:, 1] == b[:, 1]), any(a[1:, 0] == a[1:, 1]), final(two.bits)
        """)
    #expect(result.lines == ["true  true  false  320"], "\(result.lines) \(result.words)")
  }

  @Test func aRunOfWorkersIsTheSameFromAFileAndAFork() {
    let result = outcome(
      of: Self.data + """
        run r = p(D) with mem_sgd(lr = 0.3, c = random(1)) batch 2 workers 3 for 20 steps { record w, bits every 5 }
        fork r at 10 as f { }
        print all(r.w.at(20) == f.w.at(20)), final(r.bits), final(f.bits)
        run v = p(D) with vote(lr = 0.01) batch 2 workers 3 for 20 steps { record loss every 5 }
        print final(v.loss) < v.loss[0]
        """)
    #expect(result.lines == ["true  1920  1920", "true"], "\(result.lines) \(result.words)")
  }

  @Test(arguments: [
    ("run r = p(D) with mem_sgd(lr = 0.1, c = top(5)) batch 1 for 3 steps", "E0603"),
    ("run r = p(D) with mem_sgd(lr = 0.1) workers 4 for 3 steps", "E0604"),
    ("run r = p(D) with mem_sgd(lr = 0.1) batch 7 workers 4 for 3 steps", "E0602"),
    ("run r = p(D) with sgd(lr = 0.1) batch 1 workers 4 for 3 steps", "E0407"),
    (
      "optimizer o over all { x' = x - mean(g over worker) }\nrun r = p(D) with o batch 1 workers 4 for 3 steps",
      "E0407"
    ),
    (
      "optimizer o over all { x' = x - median(send(g) over worker) }\nrun r = p(D) with o batch 1 workers 4 for 3 steps",
      "E0604"
    ),
    (
      "optimizer o over all { worker state m = 0\nm' = g\nx' = x - m }\nrun r = p(D) with o batch 1 workers 4 for 3 steps",
      "E0407"
    ),
    (
      "optimizer o over all { x' = x - mean(send(grad(x)) over worker) }\nrun r = p(D) with o batch 1 workers 4 for 3 steps",
      "E0604"
    ),
    ("compressor c { apply(v) = v[0:2]; bits = 1 }\nprint c([1, 2, 3])", "E0510"),
    (
      "compressor c { apply(v) = v; bits = \"a\" }\nrun r = p(D) with mem_sgd(lr = 0.1, c = c()) batch 1 for 3 steps",
      "E0403"
    ),
    (
      "compressor c { apply(v) = v; bits = -1 }\nrun r = p(D) with mem_sgd(lr = 0.1, c = c()) batch 1 for 3 steps",
      "E0603"
    ),
    ("compressor c { apply(v) = v }\nrun r = p(D) with mem_sgd(lr = 0.1, c = c()) batch 1 for 3 steps", "E0407"),
    ("print top(1)([])", "E0508"), ("print send([1])", "E0301"), ("print top(1)([1], [2])", "E0407"),
    ("run r = p(D) with mem_sgd(lr = 0.1, c = 3) batch 1 for 3 steps", "E0311"),
    ("problem z { param w: [3] ~ subset(2); loss = norm2(w) }\nrun r = z with gd(lr = 0.1) for 3 steps", "E0403"),
    ("print draw(subset(7), [5])", "E0603"), ("print only([1, 2], [2])", "E0504"),
    ("run r = p(D) with mean_of(lr = 0.1) batch 1 workers 2 for 3 steps\nprint sde(r)", "E0621"),
  ])
  func whatMeansNothingIsRefused(_ script: String, _ code: String) {
    let result = outcome(of: Self.data + script + "\n")
    #expect(result.codes.first == code, "\(script): \(result.codes) \(result.words) \(result.lines)")
  }
}
