import Language
import Testing

/// Derivatives along a run, against differences of runs and what is known in closed form.
@Suite struct TangentTests {
  static let exponents: [(script: String, expected: [Double], tolerance: Double)] = [
    // The logistic map at a = 4 has log 2.
    (
      "process chaos(a) { state x = 0.3\nx' = a * x * (1 - x) }\nrun r = chaos(4) for 20000 steps { record x at end }\n"
        + "print lyapunov(r).value / log(2)", [1], 0.01
    ),
    // Hénon's map: the sum is log b, exactly; the first by Benettin and others.
    (
      "process henon(a, b) { state x = 0.1, y = 0.1\nx' = 1 - a * x^2 + y\ny' = b * x }\n"
        + "run r = henon(1.4, 0.3) for 20000 steps { record x at end }\nlet l = lyapunov(r, 2)\n"
        + "print l[0].value / 0.4192, (l[0].value + l[1].value) / log(0.3)", [1, 1], 0.015
    ),
    // Gradient descent on a quadratic: log |1 - lr h| for each eigenvalue, after the directions have turned into place.
    (
      "run r = quadratic([4, 1], start = 1) with gd(lr = 0.1) for 400 steps { record loss at end }\n"
        + "let l = lyapunov(r, 2, from = 200)\nprint l[0].value / log(0.9), l[1].value / log(0.6)", [1, 1], 1e-9
    ),
    // Heavy ball at its critical momentum and beyond: √β for both of a pair.
    (
      "run r = quadratic([1], start = 1) with heavy_ball(lr = 0.1, momentum = 0.81) for 4000 steps { record loss at end }\n"
        + "let l = lyapunov(r, 2, from = 200)\nprint (l[0].value + l[1].value) / log(0.81)", [1], 1e-6
    ),
    // A direction that shrinks or grows beyond what a number of its type holds in few steps.
    (
      "run r = quadratic([1], start = 1) with gd(lr = 0.999) precision f32 for 100 steps { record loss at end }\n"
        + "process k(a) { state x = 0.0\nx' = a * x }\nrun h = k(1e22) for 100 steps { record x at end }\n"
        + "print lyapunov(r).value / log(0.001), lyapunov(h).value / log(1e22)", [1, 1], 1e-3
    ),
    // A linear equation in time, per unit of time.
    (
      "process decay { state x = 1\ndx = -2 * x * dt }\nrun r = decay() dt 0.001 for 3 time { record x at end }\n"
        + "print lyapunov(r).value / -2", [1], 0.002
    ),
  ]

  @Test(arguments: exponents) func lyapunovExponents(script: String, expected: [Double], tolerance: Double) {
    let result = outcome(of: script)
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    #expect(result.numbers.count == expected.count, "\(result.lines)")
    for (value, wanted) in zip(result.numbers, expected) {
      #expect(abs(value - wanted) <= tolerance * wanted, "\(value), not \(wanted)")
    }
  }

  private static let fit = """
    problem two {
      param a: [3] = 1
      param b: [5] = 5
      loss = norm2(a) / 2 + norm2(b) / 2
    }
    optimizer whole(lr > 0) over all {
      state s = 0.0
      s' = s + norm(g)
      x' = x - lr * g / s'
    }
    let D = chebyshev(degree = 3, points = 12)
    problem fit(D) {
      param net = mlp([1, 6, 1], activation = tanh)
      sample (x, y) from D
      loss = norm2(net(x) - y) / 2
    }

    """

  /// A subject, its optimizer with one argument left open, and the body of the run.
  static let runs: [(run: String, parameter: String, value: String, body: String, goesBack: Bool)] = [
    ("quadratic([4, 1], start = 1) with heavy_ball(lr = P, momentum = 0.5)", "lr", "0.1", "", true),
    ("quadratic([4, 1], start = 1) with heavy_ball(lr = 0.1, momentum = P)", "momentum", "0.5", "", true),
    ("quadratic([4, 1], start = 1) with heavy_ball(lr = P, momentum = 0.5)", "lr", "0.1", "stop when step >= 40", true),
    ("two() with whole(lr = P) on a, whole(lr = P) on b", "lr", "0.1", "at step 20 { lr *= 1 }", true),
    ("fit(D) with adam(lr = P) batch 4 seed 3", "lr", "0.02", "", true),
    ("fit(D) with adam(lr = 0.02, β1 = P) batch 4", "β1", "0.9", "", true),
    ("fit(D) with sgd(lr = P / t) batch 4 replacement", "lr", "0.3", "", false),
    ("fit(D) with sgd(lr = P) batch 4", "lr", "0.1", "at step 20 { lr *= 2 }\nat step 25 { batch = 2 }", true),
    ("fit(D) with heavy_ball(lr = P) batch 4", "lr", "0.05", "at step 20 { v = 0 }\nat step 24 { v *= 0.5 }", false),
    ("fit(D) with sgd(lr = P) batch 4", "lr", "0.1", "at step 40 { lr /= 2 }", true),
    ("fit(D) with sgd(lr = P) batch 4 warmup 12", "lr", "0.1", "at step 20 { lr *= 2 }", true),
  ]

