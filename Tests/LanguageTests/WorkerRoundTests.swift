import Language
import Testing

/// Local steps, delays, links, and what compressors keep.
@Suite struct WorkerRoundTests {
  private static let data = """
    let D = data([[sin(1 + i + 2*j + i*j) for j in 0..<4] for i in 0..<24], [sign(sin(3*i + 1)) for i in 0..<24])
    problem p(D) {
      param w: [4] = 0
      sample (a, b) from D
      loss = softplus(-b * dot(a, w))
    }
    problem matrix {
      param W: [3, 4] = 0
      noise Z: [3, 4] ~ normal(0, 0.1)
      loss = norm2(W - Z - [[i + 2*j for j in 0..<4] for i in 0..<3]) / 2
    }
    problem two(D) { param w: [4] = 0; param b = 0.0; sample (a, y) from D; loss = softplus(-y * (dot(a, w) + b)) }
    optimizer mean_of(lr) over all { x' = x - lr * mean(send(g) over worker) }
    optimizer feedback(lr, c) {
      worker state m = 0
      let p = m + lr * g
      let q = send(c(p))
      m' = p - q
      x' = x - mean(q over worker)
    }

    """

  private func lines(_ script: String) -> [String] {
    let result = outcome(of: Self.data + script + "\n")
    return result.codes.isEmpty ? result.lines : result.codes + [result.words]
  }

  // MARK: Local steps

  /// One worker whose mean is taken is the rule alone, bit for bit: its batches, its noise and its time.
  @Test(arguments: ["sgd(lr = 0.3)", "adam(lr = 0.1 / t)", "langevin(0.1, 1)", "clip_norm(heavy_ball(0.3), 0.1)"])
  func oneWorkerIsTheRuleAlone(_ rule: String) {
    let found = lines(
      """
      run a = p(D) with \(rule) local 4 batch 2 for 6 steps { record w at end }
      run b = p(D) with \(rule) batch 2 for 24 steps { record w at end }
      run c = p(D) with \(rule) local 4 batch 2 workers 1 for 6 steps { record w at end }
      print all(a.w.at(6) == b.w.at(24)), all(a.w.at(6) == c.w.at(6)), max(abs(a.w.at(6))) > 0
      """)
    #expect(found == ["true  true  true"])
  }

  @Test func oneLocalStepIsTheMeanOfTheGradients() {
    let found = lines(
      """
      run a = p(D) with sgd(lr = 0.3) local 1 batch 2 workers 4 for 20 steps { record w, bits, bits_down at end }
      run b = p(D) with mean_of(lr = 0.3) batch 2 workers 4 for 20 steps { record w, bits, bits_down at end }
      run c = p(D) with sgd(lr = 1) local 1, mean_of(lr = 0.3) batch 2 workers 4 for 20 steps { record w at end }
      print max(abs(a.w.at(20) - b.w.at(20))) < 1e-13, max(abs(c.w.at(20) - b.w.at(20))) < 1e-13
      print final(a.bits), final(b.bits), final(a.bits_down), final(b.bits_down)
      """)
    #expect(found == ["true  true", "10240  10240  10240  10240"])
  }

  @Test func epochsAreWholeRounds() {
    let found = lines(
      """
      run a = p(D) with sgd(lr = 0.3) local 3 batch 2 for 2 epochs { record w every 1 epochs }
      run b = p(D) with sgd(lr = 0.3) batch 2 for 2 epochs { record w every 1 epochs }
      print a.w.steps, all(a.w.values == b.w.values)
      """)
    #expect(found == ["[0, 4, 8]  true"])
  }

  @Test func roundsGoOnFromAForkAndInASweep() {
    let found = lines(
      """
      run r = p(D) with adam(lr = 0.1) local 3, diloco() batch 2 workers 3 delay 2 seed 2 for 12 steps { record w at end }
      fork r at 7 as f { }
      print all(r.w.at(12) == f.w.at(12))
      sweep s over rate in [0.1, 0.2] {
        run p(D) with adam(lr = rate) local 3, diloco() batch 2 workers 3 delay 2 seed 2 for 12 steps { record norm(w) as size at end }
      }
      print final(s.size where rate == 0.1) == norm(r.w.at(12))
      """)
    #expect(found == ["true", "rate = 0.1: true"])
  }

  // MARK: Delays and links

