import Language
import Testing

/// Small scripts that once gave a wrong number without a word, with the right ones.
@Suite struct FoundNumberTests {
  private static let workers = """
    problem line(n) { param w = [0.5, 2]
      sample i in 0..<n
      loss = norm2(w - i) / 2 }

    """
  private static let noisy = """
    optimizer A(rule) { noise ξ ~ normal()
      x' = rule(g + ξ) }
    optimizer B(rule) over all { noise ξ ~ normal()
      x' = rule(g + ξ) }
    problem flat { param w: [4000] = 0
      loss = 0 * norm2(w) }
    problem two { param w: [3] = 1
      param v: [3] = 1
      loss = norm2(w) / 2 + norm2(v) / 2 }

    """
  private static let sweep = """
    problem noisy { param w = 1.0
      noise ε ~ normal()
      loss = (w - ε)^2 / 2 }
    sweep s over d in [1, 2, 4], seed in 1...6 { run noisy with sgd(lr = 0.1) for 3 steps { record d * w as y } }
    let v = (final(s.y) over d)

    """
  private static let matrix = """
    problem q { param A: [2, 3] = [[1.0, 2, 3], [4, 5, 6]]
      loss = norm2(A) / 2 }
    run r = q with gd(lr = 0.1) for 1 steps { record A }

    """

  @Test(arguments: [
    // What is sent on one side of a condition costs where that side is taken.
    (
      workers + """
        optimizer z(lr) {
          x' = if mod(step, 5) == 0 { x - lr * mean(send(g) over worker) } else { x } }
        run r = line(12) with z(lr = 0.1) batch 2 cyclic workers 3 for 6 steps { record bits }
        print r.bits.values

        """, "[0, 192, 192, 192, 192, 192, 384]"
    ),
    (
      workers + """
        optimizer z(lr) {
          let q = send(g)
          x' = if mod(step, 5) == 0 { x - lr * mean(q over worker) } else { x } }
        run r = line(12) with z(lr = 0.1) batch 2 cyclic workers 3 for 2 steps { record bits }
        print r.bits.values

        """, "[0, 192, 384]"
    ),
    // An optimizer around itself, and one around two groups, draw noise of their own.
    (
      noisy
        + "run a = flat with A(A(gd(lr = 1))) for 1 steps { record var(w) as v }\nprint final(a.v) > 1.8, final(a.v) < 2.2\n",
      "true  true"
    ),
    (
      noisy
        + "run b = two with B(gd(lr = 1)) on w, B(gd(lr = 1)) on v for 1 steps { record w, v }\nprint any(b.w.at(1) == b.v.at(1))\n",
      "false"
    ),
    // The error of what a text shows.
    (
      sweep + "print round(1e6 * v[1].error)\nprint round(1e6 * final(s.y where d == 2).error)\n",
      "179751\nd = 2: 179751"
    ),
    // A matrix is indexed as one, and gone along as a whole.
    (matrix + "print final(r.A)[1, 2]\nprint final(r.A)[1]\n", "5.4\nindex = 0: 3.6\nindex = 1: 4.5\nindex = 2: 5.4"),
    (matrix + "print argmax(r.A over (row, column)).values\n", "[5, 5]"),
    // The axis of a plain vector is its index.
    ("let m = fit([1, 3, 5, 7], (i, c, a) => c + a * i)\nprint round(m.c), round(m.a)\n", "1  2"),
    // Fewer than two paths have no variance.
    (
      """
      process c { state x = 0
        dx = dt }
      ensemble e = c() paths 4 dt 0.1 until 0.2 { record var(x where x > 3 over path) as s }
      print is_finite(final(e.s))

      """, "false"
    ),
    // The order of a matrix's columns does not matter to what the basis is made of, nor does rounding where a gradient has rank 1.
    (
      """
      problem p(A) { param W = A
        loss = sum(sin(W)) }
      run a = p([[1.0, 2, 3], [0, 1, -1]]) with soap(lr = 0.1, every = 2) for 4 steps { record loss }
      run b = p([[3.0, 1, 2], [-1, 0, 1]]) with soap(lr = 0.1, every = 2) for 4 steps { record loss }
      print abs(final(a.loss) - final(b.loss)) < 1e-6
      problem q { param W: [3, 2] = 1.0
        loss = norm2(W) / 2 }
      run c = q with dion(lr = 0.1, rank = 2) for 1 steps { record loss }
      print max(c.W) - min(c.W) < 1e-12

      """, "true\ntrue"
    ),
    (
      "sweep s over d in [1, 2] { run quadratic([1]) with gd(lr = 0.1) for 2 steps { record d * loss as y } }\nprint final(s.y) > 0.1 and final(s.y) < 0.5\n",
      "d = 1: true\nd = 2: false"
    ),
  ])
  func theNumberIsRight(_ script: String, _ expected: String) {
    let result = outcome(of: script)
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    #expect(result.lines.joined(separator: "\n") == expected, "\(script)")
  }

  @Test(arguments: [
    (sweep + "print v - final(s.y)\n", "E0663"), (sweep + "print slope(v / s.d)\n", "E0663"),
    (sweep + "print sum(v, axis = 0)\n", "E0604"), (matrix + "print sum(final(r.A), axis = 0)\n", "E0604"),
    (
      """
      process h { state x = 0
        dx = -x * dt + sqrt(1 + x^2) * dB }
      print stationary_law(h())(0)

      """, "E0407"
    ),
    (
      """
      process t { state x = [1.0, 2.0]
        dx = -x * dt }
      ensemble e = t() paths 4 dt 0.01 until 1 { record x at end }

      """, "E0509"
    ),
  ])
  func whatHasNoMeaningIsRefused(_ script: String, _ code: String) {
    let result = outcome(of: script)
    #expect(result.codes.first == code, "\(script): \(result.codes) \(result.words) \(result.lines)")
  }
}