  @Test(arguments: runs.indices) func derivativesAreThoseOfDifferences(_ index: Int) {
    let test = Self.runs[index]
    func run(_ name: String, _ value: String) -> String {
      "run \(name) = \(test.run.replacing("P", with: value)) for 40 steps {\n"
        + "record loss every 8\nrecord norm(x) as size, step as number at end\n\(test.body)\n}\n"
    }
    // A schedule `P / t` is moved as a whole by `sensitivity`.
    let isSchedule = test.run.contains("P / t")
    let (low, high) =
      isSchedule ? ("\(test.value) / t - ε", "\(test.value) / t + ε") : ("\(test.value) - ε", "\(test.value) + ε")
    func moved(_ name: String, _ value: String) -> String {
      isSchedule
        ? run(name, "MARK").replacing("MARK / t", with: "(\(value))") : run(name, "(\(value))")
    }
    let script =
      Self.fit + "let ε = 1e-5\n" + run("r", test.value) + moved("a", low) + moved("b", high)
      + "let s = sensitivity(r, \"\(test.parameter)\")\n"
      + "print s.loss.values - (b.loss.values - a.loss.values) / (2 * ε), s.loss.values\n"
      + "print final(s.size) - (final(b.size) - final(a.size)) / (2 * ε), final(s.size), final(s.number)\n"
      + (test.goesBack
        ? "let h = hypergradient(r, \"\(test.parameter)\", by_step = true)\n"
          + "print final(s.loss) / hypergradient(r, \"\(test.parameter)\"), sum(h.values) / final(s.loss), h.count\n"
        : "")
    let result = outcome(of: script)
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    let numbers = result.numbers
    guard numbers.count == 15 + (test.goesBack ? 3 : 0) else {
      Issue.record("\(result.lines)")
      return
    }
    for place in 0..<6 { #expect(abs(numbers[place]) <= 1e-5 * (1 + abs(numbers[place + 6])), "\(numbers)") }
    #expect(abs(numbers[12]) <= 1e-5 * (1 + abs(numbers[13])) && numbers[13] != 0, "\(numbers)")
    #expect(numbers[14] == 0)
    if test.goesBack {
      #expect(abs(numbers[15] - 1) <= 1e-9 && abs(numbers[16] - 1) <= 1e-9 && numbers[17] == 40, "\(numbers)")
    }
  }

  static let refusals: [(line: String, code: String)] = [
    ("lyapunov(r, 3)", "E0603"), ("lyapunov(r, 0)", "E0603"), ("lyapunov(r, from = 20)", "E0603"),
    ("lyapunov(3)", "E0403"), ("sensitivity(r, \"lrr\")", "E0301"), ("sensitivity(r, 3)", "E0403"),
    ("hypergradient(r, \"lr\", 3)", "E0403"), ("lyapunov(none)", "E0621"), ("lyapunov(rerun(\"x.run\"))", "E0801"),
    ("hypergradient(assigned, \"lr\")", "E0621"),
    ("sensitivity(modelled, \"lr\")", "E0621"), ("lyapunov(f)", "E0621"), ("sensitivity(d, \"lr\")", "E0621"),
    ("sensitivity(o, \"lr\")", "E0621"),
  ]

  @Test(arguments: refusals) func whatHasNoDerivativeIsRefused(line: String, code: String) {
    let head = """
      optimizer begun(lr) { state v = lr
        v' = v + g
        x' = x - lr * v }
      run r = quadratic([4, 1], start = 1) with gd(lr = 0.1) for 20 steps { record loss }
      run assigned = quadratic([4, 1], start = 1) with gd(lr = 0.1) for 20 steps {
        record loss
        at step 5 { x *= 2 }
      }
      run modelled = quadratic([4, 1], start = 1) with gd(lr = 0.1) for 20 steps {
        record loss
        at step 5 { loss = quadratic_model }
      }
      fork r at 10 as f { lr *= 2 }
      run none = quadratic([4, 1], start = 1) with gd(lr = 0.1) for 0 steps { record loss }
      run d = quadratic([4, 1], start = 1) with gd(lr = 9) for 2000 steps { record loss }
      run o = quadratic([4, 1], start = 1) with begun(lr = 0.1) for 20 steps { record loss }

      """
    let result = outcome(of: head + "print \(line)\n")
    #expect(result.codes.contains(code), "\(result.codes) \(result.words)")
    #expect(result.lines.isEmpty, "\(result.lines)")
  }
}