  @Test func whatIsSentArrivesLater() {
    let found = lines(
      """
      run r = p(D) with mean_of(lr = 0.3) batch 2 workers 3 delay 3 for 5 steps { record norm(w) as size, bits }
      run z = p(D) with mean_of(lr = 0.3) batch 2 workers 3 delay 0 for 5 steps { record w at end }
      run n = p(D) with mean_of(lr = 0.3) batch 2 workers 3 for 5 steps { record w at end }
      print [if s > 0 { 1 } else { 0 } for s in r.size.values], final(r.bits), all(z.w.at(5) == n.w.at(5))
      """)
    #expect(found == ["[0, 0, 0, 0, 1, 1]  1920  true"])
  }

  /// 64 bits up and 4 numbers down at a million bits a second, 10 ms, and the operations of the slowest.
  @Test func aLinkTakesItsTime() {
    let found = lines(
      """
      let clauses = 0
      run a = p(D) with mem_sgd(lr = 0.3) batch 2 workers 3 link 1e6 bits, 0.01 latency for 5 steps { record seconds }
      run b = p(D) with mem_sgd(lr = 0.3) batch 2 workers 3 link 1e6 bits, [3e5, 1e5, 2e5] flops for 5 steps { record seconds }
      run c = p(D) with mem_sgd(lr = 0.3) batch 2 workers 3 link 1e6 bits, 1e5 flops for 5 steps { record seconds }
      run d = p(D) with sgd(lr = 0.3) local 10 batch 2 workers 3 link 1e6 bits, 1e5 flops for 5 steps { record seconds }
      print final(a.seconds) - 5 * (0.01 + 192e-6), final(b.seconds) == final(c.seconds)
      let (one, ten) = (final(c.seconds) / 5 - 192e-6, final(d.seconds) / 5 - 256e-6)
      print one > 10 / 1e5, 10 * one <= ten + 1e-12, ten < 12 * one
      """)
    #expect(found.count == 2 && found[0].hasSuffix("true") && found[1] == "true  true  true", "\(found)")
    #expect(abs(Double(found[0].split(separator: " ")[0]) ?? 1) < 1e-14, "\(found)")
  }

  @Test func whatGoesBackCostsWhatIsSaid() {
    let found = lines(
      """
      optimizer both(lr, c) over all { x' = x - lr * send(c(mean(send(c(g)) over worker))) }
      for k in [1, 3] {
        run r = p(D) with both(lr = 0.1, c = top(1)) batch 2 workers k for 10 steps { record bits at end }
        print final(r.bits)
      }
      run r = p(D) with both(lr = 0.1, c = top(1)) batch 2 workers 3 for 10 steps { record bits_down at end }
      print final(r.bits_down)
      """)
    #expect(found == ["640", "1920", "1920"])
  }

  /// However often a rule says so, and wherever it stands.
  @Test func aValueIsSentOnce() {
    let found = lines(
      """
      optimizer twice(lr) over all {
        let total = sum(send(g) over worker)
        let other = mean(send(g) over worker)
        worker state m = 0
        m' = m + g - other
        x' = x - lr * (other + 0 * total)
      }
      run r = p(D) with twice(lr = 0.1) batch 2 workers 3 for 10 steps { record bits at end }
      print final(r.bits)
      """)
    #expect(found == ["\(10 * 3 * 4 * 32)"])
  }

  /// Each parameter once, by whichever rule; and one worker as often as each of several.
  @Test func movesAreSentOnce() {
    let found = lines(
      """
      for k in [1, 3] {
        run a = two(D) with sgd(0.1) local 2, local_sgd() on w, sgd(1) on rest batch 1 workers k for 4 steps { record bits at end }
        run b = two(D) with sgd(0.1) local 2 batch 1 workers k for 4 steps { record bits at end }
        print final(a.bits), final(b.bits), max(abs(a.w - b.w)) < 1e-14
      }
      """)
    #expect(found == ["640  640  true", "1920  1920  true"])
  }

  // MARK: Compressors

  /// A compressor of compressors draws and keeps in the rule where it is applied.
  @Test func compressorsCompose() {
    let found = lines(
      """
      compressor counted() { state n: [] = 2; n' = n + 1; apply(v) = n * v; bits = 1 }
      compressor both(k) { apply(v) = counted()(random(k)(v)); bits = k }
      optimizer o(c) over all { x' = x - mean(send(c(0 * g + 1)) over worker) }
      run r = p(D) with o(both(2)) batch 1 workers 2 for 3 steps { record w }
      print sum(r.w.values, axis = 1)
      """)
    #expect(found == ["[0, -4, -10, -18]"])
  }

