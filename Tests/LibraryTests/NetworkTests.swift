import Testing

/// Gradients and Hessian-vector products of an MLP and a CNN equal PyTorch's, those of a transformer NumPy's by complex steps.
@Suite struct NetworkTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var network: String
    var precision: String
    var tolerance: Double
    var testDescription: String { "\(network) in \(precision)" }
  }

  private static let networks = [
    "mlp": """
    network fixed() {
      param A: [5, 3] = filled([5, 3], 0)
      param a: [5] = filled([5], 15)
      param B: [4, 5] = filled([4, 5], 20)
      param b: [4] = filled([4], 40)
      param C: [3, 4] = filled([3, 4], 44)
      param c: [3] = filled([3], 56)
      apply(x) = C @ silu(B @ tanh(A @ x + a) + b) + c
    }
    let (features, parameters) = (3, 59)
    """,
    "cnn": """
    network fixed() {
      param K: [2, 1, 3, 3] = filled([2, 1, 3, 3], 0)
      param k: [2] = filled([2], 18)
      param C: [3, 18] = filled([3, 18], 20)
      param c: [3] = filled([3], 74)
      apply(x) = C @ flatten(max_pool(gelu(conv2d(reshape(x, [1, 6, 6]), K, padding = 1)
        + reshape(k, [2, 1, 1])), 2)) + c
    }
    let (features, parameters) = (36, 77)
    """,
    "transformer": """
    network fixed() {
      param block = transformer_block(4, heads = 2, hidden = 6, mask = causal_mask(3), init = start)
      apply(x) = block(reshape(x, [3, 4])) @ [1, -2, 0.5, 3]
    }
    fn start(inputs, outputs) = normal(filled([outputs, inputs], inputs + outputs), 0)
    let (features, parameters) = (12, 138)
    """,
  ]

  private static let script = """
    let X = [[sin(0.5 + i + 2.3*j + 0.4*i*j) for j in 0..<features] for i in 0..<6]
    let v = [cos(0.3 + 1.1*k) for k in 0..<parameters]
    problem classes(X: [n, d]) {
      param net = fixed()
      sample i in 0..<n
      loss = cross_entropy(net(X[i]), mod(i, 3))
    }
    metric slope(k) = g[k]
    metric product(v, k) = hvp(v)[k]
    optimizer rest() { x' = x }
    run r = classes(X) with rest() for 1 steps {
      record loss
      record RECORDS
    }
    """

  @Test(arguments: [
    Case(network: "mlp", precision: "f64", tolerance: 1e-10), Case(network: "mlp", precision: "f32", tolerance: 1e-6),
    Case(network: "cnn", precision: "f64", tolerance: 1e-10), Case(network: "cnn", precision: "f32", tolerance: 1e-6),
    Case(network: "transformer", precision: "f64", tolerance: 1e-10),
  ])
  func derivativesEqualTheReference(_ example: Case) throws {
    let rows = ReferenceFile.rows("networks.csv").filter { $0[0] == example.network && $0[1] == example.precision }
    let count = rows.count / 2
    let records = (0..<count).map { "slope(\($0)) as g\($0), product(v, \($0)) as h\($0)" }.joined(separator: ", ")
    var script = example.precision == "f32" ? "precision f32\n" : ""
    script += "fn filled(shape, first) = reshape(0.6 * sin(1 + 0.7 * [first + k for k in 0..<prod(shape)]), shape)\n"
    script += try #require(Self.networks[example.network]) + "\n"
    script += Self.script.replacing("RECORDS", with: records) + "\n"
    script += "print \"{r.loss[0]:.17g}\"\n"
    for prefix in ["g", "h"] { for k in 0..<count { script += "print \"{r.\(prefix)\(k)[0]:.17g}\"\n" } }
    let result = ScriptRunner.run(script)
    #expect(result.errors.isEmpty)
    let expected = rows.compactMap { Double($0[4]) }
    #expect(result.worstError(against: expected) <= example.tolerance, "\(result.numbers)\n\(expected)")
  }
}
