import Language
import Testing

/// Metrics as hyper-parameters, and numbers that are held.
@Suite struct MeasuredTests {
  private static let head = """
    let A = [[sin(1 + 1.7*i + 0.9*j + 0.1*i*j) for j in 0..<3] for i in 0..<7]
    problem bent() {
      param w: [3] = [0.3, -0.2, 0.5]
      param b = 0.5
      sample i in 0..<7
      loss = softplus(dot(A[i], w) + b) + (dot(A[i], w) - b)^2 / 2
    }

    """

  /// x − g/λ with λ that `record` shows at that step, with whatever batches, metrics and parameter tensors.
  @Test(arguments: ["", " batch 2", " precision f32"]) func theStepIsWithWhatIsRecorded(clauses: String) {
    let result = outcome(
      of: Self.head + """
        run r = bent() with sgd(lr = 1 / sharpness)\(clauses) for 12 steps { record loss, sharpness, lr, norm(next.x - x) / norm(live.g) as ratio }
        run q = bent() with sgd(lr = 1 / sharpness)\(clauses) for 12 steps { record loss every 6 }
        print max(abs(r.lr.values * r.sharpness.values - 1)) < 1e-6, max(abs(r.ratio.values / r.lr.values - 1)) < 1e-3
        print final(r.loss) == final(q.loss), r.sharpness[0] != r.sharpness[12]
        """)
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    #expect(result.lines.suffix(2) == ["true  true", "true  true"], "\(result.lines)")
  }

  @Test func heldNumbersAreThoseOfTheirSteps() {
    let result = outcome(
      of: Self.head
        + """
        run r = bent() with sgd(lr = 1 / hold(sharpness, 5 steps)) for 12 steps { record sharpness, 1/lr as held, norm(next.x - x) / norm(g) as ratio }
        print max(abs(r.held[0:5].values - r.sharpness[0])), max(abs(r.held[5:10].values - r.sharpness[5])), abs(r.held[12] - r.sharpness[10])
        print max(abs(r.ratio.values * r.held.values - 1)) < 1e-6
        run s = bent() with sgd(lr = 1 / hold(sharpness, 5 steps)) for 12 steps {
          record sharpness, 1/lr as held
          at step 7 { lr = 1 / hold(2 * sharpness, 3 steps) }
        }
        print abs(s.held[6] - s.sharpness[5]), abs(s.held[7] / s.sharpness[7] - 2), abs(s.held[9] / s.sharpness[7] - 2), abs(s.held[10] / s.sharpness[10] - 2)
        fork r at 8 as f { momentum = 0 }
        """.replacing(
          "fork r at 8 as f { momentum = 0 }",
          with: "fork r at 8 as f { }\nprint abs(f.held[9] - r.held[9]), f.held[12] - r.held[12]"))
    #expect(result.codes.isEmpty, "\(result.words)")
    #expect(result.numbers.count == 9, "\(result.lines)")
    #expect(result.numbers.allSatisfy { abs($0) < 1e-9 }, "\(result.lines)")
    #expect(result.lines.contains("true"), "\(result.lines)")
  }

  static let refused: [(script: String, words: String)] = [
    (
      "run r = bent() with sgd(lr = 1 / sharpness) for 5 steps { record loss }\ncompare r, flow(r)",
      "depends on where the run is"
    ),
    (
      "run r = bent() with sgd(lr = 1 / sharpness) batch 2 for 5 steps { record loss }\ncompare r, sde(r)",
      "depends on where the run is"
    ),
    (
      "run r = bent() with heavy_ball(lr = 0.1, momentum = 1 / (1 + sharpness)) batch 2 for 5 steps { record loss }\nprint threshold(r)",
      "sharpness"
    ),
    (
      "run r = bent() with sgd(lr = 1 / sharpness) for 5 steps { record loss }\nprint sensitivity(r, \"lr\").loss",
      "derivative"
    ),
    ("run r = bent() with sgd(lr = step_length) for 5 steps { record loss }", "before its update"),
    ("run r = bent() with sgd(lr = hold(sharpness, 0 steps)) for 5 steps { record loss }", "1 or more"),
    ("run r = bent() with sgd(lr = hold(sharpness, 2.5 steps)) for 5 steps { record loss }", "whole"),
    ("run r = bent() with sgd(lr = hold(\"a\", 2 steps)) for 5 steps { record loss }", "number"),
    ("run r = bent() with sgd(lr = hold(g, 2 steps)) for 5 steps { record loss }", "single number"),
    ("run r = bent() with sgd(lr = 0.1) for 5 steps { record hold(loss, 2 steps) }", "hyper-parameters"),
    ("print hold(1, 2 steps)", "hyper-parameters"),
    ("run r = bent() with sgd(lr = 0.1) batch sharpness for 5 steps { record loss }", "before the first"),
    (
      "run r = bent() with sgd(lr = 0.1) for 5 steps { record sharpness }\nprint sensitivity(r, \"lr\").sharpness",
      "derivative"
    ),
  ]

  @Test(arguments: refused) func whatCannotBeIsRefused(script: String, words: String) {
    let result = outcome(of: Self.head + script)
    #expect(result.codes.contains { $0.hasPrefix("E") }, "\(result.lines)")
    #expect(result.words.contains(words), "\(result.words)")
  }
}
