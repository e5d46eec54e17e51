import Diagnostics
import Language
import Testing

/// Eigenvalues under a preconditioner against dense matrices.
@Suite struct PreconditionedSharpnessTests {
  /// A loss whose Hessian couples all parameters and changes with them, rules of several kinds, and the same number
  /// from matrices whose columns are products.
  private static let setting = """
    let M = draw(normal(), [8, 8], 3)
    let H = M @ M.T / 8
    let begin = draw(normal(), [8], 5)
    fn joined(W, U) = concat(reshape(W, [6]), reshape(U, [2]))
    problem vectors {
      param z: [8] = begin
      loss = dot(z, H @ z) / 2 + sum(z^4) / 40
    }
    problem matrices {
      param W: [3, 2] = reshape(begin[0..<6], [3, 2])
      param U: [2, 1] = reshape(begin[6..<8], [2, 1])
      loss = dot(joined(W, U), H @ joined(W, U)) / 2 + sum(joined(W, U)^4) / 40
    }
    fn polar(n) {
      let (U, σ, V) = svd(n)
      return U @ V.T
    }
    fn inverse_root(A) {
      let (e, V) = eigh(A)
      return V @ diag(e^(-0.5)) @ V.T
    }
    optimizer muon(lr > 0, momentum in 0..<1 = 0.9) {
      state m = 0
      m' = momentum * m + g
      x' = x - lr * polar(m')
    }
    optimizer shampoo(lr > 0) {
      state L: [x.shape[0], x.shape[0]] = 0
      L' = L + g @ g.T
      x' = x - lr * inverse_root(L' + 1e-2 * eye(x.shape[0])) @ g
    }
    optimizer mixing(lr > 0) over all { x' = x - lr * H @ g }
    optimizer direction(lr > 0) over all { x' = x - lr * g / norm(g) }
    optimizer halting(lr > 0) over all { x' = x - lr * concat(0 * g[0..<5], g[5..<8]) }
    optimizer turning(lr > 0) over all { x' = x - lr * M @ g }
    optimizer climbing(lr > 0) over all { x' = x + lr * g }
    metric dense(at = 0 * g) {
      let I = eye(8)
      let J = stack([0 - jvp(update)(at, I[k]) for k in 0..<8])
      let (e, V) = eigh(stack([hvp(I[k]) for k in 0..<8]))
      let R = V @ diag(sqrt(max(e, 0))) @ V.T
      return max(eigvalsh(R @ (J + J.T) @ R / 2))
    }

    """

  @Test(
    "every symmetric response gives the eigenvalue of the dense matrices",
    arguments: [
      "vectors() with gd(lr = 0.1)", "vectors() with heavy_ball(lr = 0.1, momentum = 0.5)",
      "vectors() with adam(lr = 0.01)", "vectors() with rmsprop(lr = 0.01)", "vectors() with adagrad(lr = 0.1)",
      "matrices() with muon(lr = 0.05)", "matrices() with shampoo(lr = 0.05)", "vectors() with mixing(lr = 0.1)",
      "vectors() with halting(lr = 0.1)", "vectors() with sign_sgd(lr = 0.01)",
    ])
  func agreesWithDenseMatrices(_ run: String) {
    let numbers = SmallFit.numbers(
      Self.setting + """
        run r = \(run) for 6 steps {
          record preconditioned_sharpness(tolerance = 1e-9) as p, dense as d when step > 1
        }
        print [p for p in r.p.values], [d for d in r.d.values]
        print max(r.p.residual.values), max(r.p.asymmetry.values), max(r.p.products.values)
        """, count: 13, codes: run.contains("sign_sgd") ? ["W0725"] : [])
    for index in 0..<5 {
      #expect(abs(numbers[index] - numbers[index + 5]) <= 1e-7 * max(1e-3, numbers[index + 5]), "\(run) \(numbers)")
    }
    #expect(numbers[10] <= 1e-6 * max(1, numbers[0]) && numbers[11] < 1e-8 && numbers[12] <= 8, "\(run) \(numbers)")
    #expect(run.contains("sign_sgd") ? numbers[0] == 0 && numbers[12] == 0 : numbers[0] > 0, "\(run) \(numbers)")
  }

