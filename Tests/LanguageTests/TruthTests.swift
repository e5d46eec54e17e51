import Diagnostics
import Language
import Testing

/// Conditions are conditions wherever they came about, and numbers are none; arithmetic makes numbers of them.
@Suite struct TruthTests {
  private static let head = """
    run r = quadratic([4, 1], start = 1) with gd(lr = 0.1) for 12 steps {
      record loss, gradient_norm, loss < 0.5 as low
    }
    let v = [0.5, 2, 3]
    problem p() { param w: [3] = [1, 2, 3]; loss = norm2(w) }

    """

  /// Numbers where conditions are needed.
  @Test(
    arguments: [
      "print where([0.5, 0], 1, 2)", "print where(0.3, 1, 2)", "print any([0.5])", "print all([2, 3])",
      "print first([0, 1])", "print first(r.loss)", "print first(r.loss.values)", "print not v", "print v and v > 1",
      "print v > 1 and v", "print r.loss or true", "print not r.loss", "print if v[0] { 1 } else { 2 }",
      "print [x for x in v if x]", "print any(one_hot(1, 3))", "print first(where(r.loss > 1, 1, 0))",
      "run t = p() with gd(0.1) for 3 steps { record loss; stop when loss }",
      "run t = p() with gd(0.1) for 3 steps { record loss; stop when gradient_norm }",
      "run t = p() with gd(0.1) for 3 steps { record loss when loss - 1.5 }",
      "run t = p() with gd(0.1) for 3 steps { record where(loss, 1, 0) as z }",
      "run t = p() with gd(0.1) for 3 steps { record (if loss { 1 } else { 2 }) as z }",
      "run t = p() with gd(0.1) for 3 steps { record not loss as z }",
      "run t = p() with gd(0.1) for 3 steps { record loss and true as z }",
      "run t = p() with gd(0.1) for 3 steps { record sum(w[i] for i in 0..<3 if w[i]) as z }",
      "optimizer o(lr) { x' = if norm(g) { x } else { x - lr * g } }\nrun t = p() with o(0.1) for 3 steps { }",
      "sweep s over b in [0.1, 0.2] { run p() with gd(b) for 3 steps { record loss } }\nprint first(s.loss where b == 0.1)",
    ])
  func numbersAreNoConditions(line: String) {
    let checked = checking(Self.head + line)
    #expect(checked.codes == ["E0403"], "\(line): \(checked.codes)")
    #expect(checked.words.contains("condition"), "\(line): \(checked.words)")
  }

  /// Conditions where numbers are needed.
  @Test(
    arguments: [
      "run t = p() with sgd(lr = true) for 3 steps { record loss }",
      "run t = p() with gd(lr = true) for 3 steps { record loss }",
      "optimizer o(a = 0.5) { x' = x - a * g }\nrun t = p() with o(a = true) for 3 steps { record loss }",
      "run t = p() with sgd(lr = loss > 1) for 3 steps { record loss }",
      "run t = p() with gd(0.1) for 3 steps { record loss; at step 2 { w = true } }",
      "run t = p() with gd(0.1) for 3 steps { record loss; at step 2 { w = w > 0 } }",
      "run t = p() with gd(0.1) for 3 steps { record loss; at step 2 { lr = t > 2 } }",
      "fork r at 3 as q { update = true }", "fork r at 3 as q { update = update > 0 }",
      "optimizer o(lr) { x' = x > 0 }\nrun t = p() with o(0.1) for 3 steps { }",
    ])
  func conditionsAreNoNumbers(line: String) {
    let checked = checking(Self.head + line)
    #expect(checked.codes == ["E0403"], "\(line): \(checked.codes)")
    #expect(checked.words.contains("truth value"), "\(line): \(checked.words)")
  }

