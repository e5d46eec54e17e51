import Language
import Testing

/// Optimizers of matrices against independent implementations in NumPy, twelve steps on |A W B − C|²/2.
@Suite struct MatrixOptimizerTests {
  private static let problem = """
    fn matrix(m, n, p = 0.0) = [[sin(1.0 + i * 1.7 + j * 0.9 + i * j + p) for j in 0..<n] for i in 0..<m]
    fn weighed(F) = [
      sum(F * [[cos(i + 2.0 * j) for j in 0..<F.cols] for i in 0..<F.rows]),
      sum(F * [[sin(1.0 + 3 * i + j) for j in 0..<F.cols] for i in 0..<F.rows])
    ]
    problem fit(m, n) {
      param W: [m, n] = 0
      loss = norm2(matrix(5, m) @ W @ matrix(n, n, 0.5) - matrix(5, n, 1.0)) / 2
    }

    """

  private static let references: [(String, Int, Int, [Double])] = [
    ("muon(lr = 0.05, β = 0.9, λ = 0.1)", 4, 3, [1.460447848102, 0.4347188182131]),
    ("muon(lr = 0.05, β = 0.9, λ = 0.1)", 3, 4, [-0.02549830328303, -0.3581055607477]),
    ("muon(lr = 0.05, β = 0.9, λ = 0.1)", 3, 3, [0.7388515924367, 0.4836924411656]),
    ("muon(0.05, β = 0.9, λ = 0.1, nesterov = false)", 4, 3, [1.490856415529, 0.437217272871]),
    ("muon(0.05, β = 0.9, λ = 0.1, nesterov = false)", 3, 4, [-0.05890509701488, -0.3512740397562]),
    ("muon(0.05, β = 0.9, λ = 0.1, nesterov = false)", 3, 3, [0.7476099965942, 0.4784882714716]),
    ("muon(lr = 0.05, β = 0.9, λ = 0.1, steps = 3)", 4, 3, [1.231009469462, 0.2134898060772]),
    ("muon(lr = 0.05, β = 0.9, λ = 0.1, steps = 3)", 3, 4, [-0.02769614017708, -0.3608023267516]),
    ("muon(lr = 0.05, β = 0.9, λ = 0.1, steps = 3)", 3, 3, [0.5412350160225, 0.2437968705751]),
    ("spectral_descent(lr = 0.05, λ = 0.3)", 4, 3, [1.048203439607, 0.1867360902459]),
    ("spectral_descent(lr = 0.05, λ = 0.3)", 3, 4, [0.3393108250275, -0.3349942547731]),
    ("spectral_descent(lr = 0.05, λ = 0.3)", 3, 3, [0.565104884008, 0.2639311511696]),
    ("spectral_descent(lr = 0.05)", 4, 3, [1.263821669178, 0.3478136014368]),
    ("spectral_descent(lr = 0.05)", 3, 4, [0.1670188200977, -0.4763668605313]),
    ("spectral_descent(lr = 0.05)", 3, 3, [0.7239347646918, 0.605947335595]),
    ("normuon(lr = 0.05, β1 = 0.9, β2 = 0.8, λ = 0.1)", 4, 3, [0.5416354238288, 0.1256382619121]),
    ("normuon(lr = 0.05, β1 = 0.9, β2 = 0.8, λ = 0.1)", 3, 4, [0.009773743920932, -0.1373768066229]),
    ("normuon(lr = 0.05, β1 = 0.9, β2 = 0.8, λ = 0.1)", 3, 3, [0.3172134823323, 0.1868122237176]),
    ("shampoo(lr = 0.1)", 4, 3, [0.9676940510095, 0.2689974775582]),
    ("shampoo(lr = 0.1)", 3, 4, [0.03039912047417, -0.2801704770858]),
    ("shampoo(lr = 0.1)", 3, 3, [0.5673502979427, 0.3011682131375]),
    ("soap(0.02, 0.9, β2 = 0.8, ε = 0.01, λ = 0.1, every = 3)", 4, 3, [0.477291679619, 0.1086764666957]),
    ("soap(0.02, 0.9, β2 = 0.8, ε = 0.01, λ = 0.1, every = 3)", 3, 4, [0.04760699432676, -0.1781596900891]),
    ("soap(0.02, 0.9, β2 = 0.8, ε = 0.01, λ = 0.1, every = 3)", 3, 3, [0.3010350598924, 0.1535511377806]),
    ("dion(lr = 0.05, rank = 2, μ = 0.9, λ = 0.1)", 4, 3, [1.157213309173, 0.2222228395664]),
    ("dion(lr = 0.05, rank = 2, μ = 0.9, λ = 0.1)", 3, 4, [0.5822338322957, -0.1626697849711]),
    ("dion(lr = 0.05, rank = 2, μ = 0.9, λ = 0.1)", 3, 3, [0.6075209838072, 0.2715054039598]),
  ]

