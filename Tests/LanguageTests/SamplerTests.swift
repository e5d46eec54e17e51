import Language
import Testing

/// Orders of samples: subsets, batches larger than the data, and what walks on over a change.
@Suite struct SamplerTests {
  private static let head = """
    problem seen() {
      param w: [7] = 0
      sample i in 0..<7
      loss = -w[i]
    }
    problem even(n) {
      param w = 0.5
      sample i in 0..<n
      loss = (w - i)^2 / 2
    }

    """

  /// No sample twice in a batch, each equally often in the long run, and no pattern of epochs.
  @Test func aSubsetIsNewAtEachStep() {
    let found = outcome(
      of: Self.head + """
        run r = seen() with sgd(lr = 3) batch 3 subset for 7000 steps { record max(next.x - x) as most, sum(next.x - x) as all }
        run l = seen() with sgd(lr = 3) batch 3 subset for 7000 steps { record w[0] as a, w[6] as b at end }
        print max(r.most), min(r.all), max(r.all)
        print final(l.a) / 3000, final(l.b) / 3000
        run s = seen() with sgd(lr = 3) batch 3 for 2 steps { record max(w) as m }
        sweep q over seed in 1...20 { run seen() with sgd(lr = 3) batch 3 subset for 2 steps { record max(w) as m } }
        print final(s.m), max(final(q.m) over seed)
        """)
    #expect(found.findings.isEmpty, "\(found.words)")
    let numbers = found.numbers
    #expect(numbers.count == 7, "\(found.lines)")
    guard numbers.count == 7 else { return }
    for (value, wanted) in zip(numbers.prefix(3), [1.0, 3, 3]) { #expect(abs(value - wanted) < 1e-9) }
    #expect(numbers[3...4].allSatisfy { abs($0 - 1) < 0.05 }, "\(numbers)")
    // Of two batches of an epoch none has a sample of the other; two subsets may.
    #expect(numbers[5] == 1 && numbers[6] == 2, "\(numbers)")
  }

  /// (n − b)/(n − 1) of the variance with replacement, in metrics and theories, as the run itself has it.
  @Test func itsVarianceIsThatWithoutReplacement() {
    let found = outcome(
      of: Self.head + """
        run r = even(12) with sgd(lr = 0.1) batch 4 subset for 4000 steps {
          record (live.g - g)^2 as own
          record gradient_noise(4000) at end
        }
        let variance = mean((i - 5.5)^2 for i in 0..<12) / 4
        print final(r.gradient_noise).value / variance * 11 / 8, mean(r.own).value / variance * 11 / 8
        """)
    #expect(found.codes.allSatisfy { $0.hasPrefix("W") }, "\(found.words)")
    #expect(
      found.numbers.count == 2 && abs(found.numbers[0] - 1) < 0.08 && abs(found.numbers[1] - 1) < 0.06,
      "\(found.lines)")
  }

  /// The stochastic equation takes the covariance of the sampler: that of a first shuffled batch.
  @Test func theTheoryOfASubsetIsThatOfAShuffledBatch() {
    let found = outcome(
      of: Self.head + """
        run r = even(12) with sgd(lr = 0.1) batch 4 subset for 50 steps { record loss }
        run s = even(12) with sgd(lr = 0.1) batch 4 for 50 steps { record loss }
        run p = even(12) with sgd(lr = 0.1) batch 4 replacement for 50 steps { record loss }
        print max(abs(sde(r).loss.values - sde(s).loss.values)), max(abs(sde(r).loss.values - sde(p).loss.values)) > 0
        """)
    #expect(found.codes.allSatisfy { $0.hasPrefix("W") }, "\(found.words)")
    #expect(found.lines.last == "0  true" || found.lines.last == "0.0  true", "\(found.lines)")
  }

