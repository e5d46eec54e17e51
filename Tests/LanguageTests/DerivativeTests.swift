import Testing

/// Derivatives of functions of the language, against values worked out by hand.
@Suite struct DerivativeTests {
  @Test(arguments: [
    ("let f = x => x^5\nprint f(2.0), grad(f)(2.0), grad(grad(f))(2.0), grad(grad(grad(f)))(2.0)", [32, 80, 160, 240]),
    ("print grad(x => sum(x^2))([1, 2, 3])", [2, 4, 6]), ("print grad((x, n) => x^n)(2.0, 3)", [12]),
    ("print grad((x, n) => { var y = x; repeat n { y = y * x }; return y })(2.0, 3)", [32]),
    ("print grad((a, b) => a * b^2, 1)(3.0, 2.0), grad(dot)([1.0, 2.0], [3.0, 4.0])", [12, 3, 4]),
    ("let h = v => sum(v^3) + v[0] * v[1]\nprint grad(h)([1.0, 2.0]), hessian(h)([1.0, 2.0])[1]", [5, 13, 1, 12]),
    ("let h = v => sum(v^3) + v[0] * v[1]\nprint hvp(h)([1.0, 2.0], [1.0, -1.0])", [5, -11]),
    ("let h = v => sum(v^3) + v[0] * v[1]\nprint grad(v => norm2(grad(h)(v)))([1.0, 2.0])", [86, 322]),
    ("print jvp(v => v^2)([3.0, 4.0], [1.0, 2.0]), vjp(v => v^2)([0.5, 1.0], [1.0, 2.0])", [6, 16, 1, 4]),
    ("print jacobian(v => [v[0] * v[1], v[0]^2])([2.0, 3.0])[0]", [3, 2]),
    ("print grad(x => stop_gradient(x) * x)(3.0)", [3]),
    ("print grad(x => where(x > 0, log(x), 0.0))(0.0), grad(x => where(x > 0, log(x), 0.0))(2.0)", [0, 0.5]),
    ("print grad(x => relu(x))(0.0), grad(x => abs(x))(0.0), grad(x => max([x, x]))(1.0)", [0, 0, 1]),
    ("print grad(A => det(A))([[2.0, 1.0], [1.0, 4.0]])[0]", [4, -1]),
    ("print grad(A => sum(A @ A))([[1.0, 2.0], [3.0, 4.0]])[0]", [7, 11]),
    (
      "print grad(v => median(v))([3.0, 1.0, 2.0]), grad(v => quantile(v, 0.25))([4.0, 0.0, 2.0])",
      [0, 0, 1, 0, 0.5, 0.5]
    ),
    ("print grad(x => grad(y => x * y^2)(3.0))(2.0)", [6]),
    (
      "fn inner(θ) {\n  var w = 1.0\n  repeat 5 { w = w - 0.5 * (w - θ) }\n  return w\n}\nprint grad(inner)(2.0)",
      [0.96875]
    ),
  ])
  func values(script: String, expected: [Double]) {
    let result = outcome(of: script)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == expected.count)
    for (value, wanted) in zip(result.numbers, expected) { #expect(abs(value - wanted) <= 1e-13 * max(1, abs(wanted))) }
  }