  @Test func responseIsTakenWhereItIsAskedFor() {
    let numbers = SmallFit.numbers(
      Self.setting + """
        run r = vectors() with direction(lr = 0.1) for 4 steps {
          record preconditioned_sharpness(at = g, tolerance = 1e-9) as p, dense(g) as d
        }
        print r.p.values, r.d.values
        """, count: 10)
    for index in 0..<5 { #expect(abs(numbers[index] / numbers[index + 5] - 1) < 1e-6, "\(numbers)") }
  }

  @Test func singlePrecisionAgrees() {
    let numbers = SmallFit.numbers(
      "precision f32\n" + Self.setting + """
        run r = matrices() with muon(lr = 0.05) for 6 steps {
          record preconditioned_sharpness as p, dense as d when step > 1
        }
        print r.p.values, r.d.values
        """, count: 10)
    for index in 0..<5 { #expect(abs(numbers[index] / numbers[index + 5] - 1) < 1e-3, "\(numbers)") }
  }

  /// P as numbers, as a function, and by hand.
  @Test func givenPreconditionersAgree() {
    let numbers = SmallFit.numbers(
      Self.setting + """
        let P = exp(draw(normal(), [8], 11))
        run r = vectors() with gd(lr = 0.1) for 1 steps {
          record preconditioned_sharpness(P, tolerance = 1e-10) as a, preconditioned_sharpness(u => u / P, tolerance = 1e-10) as b
        }
        print final(r.a), final(r.b)
        let S = diag(1 / sqrt(P))
        let spectrum = eigvalsh(S @ H @ S)
        print max_eigenvalue(v => H @ v, begin, tolerance = 1e-10, under = P), spectrum[7]
        print max_eigenvalue(v => H @ v, begin, tolerance = 1e-10, under = u => u / P), spectrum[7]
        print min_eigenvalue(v => H @ v, begin, tolerance = 1e-10, under = u => u / P), spectrum[0]
        """, count: 8)
    for index in stride(from: 0, to: 8, by: 2) {
      #expect(abs(numbers[index] / numbers[index + 1] - 1) < 1e-8, "\(numbers)")
    }
  }

  @Test(
    "what has no eigenvalue is NaN and told",
    arguments: [
      ("turning(lr = 0.1)", "not symmetric"), ("climbing(lr = 0.1)", "not positive"),
      ("direction(lr = 0.1)", "not finite"),
    ])
  func unsuitable(_ rule: String, _ reason: String) {
    let found = outcome(
      of: Self.setting + """
        run r = vectors() with \(rule) for 3 steps { record preconditioned_sharpness as p }
        print r.p.values
        """)
    #expect(found.codes == ["W0725"] && found.words.contains("4 of 4"), "\(found.words)")
    #expect(found.words.contains(reason), "\(found.words)")
    #expect(found.lines.contains("[nan, nan, nan, nan]"), "\(found.lines)")
  }

  /// Where an update has no derivative at a gradient of 0 there is no eigenvalue, and a word says so; Adam's has one.
  @Test func rulesThatNormaliseHaveNoEigenvalueAtZero() {
    let result = outcome(
      of: """
        run a = quadratic([1.0, 2.0]) with sam(lr = 0.1) for 1 steps { record preconditioned_sharpness }
        run b = quadratic([1.0, 2.0]) with normalized_gd(lr = 0.1) for 1 steps { record preconditioned_sharpness }
        run c = quadratic([1.0, 2.0]) with adam(lr = 0.1) for 1 steps { record preconditioned_sharpness }
        print a.preconditioned_sharpness.values, b.preconditioned_sharpness.values, c.preconditioned_sharpness.values
        """)
    #expect(result.codes == ["W0725", "W0725"], "\(result.words)")
    #expect(result.lines == ["[nan, nan]  [nan, nan]  [20000000, 0.07445091659970288]"])
  }
}
