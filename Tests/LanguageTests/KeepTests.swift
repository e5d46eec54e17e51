import Diagnostics
import Language
import Testing

/// `batch 3 keep`: an epoch goes through all of the data, and its last batch is the mean over what is left.
@Suite struct KeepTests {
  private static let head = """
    let X = [1.0, 2, 3, 4, 5, 6, 7]
    let Y = [2.0, -1, 3, 0.5, 1, -2, 4]
    problem line() { param w = 0.25; sample (x, y) from (X, Y); loss = (w * x - y)^2 / 2 }
    fn slope(w, a, b) = mean((w * X[a:b] - Y[a:b]) * X[a:b])

    """

  @Test(arguments: ["", " precision f32"])
  func theLastBatchIsTheMeanOverItsOwnSize(precision: String) {
    let found = outcome(
      of: Self.head + """
        run r = line() with sgd(lr = 0.01) batch 3 cyclic keep\(precision) for 2 epochs {
          record w as at_w, live.loss as l, next.live.loss as n, loss every 1 steps
          record w as each every 1 epochs
        }
        var w = 0.25
        var path = [w]
        for turn in 0..<2 {
          for (a, b) in [(0, 3), (3, 6), (6, 7)] {
            w = w - 0.01 * slope(w, a, b)
            path = concat(path, [w])
          }
        }
        print r.steps, r.each.positions, max(abs(r.at_w.values - path)) < 1e-7
        print abs(r.l[2] - (path[2] * 7 - 4)^2 / 2) < 1e-5, abs(r.n[1] - r.l[2]) < 1e-6, abs(r.n[4] - r.l[5]) < 1e-6
        """)
    #expect(found.findings.isEmpty, "\(found.words)")
    #expect(found.lines.suffix(2) == ["6  [0, 3, 6]  true", "true  true  true"], "\(found.lines)")
  }

  /// What is padded weighs nothing: the gradient of a batch of one is that of its sample, and an epoch sees each once.
  @Test func eachSampleIsSeenOnceAnEpoch() {
    let found = outcome(
      of: Self.head + """
        problem seen() {
          param w: [7] = 0
          sample i in 0..<7
          loss = -w[i]
        }
        run r = seen() with sgd(lr = 1) batch 3 keep seed 4 for 3 epochs { record sum(w) as s, min(w) as low, max(w) as high }
        print r.steps, r.s.values, r.low[9] > 0.999, r.high[9] < 3.001
        sweep s over seed in 4...6 {
          run seen() with sgd(lr = 1) batch 3 keep for 3 epochs { record sum(w^2) as q, live.loss as l, next.live.loss as n }
        }
        run q = seen() with sgd(lr = 1) batch 3 keep seed 5 for 3 epochs { record sum(w^2) as q, live.loss as l, next.live.loss as n }
        print max(abs((s.q.values where seed == 5) - q.q.values)), max(abs((s.l.values where seed == 5) - q.l.values))
        """)
    #expect(found.findings.isEmpty, "\(found.words)")
    // Each step moves by 1 in all.
    #expect(found.lines.first == "9  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]  true  true", "\(found.lines)")
    #expect(found.numbers.suffix(2).allSatisfy { $0 == 0 }, "\(found.lines)")
  }

  @Test func aDivisorKeepsNothingAndChangesNoBit() {
    let found = outcome(
      of: """
        problem p() { param w: [6] = 0.5; sample i in 0..<6; loss = (w[i] - i)^2 }
        run a = p() with sgd(lr = 0.1) batch 3 for 9 steps { record loss, batch_sharpness(4) as b }
        run b = p() with sgd(lr = 0.1) batch 3 keep for 9 steps { record loss, batch_sharpness(4) as b }
        print max(abs(a.loss - b.loss)), max(abs(a.b - b.b))
        """)
    #expect(found.findings.isEmpty && found.numbers == [0, 0], "\(found.words) \(found.lines)")
  }

  @Test func steppedAndChangedInFlight() {
    let found = outcome(
      of: Self.head + """
        run r = line() with sgd(lr = 0.01) batch 3 cyclic keep for 8 steps { record w as at_w; at step 3 { batch = 4 } }
        var w = 0.25
        for (a, b) in [(0, 3), (3, 6), (6, 7), (0, 4), (4, 7), (0, 4), (4, 7), (0, 4)] { w = w - 0.01 * slope(w, a, b) }
        print abs(final(r.at_w) - w) < 1e-12
        fork r at 4 as q { lr *= 1 }
        print max(abs(q.at_w - r.at_w))
        """)
    #expect(found.findings.isEmpty, "\(found.words)")
    #expect(found.lines == ["true", "0"], "\(found.lines)")
  }

  @Test(
    arguments: [
      ("run r = line() with sgd(lr = 0.1) keep for 3 steps { }", "E0604"),
      ("run r = quadratic([1]) with sgd(lr = 0.1) keep for 3 steps { }", "E0604"),
      ("run r = line() with sgd(lr = 0.1) batch 3 replacement keep for 3 steps { }", "E0604"),
      ("run r = line() with sgd(lr = 0.1) batch 3 keep for 3 steps { at step 2 { sampler = replacement } }", "E0604"),
      ("run r = line() with sgd(lr = 0.1) batch 3 keep for 3 steps { record batch_sharpness(4) }", "E0315"),
      ("run r = line() with sgd(lr = 0.1 / batch) batch 3 keep for 3 steps { }", "E0315"),
      ("run r = line() with sgd(lr = 0.1) batch 3 keep for 3 steps { record max(live.losses(x)) as m }", "E0315"),
      ("run r = line() with sgd(lr = 0.1) batch 3 keep for 3 steps { record loss }\nlet d = sde(r)", "E0621"),
      ("run r = line() with sgd(lr = 0.1) batch 3 cyclic keep for 3 steps { record loss }\nlet d = flow(r)", "E0621"),
      ("run r = line() with sgd(lr = 0.1) batch 3 keep for 3 steps { record loss }\nprint threshold(r)", "E0621"),
      (
        "problem whole() { param w = 1; batch (x, y) from (X, Y); loss = mean((w * x - y)^2) }\n"
          + "run r = whole() with sgd(lr = 0.1) batch 3 keep for 3 steps { }", "E0604"
      ),
    ])
  func whatHasNoMeaningIsRefused(script: String, code: String) {
    let found = checking(Self.head + script)
    #expect(found.codes == [code], "\(script): \(found.words)")
  }
}