  @Test func sharedNoiseIsTheSameForAll() {
    let found = lines(
      """
      problem q { param w: [50] = 1; noise z: [50] ~ normal(); loss = norm2(w - z) / 2 }
      optimizer o over all { shared noise ξ ~ normal(); noise ζ ~ normal(); worker state a = 0; worker state b = 0
        a' = ξ
        b' = ζ
        x' = x - 0.1 * mean(send(c()(g)) over worker) }
      compressor c() { shared noise J ~ subset(5); apply(v) = only(v, J); bits = 5 * value_bits }
      run three = q with o batch 1 workers 3 for 1 steps { record a, b, w }
      run one = q with o batch 1 for 1 steps { record a, w }
      let (a, b) = (three.a.at(1), three.b.at(1))
      print all(a[0] == a[1]) and all(a[1] == a[2]), any(b[0] == b[1]), count(three.w.at(1) != 1)
      print all(a[0] == one.a.at(1)), all((three.w.at(1) != 1) == (one.w.at(1) != 1))
      """)
    #expect(found == ["true  false  5", "true  true"])
  }

  /// A compressor with a state is the same state in the rule.
  @Test func aStateOfACompressorIsKept() {
    let found = lines(
      """
      compressor rank_one() {
        state Q: [v.cols, 1] = eye(v.cols)[:, 0:1]
        let P = qr(v @ Q)[0]
        apply(v) = P @ Q'.T
        Q' = v.T @ P
        bits = 1
      }
      optimizer by_hand(lr) {
        worker state m = 0
        worker state Q: [x.cols, 1] = eye(x.cols)[:, 0:1]
        let p = m + lr * g
        let P = qr(p @ Q)[0]
        Q' = p.T @ P
        let q = send(P @ Q'.T)
        m' = p - q
        x' = x - mean(q over worker)
      }
      for k in [1, 3] {
        run a = matrix with feedback(lr = 0.1, c = rank_one()) batch 1 workers k for 30 steps { record W at end }
        run b = matrix with by_hand(lr = 0.1) batch 1 workers k for 30 steps { record W at end }
        run c = matrix with feedback(lr = 0.1, c = low_rank(1)) batch 1 workers k for 30 steps { record W at end }
        print all(a.W.at(30) == b.W.at(30)), all(a.W.at(30) == c.W.at(30)), max(abs(a.W.at(30))) > 1
      }
      run r = matrix with feedback(lr = 0.1, c = low_rank(1)) batch 1 workers 3 for 30 steps { record W at end }
      fork r at 11 as f { }
      print all(r.W.at(30) == f.W.at(30))
      """)
    #expect(found == ["true  true  true", "true  true  true", "true"])
  }

  /// Drawn once for each worker and parameter, the same again; without a rule a state is where it starts.
  @Test func aStateStartsAtRandomOrAnew() {
    let found = lines(
      """
      compressor counted() { state n: [] = 2; n' = n + 1; apply(v) = n * v; bits = 1 }
      compressor drawn() { state s: [] ~ normal(); apply(v) = s * v; bits = 1 }
      print counted()([1, 2]), counted()([1, 2])
      optimizer o(c) over all { x' = x - mean(send(c(0 * g + 1)) over worker) }
      run a = p(D) with o(counted()) for 3 steps { record w }
      run b = p(D) with o(drawn()) batch 1 workers 3 for 2 steps { record w }
      run c = p(D) with o(drawn()) batch 1 workers 3 for 2 steps { record w }
      run d = p(D) with o(drawn()) batch 1 workers 3 seed 1 for 2 steps { record w }
      print a.w.values[:, 0]
      print all(b.w.values == c.w.values), abs(b.w.at(2)[0] - 2 * b.w.at(1)[0]) < 1e-12, any(b.w.at(1) == d.w.at(1))
      """)
    #expect(found == ["[2, 4]  [2, 4]", "[0, -2, -5, -9]", "true  true  false"])
  }

  // MARK: What means nothing

