import Language
import Testing

/// Runs that end where what they record no longer falls.
@Suite struct StallTests {
  /// w goes through 3, 2, 1, 0, … and back: the smallest value of |w − 1| is at step 2.
  private static let head = """
    problem line() { param w = 3.0; loss = w }
    run full = line() with gd(lr = 1) for 20 steps { record abs(w - 1) as far }

    """

  @Test(arguments: [
    ("stalled(far, 3 records)", "record abs(w - 1) as far", 5), ("stalled(far, 1)", "record abs(w - 1) as far", 3),
    ("stalled(far, records = 2)", "record abs(w - 1) as far every 2", 6),
    ("stalled(loss, 3 records)", "record loss", 20), ("stalled(far, 30 records)", "record abs(w - 1) as far", 20),
    ("stalled(c, 4 records)", "record 0 * w as c", 4),
  ])
  func itStopsSoManyRecordsAfterTheSmallest(condition: String, record: String, steps: Int) {
    let result = outcome(
      of: Self.head + """
        run r = line() with gd(lr = 1) for 20 steps { \(record); stop when \(condition) }
        print r.steps
        """)
    #expect(result.findings.isEmpty, "\(result.words)")
    #expect(result.lines.last == "\(steps)", "\(result.lines)")
  }

  @Test func theBestIsThereAfterwards() {
    let result = outcome(
      of: Self.head + """
        run r = line() with gd(lr = 1) for 20 steps {
          record abs(w - 1) as far
          record w every 7
          stop when stalled(far, 3 records)
          stop when w < -10
        }
        print argmin(r.far), min(r.far), final(r.far), final(r.w), stalled(r.far, 3), stalled(r.far, 4), stalled(full.far, 18)
        fork r at 3 as f { lr = 0.5 }
        print f.steps, argmin(f.far)
        sweep s over lr in [1, 0.5], seed in [1, 2] { run line() with gd(lr = lr) for 20 steps { record abs(w - 1) as far; stop when stalled(far, 3 records) } }
        table s: final(far) by lr
        print mean(final(s.far) where lr == 1).value, mean(final(s.far) where lr == 0.5).value
        """)
    #expect(result.codes.allSatisfy { $0.hasPrefix("W") }, "\(result.words)")
    #expect(result.lines.first == "2  0  3  -2  true  false  true", "\(result.lines)")
    #expect(result.lines.contains("5  2"), "\(result.lines)")
    #expect(result.lines.last == "lr = 1: 3  lr = 0.5: 1.5", "\(result.lines)")
  }

  static let refused: [(body: String, words: String)] = [
    ("record loss; stop when stalled(far, 3 records)", "a value that the run records"),
    ("stop when stalled(loss, 3 records)", "a value that the run records"),
    ("record loss; stop when stalled(loss, 0 records)", "1"),
    ("record loss; stop when stalled(loss, -2)", "1"),
    ("record loss; stop when stalled(loss, 1.5 records)", "whole"),
    ("record loss; stop when stalled(loss)", "records"),
    ("record loss; stop when stalled(loss, 3 steps)", "steps"),
    ("record loss; stop when stalled(loss, 3 records, 4)", "argument"),
    ("record loss; stop when stalled(2 * loss, 3 records)", "a value that the run records"),
  ]

  @Test(arguments: refused) func whatIsNoneIsRefused(body: String, words: String) {
    let result = outcome(of: Self.head + "run r = line() with gd(lr = 1) for 20 steps { \(body) }")
    #expect(result.codes.contains { $0.hasPrefix("E") }, "\(result.lines)")
    #expect(result.words.contains(words), "\(result.words)")
  }
}