  @Test func aBatchMayBeLargerThanTheDataWhereDrawsAreIndependent() {
    let found = outcome(
      of: Self.head + """
        problem heavy() { param w = 0.5; sample i in 0..<3 weight i + 1; loss = (w - i)^2 / 2 }
        run r = even(3) with sgd(lr = 0.1) batch 50 replacement for 300 steps { record gradient_noise, (live.g - g)^2 as own }
        run h = heavy() with sgd(lr = 0.1) batch 20 for 5 steps { record loss; at step 2 { batch = 40 } }
        print mean(r.own).value * 50 / (2/3), final(r.gradient_noise).value * 50 / (2/3), h.steps
        """)
    #expect(found.codes.allSatisfy { $0.hasPrefix("W") }, "\(found.words)")
    #expect(
      found.numbers.count == 3 && abs(found.numbers[0] - 1) < 0.3 && abs(found.numbers[1] - 1) < 0.6, "\(found.lines)")
  }

  /// What goes through the data goes on where it was, with another size, another word, and a rest that is kept.
  @Test(arguments: [
    ("batch 3 cyclic", "batch = 2", [3, 2]), ("batch 3 cyclic keep", "batch = 2", [3, 2]),
    ("batch 4 cyclic keep", "batch = 3", [4, 3]), ("batch 4 cyclic keep", "sampler = cyclic", [4, 4]),
  ])
  func cyclicWalksOn(header: String, change: String, sizes: [Int]) {
    let keeps = header.contains("keep")
    // Each sample adds 1/size to its own entry: by hand.
    var (place, w) = (0, [Double](repeating: 0, count: 7))
    for step in 0..<9 {
      let size = step < 3 ? sizes[0] : sizes[1]
      let taken = keeps ? min(size, 7 - place) : size
      for offset in 0..<taken { w[(place + offset) % 7] += 1 / Double(taken) }
      place = (place + taken) % 7
    }
    let found = outcome(
      of: Self.head + "run r = seen() with sgd(lr = 1) \(header) for 9 steps { record "
        + (0..<7).map { "w[\($0)] as a\($0)" }.joined(separator: ", ") + " at end\nat step 3 { \(change) }\n}\n"
        + (0..<7).map { "print final(r.a\($0))\n" }.joined())
    #expect(found.findings.isEmpty, "\(found.words)")
    #expect(found.numbers.count == 7)
    for (value, wanted) in zip(found.numbers, w) { #expect(abs(value - wanted) < 1e-9, "\(found.numbers) \(w)") }
  }

  @Test(arguments: [
    ("batch 8", "8"), ("batch 8 cyclic", "8"), ("batch 8 subset", "8"),
    ("batch 3 subset keep", "no samples are left over"),
    ("batch 3 replacement keep", "no samples are left over"), ("subset", "batch"),
    ("batch 3 sampler subsets", "subset"),
    ("batch 0 replacement", "1"),
  ])
  func whatCannotBeIsRefused(clauses: String, words: String) {
    let found = outcome(of: Self.head + "run r = seen() with sgd(lr = 1) \(clauses) for 9 steps { record loss }")
    #expect(found.codes.contains { $0.hasPrefix("E") }, "\(found.lines)")
    #expect(found.words.contains(words), "\(found.words)")
  }

  @Test func aChangeToAnOrderIsChecked() {
    let found = outcome(
      of: Self.head
        + "run r = seen() with sgd(lr = 1) batch 20 replacement for 9 steps { record loss; at step 3 { sampler = subset } }"
    )
    #expect(found.codes.contains("E0602"), "\(found.words)")
  }

  /// A mean over the steps from a state is one over the noise of the update too.
  @Test func expectedChangesAreMeansOverTheNoise() {
    let found = outcome(
      of: """
        problem bowl() { param w = 1; sample i in 0..<2; loss = w^2 / 2 }
        run r = bowl() with noisy_gd(lr = 0.1, σ = 2) batch 1 for 1 steps { record expected_change(samples = 4000) as c }
        run q = bowl() with noisy_gd(lr = 0.1, σ = 2) for 1 steps { record expected_change(samples = 4000) as c }
        let exact = 0.9^2 / 2 - 0.5 + 0.1^2 * 4 / 2
        print r.c[0].value - exact, q.c[0].value - exact
        run d = bowl() with gd(lr = 0.1) batch 1 for 1 steps { record expected_change as c }
        print d.c[0] - (0.9^2 / 2 - 0.5)
        """)
    #expect(found.codes.allSatisfy { $0.hasPrefix("W") }, "\(found.words)")
    #expect(found.numbers.count == 3 && found.numbers.allSatisfy { abs($0) < 0.015 }, "\(found.lines)")
    #expect(found.numbers.last.map { abs($0) < 1e-12 } == true, "\(found.lines)")
  }
}
