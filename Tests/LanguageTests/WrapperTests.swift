import Language
import Library
import Testing

/// Optimizers around others: clipping and decay of any rule.
@Suite struct WrapperTests {
  /// Two parameter tensors of different sizes of gradient.
  static let problem = """
    problem two {
      param a: [3] = 2
      param b: [2, 2] = 1
      loss = (3 * norm2(a) + norm2(b - 2) + dot(a, a^3)) / 2
    }

    """

  /// By hand: the rule with the modification written into it.
  static let pairs: [(wrapped: String, byHand: String, definition: String)] = [
    (
      "clip_norm(gd(lr = 0.1), 0.5)", "hand(lr = 0.1)",
      "optimizer hand(lr) over all { x' = x - lr * g * min(1, 0.5 / norm(g)) }"
    ),
    (
      "clip_each(heavy_ball(lr = 0.1), 0.5)", "hand(lr = 0.1)",
      "optimizer hand(lr) {\nstate v = 0\nlet c = g * min(1, 0.5 / norm(g))\nv' = 0.9 * v + c\nx' = x - lr * v'\n}"
    ),
    (
      "clip_value(adagrad(lr = 0.1), 0.5)", "hand(lr = 0.1)",
      "optimizer hand(lr) {\nstate s = 0\nlet c = max(-0.5, min(0.5, g))\ns' = s + c^2\nx' = x - lr * safe_divide(c, sqrt(s') + 1e-10)\n}"
    ),
    (
      "clip_norm(sam(lr = 0.1, ρ = 0.1), 0.5)", "hand(lr = 0.1)",
      "optimizer hand(lr) over all {\nlet c = g * min(1, 0.5 / norm(g))\nlet h = grad(x + 0.1 * c / norm(c))\n"
        + "x' = x - lr * h * min(1, 0.5 / norm(h))\n}"
    ),
    ("weight_decay(adam(lr = 0.1), 0.2)", "adamw(lr = 0.1, λ = 0.2)", ""),
    (
      "weight_decay(clip_norm(gd(lr = 0.1 / t), 0.5), 0.2)", "hand(lr = 0.1 / t)",
      "optimizer hand(lr) over all { x' = x - lr * g * min(1, 0.5 / norm(g)) - lr * 0.2 * x }"
    ),
    (
      "clip_norm(weight_decay(gd(lr = 0.1), 0.2), 0.5)", "hand(lr = 0.1)",
      "optimizer hand(lr) over all { x' = x - lr * g * min(1, 0.5 / norm(g)) - lr * 0.2 * x }"
    ),
    // States and `let`s of its own: slow weights, every second step.
    (
      "slow(gd(lr = 0.1))", "hand(lr = 0.1)",
      "optimizer slow(rule) {\nstate s = x\nlet moved = rule(g)\ns' = if mod(t, 2) == 0 { (s + moved) / 2 } else { s }\n"
        + "x' = if mod(t, 2) == 0 { s' } else { moved }\n}\n"
        + "optimizer hand(lr) {\nstate s = x\nlet moved = x - lr * g\ns' = if mod(t, 2) == 0 { (s + moved) / 2 } else { s }\n"
        + "x' = if mod(t, 2) == 0 { s' } else { moved }\n}"
    ),
  ]

  @Test(arguments: pairs) func itIsTheRuleByHand(wrapped: String, byHand: String, definition: String) {
    let result = outcome(
      of: Self.problem + definition
        + "\nrun r = two() with \(wrapped) for 30 steps { record loss, norm(g) as g, lr, norm(next.x - x) as s }\n"
        + "run h = two() with \(byHand) for 30 steps { record loss, norm(g) as g, lr, norm(next.x - x) as s }\n"
        + "print max(abs(r.loss.values - h.loss.values)), max(abs(r.lr.values - h.lr.values)), max(abs(r.s.values - h.s.values))\n"
        + "print r.loss[30] < r.loss[0]")
    #expect(result.codes.isEmpty, "\(result.words)")
    #expect(result.numbers.count >= 3 && result.numbers.prefix(3).allSatisfy { $0 <= 1e-12 }, "\(result.lines)")
    #expect(result.lines.last == "true", "\(result.lines)")
  }

