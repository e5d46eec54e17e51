import Diagnostics
import Language
import Testing

/// Metrics against sums over all batches, dense matrices and the run's own record of itself.
@Suite struct MetricTests {
  /// Numbers printed as found, wanted, standard error.
  private static func expectWithinErrors(_ numbers: [Double]) {
    for index in stride(from: 0, to: numbers.count - 2, by: 3) {
      let (found, wanted, error) = (numbers[index], numbers[index + 1], numbers[index + 2])
      #expect(error > 0 && abs(found - wanted) < 5 * error && error < 0.1 * abs(wanted), "\(numbers[index...])")
    }
  }

  private static let network =
    SmallFit.problem + """
      # Heavy ball that remembers its last gradient and point.
      optimizer logged(lr, momentum = 0.9) {
        state v = 0, old = 0, last = x
        v' = momentum * v + g
        old' = g
        last' = x
        x' = x - lr * v'
      }

      """

  // MARK: The run around a state

  /// `next` is what the run does next: seen a step later, by what the optimizer remembers.
  @Test func nextIsTheStateAfterTheUpdate() {
    let result = outcome(
      of: Self.network + """
        run r = fit(X, Y) with logged(lr = 0.05) batch 5 for 9 steps {
          record consecutive_alignment as turn, step_alignment(old) as turned, step_length as move, norm(x - last) as moved
          record norm(next.v) as after, norm(v) as now, norm(next.live.g) as g_later, norm(live.g) as g_now
          record next.loss as l_later, loss as l_now, norm(next.x) as x_later, norm(x) as x_now
        }
        fn same(ahead, seen) = max(abs(ahead.values[0..<9] - seen.values[1..<10]))
        print same(r.turn, r.turned), same(r.move, r.moved), same(r.after, r.now), same(r.g_later, r.g_now)
        print same(r.l_later, r.l_now), same(r.x_later, r.x_now)
        """)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == 6)
    for value in result.numbers { #expect(abs(value) < 1e-14, "\(result.numbers)") }
  }

  /// Fresh samples and noise of the next update are those that it draws.
  @Test func nextKnowsTheNoiseOfTheRun() {
    let result = outcome(
      of: """
        problem pop {
          param w: [2] = 1
          sample z: [2] ~ normal()
          noise ξ ~ normal(0, 1)
          loss = (dot(w - 0.2, z) - ξ)^2 / 2
        }
        optimizer remembering(lr) {
          state old = 0
          old' = g
          x' = x - lr * g
        }
        run r = pop() with remembering(lr = 0.1) batch 3 for 6 steps {
          record live.g[0] as a, old[0] as b, next.live.g[1] as c, live.g[1] as d, next.x[0] as e, x[0] as f
        }
        fn same(ahead, seen) = max(abs(ahead.values[0..<6] - seen.values[1..<7]))
        print same(r.a, r.b), same(r.c, r.d), same(r.e, r.f)
        """)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == 3)
    for value in result.numbers { #expect(abs(value) < 1e-14, "\(result.numbers)") }
  }

