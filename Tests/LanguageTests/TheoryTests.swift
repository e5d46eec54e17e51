import Testing

/// Stability thresholds that follow from an optimizer's equations, against closed forms worked out by hand.
@Suite struct ThresholdTests {
  static let cases: [(script: String, expected: [Double])] = [
    ("print threshold(gd, curvature = 4)", [0.5]),
    ("print threshold(gd(lr = 7), curvature = 4)", [0.5]),
    ("print threshold(sgd, curvature = 1, variance = 3)", [0.5]),
    (
      "print threshold(gd, curvature = [1, 0.01]), threshold(gd, curvature = [[2, 1], [1, 2]])",
      [2, 0.6666666666666666]
    ),
    ("print threshold(gd, samples = [1, 3]), threshold(gd, samples = [1, 3], weights = [3, 1])", [0.8, 1]),
    ("print threshold(gd, samples = [1, 3], batch = 4)", [0.9411764705882353]),
    ("print sharpness_threshold(gd(lr = 0.1)), sharpness_threshold(gd(lr = 0.1), samples = [1, 3])", [20, 16]),
    ("print sharpness_threshold(heavy_ball(lr = 0.5, momentum = 0.5), curvature = [1, 2])", [6]),
    // Weight decay adds to the curvature; an equation of the user's own is read like the library's.
    (
      "optimizer decayed(η, λ = 0.1) { x' = x - η * (g + λ * x) }\nprint threshold(decayed(λ = 0.5), curvature = 1.5)",
      [1]
    ),
    // x' = x - lr (1 - lr h) h x is stable while (1 - lr h) lr h stays between 0 and 2, so up to lr h = 1.
    (
      "optimizer twice(lr) { x' = x - lr * grad(x - lr * g) }\nprint threshold(twice, curvature = 2)", [0.5]
    ),
    ("optimizer pair(a, b) { x' = x - a * b * g }\nprint threshold(pair(b = 4), curvature = 1)", [0.5]),
    // Adam with its second moments held at 1 is an average of gradients; RMSProp is gradient descent.
    (
      "print threshold(adam(ε = 0), curvature = 1, frozen = \"v\"), threshold(rmsprop(ε = 0), 1, frozen = \"v\")",
      [38, 2]
    ),
    ("print sharpness_threshold(adam(lr = 0.1, ε = 0), frozen = \"v\")", [380]),
    // A rule that treats its coordinates unlike: the second one moves with twice the step size.
    (
      "optimizer unlike(lr) over all { x' = x - lr * g * [1, 2] }\n"
        + "print threshold(unlike, samples = [[[1, 0], [0, 1]], [[3, 0], [0, 3]]])", [0.4]
    ),
    // A direction without curvature does not move, and decides nothing.
    (
      "print threshold(gd, curvature = [2, 0]), threshold(gd, samples = [[[2, 0], [0, 0]], [[4, 0], [0, 0]]])",
      [1, 0.6]
    ),
  ]

  @Test(arguments: cases)
  func values(script: String, expected: [Double]) {
    let result = outcome(of: script)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == expected.count)
    for (value, wanted) in zip(result.numbers, expected) { #expect(abs(value - wanted) <= 1e-12 * wanted, "\(value)") }
  }

  /// The rows of a least-squares problem, one at a time: as when their Hessians are given.
  @Test func thresholdOfARunIsThatOfItsSamples() {
    let result = outcome(
      of: """
        let A = [[1.2, -0.5, 0.3], [-0.7, 1.1, 0.2], [0.4, 0.9, -0.6], [2.1, 0.3, 0.1]]
        let H = [outer(A[i], A[i]) for i in 0..<4]
        problem rows {
          param w: [3] = 0
          sample (a, y) from (A, [1.0, 2.0, 3.0, 4.0])
          loss = (dot(a, w) - y)^2 / 2
        }
        run r = rows() with heavy_ball(lr = 0.01) batch 1 replacement for 3 steps { record loss }
        run s = rows() with heavy_ball(lr = 0.01) batch 2 for 3 steps { record loss }
        run f = rows() with heavy_ball(lr = 0.01) for 3 steps { record loss }
        print threshold(r) / threshold(heavy_ball, samples = H) - 1
        print threshold(f) / threshold(heavy_ball, curvature = sum(H, axis = 0) / 4) - 1
        print threshold(r) < threshold(s), threshold(s) < threshold(f)
        print threshold(s) / threshold(heavy_ball, samples = H, batch = 3) - 1
        """)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.numbers.count == 3)
    // Without replacement a batch of 2 of 4 has the covariance of 3 independent samples.
    for value in result.numbers { #expect(abs(value) < 1e-9) }
    #expect(result.lines.contains("true  true"))
  }

  @Test(arguments: [
    ("print threshold(adam, curvature = 1)", "E0620 1"), ("print threshold(sign_sgd, curvature = 1)", "E0620 1"),
    ("print threshold(sam, curvature = 1)", "E0620 1"), ("print threshold(schedule_free, curvature = 1)", "E0620 1"),
    ("print threshold(polyak, curvature = 1)", "E0620 1"), ("print threshold(gd)", "E0303 1"),
    ("print sharpness_threshold(gd)", "E0303 1"), ("print threshold(gd, curvature = -1)", "E0603 1"),
    ("print threshold(gd, samples = [1, 2], curvature = 1)", "E0604 1"),
    ("print threshold(gd, curvature = 1, batch = 2)", "E0604 1"), ("print threshold(2, curvature = 1)", "E0403 1"),
    ("print threshold(gd, samples = [1, 2], weights = [1])", "E0603 1"),
    ("print threshold(gd, samples = [1, 2], weights = [-1, 1])", "E0603 1"),
    ("print threshold(adam, curvature = 1, frozen = \"m\")", "E0620 1"),
    ("print threshold(adam, curvature = 1, frozen = \"w\")", "E0310 1"),
    ("print threshold(adam, curvature = 1, frozen = 1)", "E0403 1"),
    ("print threshold(gd, curvature = 1, variance = -1)", "E0603 1"),
    (
      "optimizer twice(lr) { x' = x - lr * grad(x - lr * g) }\nprint threshold(twice, curvature = 2, variance = 1)",
      "E0620 2"
    ),
    (
      "run r = quadratic([1]) with adam() for 3 steps { record loss }\nprint threshold(r)", "E0621 2"
    ),
    (
      "run r = quadratic([1]) with gd(lr = 0.1) for 3 steps { record loss }\nprint threshold(r, curvature = 1)",
      "E0604 2"
    ),
    (
      "run r = quadratic(draw(normal(), [65])) with gd(lr = 0.1) for 3 steps { record loss }\nprint threshold(r)",
      "E0603 2"
    ),
    // Only a threshold finds an argument that is left open.
    ("let o = heavy_ball(momentum = 0.9)\nrun r = quadratic([1]) with o for 1 steps", "E0303 1"),
  ])
  func refusals(script: String, place: String) {
    #expect(outcome(of: script).places == [place], "\(outcome(of: script).words)")
    #expect(checking(script).places == [place], "found before anything runs")
  }
}
