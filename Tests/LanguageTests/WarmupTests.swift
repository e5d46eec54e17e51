import Testing

/// The clause `warmup`: `linear_warmup` around the step size of every rule, bit for bit.
@Suite struct WarmupTests {
  private static let head = """
    let A = [[sin(1 + 1.7*i + 0.9*j + 0.1*i*j) for j in 0..<3] for i in 0..<12]
    problem bent() {
      param w: [3] = [0.3, -0.2, 0.5]
      param b = 0.5
      sample i in 0..<12
      loss = softplus(dot(A[i], w) + b) + (dot(A[i], w) - b)^2 / 2
    }

    """

  /// A run whose step sizes are written L, with the items of its body.
  static let runs: [(rule: String, body: String)] = [
    ("gd(lr = L)", ""), ("sgd(lr = L) batch 3", ""), ("adam(lr = L) batch 3 precision f32", ""),
    ("clip_norm(heavy_ball(lr = L), 0.2) batch 3", ""), ("sgd(lr = L) on w, adam(lr = L) on b batch 3", ""),
    ("mem_sgd(lr = L) batch 2 workers 3", ""), ("sgd(lr = L) local 4, gd(lr = L) batch 2 workers 2", ""),
    ("sgld(lr = L, n = 12) batch 3", ""), ("sgd(lr = L) batch 3", "at step 4 { lr *= 2 }"),
    ("sgd(lr = L) batch 3", "at step 4 { lr = 0.01 }"), ("sgd(lr = L) batch 3", "at step 4 { batch = 5 }"),
  ]

  @Test(arguments: runs.indices) func stepsAreThoseOfTheSchedule(_ index: Int) {
    let (rule, body) = Self.runs[index]
    func run(_ name: String, _ size: String, _ clause: String) -> String {
      "run \(name) = bent() with \(rule.replacing("L", with: size)) \(clause) for 15 steps { record loss, norm(w) as size\n"
        + "\(body) }\n"
    }
    let result = outcome(
      of: Self.head + run("r", "0.25", "warmup 10") + run("s", "linear_warmup(t, 0.25, 10)", "")
        + run("q", "0.25", "warmup 0") + run("p", "0.25", "")
        + "print max(abs(r.loss.values - s.loss.values)), max(abs(r.size.values - s.size.values))\n"
        + "print max(abs(q.size.values - p.size.values)), max(abs(r.size.values - p.size.values)) > 0")
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    #expect(result.lines.suffix(2) == ["0  0", "0  true"], "\(rule): \(result.lines)")
  }

  @Test func aRuleWithoutStepSizeHasNone() {
    let rule = "optimizer fixed_size() { x' = x - g / 100 }\n"
    let alone = checking(rule + "run quadratic([1]) with fixed_size() warmup 5 for 9 steps")
    #expect(alone.codes == ["E0604"] && alone.words.contains("`fixed_size`, which has no step size"), "\(alone.words)")
    let beside = checking(Self.head + rule + "run bent() with sgd(lr = 1) on w, fixed_size on b warmup 5 for 9 steps")
    #expect(beside.codes == ["E0604"], "\(beside.words)")
    #expect(checking("run quadratic([1]) with gd(lr = 1) warmup 0.5 for 9 steps").codes == ["E0404"])
  }

  @Test func theRecordedStepSizeGrows() {
    let result = outcome(
      of: "run r = quadratic([1]) with gd(lr = 0.1) warmup 4 for 6 steps { record lr }\nprint r.lr.values")
    #expect(result.lines.last == "[0.025, 0.05, 0.07500000000000001, 0.1, 0.1, 0.1, 0.1]", "\(result.lines)")
  }
}