  /// Distances from the start: of all, of a part, in a fork, of a process, and of what the network gives.
  @Test func startIsThatOfStepZero() {
    let numbers = SmallFit.numbers(
      Self.network + """
        run z = fit(X, Y) with logged(lr = 0.05) for 0 steps { record loss }
        run r = fit(X, Y) with logged(lr = 0.05) for 9 steps {
          record distance, distance on net.layer1 as first, output_distance every 3
        }
        fork r at 3 as s { lr *= 2 }
        fn flat(r) = concat(reshape(r.net.layer1.W, [12]), r.net.layer1.b, reshape(r.net.layer2.W, [8]), r.net.layer2.b)
        fn out(r, x) = r.net.layer2.W @ tanh(r.net.layer1.W @ x + r.net.layer1.b) + r.net.layer2.b
        print final(r.distance), norm(flat(r) - flat(z)), final(s.distance), norm(flat(s) - flat(z))
        print final(r.first), norm(flat(r)[0..<16] - flat(z)[0..<16]), r.distance[0], 0
        print final(r.output_distance), sqrt(sum(norm2(out(r, X[i]) - out(z, X[i])) for i in 0..<12))
        run p = ornstein_uhlenbeck() dt 0.1 for 3 steps { record norm(x - start) as far, x as at }
        print final(p.far), abs(p.at[3] - p.at[0])
        """, count: 12)
    for index in stride(from: 0, to: 12, by: 2) { #expect(abs(numbers[index] - numbers[index + 1]) < 1e-12) }
  }

  /// Members of a sweep over seeds, staged once and stepped together, each know their own start and batches.
  @Test(arguments: [4, 40]) func membersOfASweepKnowTheirOwnStart(width: Int) {
    let result = outcome(
      of: Self.network.replacing("mlp([3, 4, 2]", with: "mlp([3, \(width), 2]") + """
        sweep s over seed in 1...3 {
          run fit(X, Y) with logged(lr = 0.02) batch 5 for 9 steps { record distance, consecutive_alignment as turn, loss }
        }
        for k in 1...3 {
          run r = fit(X, Y) with logged(lr = 0.02) batch 5 seed k for 9 steps {
            record distance, consecutive_alignment as turn, loss
          }
          print final(s.distance where seed == k) - final(r.distance), final(s.turn where seed == k) - final(r.turn)
          print final(s.loss where seed == k) - final(r.loss)
        }
        """)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == 9)
    for value in result.numbers { #expect(abs(value) < 1e-13, "\(result.numbers)") }
  }

  /// Two metrics of a line that speak of the live batch, one of them of a part of the parameters.
  @Test func liveBatchOfAPartIsNotThatOfAll() {
    let numbers = SmallFit.numbers(
      Self.network + """
        run r = fit(X, Y) with gd(lr = 0.05) batch 5 for 2 steps {
          record norm2(live.g) as all, norm2(live.g) on net.layer1 as a, norm2(live.g) on net.layer2 as b
        }
        print final(r.all), final(r.a) + final(r.b)
        """, count: 2)
    #expect(abs(numbers[0] - numbers[1]) < 1e-12)
  }

  /// A metric of the live batch sees it in a flow and in an assignment of an intervention too.
  @Test func batchesAreKnownOutsideOfRecording() {
    let numbers = SmallFit.numbers(
      """
      problem many {
        param w = 0
        sample i in 0..<5
        loss = (w - i)^2 / 2
      }
      run r = many() with heavy_ball(lr = 1e-9) batch 1 cyclic for 7 steps {
        record live.g as g every 1
      }
      run s = many() with heavy_ball(lr = 1e-9) batch 1 cyclic for 4 steps {
        record v as buffer
        at step 4 { v = live.g }
      }
      print flow(r).g.values
      print final(s.buffer)
      """, count: 9)
    let expected: [Double] = [0, -1, -2, -3, -4, 0, -1, -2, -4]
    for (value, wanted) in zip(numbers, expected) { #expect(abs(value - wanted) < 1e-6) }
  }

  @Test(arguments: [
    ("sharpness on net.layer3", "E0312", "did you mean `net.layer1`, `net.layer2`?"),
    ("sharpness on layer1", "E0312", "did you mean `net.layer1`?"),
    ("sharpness on nett.layer1.W", "E0312", "did you mean `net.layer1.W`"), ("next.y", "E0310", "available: g, grad"),
    ("live", "E0403", "such as `live.loss` or `norm(live.g)`"), ("next.live.hvp", "E0403", "this is a function"),
    ("previous.g", "E0301", "did you mean `next`?"),
    ("top_alignment(30)", "E0603", "between 1 and the 26 dimensions"),
    ("distance([1, 2])", "E0501", "[2] cannot stand beside [26]"),
  ])
  func mistakesAreNamed(metric: String, code: String, words: String) {
    let script = Self.network + "run r = fit(X, Y) with gd(0.1) for 2 steps { record \(metric) }"
    for result in [outcome(of: script), checking(script)] {
      #expect(result.codes == [code] && result.words.contains(words), "\(result.words)")
    }
  }

  @Test func processHasNoNextUpdate() {
    for metric in ["next.x", "live.g", "objective.g"] {
      let result = outcome(of: "run r = ornstein_uhlenbeck() dt 0.1 for 3 steps { record \(metric) }")
      #expect(result.codes == ["E0315"] && result.words.contains("no optimizer"), "\(result.words)")
    }
  }

  // MARK: Sums over all batches

  /// All ten batches of two of five samples by hand.
  private static let line = """
    let A = [[1.0, 0.5], [0.3, -2.0], [-1.0, 0.2], [0.7, 0.9], [2.0, -0.4]]
    let b = [0.5, -1.0, 2.0, 0.1, 0.3]
    let w = [0.2, -0.7]
    let d = [0.6, 1.1]
    let H = A.T @ A / 5
    let q = A.T @ (A @ w - b) / 5
    fn f(w) = mean((A @ w - b)^2) / 2
    fn pair(i, j) = ((dot(A[i], w) - b[i]) * A[i] + (dot(A[j], w) - b[j]) * A[j]) / 2
    let all = [pair(i, j) for i in 0..<5 for j in 0..<5 if i < j]

    """

  @Test func noiseIsThatOfAllBatches() {
    let numbers = SmallFit.numbers(
      Self.line + """
        run r = least_squares(A, b, start = w) with sgd(lr = 1e-12) batch 2 for 1 steps {
          record gradient_noise(20_000), gradient_noise_along(d, 20_000), signal_to_noise(20_000) at end
          record interaction_sharpness(20_000), gradient_noise_interaction(20_000), batch_alignment(g, 20_000) at end
        }
        let noise = mean(norm2(g - q) for g in all)
        print final(r.gradient_noise.values), noise, final(r.gradient_noise.error)
        print final(r.gradient_noise_along.values), mean(dot(g - q, d)^2 for g in all) / norm2(d), final(r.gradient_noise_along.error)
        print final(r.signal_to_noise.values), norm2(q) / noise, final(r.signal_to_noise.error)
        let curved = mean(dot(g, H @ g) for g in all)
        print final(r.interaction_sharpness.values), curved / mean(norm2(g) for g in all), final(r.interaction_sharpness.error)
        print final(r.gradient_noise_interaction.values), curved / norm2(q), final(r.gradient_noise_interaction.error)
        let cosine = mean(dot(g, q) / (norm(g) * norm(q)) for g in all)
        print final(r.batch_alignment.values), cosine, final(r.batch_alignment.error)
        """, count: 18)
    Self.expectWithinErrors(numbers)
  }

  @Test func stepsOfBatchesAreThoseOfAllBatches() {
    let numbers = SmallFit.numbers(
      Self.line + """
        let η = 0.3
        run r = least_squares(A, b, start = w) with sgd(lr = η) batch 2 for 1 steps {
          record expected_change(20_000), frozen_batch_sharpness(d, 20_000) as frozen every 1
        }
        let change = mean(f(w - η * g) for g in all) - f(w)
        print r.expected_change.values[0], change, r.expected_change.error[0]
        print r.frozen.values[0], dot(d, H @ d) / -dot(d, q), r.frozen.error[0]
        """, count: 6)
    Self.expectWithinErrors(numbers)
  }

  /// The error beside an estimate is how much independent estimates differ.
  @Test func errorsAreThoseOfRepetition() {
    let numbers = SmallFit.numbers(
      """
      let A = draw(normal(), [40, 3])
      let b = draw(normal(), [40], 1)
      run r = least_squares(A, b, start = [0.2, -0.7, 0.1]) with sgd(lr = 1e-14) batch 2 replacement for 999 steps {
        record batch_sharpness(200), batch_sharpness_ratio(200), 3 * interaction_sharpness(200) as triple every 1
        record generalized_batch_sharpness(200), exp(-batch_sharpness(200)) as curved every 1
      }
      fn check(values, errors) = std(values.values) / mean(errors.values)
      print check(r.batch_sharpness, r.batch_sharpness.error), check(r.batch_sharpness_ratio, r.batch_sharpness_ratio.error)
      print check(r.triple, r.triple.error), check(r.generalized_batch_sharpness, r.generalized_batch_sharpness.error)
      print check(r.curved, r.curved.error)
      """, count: 5)
    for value in numbers { #expect(abs(value - 1) < 0.15, "\(numbers)") }
  }

  @Test func estimateThatMissesItsErrorSaysSo() {
    let metric = { (n: Int) in
      Self.line + """
        run r = least_squares(A, b, start = w) with sgd(lr = 1e-3) batch 2 for 4 steps {
          record expect(batch, n = \(n), until = 3%) { norm2(g) } as e, 1 / expect(batch, n = \(n), until = 3%) { norm2(g) } as f
        }
        print final(r.e.samples), final(r.e.error) / final(r.e.values), final(r.f.samples), final(r.f.error) / final(r.f.values)
        """
    }
    let few = outcome(of: metric(40))
    #expect(few.codes == ["W0724", "W0724"], "\(few.words)")
    #expect(few.words.contains("n = 40, at 5 of 5 recordings"))
    let swept = outcome(
      of: Self.line + """
        sweep s over seed in 1...3 {
          run least_squares(A, b, start = w) with sgd(lr = 1e-3) batch 2 for 4 steps {
            record expect(batch, n = 40, until = 3%) { norm2(g) } as e
          }
        }
        """)
    #expect(swept.codes == ["W0724"] && swept.words.contains("at 15 of 15 recordings"), "\(swept.words)")
    let many = outcome(of: metric(40_000))
    #expect(many.codes == [], "\(many.words)")
    #expect(many.numbers.count == 4 && many.numbers[0] < 40_000 && many.numbers[1] <= 0.03, "\(many.numbers)")
  }

  // MARK: Matrices

  @Test func directionsAreThoseOfTheDenseHessian() {
    let numbers = SmallFit.numbers(
      Self.network + """
        fn f(w, x) {
          let A = reshape(w[0..<12], [4, 3])
          let B = reshape(w[16..<24], [2, 4])
          return B @ tanh(A @ x + w[12..<16]) + w[24..<26]
        }
        fn objective_of(w) = mean(norm2(f(w, X[i]) - Y[i]) for i in 0..<12)
        fn flat(net) = concat(reshape(net.layer1.W, [12]), net.layer1.b, reshape(net.layer2.W, [8]), net.layer2.b)
        let d = draw(normal(), [26], 9)
        run r = fit(X, Y) with gd(lr = 0.05) for 20 steps {
          record top_alignment(3) as top, curvature_along(d) as along, top_eigenvalue(2) as second at end
        }
        let w = flat(r.net)
        let H = hessian(objective_of)(w)
        let g = grad(objective_of)(w)
        let (e, V) = eigh(H)
        print final(r.top), sqrt(sum(dot(V[:, 25 - k], g)^2 for k in 0..<3)) / norm(g)
        print final(r.along), dot(d, H @ d) / norm2(d)
        print final(r.second), e[24], final(r.second.residual), final(r.second.products)
        """, count: 8)
    #expect(abs(numbers[0] - numbers[1]) < 1e-4 && abs(numbers[2] - numbers[3]) < 1e-10, "\(numbers)")
    #expect(abs(numbers[4] - numbers[5]) <= numbers[6] + 1e-12, "\(numbers)")
    #expect(numbers[6] < 1e-4 * numbers[4] && numbers[7] >= 3 && numbers[7] <= 26, "\(numbers)")
  }

  /// Adam's response to a small gradient, from its own second moments.
  @Test func preconditionerIsTheOptimizersOwn() {
    let numbers = SmallFit.numbers(
      """
      let h = [3, 1, 0.2]
      run r = quadratic(h) with adam(lr = 0.01) for 5 steps {
        record preconditioned_sharpness as p at end
      }
      run s = quadratic(h) with adam(lr = 0.01) for 5 steps { record v[0] as a, v[1] as b, v[2] as c at end }
      run u = quadratic(h) with sign_sgd(lr = 0.01) for 5 steps { record preconditioned_sharpness as p at end }
      let v = 0.999 * [final(s.a), final(s.b), final(s.c)] / (1 - 0.999^6)
      print final(r.p), max(h * 0.01 * 0.1 / (1 - 0.9^6) / (sqrt(v) + 1e-8)), final(u.p)
      """, count: 3, codes: ["W0725"])
    #expect(abs(numbers[0] / numbers[1] - 1) < 1e-5, "\(numbers)")
    #expect(numbers[2] == 0, "a sign does not respond to a small gradient")
  }

  /// A rule that acts on each parameter by itself: the whole of a part is that part of the whole.
  @Test func partsOfAPreconditionerAreItsOwn() {
    let numbers = SmallFit.numbers(
      """
      problem two {
        param a: [2] = [1, 2]
        param b: [2] = [0.5, -1]
        loss = (3 * a[0]^2 + a[1]^2 + 0.5 * b[0]^2 + 2 * b[1]^2) / 2
      }
      run r = two() with adam(lr = 0.01) for 5 steps {
        record preconditioned_sharpness as all, preconditioned_sharpness on a as first, preconditioned_sharpness on b as second
        record norm2(update(g)) as move, norm2(update(g)) on a as move_a, norm2(update(g)) on b as move_b
      }
      print final(r.all), max(final(r.first), final(r.second)), final(r.move), final(r.move_a) + final(r.move_b)
      """, count: 4)
    #expect(abs(numbers[0] / numbers[1] - 1) < 1e-6 && abs(numbers[2] / numbers[3] - 1) < 1e-12, "\(numbers)")
  }

  /// Squared lengths are kept on average over projections.
  @Test func projectionsKeepLengths() {
    let numbers = SmallFit.numbers(
      """
      let u = draw(normal(), [20])
      let ratios = [norm2(random_projection(u, 30, k)) / norm2(u) for k in 0..<4000]
      print mean(ratios), std(ratios)
      """, count: 2)
    #expect(abs(numbers[0] - 1) < 5 * numbers[1] / 4000.0.squareRoot(), "\(numbers)")
  }
}
