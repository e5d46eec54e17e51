import Language
import Testing

/// Gradients and losses at other points and of other samples in update rules.
@Suite struct RuleGradientTests {
  /// Two parameter tensors, seven samples; NumPy's programs for the numbers below have the same.
  static let problem = """
    let X = [[sin(1 + 1.7*i + 0.9*j + 0.1*i*j) for j in 0..<3] for i in 0..<7]
    let y = [cos(1 + 2.3*i) for i in 0..<7]
    problem ls(A: [n, d], y: [n]) {
      param w: [d] = 0
      param b = 0.5
      sample i in 0..<n
      loss = (dot(A[i], w) + b - y[i])^2 / 2
    }
    optimizer ahead(lr) { x' = x - lr * next.grad(x) }
    optimizer ahead_all(lr) over all { x' = x - lr * next.g }
    optimizer whole(lr) { x' = x - lr * objective.grad(x) }
    optimizer halfway(lr) over all { x' = x - lr * objective.grad(x - lr/2 * objective.g) / objective.loss(x + g) }

    """

  /// Losses at steps 0, 1, … of a NumPy program: rows 2t, 2t + 1 (mod 7) are the batch of step t.
  static let paths: [(rule: String, losses: [Double])] = [
    (
      "svrg(lr = 0.1, m = 4)",
      [
        0.39675218414484942, 0.36753128942639318, 0.34240022502608436, 0.32451053607220948, 0.30796934102576401,
        0.29451173001878533, 0.28396292103140935, 0.27348828604395437, 0.26725771095893253, 0.26072552248783631,
        0.25544957196847234,
      ]
    ),
    (
      "ahead(lr = 0.1)",
      [
        0.39675218414484942, 0.38763366297320712, 0.35504803055431372, 0.34861270953466356,
        0.31436285791956431, 0.2848216193360017, 0.28649954541840861,
      ]
    ),
    (
      "ahead_all(lr = 0.1)",
      [
        0.39675218414484942, 0.38763366297320712, 0.35504803055431372, 0.34861270953466356,
        0.31436285791956431, 0.2848216193360017, 0.28649954541840861,
      ]
    ),
    (
      "whole(lr = 0.1)",
      [
        0.39675218414484942, 0.36753128942639318, 0.34354963027384311, 0.32384026644342878,
        0.30761565220123316, 0.29423421735931893, 0.28317319597119556,
      ]
    ),
    (
      "halfway(lr = 0.1)",
      [
        0.39675218414484942, 0.37674705430995875, 0.33101941857396344, 0.31066509710642448,
        0.29127056069665641, 0.27953792014090201, 0.26881227204788127,
      ]
    ),
    (
      "sgd(lr = 0.1 * objective.loss)",
      [
        0.39675218414484942, 0.37965576487167552, 0.37593451342999767, 0.36450666587759234,
        0.36050845357216915, 0.3483254923475429, 0.33319932365749588,
      ]
    ),
  ]

