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
    // Only `threshold` leaves an argument open.
    ("let o = heavy_ball(momentum = 0.9)", "E0303 1"),
  ])
  func refusals(script: String, place: String) {
    #expect(outcome(of: script).places == [place], "\(outcome(of: script).words)")
    #expect(checking(script).places == [place], "found before anything runs")
  }
}
