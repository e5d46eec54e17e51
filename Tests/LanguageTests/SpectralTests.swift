import Language
import Testing

/// Functions of singular values and eigenvalues: values against NumPy, conventions, odd uses, and in the step of a run.
@Suite struct SpectralTests {
  /// Two sums over all elements of a result, so that each of them counts.
  private static let weighing = """
    fn matrix(m, n) = [[sin(1.0 + i * 1.7 + j * 0.9 + i * j) for j in 0..<n] for i in 0..<m]
    fn weighed(F) = [
      sum(F * [[cos(i + 2.0 * j) for j in 0..<F.cols] for i in 0..<F.rows]),
      sum(F * [[sin(1.0 + 3 * i + j) for j in 0..<F.cols] for i in 0..<F.rows])
    ]
    fn gram(m, n) = matrix(m, n) @ matrix(m, n).T / 3 + 0.1 * eye(m)

    """

  private static let references: [(String, [Double])] = [
    ("polar(matrix(3, 3))", [0.3334371034098743, 1.40295997908742]),
    ("polar(matrix(4, 6))", [3.428088554065472, 1.8652800151031483]),
    ("polar(matrix(6, 4))", [1.2885408143219348, 0.8414084529147193]),
    ("spectral(matrix(3, 3), σ => σ / sqrt(σ^2 + 0.01))", [0.35837792635384436, 1.406908335893688]),
    ("spectral(matrix(4, 6), σ => σ / sqrt(σ^2 + 0.01))", [3.4095501415472227, 1.8636410713520593]),
    ("spectral(matrix(6, 4), σ => σ / sqrt(σ^2 + 0.01))", [1.2854445081864756, 0.841163492885802]),
    ("spectral(matrix(4, 6), log1p)", [2.7358419711778477, 2.030466604302491]),
    ("newton_schulz(matrix(3, 3))", [0.27093001862021826, 1.1862547397167353]),
    ("newton_schulz(matrix(4, 6))", [2.38124289617157, 1.3458666339115943]),
    ("newton_schulz(matrix(6, 4))", [1.2779536556847317, 0.3459575970243338]),
    ("newton_schulz(matrix(4, 6), steps = 20)", [3.679545960162555, 2.1011799437963354]),
    ("matrix_power(gram(3, 3), -1/4)", [0.6608036291524513, 0.4314329450415731]),
    ("matrix_power(gram(4, 6), -1/2)", [0.18303453605033249, 0.3391752084573598]),
    ("matrix_power(gram(6, 4), 1/3)", [0.09925740214993561, 0.02006489737645356]),
    ("matrix_power(gram(6, 4), -1)", [2.1164936722153778, 8.259071793617974]),
    ("matrix_function(gram(4, 6), exp)", [0.531771585501712, 4.094029456403399]),
  ]

  @Test(arguments: references) func equalsNumPy(expression: String, expected: [Double]) {
    let result = outcome(of: Self.weighing + "print weighed(\(expression))")
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == 2, "\(result.lines)")
    for (value, wanted) in zip(result.numbers, expected) { #expect(abs(value - wanted) <= 1e-10, "\(result.lines)") }
  }

  /// The same in an update: one step from 0 along the function of a constant gradient.
  @Test(arguments: references) func equalsNumPyInAStep(expression: String, expected: [Double]) {
    let inner = expression.drop { $0 != "(" }.dropFirst()
    let depth = inner.prefix(while: { $0 != ")" }) + ")"
    let script =
      Self.weighing + """
        let M = \(depth)
        problem p { param W: [M.rows, M.cols] = 0
          loss = -sum(M * W) }
        optimizer o { x' = x + \(expression.replacing(depth, with: "-g")) }
        run r = p with o for 1 steps { record loss }
        print weighed(r.W)
        """
    let result = outcome(of: script)
    #expect(result.codes == [], "\(result.words)")
    for (value, wanted) in zip(result.numbers.suffix(2), expected) {
      #expect(abs(value - wanted) <= 1e-10, "\(result.lines)")
    }
  }