  @Test(arguments: paths) func pathIsThatOfNumPy(rule: String, losses: [Double]) {
    let script =
      Self.problem + "run r = ls(X, y) with \(rule) batch 2 cyclic for \(losses.count - 1) steps { record loss }\n"
      + losses.indices.map { "print \"{r.loss[\($0)]:.17g}\"\n" }.joined()
    let result = outcome(of: script)
    #expect(result.codes.isEmpty, "\(result.words)")
    #expect(result.numbers.count == losses.count)
    for (value, wanted) in zip(result.numbers, losses) { #expect(abs(value - wanted) <= 1e-10, "\(value)") }
  }

  /// The same draws, computed here: x ← x − lr (ℓ(x + εu) − ℓ(x − εu)) / (2ε) u on Rosenbrock's function.
  @Test func descentWithoutDerivativesIsItsEquation() {
    // Streams are named after the rule: one of the same name that steps to its noise shows it.
    let shown = outcome(
      of: "optimizer zeroth_order(lr) {\nnoise u ~ normal()\nx' = u\n}\n"
        + "run r = rosenbrock() with zeroth_order(lr = 1) for 20 steps { record x[0] as a, x[1] as b }\n"
        + (1...20).map { "print \"{r.a[\($0)]:.17g}\"\nprint \"{r.b[\($0)]:.17g}\"\n" }.joined())
    let path = outcome(
      of: "run r = rosenbrock() with zeroth_order(lr = 1e-4, ε = 0.01) for 20 steps { record x[0] as a, x[1] as b }\n"
        + (1...20).map { "print \"{r.a[\($0)]:.17g}\"\nprint \"{r.b[\($0)]:.17g}\"\n" }.joined())
    #expect(shown.numbers.count == 40 && path.numbers.count == 40, "\(shown.words) \(path.words)")
    guard shown.numbers.count == 40, path.numbers.count == 40 else { return }
    var (a, b) = (-1.2, 1.0)
    func loss(_ a: Double, _ b: Double) -> Double { (1 - a) * (1 - a) + 100 * (b - a * a) * (b - a * a) }
    for step in 0..<20 {
      let (u, v) = (shown.numbers[2 * step], shown.numbers[2 * step + 1])
      let slope = (loss(a + 0.01 * u, b + 0.01 * v) - loss(a - 0.01 * u, b - 0.01 * v)) / 0.02
      (a, b) = (a - 1e-4 * slope * u, b - 1e-4 * slope * v)
      #expect(abs(a - path.numbers[2 * step]) < 1e-10 && abs(b - path.numbers[2 * step + 1]) < 1e-10)
    }
  }

  /// A fork goes on at any step with the same bits, whenever the last full gradient was.
  @Test func aForkKeepsTheSnapshot() {
    let result = outcome(
      of: Self.problem + """
        run r = ls(X, y) with svrg(lr = 0.1, m = 50) batch 2 for 120 steps { record loss }
        fork r at 60 as f { lr *= 1 }
        print final(f.loss) - final(r.loss)
        """)
    #expect(result.codes.isEmpty, "\(result.words)")
    #expect(result.numbers.last == 0, "\(result.lines)")
  }

  static let refused: [(script: String, words: String)] = [
    // No data whose mean it would be.
    (
      "problem p { param w = 1\nsample z ~ normal()\nloss = (w - z)^2 }\noptimizer o(lr) { x' = x - lr * objective.grad(x) }\n"
        + "run r = p() with o(lr = 0.1) batch 2 for 3 steps { record loss }", "draws anew at every step"
    ),
    (
      problem + "run r = ls(X, y) with ahead(lr = 0.1) batch 2 for 9 steps {\nrecord loss\nat step 4 { batch = 3 }\n}",
      "change at step 4"
    ),
    (
      problem
        + "run r = ls(X, y) with whole(lr = 0.1) batch 2 for 9 steps {\nrecord loss\nat step 4 { loss = quadratic_model }\n}",
      "quadratic model"
    ),
    (
      problem + "optimizer o(lr) { x' = x - lr * objective.grad() }\nrun r = ls(X, y) with o(lr = 1) for 1 steps { }",
      "one argument"
    ),
    (
      problem
        + "optimizer o(lr) over all { x' = x - lr * objective.grad([1, 2]) }\nrun r = ls(X, y) with o(lr = 1) for 1 steps { }",
      "[2]"
    ),
    (problem + "optimizer o(lr) { x' = x - lr * next.hvp(g) }\nrun r = ls(X, y) with o(lr = 1) for 1 steps { }", "hvp"),
    (
      problem + "run r = ls(X, y) with svrg(lr = 0.1, m = 4) batch 2 for 9 steps { record loss }\ncompare r, sde(r)",
      "asks for more than its batch"
    ),
    (
      "print threshold(svrg(m = 4), curvature = 1, variance = 1)", "svrg"
    ),
  ]

  @Test(arguments: refused) func whatHasNoMeaningIsRefused(script: String, words: String) {
    let result = outcome(of: script)
    #expect(result.codes.contains { $0.hasPrefix("E") }, "\(result.lines)")
    #expect(result.words.contains(words), "\(result.words)")
  }

  /// A closed form stands for the data that there are not.
  @Test func aStatedObjectiveIsTaken() {
    let result = outcome(
      of: """
        problem p { param w = 1
        sample z ~ normal()
        objective = w^2 / 2
        loss = (w - z)^2 / 2 }
        optimizer o(lr) { x' = x - lr * objective.grad(x) }
        run r = p() with o(lr = 0.5) batch 2 for 3 steps { record w }
        print final(r.w)
        """)
    #expect(result.numbers.last == 0.125, "\(result.words)")
  }
}
