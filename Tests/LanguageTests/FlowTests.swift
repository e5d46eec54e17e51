import Data
import Language
import Testing
import Values

/// The equations beside a run, against what is known of them in closed form.
@Suite struct FlowTests {
  static let cases: [(script: String, expected: [Double])] = [
    // x' = -h x over a time of 100 steps of 0.1: e^-10 and e^-1.
    (
      "run r = quadratic([1, 0.1]) with gd(lr = 0.1) for 100 steps { record x[0] as a, x[1] as b every 10 }\n"
        + "let f = flow(r)\nprint f.a[-1] * exp(10), f.b[-1] * exp(1), f.x[1] * exp(1), f.a.count", [1, 1, 1, 11]
    ),
    // With momentum the same time takes a tenth of the step size.
    (
      "run r = quadratic([1, 0.1]) with heavy_ball(lr = 0.01, momentum = 0.9) for 100 steps { record x[0] as a }\n"
        + "print final(flow(r).a) * exp(10)", [1]
    ),
    (
      "run r = quadratic([1, 0.1]) with nesterov(lr = 0.01, momentum = 0.9) for 100 steps { record x[0] as a }\n"
        + "print final(flow(r).a) * exp(10)", [1]
    ),
    (
      "run r = quadratic([1]) with ema_momentum(lr = 0.1) for 100 steps { record x[0] as a }\n"
        + "print final(flow(r).a) * exp(10)", [1]
    ),
    // A schedule and an intervention count with what they give at each step.
    (
      "run r = quadratic([1]) with gd(lr = 0.1 / t) for 100 steps {\nrecord x[0] as a\nat step 50 { lr *= 2 }\n}\n"
        + "let time = sum(0.1 / k for k in 1...50) + sum(0.2 / k for k in 51...100)\n"
        + "print final(flow(r).a) * exp(time)", [1]
    ),
    // Momentum and buffers may change on the way; a fork's flow begins where the fork does, another where it is told to.
    (
      "run z = quadratic([1]) with gd(lr = 0.1) for 20 steps { record x[0] as a }\n"
        + "run r = quadratic([1]) with heavy_ball(lr = 0.01) for 100 steps {\nrecord x[0] as a\n"
        + "at step 50 { momentum = 0.5; v = 0 }\n}\nfork r at 60 as s { lr *= 2 }\n"
        + "print final(flow(r).a) * exp(50 * 0.1 + 50 * 0.02), flow(s).a[0] / r.a[60]\n"
        + "print final(flow(s).a) / r.a[60] * exp(40 * 0.04), final(flow(r, from = 70).a) / r.a[70] * exp(30 * 0.02)\n"
        + "print threshold(r), flow(s).a.count, central_flow(z, from = 9).a[0] / z.a[9]", [1, 1, 1, 1, 3, 41, 1]
    ),
    // A run that diverges has a flow all the same.
    (
      "run r = quadratic([1]) with gd(lr = 3) for 2000 steps { record x[0] as a every 100 }\n"
        + "print final(flow(r, tolerance = 1e-9).a) < 1e-9, flow(r).steps", [2000]
    ),
  ]

