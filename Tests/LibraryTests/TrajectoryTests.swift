import Library
import Testing

/// Every optimizer's path equals that of an independent program for 1,000 steps.
@Suite struct TrajectoryTests {
  /// One optimizer on one problem: coordinates after some steps.
  struct Case: CustomTestStringConvertible, Sendable {
    var call: String
    var problem: String
    var points: [(step: Int, values: [Double])] = []
    var testDescription: String { "\(call) on \(problem)" }
  }

  static let cases: [Case] = {
    var cases: [Case] = []
    for row in ReferenceFile.rows("trajectories.csv") where row.count == 5 {
      guard let step = Int(row[2]), let value = Double(row[4]) else { continue }
      if cases.last?.call != row[0] || cases.last?.problem != row[1] {
        cases.append(Case(call: row[0], problem: row[1]))
      }
      let last = cases.count - 1
      if cases[last].points.last?.step != step { cases[last].points.append((step, [])) }
      cases[last].points[cases[last].points.count - 1].values.append(value)
    }
    return cases
  }()

  private static let problems = [
    "quadratic": "run r = quadratic([1, 0.3, 0.05, 2])",
    "rosenbrock": "run r = rosenbrock()",
    "logistic": """
    let A = [[sin(1 + 1.7*i + 0.9*j + 0.1*i*j) for j in 0..<5] for i in 0..<20]
    let y = [where(cos(1 + 2.3*i) > 0, 1.0, -1.0) for i in 0..<20]
    problem penalised(A: [n, d], y: [n]) {
      param w: [d] = 0
      sample i in 0..<n
      loss = softplus(-y[i] * dot(A[i], w)) + 0.1/2 * norm2(w)
    }
    run r = penalised(A, y)
    """,
    "matrix": """
    fn wave(m, n, phase) = [[sin(1 + 1.7*i + 0.9*j + i*j + phase) for j in 0..<n] for i in 0..<m]
    problem matrix {
      param W: [4, 3] = 0
      loss = norm2(wave(5, 4, 0) @ W @ wave(3, 3, 0.5) - wave(5, 3, 1)) / 2
    }
    run r = matrix
    """,
  ]

  @Test(arguments: cases)
  func pathEqualsTheReference(_ example: Case) throws {
    let count = try #require(example.points.first?.values.count)
    let start = try #require(Self.problems[example.problem])
    var script = start + " with \(example.call) for 1000 steps {\n  record "
    script += (0..<count).map { "x[\($0)] as x\($0)" }.joined(separator: ", ") + "\n}\n"
    for point in example.points {
      for k in 0..<count { script += "print \"{r.x\(k)[\(point.step)]:.17g}\"\n" }
    }
    let result = ScriptRunner.run(script)
    #expect(result.errors.isEmpty)
    let expected = example.points.flatMap(\.values)
    #expect(result.worstError(against: expected) <= 1e-10, "\(result.numbers)\n\(expected)")
  }

  @Test func everyOptimizerIsCompared() {
    let compared = Set(Self.cases.map { $0.call.prefix { $0 != "(" } })
    // Nothing but noise, and what several workers send: tests of their own, `RuleGradientTests` and `WorkerReferenceTests`.
    let others = ["zeroth_order", "mem_sgd", "majority_vote", "power_sgd", "diloco", "local_sgd"]
    for entry in LibraryEntries.entries(of: "optimizers") where !others.contains(entry.name) {
      #expect(compared.contains(entry.name[...]), "no reference for \(entry.name)")
    }
  }
}