  private static let conventions: [(String, [Double])] = [
    ("print spectral([[3.0, 0.0], [0.0, -2.0]], σ => σ^2)", [9, 0, 0, -4]),
    ("print polar(zeros(2, 2)), polar([[-5.0]])", [0, 0, 0, 0, -1]),
    ("print polar([[1.0, 2.0], [2.0, 4.0]])", [0.2, 0.4, 0.4, 0.8]),
    ("print polar([[1e-300, 0.0], [0.0, 1e-301]]), polar([[1e300, 0.0], [0.0, 1e300]])", [1, 0, 0, 1, 1, 0, 0, 1]),
    ("print spectral([[2.0, 0.0], [0.0, 0.0]], σ => 1 / σ), spectral(zeros(1, 2), exp)", [0.5, 0, 0, 0, 0, 0]),
    ("print newton_schulz(zeros(2, 3))", [0, 0, 0, 0, 0, 0]),
    ("print norm(newton_schulz([[3.0, 0.0], [0.0, 4.0]], steps = 0)) - 1", [-2e-8]),
    ("print matrix_function(zeros(2, 2), cos), matrix_power([[4.0]], 0.5)", [1, 0, 0, 1, 2]),
    ("print sum(is_finite(polar([[0.0 / 0.0, 1.0], [1.0, 2.0]]))), sum(is_finite(polar([[inf, 1.0]])))", [0, 0]),
    ("print grad(λ => sum(spectral([[3.0, 0.0], [0.0, 4.0]], σ => λ * σ)))(2.0)", [7]),
    ("print grad(A => sum(spectral(A, σ => σ / sqrt(σ^2 + 1))))(zeros(2, 2))", [1, 1, 1, 1]),
    ("print grad(A => sum(polar(A) * [[1.0, 2.0], [3.0, 5.0]]))(eye(2))", [0, -0.5, 0.5, 0]),
    ("print grad(A => sum(matrix_power(A, 2)))(eye(2))", [2, 2, 2, 2]),
    ("print [sum(polar(M)) for M in [eye(2), 2 * eye(2)]]", [2, 2]),
  ]

  @Test(arguments: conventions) func values(script: String, expected: [Double]) {
    let result = outcome(of: script)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == expected.count, "\(result.lines)")
    for (value, wanted) in zip(result.numbers, expected) { #expect(abs(value - wanted) <= 1e-9, "\(result.lines)") }
  }

  private static let refusals: [(String, String, [String])] = [
    ("print spectral(eye(2), 3)", "E0403", ["a function of one number"]),
    ("print spectral(eye(2), σ => [σ, σ])", "E0508", ["one number"]),
    ("print spectral(eye(2), σ => \"a\")", "E0403", ["a function with one number"]),
    ("print spectral(eye(2), (a, b) => a)", "E0303", []),
    ("print spectral(ones(3), σ => σ)", "E0508", ["a matrix"]),
    ("print spectral(zeros(0, 2), σ => σ)", "E0508", ["a matrix"]),
    ("print polar(2.0)", "E0508", []),
    ("print matrix_function(ones(2, 3), exp)", "E0508", ["square"]),
    ("print matrix_power([[1.0, 2.0], [3.0, 4.0]], 0.5)", "E0707", ["not symmetric"]),
    ("print spectral(eye(2), σ => draw(normal(0, 1), []))", "E0604", ["draw"]),
    ("print newton_schulz(ones(4))", "E0508", []),
    ("print newton_schulz(eye(2), steps = -1)", "E0603", []),
    ("print newton_schulz(eye(2), (1, 2))", "E0407", []),
  ]

  @Test(arguments: refusals) func refused(script: String, code: String, words: [String]) {
    let result = outcome(of: script)
    #expect(result.codes == [code], "\(script): \(result.codes) \(result.words)")
    for word in words { #expect(result.words.contains(word), "\(result.words)") }
  }
}
