import Diagnostics
import Language
import Testing

/// Curvature metrics against dense matrices and exact averages on small problems.
@Suite struct CurvatureTests {
  /// The fit, and its network as a function of one vector.
  private static let network =
    SmallFit.problem + """
      fn f(w, x) {
        let A = reshape(w[0..<12], [4, 3])
        let B = reshape(w[16..<24], [2, 4])
        return B @ tanh(A @ x + w[12..<16]) + w[24..<26]
      }
      fn outputs_of(w) = reshape([f(w, X[i]) for i in 0..<12], [24])
      fn losses_of(w) = [norm2(f(w, X[i]) - Y[i]) for i in 0..<12]
      fn flat(net) = concat(reshape(net.layer1.W, [12]), net.layer1.b, reshape(net.layer2.W, [8]), net.layer2.b)

      """

  /// Pairs of printed numbers that must agree.
  private static func expectPairs(_ numbers: [Double], within tolerance: Double) {
    for index in stride(from: 0, to: numbers.count - 1, by: 2) {
      let (found, wanted) = (numbers[index], numbers[index + 1])
      #expect(abs(found - wanted) <= tolerance * max(1, abs(wanted)), "\(numbers)")
    }
  }

  @Test func eigenvaluesAreThoseOfTheDenseHessian() {
    let numbers = SmallFit.numbers(
      Self.network + """
        run r = fit(X, Y) with sgd(lr = 0.05) batch 4 for 20 steps {
          record sharpness, smallest_eigenvalue, top_eigenvalue(3) as third at end
          record sharpness on net.layer1 as first, sharpness on net as whole at end
        }
        let H = hessian(w => mean(losses_of(w)))(flat(r.net))
        let e = eigvalsh(H)
        print final(r.sharpness), e[25], final(r.smallest_eigenvalue), e[0], final(r.third), e[23]
        print final(r.first), max(eigvalsh(H[0..<16, 0..<16])), final(r.whole), e[25]
        """, count: 10)
    Self.expectPairs(numbers, within: 1e-6)
  }

  @Test func otherMatricesAreThoseOfTheirDefinitions() {
    let numbers = SmallFit.numbers(
      Self.network + """
        run r = fit(X, Y) with sgd(lr = 0.05) batch 4 for 20 steps {
          record ggn_sharpness, fisher_sharpness, ntk_eigenvalue(2) as second at end
        }
        let w = flat(r.net)
        let J = jacobian(outputs_of)(w)
        let G = jacobian(losses_of)(w)
        print final(r.ggn_sharpness), max(eigvalsh(J.T @ J)) * 2 / 12
        print final(r.fisher_sharpness), max(eigvalsh(G.T @ G)) / 12
        print final(r.second), eigvalsh(J @ J.T)[22]
        """, count: 6)
    Self.expectPairs(numbers, within: 1e-6)
  }

  @Test func traceAndDensityAreWithinTheirErrors() {
    let numbers = SmallFit.numbers(
      Self.network + """
        run r = fit(X, Y) with gd(lr = 0.05) for 5 steps {
          record hessian_trace(4000) as tr, spectral_density(0, 1, probes = 2000, steps = 26) as density at end
        }
        let H = hessian(w => mean(losses_of(w)))(flat(r.net))
        let e = eigvalsh(H)
        print final(r.tr.values), trace(H), final(r.tr.error)
        print final(r.density.values), mean(exp(-e^2 / 2)) / sqrt(2 * π), final(r.density.error)
        """, count: 6)
    for start in [0, 3] {
      #expect(numbers[start + 2] > 0 && abs(numbers[start] - numbers[start + 1]) < 5 * numbers[start + 2], "\(numbers)")
    }
  }

  /// All ten batches of two of five samples by hand.
  private static let line = """
    let A = [[1.0, 0.5], [0.3, -2.0], [-1.0, 0.2], [0.7, 0.9], [2.0, -0.4]]
    let b = [0.5, -1.0, 2.0, 0.1, 0.3]
    let start = [0.2, -0.7]
    fn ratio(i, j) {
      let H = (outer(A[i], A[i]) + outer(A[j], A[j])) / 2
      let g = ((dot(A[i], start) - b[i]) * A[i] + (dot(A[j], start) - b[j]) * A[j]) / 2
      return [dot(g, H @ g) / norm2(g), dot(g, H @ g), norm2(g), max(eigvalsh(H))]
    }
    let pairs = [ratio(i, j) for i in 0..<5 for j in 0..<5 if i < j]
    let exact = [mean(p[k] for p in pairs) for k in 0..<4]

    """