  /// Each modification of each rule of the library runs, keeps its states over a fork, and is undone by having no effect.
  @Test(arguments: ["clip_norm(RULE, 1e9)", "clip_each(RULE, 1e9)", "clip_value(RULE, 1e9)", "weight_decay(RULE, 0)"])
  func everyRuleTakesIt(form: String) {
    let rules = LibraryEntries.entries(of: "optimizers").map(\.name).filter { !Self.wrappers.contains($0) }
    for rule in rules {
      if form.hasPrefix("weight"), ["polyak", "greedy", "adadelta", "averaging", "fixed"].contains(rule) { continue }
      let problem = Self.ofMatrices.contains(rule) ? Self.matrices : Self.problem
      let call = Self.calls[rule] ?? "\(rule)(lr = 0.01)"
      let body = "for 6 steps { record loss }\n"
      let result = outcome(
        of: problem + "run r = two() with \(form.replacing("RULE", with: call)) \(body)"
          + "run h = two() with \(call) \(body)fork r at 3 as f { }\n"
          + "print max(abs(r.loss.values - h.loss.values)), final(f.loss) - final(r.loss)")
      #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(rule): \(result.words)")
      #expect(result.numbers == [0, 0], "\(form) \(rule): \(result.lines)")
    }
  }

  private static let ofMatrices: Set<String> = [
    "dion", "muon", "normuon", "power_sgd", "shampoo", "soap", "spectral_descent",
  ]
  private static let matrices = """
    problem two {
      param a: [3, 2] ~ normal()
      param b: [2, 2] ~ normal()
      loss = (3 * norm2(a) + norm2(b - 2) + sum(a^4)) / 2
    }

    """
  private static let wrappers: Set<String> = ["episodic", "clip_norm", "clip_each", "clip_value", "weight_decay"]
  private static let calls: [String: String] = [
    "polyak": "polyak()", "greedy": "greedy()", "langevin": "langevin(lr = 0.01, temperature = 0.1)",
    "noisy_gd": "noisy_gd(lr = 0.01, σ = 0.1)", "sgld": "sgld(lr = 0.01, n = 2)", "svrg": "svrg(lr = 0.01, m = 2)",
    "averaging": "averaging(lr = 0.01)", "adadelta": "adadelta()", "fixed": "fixed()",
    "spectral_descent": "spectral_descent(lr = 0.01, λ = 1)",
    "dion": "dion(lr = 0.01, rank = 1)",
  ]

  @Test func itsHyperparametersAreThoseOfBoth() {
    let result = outcome(
      of: Self.problem + """
        run r = two() with clip_norm(gd(lr = 0.1), 0.5) for 10 steps {
          record loss, lr, limit, norm(next.x - x) as moved
          at step 5 { limit *= 2; lr = 0.05 }
        }
        print r.limit[4], r.limit[5], r.lr[4], r.lr[5], abs(r.moved[4] - 0.05) < 1e-12, abs(r.moved[5] - 0.05) < 1e-12
        run s = two() with clip_norm(gd(lr = 0.1), 0.5) on a, weight_decay(adam(lr = 0.01), 0.1) on rest for 3 steps { record loss }
        sweep q over rule in [gd(lr = 0.1), clip_norm(gd(lr = 0.1), 0.5)], n in [1, 2] { run two() with clip_value(rule, n) for 3 steps { record loss } }
        print final(s.loss) > 0
        """)
    #expect(result.codes.isEmpty, "\(result.words)")
    let shown = result.lines.first { $0.hasPrefix("0.5") }
    #expect(shown == "0.5  1  0.1  0.05  true  true", "\(result.lines)")
  }

  static let refused: [(script: String, words: String)] = [
    ("run r = two() with clip_norm(3, 1) for 1 steps { }", "an optimizer"),
    ("run r = two() with clip_norm(gd, 1) for 1 steps { }", "lr"),
    ("run r = two() with clip_norm(limit = 1) for 1 steps { }", "rule"),
    ("run r = two() with clip_norm(gd(lr = 0.1), -1) for 1 steps { }", "limit > 0"),
    ("run r = two() with weight_decay(polyak(), 0.1) for 1 steps { }", "lr"),
    ("optimizer o(rule) { x' = x }\nrun r = two() with o(gd(lr = 1)) for 1 steps { }", "a call of `rule`"),
    (
      "optimizer o(rule) { x' = rule(g) + rule(2 * g) }\nrun r = two() with o(gd(lr = 1)) for 1 steps { }",
      "one gradient"
    ),
    ("optimizer o(rule) { x' = rule(g, x) }\nrun r = two() with o(gd(lr = 1)) for 1 steps { }", "one argument"),
    ("optimizer o(rule) { x' = rule([1, 2, 3, 4, 5]) }\nrun r = two() with o(gd(lr = 1)) for 1 steps { }", "[5]"),
    ("run r = two() with clip_norm(gd(lr = 0.1), 1) for 5 steps { record loss }\ncompare r, flow(r)", "changes what"),
    ("run r = two() with clip_norm(gd(lr = 0.1), 1) for 5 steps { at step 2 { rule = gd(lr = 1) } }", "rule"),
  ]

  @Test(arguments: refused) func whatIsNoneIsRefused(script: String, words: String) {
    let result = outcome(of: Self.problem + script)
    #expect(result.codes.contains { $0.hasPrefix("E") }, "\(result.lines)")
    #expect(result.words.contains(words), "\(result.words)")
  }
}