  /// Where a rule meets 0 · ∞: the value of the function's own derivative, or none, but never another finite number.
  @Test(
    arguments: [
      ("hessian(x => norm(x)^2)([0.0, 0.0])", [2, 0, 0, 2]), ("hessian(x => norm(x)^2)([1e-170, 0.0])", [2, 0, 0, 2]),
      ("hessian(v => std(v)^2)([1.0, 1.0])", [0.5, -0.5, -0.5, 0.5]),
      ("hessian(x => norm(x) * norm(x) / 2)([0.0, 0.0])", [1, 0, 0, 1]),
      ("hessian(x => log(1 + norm(x)^2))([0.0, 0.0])", [2, 0, 0, 2]),
      ("hessian(x => where(norm(x) < 1, norm(x)^2 / 2, norm(x) - 0.5))([0.0, 0.0])", [1, 0, 0, 1]),
      ("hessian(x => sum(norm(reshape(x, [2, 1]), axis = 1)^2))([0.0, 1.0])", [2, 0, 0, 2]),
      ("grad(grad(x => sqrt(x^4)))(0.0)", [2]), ("grad(grad(x => abs(x)^2))(0.0)", [2]),
      ("grad(x => sqrt(x)^2)(0.0)", [1]),
      ("grad(norm)([0.0, 0.0])", [0, 0]), ("jvp(norm)([0.0, 0.0], [1.0, 2.0])", [0]),
      ("grad(std)([1.0, 1.0])", [0, 0]),
      ("grad(x => norm(x)^1.5)([0.0, 0.0])", [0, 0]), ("hessian(norm)([0.0, 0.0])", [.nan, .nan, .nan, .nan]),
      ("hessian(x => x[0] * norm(x))([0.0, 0.0])", [.nan, .nan, .nan, .nan]),
      ("hessian(x => norm(x)^2 + norm(x))([0.0, 0.0])", [.nan, .nan, .nan, .nan]),
      ("jacobian(g => safe_divide(g, norm(g)))([0.0, 0.0])", [.nan, .nan, .nan, .nan]),
      ("grad(x => safe_divide(x, 2.0))(0.0), grad(x => safe_divide(0.0, x))(0.0)", [0.5, 0]),
      ("grad(v => sum(where(v > 0, v * log(v), 0)))([0.5, 0.0, 0.5])", [0.3068528194400547, 0, 0.3068528194400547]),
      ("grad(v => sum(where(v > 0, v * log(v), 0)))([1.0, -1.0])", [1, 0]),
      ("hessian(v => sum(where(v > 0, v * log(v), 0)))([0.5, 0.0])", [2, 0, 0, 0]),
      (
        "grad(x => where(x < 5, x * exp(x), 0.0))(1000.0), grad(x => where(x > 0, exp(x) * (1 / x), 0.0))(0.0)", [0, 0]
      ),
      ("grad(w => where(sum(w) > 0, dot(w, log(w)), 0.0))([0.0, -1.0])", [0, 0]),
      ("hvp(x => where(x[0] > 1, norm(x), 0.0))([0.0, 0.0], [1.0, 1.0])", [0, 0]),
    ] as [(String, [Double])])
  func zeroTimesInfinity(expression: String, expected: [Double]) {
    let result = outcome(of: "print \(expression)")
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == expected.count)
    for (value, wanted) in zip(result.numbers, expected) {
      #expect((value.isNaN && wanted.isNaN) || abs(value - wanted) <= 1e-14 * max(1, abs(wanted)), "\(result.numbers)")
    }
  }

  @Test func curvatureOfASquaredNormAtItsMinimum() {
    let result = outcome(
      of: """
        problem p { param x: [3] = 0; loss = norm(x)^2 }
        run r = p() with gd(lr = 0.1) for 1 steps { record sharpness, hessian_trace }
        problem q { param x: [3] = 0; loss = norm(x) }
        run s = q() with gd(lr = 0.1) for 2 steps { record loss }
        print final(r.sharpness), final(r.hessian_trace), s.loss.values
        """)
    #expect(result.lines == ["2  6  [0, 0, 0]"], "\(result.words)")
  }

  /// Inside a metric a derivative of something else sees the state of the run.
  @Test func derivativesInsideMetricsSeeTheRun() {
    let result = outcome(
      of: """
        metric m = grad(u => u^2 * sum(x))(2.0)
        metric q = sum(grad(w => sum(w^2))([1.0, 2.0])) + sum(k^2 for k in 0..<3)
        problem p { param w = [1.0, 2.0]; loss = norm2(w) }
        run r = p with gd(lr = 0.1) for 2 steps { record m, 4 * sum(x) as s, q }
        print r.m.values - r.s.values, r.q.values
        """)
    #expect(result.lines == ["[0, 0, 0]  [11, 11, 11]"], "\(result.words)")
  }
}