  @Test func batchSharpnessIsTheMeanOverAllBatches() {
    let numbers = SmallFit.numbers(
      Self.line + """
        run r = least_squares(A, b, start = start) with sgd(lr = 1e-12) batch 2 for 1 steps {
          record batch_sharpness(40000), batch_sharpness_ratio(40000), batch_top_eigenvalue(4000) at end
        }
        print final(r.batch_sharpness.values), exact[0], final(r.batch_sharpness.error)
        print final(r.batch_top_eigenvalue.values), exact[3], final(r.batch_top_eigenvalue.error)
        print final(r.batch_sharpness_ratio.values), exact[1] / exact[2]
        """, count: 8)
    #expect(abs(numbers[0] - numbers[1]) < 5 * numbers[2] && numbers[2] < 0.02, "\(numbers)")
    #expect(abs(numbers[3] - numbers[4]) < 5 * numbers[5], "\(numbers)")
    #expect(abs(numbers[6] - numbers[7]) < 0.01 * numbers[7], "\(numbers)")
    #expect(abs(numbers[1] - numbers[7]) > 0.1, "the two words must differ")
  }

  @Test func liveBatchIsThatOfTheNextUpdate() {
    let numbers = SmallFit.numbers(
      Self.line + """
        run r = least_squares(A, b, start = start) with sgd(lr = 1e-3) batch 1 cyclic for 7 steps { record step_sharpness }
        print r.step_sharpness.values
        print [norm2(A[mod(t, 5)]) for t in 0...7]
        """, count: 16)
    for index in 0..<8 { #expect(abs(numbers[index] - numbers[index + 8]) < 1e-12, "\(numbers)") }
  }

  @Test func updateIsTheOptimizersOwn() {
    let numbers = SmallFit.numbers(
      """
      run r = quadratic([3, 1]) with heavy_ball(lr = 0.1, momentum = 0.5) for 3 steps {
        record x[0] as x0, update(g)[0] as move, generalized_batch_sharpness as gbs, preconditioned_sharpness as p
        at step 2 { lr = 0.05 }
      }
      for t in 0..<3 { print r.x0.values[t + 1] - r.x0.values[t], r.move.values[t] }
      print r.p.values[0], 0.3, r.p.values[2], 0.15
      """, count: 10)
    Self.expectPairs(numbers, within: 1e-8)
  }

  @Test func expectationStopsAtItsError() {
    let numbers = SmallFit.numbers(
      Self.line + """
        metric precise = expect(batch, n = 5000, until = 2%) { dot(g, hvp(g)) / norm2(g) }
        run r = least_squares(A, b, start = start) with sgd(lr = 1e-3) batch 2 for 1 steps { record precise }
        print final(r.precise.error) / final(r.precise.values), final(r.precise.samples)
        """, count: 2)
    #expect(numbers[0] <= 0.02 && numbers[0] > 0.01 && numbers[1] >= 32 && numbers[1] < 5000, "\(numbers)")
  }

  /// Whatever is recorded, the parameters are the same to the last bit.
  @Test func curvatureChangesNoRun() {
    let metrics = """
      record sharpness, batch_sharpness, hessian_trace, generalized_batch_sharpness, step_sharpness every 3
      record batch_top_eigenvalue(2), ggn_sharpness, interaction_sharpness(4), gradient_noise(4) every 5
      record spectral_density(1, 1, 2, 5) as d, projected_distance(0, 10) as p every 7
      """
    let texts = ["", metrics].map { body in
      outcome(
        of: Self.network
          + "run r = fit(X, Y) with heavy_ball(lr = 0.01) batch 4 for 21 steps { record loss\n\(body) }\n"
          + "print r.net.layer1.W, r.net.layer2.b, r.loss.values")
    }
    #expect(texts[0].codes == [] && texts[1].codes == [], "\(texts[1].words)")
    #expect(texts[0].lines == texts[1].lines)
  }

  /// A value depends on its state alone: not on the cadence, nor on other metrics.
  @Test func valuesDoNotDependOnWhatElseIsRecorded() {
    let others = "every 4\nrecord hessian_trace, batch_sharpness(7) as other"
    let lines = [("every 1", 4), ("every 4", 1), (others, 1)].map { (cadence, place) in
      outcome(
        of: Self.network + """
          run r = fit(X, Y) with sgd(lr = 0.01) batch 4 for 8 steps { record sharpness, batch_sharpness \(cadence) }
          print final(r.sharpness), final(r.batch_sharpness), r.sharpness[\(place)], r.batch_sharpness[\(place)]
          """
      ).lines
    }
    #expect(lines[0].count == 1 && lines[0] == lines[1] && lines[1] == lines[2], "\(lines)")
  }

  @Test(arguments: [
    ("run r = fit(X, Y) with gd(0.1) for 1 steps { record sharpness on net.layr1 }", "E0312"),
    ("run r = fit(X, Y) with gd(0.1) for 1 steps { record expect(13) { loss } }", "E0602"),
    ("run r = fit(X, Y) with gd(0.1) for 1 steps { record expect(batch) }", "E0407"),
    ("run r = fit(X, Y) with gd(0.1) for 1 steps { record expect(batch, until = 0) { loss } }", "E0603"),
    ("run r = fit(X, Y) with gd(0.1) for 1 steps { record max_eigenvalue(v => v[0], probe()) }", "E0501"),
    ("run r = fit(X, Y) with gd(0.1) for 1 steps { record max_eigenvalue(hvp, probe(), steps = 0) }", "E0603"),
    ("run r = quadratic([1, 2]) with gd(0.1) for 1 steps { record ggn_sharpness }", "E0315"),
    ("run r = ornstein_uhlenbeck() dt 0.1 for 1 steps { record sharpness }", "E0315"),
    (
      "problem p { param w: [2] = 1; loss = max_eigenvalue(v => w * v, w) }\n"
        + "run r = p with gd(0.1) for 1 steps { record loss }", "E0704"
    ),
    ("print expect(4) { 1 }", "E0315"), ("print probe()", "E0315"),
    ("print eigenpairs(v => 2 * v, [1.0, 1], 3)", "E0603"),
  ])
  func mistakesAreNamed(line: String, code: String) {
    let result = outcome(of: Self.network + line)
    #expect(result.codes == [code], "\(result.words)")
  }

  @Test func unknownPartNamesWhatThereIs() {
    let result = outcome(
      of: Self.network + "run r = fit(X, Y) with gd(0.1) for 1 steps { record sharpness on net.layr1 }")
    #expect(result.words.contains("net.layer1.W"))
  }

  @Test func eigenvaluesOfAnyOperator() {
    let numbers = SmallFit.numbers(
      """
      let A = draw(normal(), [9, 9])
      let S = A + A.T
      let e = eigvalsh(S)
      let (values, vectors) = eigenpairs(v => S @ v, ones(9), 2)
      print max_eigenvalue(v => S @ v, ones(9)), e[8], min_eigenvalue(v => S @ v, ones(9)), e[0]
      print values[0], e[8], values[1], e[7], norm(S @ vectors[1] - e[7] * vectors[1]), 0
      let (θ, w) = spectral_nodes(v => S @ v, ones(9), 9)
      print dot(w, θ^3), dot(ones(9), S @ (S @ (S @ ones(9)))) / 9
      """, count: 12)
    Self.expectPairs(numbers, within: 1e-5)
  }

  /// Of a matrix that is not symmetric the iteration gives a number that is none of its eigenvalues.
  @Test(arguments: [
    "max_eigenvalue(v => [[2, 5], [0, 1]] @ v, [1, 1])", "min_eigenvalue(v => [[0, 1], [-1, 0]] @ v, [1, 2])",
    "eigenpairs(v => [[1, 1e-4], [0, 1]] @ v, [1, 1], 1)",
  ]) func functionsOfUnsymmetricMatricesAreRefused(call: String) {
    let result = outcome(of: "print \(call)")
    #expect(result.codes == ["E0707"] && result.lines.isEmpty, "\(call): \(result.lines) \(result.words)")
  }
}