  @Test(arguments: cases) func flows(script: String, expected: [Double]) {
    let result = outcome(of: script)
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    #expect(result.numbers.count == expected.count, "\(result.lines)")
    for (value, wanted) in zip(result.numbers, expected) { #expect(abs(value - wanted) <= 1e-6 * wanted, "\(value)") }
  }

  /// Two samples pull to ±1: the gradient's noise is 1 everywhere, and the law is known.
  private static let coin = """
    problem coin {
      param w = 0
      sample i in 0...1
      loss = (w - (2 * i - 1))^2 / 2
    }

    """

  @Test func stochasticFlowHasTheStationaryLaw() {
    let result = outcome(
      of: Self.coin + """
        run r = coin() with sgd(lr = 0.2) batch 1 replacement for 40_000 steps { record w^2 as energy }
        run h = coin() with heavy_ball(lr = 0.02) batch 1 replacement for 40_000 steps { record w^2 as energy }
        print plateau(sde(r).energy, 0.9).value, plateau(sde(r, substeps = 8).energy, 0.9).value
        print plateau(sde(h, substeps = 8).energy, 0.9).value
        print final(sde(r).energy) == final(sde(r).energy), final(sde(r).energy) == final(sde(r, seed = 1).energy)
        """)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.lines.last == "true  false")
    // Steps of η: η/(2 − η); of η/8: η/(2 − η/8).
    let expected = [0.2 / 1.8, 0.2 / 1.975, 0.2 / 1.975]
    for (value, wanted) in zip(result.numbers, expected) { #expect(abs(value / wanted - 1) < 0.08, "\(value)") }
    #expect(result.numbers.count == 3)
  }

  /// Without replacement a batch of the whole has no noise, and a half of it less than with.
  @Test func noiseKnowsTheSampler() {
    let result = outcome(
      of: """
        problem many {
          param w = 0
          sample i in 0..<4
          loss = (w - i)^2 / 2
        }
        run a = many() with sgd(lr = 0.1) batch 2 replacement for 40_000 steps { record (w - 1.5)^2 as energy }
        run b = many() with sgd(lr = 0.1) batch 2 for 40_000 steps { record (w - 1.5)^2 as energy }
        print plateau(sde(b).energy, 0.9).value / plateau(sde(a).energy, 0.9).value
        """)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == 1)
    for value in result.numbers { #expect(abs(value / (2 / 3.0) - 1) < 0.08, "\(value)") }
  }

  /// What interventions make of the optimizer and the batches counts from their step on.
  @Test func stochasticFlowKnowsInterventions() {
    let result = outcome(
      of: Self.coin + """
        run r = coin() with sgd(lr = 0.2) batch 1 replacement for 40_000 steps {
          record w^2 as energy
          at step 20_000 { batch = 2; lr = 0.1 }
        }
        fork r at 30_000 as s { lr = 0.4 }
        let e = sde(r, substeps = 8).energy.values
        print mean(e[1000:20_000]) / (0.2 / 1.975), mean(e[21_000:]) / (0.05 / 1.98)
        print mean(sde(s, substeps = 8).energy.values[1000:]) / (0.2 / 1.95)
        """)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == 3)
    for value in result.numbers { #expect(abs(value - 1) < 0.08, "\(value)") }
  }

  /// Parameters that do nothing make the problem large: the eigenvectors then come from an iteration.
  @Test func centralFlowOfManyParametersIsThatOfFew() {
    let result = outcome(
      of: """
        let D = chebyshev(degree = 3, points = 12)
        problem fit(D, n) {
          param net = mlp([1, 8, 8, 1], activation = tanh)
          param idle: [n] = 0
          sample (x, y) from D
          loss = norm2(net(x) - y) / 2 + norm2(idle) / 2
        }
        run few = fit(D, 1) with gd(lr = 0.12) for 500 steps { record loss, sharpness every 50 }
        run many = fit(D, 200) with gd(lr = 0.12) for 500 steps { record loss, sharpness every 50 }
        let a = central_flow(few, substeps = 1)
        let b = central_flow(many, substeps = 1)
        print max(abs(a.loss.values - b.loss.values)), max(abs(a.oscillation.values - b.oscillation.values))
        print final(a.sharpness) * 0.12, final(b.sharpness) * 0.12, final(b.oscillation)
        """)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == 5, "\(result.lines)")
    guard result.numbers.count == 5 else { return }
    #expect(result.numbers[0] < 1e-9 && result.numbers[1] < 1e-9, "\(result.numbers)")
    #expect(abs(result.numbers[2] - 2) < 1e-4 && abs(result.numbers[3] - 2) < 1e-4, "\(result.numbers)")
    #expect(result.numbers[4] > 1e-3, "it must be at the edge")
  }