  @Test(arguments: [
    ("p(D) with sgd(0.1) local 0 batch 2 for 3 steps", "E0603"),
    ("p(D) with sgd(0.1) local -1 batch 2 for 3 steps", "E0603"),
    ("p(D) with sgd(0.1) local 2.5 batch 2 for 3 steps", "E0404"),
    ("p(D) with sgd(0.1) local 2, diloco() local 3 batch 2 for 3 steps", "E0314"),
    ("two(D) with sgd(0.1) local 2 on w, sgd(0.1) local 3 on rest batch 2 for 3 steps", "E0407"),
    ("p(D) with sgd(0.1) local 2 batch 5 keep for 3 steps", "E0604"),
    ("p(D) with mem_sgd(0.1) local 2 batch 2 for 3 steps", "E0604"),
    ("p(D) with sgd(1 / sharpness) local 2 batch 2 for 3 steps", "E0604"),
    ("p(D) with sgd(0.1) local 2, sam(0.1) batch 2 for 3 steps", "E0315"),
    ("p(D) with sgd(0.1) local 5 batch 2 for 3 epochs", "E0604"),
    ("p(D) with sgd(0.1) local 2 batch 10 workers 3 for 3 steps", "E0602"),
    ("p(D) with mean_of(0.1) batch 2 workers 2 delay -1 for 3 steps", "E0603"),
    ("p(D) with mean_of(0.1) batch 2 workers 2 delay 0.5 for 3 steps", "E0404"),
    ("p(D) with sgd(0.1) batch 2 delay 1 for 3 steps", "E0604"),
    ("p(D) with unheard(0.1) batch 2 delay 1 for 3 steps", "E0604"),
    ("p(D) with sgd(0.1) batch 2 link 1e9 bits for 3 steps", "E0604"),
    ("p(D) with mean_of(0.1) batch 2 link 0 bits for 3 steps", "E0603"),
    ("p(D) with mean_of(0.1) batch 2 link 1 latency for 3 steps", "E0604"),
    ("p(D) with mean_of(0.1) batch 2 link 1 bits, 2 bits for 3 steps", "E0604"),
    ("p(D) with mean_of(0.1) batch 2 link 1 bits, -1 latency for 3 steps", "E0603"),
    ("p(D) with mean_of(0.1) batch 2 workers 3 link 1 bits, [1, 2] flops for 3 steps", "E0407"),
    ("p(D) with mean_of(0.1) batch 2 workers 3 link \"a\" bits for 3 steps", "E0403"),
    ("p(D) with feedback(0.1, in_branch()) batch 2 for 3 steps", "E0604"),
    ("p(D) with feedback(0.1, moving()) batch 2 for 3 steps", "E0407"),
    ("p(D) with feedback(0.1, misshaped()) batch 2 for 3 steps", "E0510"),
    ("p(D) with feedback(0.1, low_rank(1)) batch 2 for 3 steps", "E0508"),
  ])
  func whatMeansNothingIsRefused(_ run: String, _ code: String) {
    let result = outcome(
      of: Self.data + """
        compressor counted() { state n: [] = 2; n' = n + 1; apply(v) = n * v; bits = 1 }
        compressor in_branch() { apply(v) = if v[0] > 0 { counted()(v) } else { v }; bits = 1 }
        compressor moving() { state n = v; n' = n; apply(v) = n; bits = 1 }
        compressor misshaped() { state n: [2] = 0; n' = [1, 2, 3]; apply(v) = v; bits = 1 }
        optimizer unheard(lr) over all { x' = x - lr * send(g) }
        run r = \(run)

        """)
    #expect(result.codes.first == code, "\(run): \(result.codes) \(result.words) \(result.lines)")
  }

  @Test(arguments: [
    ("compressor c() { n' = 1; apply(v) = v; bits = 1 }", "E0301"),
    ("compressor c() { state n = 0; state n = 1; apply(v) = v; bits = 1 }", "E0307"),
    ("compressor c() { param n: [2] = 0; apply(v) = v; bits = 1 }", "E0218"),
    ("compressor c() { worker state n = 0; apply(v) = v; bits = 1 }", "E0218"),
    ("optimizer o { shared state n = 0; x' = x }", "E0202"),
    ("problem q { param w = 0; shared noise z ~ normal(); loss = w }", "E0218"),
  ])
  func misplacedLinesAreRefused(_ script: String, _ code: String) {
    let result = outcome(of: script + "\n")
    #expect(result.codes.first == code, "\(script): \(result.codes) \(result.words)")
  }
}
