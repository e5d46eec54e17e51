import Testing

/// Several workers beside the same written out in NumPy (`References/workers.py`): three of them, two samples each.
@Suite struct WorkerReferenceTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var rule: String
    var problem: String
    var rounds: Int
    var bits: Double
    var values: [Double]
    var testDescription: String { rule }
  }

  static let cases: [Case] = {
    var result: [Case] = []
    for row in ReferenceFile.rows("workers.csv") {
      guard let rounds = Int(row[2]), let bits = Double(row[3]), let value = Double(row[5]) else { continue }
      if result.last?.rule != row[0] {
        result.append(Case(rule: row[0], problem: row[1], rounds: rounds, bits: bits, values: []))
      }
      result[result.count - 1].values.append(value)
    }
    return result
  }()

  private static let problems = """
    let A = [[sin(1 + i + 2*j + i*j) for j in 0..<4] for i in 0..<24]
    problem logistic_loss(D) {
      param w: [4] = 0
      sample (a, y) from D
      loss = softplus(-y * dot(a, w))
    }
    problem matrix_loss(D) {
      param w: [3, 4] = 0
      sample (a, c) from D
      loss = norm2(w @ a - c) / 2
    }
    let logistic_case = logistic_loss(data(A, [sign(sin(3*i + 1)) for i in 0..<24]))
    let matrix_case = matrix_loss(data(A, [[cos(1 + 2*i + j) for j in 0..<3] for i in 0..<24]))
    optimizer feedback(lr, c) {
      worker state m = 0
      let p = m + lr * g
      let q = send(c(p))
      m' = p - q
      x' = x - mean(q over worker)
    }

    """

  @Test(arguments: cases) func pathEqualsTheReference(_ example: Case) {
    var script = Self.problems
    script +=
      "run r = \(example.problem)_case with \(example.rule) batch 2 cyclic workers 3 for \(example.rounds) steps "
    script += "{ record bits at end }\nlet end = flatten(r.w)\n"
    for place in example.values.indices { script += "print \"{end[\(place)]:.17g}\"\n" }
    let result = ScriptRunner.run(script + "print final(r.bits)\n")
    #expect(result.errors.isEmpty, "\(result.errors)")
    #expect(result.worstError(against: example.values + [example.bits]) <= 1e-10, "\(result.numbers) \(example.values)")
  }

  @Test func everyRuleIsCompared() {
    #expect(Self.cases.count == 12)
    let rules = Self.cases.map(\.rule).joined(separator: " ")
    for name in ["majority_vote", "power_sgd", "diloco", "local_sgd", "mem_sgd", "low_rank", "delay", "local"] {
      #expect(rules.contains(name), "no reference for \(name)")
    }
  }
}