  @Test(arguments: references) func trajectory(rule: String, m: Int, n: Int, expected: [Double]) {
    let result = outcome(
      of: Self.problem + "run r = fit(\(m), \(n)) with \(rule) for 12 steps { record loss }\nprint weighed(r.W)")
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == 2, "\(result.lines)")
    for (value, wanted) in zip(result.numbers, expected) { #expect(abs(value - wanted) <= 1e-10, "\(result.lines)") }
  }

  private static let layers = """
    problem net { param W: [3, 2] ~ normal(0, 1)
      param V: [2, 2] ~ normal(0, 1)
      param b: [3] = 0.5
      param s = 1.0
      loss = norm2(W @ V) + norm2(b) + s^2 }

    """

  /// One rule for matrices, another for what remains: exactly one for each parameter.
  @Test func matricesAndTheRest() {
    let both = outcome(
      of: Self.layers + """
        run r = net with muon(lr = 0.1) on matrices, gd(lr = 0.25) on rest for 1 steps { record loss }
        print r.b[0], r.s
        """)
    #expect(both.codes == [], "\(both.words)")
    #expect(both.numbers == [0.25, 0.5], "\(both.lines)")
    for (rules, code) in [
      ("muon() on matrices", "E0313"), ("muon() on matrices, gd(lr = 1) on W", "E0314"),
    ] {
      let result = outcome(of: Self.layers + "run r = net with \(rules) for 1 steps { record loss }")
      #expect(result.codes.first == code, "\(rules): \(result.words)")
    }
  }

  /// A rule of matrices on a vector says so while checking.
  @Test(arguments: ["muon()", "spectral_descent(lr = 1)", "normuon()", "shampoo(lr = 1)", "soap()", "dion()"])
  func vectorsAreRefused(rule: String) {
    let result = checking(Self.layers + "run r = net with \(rule) for 1 steps { record loss }")
    #expect(!result.codes.isEmpty && result.codes.allSatisfy { $0.hasPrefix("E") }, "\(result.words)")
  }

  /// Theories that look at a step on a quadratic of one vector say that the rule is for matrices.
  @Test(arguments: [("print threshold(r)", "E0621"), ("compare r, flow(r)", "E0621")])
  func theoriesAreRefused(question: String, code: String) {
    for rule in ["muon(lr = 0.1)", "spectral_descent(lr = 0.1, λ = 1)", "soap(lr = 0.1)"] {
      let result = outcome(
        of: Self.problem + "run r = fit(3, 3) with \(rule) for 3 steps { record loss }\n" + question)
      #expect(result.codes == [code], "\(rule), \(question): \(result.words)")
      #expect(result.words.contains("a quadratic of one vector"), "\(result.words)")
    }
  }

  /// The memory's metrics agree with each other, in both precisions.
  @Test(arguments: ["", "precision f32\n"]) func memory(precision: String) {
    let result = outcome(
      of: precision + """
        run r = associative_memory(8) with spectral_descent(lr = 1) for 1 steps { record recovered, prefix, error, loss }
        print r.loss[0] - log(64), r.prefix[1] <= r.recovered[1], r.recovered[1] > 2, r.error[1] < 1
        """)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.lines.first?.hasSuffix("true  true  true") == true, "\(result.lines)")
    #expect(abs(result.numbers.first ?? 1) < 1e-5, "\(result.lines)")
  }
}
