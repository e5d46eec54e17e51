import Diagnostics
import Language
import Testing

/// What a metric sees one step ahead, against what the run then does, at every step.
@Suite struct LookAheadTests {
  /// Enough for joint steps, which take two at least of 16.
  private static let steps = 40

  private static func expectZero(_ run: String, _ changes: String) {
    let numbers = SmallFit.numbers(
      """
      let A = draw(normal(), [12, 3])
      let b = draw(normal(), [12], 1)
      run r = \(run) for \(steps) steps {
        record x[0] as x0, next.x[0] as n0, v[1] as v1, next.v[1] as n1, norm(next.x - x) as move
        record live.loss as l, next.live.loss as nl, norm(live.g) as g, norm(next.live.g) as ng
        record dot(live.g, next.live.g) as both
        \(changes)
      }
      for t in 0..<\(steps) {
        print r.x0.values[t + 1] - r.n0.values[t], r.v1.values[t + 1] - r.n1.values[t]
        print r.l.values[t + 1] - r.nl.values[t], r.g.values[t + 1] - r.ng.values[t]
      }
      """, count: 4 * steps)
    #expect(numbers.allSatisfy { abs($0) < 1e-12 }, "\(changes): \(numbers)")
  }

  @Test(
    "the next step is seen with the settings that it will have",
    arguments: [
      "at step 4 { lr = 0.2 }", "at step 4 { v = 0 }", "at step 4 { batch = 5 }", "at step 1 { batch = 2 }",
      "at step 4 { x *= 0.5 }", "at step 4 { v = lr * g }", "at step 4 { v = live.g }",
      "at step 4 { v = sharpness * v }", "at step 3 { batch = 12 }\n  at step 4 { v *= step }",
      "at step 4 { sampler = replacement }",
      "at step 4 { v = 2 * v\n    lr *= 3\n    batch += 1 }\n  at step 4 { v += 1 }",
    ])
  func interventions(_ changes: String) {
    Self.expectZero("least_squares(A, b) with heavy_ball(lr = 0.05, momentum = 0.9) batch 3", changes)
  }

  @Test func functionsSpeakOfOtherSteps() {
    let numbers = SmallFit.numbers(
      """
      fn away(z) = norm(z - start)
      fn move() = norm(next.x - x)
      run r = quadratic([1, 4]) with gd(lr = 0.1) for 3 steps {
        record away(x) as a, norm(x - start) as b, move() as c, norm(next.x - x) as d
      }
      for t in 0..<4 { print r.a.values[t] - r.b.values[t], r.c.values[t] - r.d.values[t] }
      """, count: 8)
    #expect(numbers.allSatisfy { $0 == 0 })
  }

  @Test func fullBatchesBecomeSmall() {
    Self.expectZero("least_squares(A, b) with heavy_ball(lr = 0.05, momentum = 0.9)", "at step 4 { batch = 3 }")
  }
}
