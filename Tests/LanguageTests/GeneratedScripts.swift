/// Well-formed expressions and scripts from a stream of choices, with what they must give by plain arithmetic.
///
/// The choices are the bytes of a seeded generator here, and those of an input where scripts are fuzzed.
struct GeneratedScripts {
  /// The next choice, from 0 on.
  private let choose: (Int) -> Int

  init(_ choose: @escaping (_ count: Int) -> Int) { self.choose = choose }

  /// A function of one number w: how a script writes it, its value and its derivative.
  struct Term {
    var text: String
    var value: (Double) -> Double
    var slope: (Double) -> Double
  }

  /// An expression that is smooth wherever w is.
  func term(depth: Int) -> Term {
    if depth == 0 { return leaf() }
    let a = term(depth: depth - 1)
    switch choose(9) {
    case 0: return joined(a, "+", { $0 + $1 }, { _, _ in (1, 1) }, depth)
    case 1: return joined(a, "-", { $0 - $1 }, { _, _ in (1, -1) }, depth)
    case 2, 3: return joined(a, "*", { $0 * $1 }, { a, b in (b, a) }, depth)
    case 4:
      // A denominator that is never 0.
      return joined(
        a, "/ (2 + ", closing: "^2)", { $0 / (2 + $1 * $1) },
        { a, b in
          (1 / (2 + b * b), -2 * a * b / ((2 + b * b) * (2 + b * b)))
        }, depth)
    case 5: return within(a, "sin") { ($0.sine, $0.cosine) }
    case 6: return within(a, "tanh") { ($0.hyperbolicTangent, 1 - $0.hyperbolicTangent * $0.hyperbolicTangent) }
    case 7:
      return Term(
        text: "sqrt(1 + (\(a.text))^2)", value: { w in (1 + a.value(w) * a.value(w)).squareRoot() },
        slope: { w in a.value(w) * a.slope(w) / (1 + a.value(w) * a.value(w)).squareRoot() })
    default: return Term(text: "-(\(a.text))", value: { -a.value($0) }, slope: { -a.slope($0) })
    }
  }

  private func leaf() -> Term {
    if choose(3) > 0 { return Term(text: "w", value: { $0 }, slope: { _ in 1 }) }
    let number = Double(1 + choose(40)) / 8
    return Term(text: "\(number)", value: { _ in number }, slope: { _ in 0 })
  }

  private func joined(
    _ a: Term, _ sign: String, closing: String = "", _ value: @escaping (Double, Double) -> Double,
    _ slopes: @escaping (Double, Double) -> (Double, Double), _ depth: Int
  ) -> Term {
    let b = term(depth: depth - 1)
    return Term(
      text: "((\(a.text)) \(sign)(\(b.text))\(closing))", value: { value(a.value($0), b.value($0)) },
      slope: { w in
        let (left, right) = slopes(a.value(w), b.value(w))
        return left * a.slope(w) + right * b.slope(w)
      })
  }

  private func within(_ a: Term, _ name: String, _ both: @escaping (Double) -> (Double, Double)) -> Term {
    Term(
      text: "\(name)(\(a.text))", value: { both(a.value($0)).0 },
      slope: { both(a.value($0)).1 * a.slope($0) })
  }

  // MARK: Scripts

  /// A script of definitions, runs, forks, sweeps and results that fit each other.
  func script() -> String {
    let optimizers = [
      "gd(lr = 0.01)", "heavy_ball(lr = 0.01, momentum = 0.5)", "adam(lr = 0.01)", "sign_sgd(lr = 0.01)",
    ]
    let cadences = ["", " every 2", " logspaced 3", " at end", " when step > 3"]
    let metrics = ["loss", "gradient_norm", "norm(w) as size", "sharpness", "w[0] as point"]
    var lines = ["problem p(k = \(1 + choose(3))) {", "  param w: [2] = [0.5, -\(1 + choose(4))]"]
    let loss = term(depth: 2).text.replacing("w", with: "norm(w)")
    if choose(2) == 0 {
      lines += ["  sample i in 0..<\(2 + choose(6))", "  loss = (\(loss) + i)^2"]
    } else {
      lines.append("  objective = (\(loss) + k)^2")
    }
    lines.append("}")
    let run = "p() with \(optimizers[choose(optimizers.count)]) seed \(choose(5)) for \(4 + choose(6)) steps"
    let record = "record \(metrics[choose(metrics.count)])\(cadences[choose(cadences.count)])"
    switch choose(3) {
    case 0:
      lines += ["run r = \(run) { \(record) }", "print r.steps"]
    case 1:
      lines += [
        "run r = \(run) {", "  \(record)", "  at step \(choose(4)) { lr /= 2 }", "}", "fork r at 2 as s { lr *= 2 }",
      ]
      lines.append("print s.steps")
    default:
      lines += ["sweep s over seed in 1...\(1 + choose(3)) { run p() with gd(lr = 0.01) for 5 steps { record loss } }"]
      lines.append("table s: final(loss)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