  /// What holds conditions keeps them through whatever moves elements, and in runs as in scripts.
  @Test(
    arguments: [
      (
        "count(v > 1), any(v > 1), all(v > 1), count(not (v > 1)), count((v > 1) * (v > 2)), count(1 - (v > 1))",
        "2  true  false  1  1  1"
      ),
      (
        "(v > 1)[0], (v > 1)[1:], count(concat(v > 1, v > 2)), count(stack(v > 1, v > 2)), count((v > 1)[[0, 1]])",
        "false  [1, 1]  3  3  1"
      ),
      (
        "any(reshape(v > 1, [3, 1])), count(reverse(v > 2)), [1 for c in v > 1 if c], if (v > 1)[0] { 1 } else { 2 }",
        "true  1  [1, 1]  2"
      ),
      (
        "count(where(v > 1, true, v > 0.4)), count(is_finite(v)), count([x > 1 for x in v]), all([]), any([])",
        "3  3  2  true  false"
      ),
      (
        "sum(v > 1), 1 - (v > 1), 2 * (v[0] < 1), -(v[1] > 1), mean([x > 1 for x in [1, 2, 3, 4]])",
        "2  [1, 0, 0]  2  -1  0.75"
      ),
      ("count(one_hot(1, 3)), count([0, 1]), count([1.0])", "3  2  1"),
      (
        "count(r.loss > 1), count((r.loss > 1).values), (r.loss > 1)[0], count((r.loss > 1)[1:]), first(r.loss <= 1)",
        "2  2  true  1  2"
      ),
      (
        "first(r.low), count(r.low), r.low[2], r.low[3], first(not r.low), any(r.low.values)",
        "3  10  false  true  0  true"
      ),
      (
        "first(not (r.loss > 1)), first(r.loss < 0.2 and r.gradient_norm < 0.3), first(r.loss < 0.2 or r.low)",
        "2  12  3"
      ),
      (
        "where(r.loss > 1, r.loss, 0)[0:3].values, first(where(r.loss > 1, 1, 0) < 1), first(r.low and true)",
        "[2.5, 1.125, 0]  2  3"
      ),
    ] as [(String, String)])
  func conditionsStayConditions(expressions: String, expected: String) {
    let found = outcome(of: Self.head + "print \(expressions)")
    #expect(found.lines.last == expected && found.findings.isEmpty, "\(found.lines) \(found.words)")
    #expect(checking(Self.head + "print \(expressions)").findings.isEmpty)
  }

  @Test func conditionsOfARunAreThoseOfItsMetrics() {
    let found = outcome(
      of: Self.head + """
        run t = p() with gd(1e-9) for 2 steps {
          record count(w > 1.5) as k, any(w > 2) as a, mean(w > 1.5) as m, 1 - (w[0] > 0.5) as c
          record sum(where(w > 1 and w < 3, w, 0)) as s, count(w[i] > 1.5 for i in 0..<3) as n
          record any(w[i] > 2 for i in 0..<3) as b, sum(w[i] for i in 0..<3 if not (w[i] < 2)) as u
          record count(1 - (w[i] > 1.5) for i in 0..<3) as e, (if (w > 2)[0] { 7 } else { 8 }) as f
        }
        print t.k[0], t.a[0], t.m[0] * 3, t.c[0], t.n[0], t.b[0], t.e[0], t.f[0]
        print round(t.s[0]), round(t.u[0]), first(t.a), first(t.b and t.a), first(not t.a)
        """)
    #expect(found.findings.isEmpty, "\(found.words)")
    #expect(found.lines == ["2  true  2  false  2  true  1  8", "2  5  0  0  > 2"], "\(found.lines)")
  }

  /// A step size may count conditions; what errors leave open stays open through `not`, `and` and `or`.
  @Test func conditionsAreCountedInArithmetic() {
    let found = outcome(
      of: """
        run t = quadratic([4, 1]) with gd(lr = 0.1 * (loss > 1)) for 5 steps { record loss }
        print t.loss[2] == t.loss[5], t.loss[0] > t.loss[2]
        """)
    #expect(found.lines == ["true  true"] && found.findings.isEmpty, "\(found.lines) \(found.words)")
  }
}
