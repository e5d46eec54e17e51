import Diagnostics
import Language
import Testing

/// Time of a process: lengths and intervals are whole numbers of its steps.
@Suite struct TimeTests {
  private static let clock = "process clock { state x = 0.0\n  dx = dt }\n"

  @Test(arguments: [
    ("dt 0.1 until 3", "every 1 time", 4.0, 3.0), ("dt 0.1 until 3", "every 1", 4.0, 3.0),
    ("dt 0.1 until 3", "every 0.3", 11.0, 3.0),
    ("dt 0.25 until 2", "every 0.25 time", 9.0, 2.0), ("dt 0.1 for 30 steps", "every 10", 4.0, 3.0),
    ("dt 0.1 for 3 time", "every 5 steps", 7.0, 3.0), ("dt 1e-3 until 0.7", "every 0.1", 8.0, 0.7),
    ("dt 0.1 until 0", "every 1", 1.0, 0.0),
  ])
  func timeIsKept(length: String, cadence: String, count: Double, end: Double) {
    let found = outcome(
      of: Self.clock + "run a = clock \(length) { record x as q \(cadence) }\nprint a.q.count, final(a.q)")
    #expect(found.codes == [], "\(found.words)")
    #expect(
      found.numbers.count == 2 && found.numbers[0] == count && abs(found.numbers[1] - end) < 1e-9, "\(found.lines)")
  }

  @Test(arguments: [
    ("dt 0.3 until 1", "", "write 0.9 or 1.2, or `dt 1 / 4`"), ("dt 0.3 for 4 time", "", "write 3.9 or 4.2"),
    ("dt 0.7 until 2", "", "write 1.4 or 2.1"), ("dt 0.1 until 0.04", "", "write 0.1, or `dt 0.04`"),
    ("dt 0.1 until 1", "every 0.25 time", "write 0.2 or 0.3"), ("dt 0.1 until 1", "every 0.01", "write 0.1"),
  ])
  func timeThatIsNotReachedIsRefused(length: String, cadence: String, advice: String) {
    let script = Self.clock + "run a = clock \(length) { record x as q \(cadence) }"
    for found in [checking(script), outcome(of: script)] {
      #expect(found.places == ["E0603 3"] && found.words.contains(advice), "\(found.words)")
    }
  }

  @Test func problemsHaveNoTime() {
    let script = "run r = quadratic([1]) with gd(lr = 0.1) for 3 steps { record loss every 1 time }"
    #expect(checking(script).places == ["E0604 1"], "\(checking(script).words)")
    let change = "run r = quadratic([1]) with gd(lr = 0.1) for 3 steps { at 1 time { lr = 0.2 } }"
    #expect(checking(change).places == ["E0604 1"], "\(checking(change).words)")
  }

  /// Times are products with whole numbers, rounded once: the third step of 0.1 ends at 0.3.
  @Test(
    arguments: [
      ("0.1", [0, 0.1, 0.2, 0.3]), ("0.3", [0, 0.3, 0.6, 0.9]), ("1 / 3", [0, 1.0 / 3, 2.0 / 3, 1]),
      ("2", [0, 2, 4, 6]),
    ] as [(String, [Double])])
  func positionsAreTimes(dt: String, times: [Double]) {
    let found = outcome(
      of: Self.clock + "run a = clock dt \(dt) until 3 * \(dt) { record x as q }\nprint a.q.positions\n"
        + "print a.q.steps, a.q.times")
    #expect(found.codes == [] && found.numbers.prefix(4) == times[...], "\(found.words) \(found.numbers)")
    #expect(Array(found.numbers.dropFirst(4)) == [0, 1, 2, 3] + times, "\(found.numbers)")
  }

  /// A length in steps gives series along steps; either is had of either.
  @Test(arguments: ["until 1", "until 1 time", "for 1 time", "for 10 steps"]) func stepsAndTimes(length: String) {
    let found = outcome(
      of: Self.clock + "run a = clock dt 0.1 \(length) { record x every 0.1 time }\n"
        + "print first(time where a.x > 0.45), first(step where a.x > 0.45), first(a.x > 0.45)")
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers == [0.5, 5, length.contains("steps") ? 5 : 0.5], "\(found.lines)")
  }

  @Test func oneMomentIsRecorded() {
    let found = outcome(
      of: Self.clock + "run a = clock dt 0.1 until 1 {\n record x at 0.3\n record 2 * x as y at 4 steps\n}\n"
        + "print a.x.count, final(a.x), final(a.y), a.y.positions")
    #expect(found.codes == [] && found.numbers.first == 1, "\(found.words)")
    #expect(zip(found.numbers, [1, 0.3, 0.8, 0.4]).allSatisfy { abs($0 - $1) < 1e-12 }, "\(found.lines)")
    for (moment, code) in [("0.25", "E0603"), ("1.1", "E0603"), ("-1", "E0603"), ("5 epochs", "E0604")] {
      let script = Self.clock + "run a = clock dt 0.1 until 1 { record x at \(moment) }"
      #expect(checking(script).codes == [code], "\(moment): \(checking(script).words)")
    }
  }

  @Test func stepsOfProblemsHaveNoTime() {
    let script = "run r = quadratic([1]) with gd(lr = 0.1) for 9 steps { record loss }\n"
    for use in ["plot r.loss vs time", "print first(time where r.loss < 1)", "print r.loss.times"] {
      #expect(!outcome(of: script + use).codes.isEmpty, "\(use)")
    }
  }
}