  /// L = y x²/2 − c y: the sharpness y rises to the edge and stays there, with E x² = 2c.
  @Test func centralFlowStaysAtTheEdge() {
    let result = outcome(
      of: """
        problem toy(c) {
          param x = 0
          param y = 199
          loss = y * x^2 / 2 - c * y
        }
        run r = toy(0.2) with gd(lr = 0.01) for 2000 steps { record y every 10 }
        let m = central_flow(r)
        print final(m.y), final(m.oscillation), m.oscillation[0], final(flow(r).y), m.y[10]
        """)
    #expect(result.codes == [], "\(result.words)")
    for (value, wanted) in zip(result.numbers, [200, 0.4, 0, 203, 199.2]) { #expect(abs(value - wanted) < 1e-6) }
    #expect(result.numbers.count == 5)
  }

  /// Two directions at the edge that share their y: x₁² + x₂² is held, not each.
  @Test func centralFlowHoldsSeveralDirections() {
    let result = outcome(
      of: """
        problem toys(c) {
          param x: [3] = 0
          param y: [3] = [199, 199.5, 150]
          loss = sum(y * x^2) / 2 - sum(c * y)
        }
        run r = toys([0.2, 0.1, 0.3]) with gd(lr = 0.01) for 2000 steps { record y[0] as a, y[1] as b, y[2] as c every 10 }
        let m = central_flow(r)
        print final(m.a), final(m.b), final(m.c), final(m.oscillation)
        """)
    #expect(result.codes == [], "\(result.words)")
    for (value, wanted) in zip(result.numbers, [200, 200, 156, 0.6]) { #expect(abs(value - wanted) < 1e-6, "\(value)") }
    #expect(result.numbers.count == 4)
  }

  @Test func comparisonShowsMetricsAndDistances() {
    let result = outcome(
      of: """
        run r = quadratic([1]) with gd(lr = 0.1) for 20 steps { record loss every 10 }
        run s = quadratic([1]) with gd(lr = 0.1) for 20 steps { record loss every 10 }
        compare r, s, flow(r)
        """)
    #expect(result.codes == [], "\(result.words)")
    let names = result.lines.first?.split(separator: " ").joined(separator: " ")
    #expect(names == "step loss r loss s loss flow(r) distance s distance flow(r)")
    let last = result.lines.last.map { $0.split(separator: " ").compactMap { Double($0) } } ?? []
    #expect(last.count == 6)
    for (value, wanted) in zip(last, [20, 0.0073904, 0.0073904, 0.0091578, 0, 0.013758]) {
      #expect(abs(value - wanted) <= 1e-4 * wanted, "\(value)")
    }
  }

  /// What forks share is left out, and so are errors and costs.
  @Test func comparisonBeginsWhereRunsPart() {
    let result = outcome(
      of: """
        run r = quadratic([1]) with gd(lr = 0.1) for 40 steps { record loss, sharpness every 10 }
        fork r at 20 as s { lr = 0.2 }
        compare r, s
        """)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.lines.first?.contains("residual") == false, "\(result.lines)")
    #expect(result.lines.dropFirst(2).compactMap { $0.split(separator: " ").first } == ["20", "30", "40"])
  }

  private static let full = "run r = quadratic([1, 0.1]) with gd(lr = 0.1) for 20 steps { record loss }\n"

  @Test(arguments: [
    ("run r = quadratic([1]) with adam() for 20 steps { record loss }\nlet f = flow(r)", "E0621 2"),
    ("run r = quadratic([1]) with polyak() for 20 steps { record loss }\nlet f = flow(r)", "E0621 2"),
    ("run r = quadratic([1]) with gd(lr = loss) for 20 steps { record loss }\nlet f = flow(r)", "E0621 2"),
    (full + "let f = sde(r)", "E0621 2"), (full + "fork r at 10 as s { x *= 2 }\nlet f = flow(s)", "E0621 3"),
    (full + "fork r at 10 as s { freeze(x) }\nlet f = flow(s)", "E0621 3"),
    (full + "fork r at 10 as s { loss = quadratic_model }\nlet f = flow(s)", "E0621 3"),
    (full + "fork r at 10 as s { update = -update }\nlet f = central_flow(s)", "E0621 3"),
    (full + "let f = flow(r, from = 21)", "E0603 2"), (full + "let f = central_flow(r, from = -1)", "E0603 2"),
    ("run r = quadratic([1]) with heavy_ball(lr = 0.1) for 20 steps\nlet f = central_flow(r)", "E0621 2"),
    (full + "fork r at 10 as s { update = -update; update = 2 * update }", "E0604 2"),
    (full + "let f = flow(3)", "E0403 2"), (full + "let f = flow(r, tolerance = 2)", "E0603 2"),
    (full + "compare r", "E0604 2"), (full + "compare r, 3", "E0403 2"),
    (full + "print flow(r).nothing", "E0310 2"),
  ])
  func refusals(script: String, place: String) {
    #expect(outcome(of: script).places == [place], "\(outcome(of: script).words)")
    #expect(checking(script).places == [place], "found before anything runs")
  }

  /// A curvature above the edge that no oscillation lowers has no central flow.
  @Test func centralFlowNeedsAWayBack() {
    for spectrum in ["[1, 25]", "[30, 25, 1]"] {
      let script =
        "run r = quadratic(\(spectrum)) with gd(lr = 0.1) for 9 steps { record loss }\nlet m = central_flow(r)"
      let found = outcome(of: script)
      #expect(found.places == ["E0621 2"] && found.words.contains("above 2/η = 20"), "\(found.words)")
    }
  }

  /// In `update = …` the name on the right is the optimizer's own: the last one counts.
  @Test func updateIsTheOptimizersOwn() {
    let numbers = outcome(
      of: """
        run a = quadratic([1]) with gd(lr = 0.1) for 4 steps {
          record norm(x) as n
          at step 1 { update = 2 * update }
          at step 2 { update = 2 * update }
          at step 3 { update = update }
        }
        print a.n
        print a.n.values
        """
    ).numbers
    let wanted = [1, 0.9, 0.72, 0.576, 0.5184]
    #expect(numbers.count >= wanted.count, "\(numbers)")
    for (a, b) in zip(numbers.suffix(5), wanted) { #expect(abs(a - b) < 1e-12, "\(numbers)") }
  }

  @Test func flowThatLeavesTheNumbersIsAWarning() {
    let result = outcome(
      of: """
        problem falling {
          param x = 1
          loss = -x^3
        }
        run r = falling() with gd(lr = 0.01) for 40 steps { record x }
        let f = flow(r)
        print f.diverged, f.x.count
        """)
    #expect(result.codes == ["W0702"])
    // x' = 3 x² from 1 is at infinity at time 1/3.
    #expect(result.lines == ["true  34"])
  }

  /// What `descent help` shows of a built-in function runs, and its claims hold.
  @Test(arguments: Builtin.all.filter { $0.details.contains("example:") }.map(\.name))
  func examplesOfTheHelpRun(name: String) throws {
    let details = try #require(Builtin.named(name)).details
    let script = try #require(details.split(separator: "example:\n").last)
    // What a script writes it can read again, where both is in one folder.
    let host: any Host = script.contains("save ") ? MemoryHost(currentDirectory: "/a", outputDirectory: "/a") : dataHost
    let result = outcome(of: String(script), host: host)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.claims.allSatisfy { $0 == "supported" }, "\(result.claims)")
    #expect(!result.lines.isEmpty)
  }

  /// Names, kinds and shapes of a flow are known before anything runs.
  @Test func flowsAreCheckedBeforehand() {
    #expect(checking(Self.full + "let f = flow(r)\nprint f.los").places == ["E0310 3"])
    #expect(checking(Self.full + "let m = central_flow(r)\nprint final(m.oscillation), m.x[5]").places == ["E0504 3"])
  }
}
