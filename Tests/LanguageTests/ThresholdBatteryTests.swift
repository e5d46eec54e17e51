import Diagnostics
import Language
import Library
import Testing

/// Every optimizer of the library has a stability threshold that its runs obey, or says why it has none.
@Suite struct ThresholdBatteryTests {
  static let optimizers = LibraryEntries.all.filter { $0.kind == "optimizers" }.map(\.name)

  /// Arguments without defaults; noise moves no threshold, and runs without it die out.
  private static let arguments = [
    "langevin": "temperature = 0", "noisy_gd": "σ = 0", "sgld": "n = 20, temperature = 0", "svrg": "m = 4",
    "clip_norm": "limit = 1", "clip_each": "limit = 1", "clip_value": "limit = 1", "weight_decay": "λ = 0.1",
  ]

  @Test(arguments: optimizers) func thresholdIsWhereRunsDiverge(optimizer: String) {
    let more = Self.arguments[optimizer]
    let found = outcome(of: "print threshold(\(optimizer)\(more.map { "(\($0))" } ?? ""), curvature = 2)")
    guard let edge = found.numbers.first else {
      #expect(found.codes == ["E0620"], "\(found.words)")
      return Self.expectFrozenThreshold(optimizer, found.words)
    }
    #expect(found.codes == [] && edge > 0 && edge.isFinite, "\(edge)")
    // A hundredth below the edge the run dies out, a hundredth above it grows.
    let rest = more.map { ", \($0)" } ?? ""
    let runs = outcome(
      of: """
        run a = quadratic([2], start = 1) with \(optimizer)(lr = \(0.99 * edge)\(rest)) for 20_000 steps { record abs(x[0]) as size }
        run b = quadratic([2], start = 1) with \(optimizer)(lr = \(1.01 * edge)\(rest)) for 20_000 steps { record abs(x[0]) as size }
        print final(a.size), b.diverged or final(b.size) > 1e6
        """)
    #expect(runs.codes.allSatisfy { $0.hasPrefix("W") }, "\(runs.words)")
    #expect(runs.numbers.count == 1 && runs.numbers[0] < 1e-6, "\(runs.lines)")
    #expect(runs.lines.last?.hasSuffix("true") == true, "\(runs.lines)")
  }

  /// Where the help says which states to hold, doing so gives a threshold.
  private static func expectFrozenThreshold(_ optimizer: String, _ words: String) {
    // … hold what it divides by at 1: `frozen = "v"`
    guard let last = words.split(separator: "`").last, last.hasPrefix("frozen = ") else { return }
    let frozen = String(last.dropFirst("frozen = ".count))
    let held = outcome(of: "print threshold(\(optimizer), curvature = 1, frozen = \(frozen))")
    #expect(held.codes == [], "\(held.words)")
    #expect(held.numbers.count == 1 && held.numbers[0] > 0 && held.numbers[0].isFinite, "\(held.lines)")
  }

  /// Rules that are gradient descent have its threshold however they are written, and compressors of one number too.
  @Test(arguments: [
    ("g - 0 * g", ""), ("max(g, 0) + min(g, 0)", ""), ("safe_divide(g^2, g)", ""), ("g + max(g, 0) - relu(g)", ""),
    ("abs(g) * sign(g)", ""),
  ]) func kinksThatCancelMoveNoThreshold(direction: String, _: String) {
    let found = outcome(
      of: "optimizer u(lr) { x' = x - lr * (\(direction)) }\nprint threshold(u(), curvature = 1)")
    #expect(found.codes == [] && found.numbers.count == 1, "\(found.words)")
    #expect(abs((found.numbers.first ?? 0) - 2) < 1e-12, "\(found.lines)")
    let signs = outcome(of: "print threshold(mem_sgd(c = sign_scaled()), curvature = 1)")
    #expect(signs.codes == [] && abs((signs.numbers.first ?? 0) - 2) < 1e-12, "\(signs.lines)")
  }

