import Language
import Testing
import Values

/// Matrices without the property that a function needs: refused in statements and in the step of a run, or right.
@Suite struct LinearAlgebraTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var script: String
    /// Code and line of the error, and what it says.
    var code: String
    var words: [String]
    var testDescription: String { script }
  }

  private static let statements: [Case] = [
    Case(
      script: "print eigvalsh([[1.0, 2.0], [3.0, 4.0]])", code: "E0707 1",
      words: ["[0, 1] is 2 and [1, 0] is 3", "differ by 1", "eigvals"]),
    Case(script: "print eigh([[1.0, 2.0], [2.001, 4.0]])", code: "E0707 1", words: ["2.001", "0.001"]),
    Case(script: "print cholesky([[9.0, 2.0], [3.0, 4.0]])", code: "E0707 1", words: ["not symmetric"]),
    Case(script: "print cholesky([[1.0, 2.0], [2.0, 1.0]])", code: "E0706 1", words: ["pivot 2 of 2", "eigvalsh"]),
    Case(script: "print cholesky([[0.0]])", code: "E0706 1", words: ["pivot 1 of 1"]),
    Case(script: "print cholesky(zeros(40, 40))", code: "E0706 1", words: ["pivot 1 of 40"]),
    Case(script: "print inv([[1.0, 2.0], [2.0, 4.0]])", code: "E0706 1", words: ["singular", "condition is about 0"]),
    Case(
      script: "print solve([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]], [1.0, 2, 3])", code: "E0706 1",
      words: ["singular to working precision", "e-1", "pinv"]),
    Case(
      script: "print solve(outer(1.0 + (0..<40), 2.0 + (0..<40)), ones(40))", code: "E0706 1", words: ["singular"]),
    Case(
      script: "print grad(A => sum(qr(A)[0]))([[1.0, 2.0], [0.1, 0.2]])", code: "E0706 1", words: ["singular"]),
    Case(
      script: "print grad(A => spectral_radius(A))(eye(2))", code: "E0704 1", words: ["spectral_radius", "eigvalsh"]),
    Case(script: "print grad(A => sum(eigvals(A)))(eye(2))", code: "E0704 1", words: ["eigvals", "meet"]),
    Case(script: "print eigvals(ones(2, 3))", code: "E0508 1", words: ["square"]),
    Case(script: "print spectral_radius(ones(2, 2, 2))", code: "E0508 1", words: ["matrix"]),
  ]

  private static let problem = "problem p { param w = [1.0, 2.0]\n  loss = norm2(w) }\n"

  private static let runs: [Case] = [
    Case(
      script: """
        optimizer whitened(lr) { x' = x - lr * solve(outer(x, x) + max(0, 2 - t) * eye(2), g) }
        run r = p with whitened(lr = 0.1) for 9 steps { record loss }
        """, code: "E0706 3", words: ["singular to working precision", "in the update to step 2"]),
    Case(
      script: """
        metric m = eigvalsh([[1.0, x[0]], [x[1], 1.0]])[0]
        run r = p with gd(lr = 0.1) for 9 steps { record m }
        """, code: "E0707 3", words: ["[0, 1] is 1 and [1, 0] is 2", "in `m`, recorded at step 0"]),
    Case(
      script: """
        metric m = cholesky([[1.5, x[1]], [x[1], 1.0]])[0, 0]
        run r = p with gd(lr = 0.1) for 9 steps { record m }
        """, code: "E0706 3", words: ["pivot 2 of 2", "in `m`, recorded at step 0"]),
  ]

  @Test("is refused", arguments: statements) func refused(_ test: Case) {
    let result = outcome(of: test.script)
    #expect(result.places == [test.code], "\(result.words)")
    for word in test.words { #expect(result.words.contains(word), "\(result.words)") }
  }

  @Test("stops a run", arguments: runs) func stopsARun(_ test: Case) {
    let result = outcome(of: Self.problem + test.script)
    #expect(result.places == [test.code], "\(result.words)")
    for word in test.words { #expect(result.words.contains(word), "\(result.words)") }
  }

  @Test func whatIsNotTakenMayBeAnyMatrix() {
    let result = outcome(
      of: Self.problem + """
        optimizer careful(lr) {
          let H = outer(x, x)
          x' = x - lr * (if det(H) > 1 { solve(H, g) } else { g })
        }
        run r = p with careful(lr = 0.1) for 3 steps { record loss }
        print r.loss.values[3] < r.loss.values[0]
        """)
    #expect(result.lines == ["true"], "\(result.words)")
  }

  /// A state that is not finite has diverged, whatever its matrices are.
  @Test func aRunThatDivergesIsNotRefused() {
    let result = outcome(
      of: Self.problem + """
        optimizer wild(lr) { x' = x - lr * solve(eye(2) + outer(x, x), g * 1e9) }
        run r = p with wild(lr = 1e308) for 9 steps { record loss }
        print r.diverged
        """)
    #expect(result.lines.last == "true", "\(result.words)")
  }

  private static let numbers: [(String, [Double])] = [
    ("print solve([[1.0, 0.0], [0.0, 1e-20]], [1.0, 1e-20])", [1, 1]),
    ("print solve([[1e-300, 0.0], [0.0, 1e300]], [1e-300, 1e300])", [1, 1]),
    ("print solve([[2.0]], [4.0]), inv([[4.0]]), det([[3.0]]), pinv([[4.0]]), pinv([[0.0]])", [2, 0.25, 3, 0.25, 0]),
    ("print eigvals([[3.0]]), eigvals([[0.0, -2.0], [2.0, 0.0]])", [3, 0, 0, -2, 0, 2]),
    (
      "print eigvals([[1.0, 5.0], [0.0, 3.0]])[:, 0], eigvals([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])[0]",
      [1, 3, -0.5, -0.8660254037844386]
    ),
    ("print spectral_radius([[0.0, -2.0], [0.5, 0.0]]), spectral_radius([[0.0, 1.0], [0.0, 0.0]])", [1, 0]),
    ("print spectral_radius([[3e200, 4e200], [-4e200, 3e200]]) / 1e200", [5]),
    ("print matrix_rank([[1.0, 2], [2, 4], [3, 6]]), matrix_rank(zeros(3, 2)), matrix_rank(eye(3))", [1, 0, 3]),
    ("print matrix_rank([[1.0, 0.0], [0.0, 1e-15]]), matrix_rank([[1.0, 0.0], [0.0, 1e-16]])", [2, 1]),
    ("print eigvalsh([[2.0, 1.0], [1.000000001, 2.0]])", [1, 3]),
    ("print det([[1e200, 0.0, 0.0], [0.0, 1e200, 0.0], [0.0, 0.0, 1e-300]]) / 1e100", [1]),
    ("print sum(is_finite(solve([[0.0 / 0.0]], [1.0]))), sum(is_finite(eigvals([[inf, 1.0], [1.0, 1.0]])))", [0, 0]),
  ]

  @Test(arguments: numbers) func values(script: String, expected: [Double]) {
    let result = outcome(of: script)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == expected.count, "\(result.lines)")
    for (value, wanted) in zip(result.numbers, expected) { #expect(abs(value - wanted) <= 1e-9, "\(result.lines)") }
  }

  private static let slopes: [(String, [Double])] = [
    ("print grad(x => det(x))([[1.0, 2.0], [2.0, 4.0]])", [4, -2, -2, 1]),
    ("print grad(A => det(A))(ones(3, 3)), grad(A => det(A))([[7.0]])", [Double](repeating: 0, count: 9) + [1]),
    ("print grad(A => det(A))([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])", [-3, 6, -3, 6, -12, 6, -3, 6, -3]),
    ("print grad(A => grad(B => det(B))(A)[0, 0])(ones(3, 3))", [0, 0, 0, 0, 1, -1, 0, -1, 1]),
    ("print grad(A => grad(B => det(B))(A)[0, 0])([[0.0, 0], [0, 0]])", [0, 0, 0, 1]),
    ("print grad(A => sum(pinv(A)))(eye(2)), grad(A => sum(pinv(A)))([[2.0], [0.0]])", [-1, -1, -1, -1, -0.25, 0.25]),
    ("print grad(A => sum(svd(A)[1]^2))([[1.0, 2], [2, 4], [3, 6]])", [2, 4, 4, 8, 6, 12]),
    ("print grad(A => sum(eigvalsh((A + A.T) / 2)))(eye(2))", [1, 0, 0, 1]),
  ]

  /// The slope of a determinant is its cofactors, also where the matrix has no inverse; so is the second derivative.
  @Test(arguments: slopes) func derivativesAtSingularPoints(script: String, expected: [Double]) {
    let result = outcome(of: script)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == expected.count, "\(result.lines)")
    for (value, wanted) in zip(result.numbers, expected) { #expect(abs(value - wanted) <= 1e-12, "\(result.lines)") }
  }

  /// Eigenvectors of an eigenvalue that rounding has split are not taken for two; what needs none of them is right.
  @Test func slopesOfVectorsThatAreOneChoiceOfMany() {
    let q =
      "let Q = qr([[1.0, 2, 3], [0.5, 1, -1], [2.0, 0, 1]])[0]\nlet A = Q @ diag([1.0, 1.0, 2.0]) @ Q.T\n"
      + "let S = (A + A.T) / 2\n"
    let one = outcome(of: q + "print is_finite(sum(grad(A => sum(eigh(A)[1] * [[1.0, 2, 3]]))(S)))")
    #expect(one.lines == ["0"] || one.lines == ["false"], "\(one.lines) \(one.words)")
    let third = "grad(A => { let (e, V) = eigh(A); return sum(V[:, 2]^4) })(S)"
    let far = outcome(of: q + "let G = \(third)\nprint all(is_finite(G)), max(abs(G - G.T)) < 1e-14")
    #expect(far.lines == ["true  true"], "\(far.lines) \(far.words)")
    let values = outcome(of: q + "print max(abs(grad(A => sum(eigvalsh(A)^2))(S) - 2 * S)) < 1e-13")
    #expect(values.lines == ["true"], "\(values.lines) \(values.words)")
  }

  /// Third derivatives: right where there is an inverse, refused where there is none.
  @Test func thirdDerivativesOfDeterminants() {
    let third = "let f = t => det([[t, 1.0, 0.5], [2.0, t, 1.0], [0.0, t, 3.0 * t]])\nprint grad(grad(grad(f)))"
    #expect(outcome(of: third + "(2.0)").numbers.map { ($0 * 1e9).rounded() / 1e9 } == [18])
    #expect(outcome(of: "let f = t => det(t * eye(3))\nprint grad(grad(grad(f)))(0.0)").codes == ["E0706"])
  }
}