  /// What is linear along one line through 0 alone, or away from 0 alone, has no threshold.
  @Test(arguments: ["where(m' * g > 0, m', 0 * m')", "max(m', g)", "where(abs(m') > 1e-4, m', 0 * m')", "relu(m')"])
  func rulesThatAreLinearHereAndThereHaveNone(direction: String) {
    let found = outcome(
      of: """
        optimizer u(lr) { state m = 0
          m' = 0.9 * m + g
          x' = x - lr * (\(direction)) }
        print threshold(u(), curvature = 1)
        """)
    #expect(found.codes == ["E0620"], "\(found.words) \(found.lines)")
  }

  /// What one coordinate does not show is looked for with two, where there are several.
  @Test(arguments: [
    ("mem_sgd(c = top(1))", "with two coordinates"), ("mixed()", "it does more than to each what it does to one"),
    ("heavy_ball(momentum = 0.5)", ""), ("nesterov(momentum = 0.5)", ""),
  ]) func severalCoordinatesAreNotOne(rule: String, refusal: String) {
    let found = outcome(
      of: """
        optimizer mixed(lr) { x' = x - lr * (g + sum(g)) }
        print threshold(\(rule), curvature = diag([4, 3, 2, 1]))
        """)
    #expect(found.codes == (refusal.isEmpty ? [] : ["E0620"]), "\(rule): \(found.words) \(found.lines)")
    #expect(refusal.isEmpty || found.words.contains(refusal), "\(rule): \(found.words)")
  }

  /// What is held to make a linear step is what the optimizer divides by, not its sign.
  @Test func helpNamesTheOptimizersOwnStates() {
    let expected: [(String, String?)] = [
      ("adam", "\"v\""), ("adagrad", "\"s\""), ("adadelta", "[\"u\", \"v\"]"), ("lion", nil), ("sign_sgd", nil),
      ("sam", nil),
    ]
    for (optimizer, states) in expected {
      let words = outcome(of: "print threshold(\(optimizer), curvature = 1)").words
      #expect(words.contains("frozen = ") == (states != nil), "\(words)")
      if let states { #expect(words.contains("frozen = \(states)"), "\(words)") }
    }
    #expect(outcome(of: "print threshold(lion, curvature = 1, frozen = \"m\")").codes == ["E0620"])
  }

  /// Numbers of very different size keep their digits, or say that they do not.
  @Test(arguments: [
    ("sgd(), curvature = 1, variance = 1e10", 2.0 / (1 + 1e10)), ("sgd(), curvature = 1, variance = 1e16", 2e-16),
    ("sgd(), curvature = 1e-8, variance = 1e12", 2e-20),
    ("heavy_ball(momentum = 0.9), samples = [1, 0], weights = [1e-15, 1 - 1e-15]", 0.2),
    ("sgd(), samples = [1, 0], weights = [1e-17, 1 - 1e-17]", 2.0),
    ("heavy_ball(momentum = 1 - 1e-14), curvature = 1", 4.0), ("heavy_ball(momentum = 1 - 1e-6), curvature = 1", 4.0),
    ("sgd(), samples = [1, -1], weights = [0.5 + 1e-12, 0.5 - 1e-12]", 4e-12),
    ("sgd(), samples = [1, -1], weights = [0.5 + 1e-6, 0.5 - 1e-6]", 4e-6),
  ])
  func digitsAreNotLostInSilence(arguments: String, wanted: Double) {
    let found = outcome(of: "print threshold(\(arguments))")
    let isRight = abs((found.numbers.first ?? .nan) / wanted - 1) < 2e-6
    #expect(found.codes == [] ? isRight : found.codes == ["W0727"], "\(found.lines) \(found.words)")
  }

  /// A direction that hardly curves counts where the curvature says so exactly.
  @Test func smallCurvaturesCount() {
    let rule = "optimizer odd(lr) { x' = (1 + 0.5 * lr) * x - lr * g }\n"
    let found = outcome(of: rule + "print threshold(odd, curvature = [1, 1e-13]), threshold(odd, curvature = [1, 0])")
    #expect(found.numbers.count == 2 && found.numbers[0] == 0 && abs(found.numbers[1] - 4) < 1e-9, "\(found.lines)")
  }

  /// An average of the iterates does not decide where they diverge.
  @Test func statesBesideTheIterationDoNotCount() {
    #expect(abs((outcome(of: "print threshold(averaging, curvature = 2)").numbers.first ?? 0) - 1) < 1e-12)
  }
}
