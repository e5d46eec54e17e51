import Diagnostics
import Language
import Testing

/// Events of differential equations, between the steps: against what is known in closed form.
@Suite struct EventTests {
  private static let decay = "process decay(k = 1) { state y = 1\n  dy = -k * y * dt }\n"

  /// y = e^-t falls below ½ at log 2; what is found is as exact as the scheme, and the condition holds there.
  @Test(arguments: [
    ("scheme adaptive tolerance 1e-12", 1.0, 1e-11), ("scheme adaptive", 0.5, 1e-7), ("scheme rk4", 0.1, 1e-6),
    ("scheme rk4", 0.01, 1e-10), ("scheme heun", 0.01, 2e-5), ("", 0.01, 5e-3), ("scheme tamed", 0.01, 5e-3),
  ])
  func aDecayIsCrossedAsExactlyAsItIsKnown(scheme: String, dt: Double, tolerance: Double) {
    let found = outcome(
      of: Self.decay + """
        run r = decay dt \(dt) \(scheme) until 4 { record y, t as clock every 2 steps
          stop when y < 0.5 }
        print final(r.y.times) - log(2), final(r.clock) - final(r.y.times), final(r.y) - 0.5, r.steps
        """)
    #expect(found.codes == [], "\(found.words)")
    let numbers = found.numbers
    #expect(numbers.count == 4 && abs(numbers[0]) < tolerance && abs(numbers[1]) < 1e-15, "\(numbers)")
    #expect(numbers.count == 4 && numbers[2] < 0 && numbers[2] > -1e-12, "\(numbers)")
  }

  /// Euler's step is linear in its length, so that its event is known to rounding.
  @Test func whatIsFoundIsOfTheScheme() {
    let found = outcome(
      of: Self.decay + """
        run r = decay dt 0.25 for 9 steps { record y
          stop when y < 0.5 }
        print final(r.y.positions), r.y.steps[-1], 2 + 4 * (1 - 0.5 / 0.5625)
        """)
    #expect(found.numbers.count == 3 && abs(found.numbers[0] - found.numbers[2]) < 1e-13, "\(found.lines)")
    #expect(found.numbers.count == 3 && found.numbers[0] == found.numbers[1], "\(found.lines)")
  }

  /// A condition begins to hold: the side from which it is reached is the direction.
  ///
  /// Half a turn, three quarters, one and
  /// a quarter, by comparisons, `and`, `or`, `not` and what compares nothing.
  @Test(arguments: [
    ("x < 0 and v > 0", 1.0), ("x > 0 and v > 0 and t > 1", 1.5), ("v < 0 and t > 2", 2.0), ("v < 0 and x < 0", 0.5),
    ("x < -1e9 or x < 0 and v > 0", 1.0), ("not (x >= 0 or v < 0)", 1.0), ("x * abs(x) < 0 and sign(v) == 1", 1.0),
  ])
  func directionsOfAnOscillator(condition: String, halves: Double) {
    let found = outcome(
      of: """
        process oscillator(w) { state x = 1, v = 0
          dx = v * dt
          dv = -w^2 * x * dt }
        run r = oscillator(2) dt 0.5 scheme adaptive tolerance 1e-12 until 10 { record x
          stop when \(condition) }
        print final(r.x.times) * 2 / π
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.count == 1 && abs(found.numbers[0] - halves) < 1e-10, "\(condition): \(found.numbers)")
  }

  /// A ball that keeps nine tenths of its speed: it falls for √(2 h / g), and every flight is 0.9 times as long as the last.
  @Test func aBallBounces() {
    let found = outcome(
      of: """
        let (h, g, e) = (1.5, 9.81, 0.9)
        process ball(y0, v0) { state y = y0, v = v0
          dy = v * dt
          dv = -g * dt }
        fn flight(y0, v0) {
          run r = ball(y0, v0) dt 0.2 scheme adaptive tolerance 1e-12 until 4 { record y, v at end
            stop when y < 0 and v < 0 }
          return r
        }
        var speed = 0
        var height = h
        var total = 0
        for n in 0..<4 {
          let r = flight(height, speed)
          total = total + r.y.times[-1]
          speed = -e * final(r.v)
          height = 0
        }
        let fall = sqrt(2 * h / g)
        print abs(total - fall * (1 + 2 * e + 2 * e^2 + 2 * e^3))
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.count == 1 && found.numbers[0] < 1e-10, "\(found.lines)")
  }

  /// Of an ensemble each path has its own; that of the seed's run is where the run stops.
  @Test func pathsHaveTheirEvents() {
    let found = outcome(
      of: """
        process decay { state y ~ uniform(1, 2)
          dy = -y * dt }
        ensemble e = decay paths 50 dt 0.5 scheme adaptive tolerance 1e-11 until 3 {
          record first(time where y < 0.5) as hit, first(step where y < 0.1) as late, first(time where y > 0.5) as once
          record y as y0 at 0
        }
        run r = decay dt 0.5 scheme adaptive tolerance 1e-11 until 3 { record y
          stop when y < 0.5 }
        print max(abs(e.hit.values - log(2 * e.y0.values))), e.hit.values[0] - final(r.y.times), max(e.once.values)
        print e.late.values[0..<2], log(10 * e.y0.values[0..<2]) / 0.5
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.count > 2 && found.numbers[0] < 1e-9 && abs(found.numbers[1]) < 1e-12, "\(found.lines)")
    #expect(found.numbers.count > 2 && found.numbers[2] == 0, "it holds at the start: \(found.lines)")
  }

  /// Paths with noise are known at the ends of steps alone; so are maps, and a condition that more than the state decides.
  @Test(arguments: ["dx = -x * dt + 0.1 * dB", "x' = 0.9 * x"]) func whatIsNotSmoothStopsAtSteps(equation: String) {
    let clauses = equation.contains("dt") ? "dt 0.25 until 10" : "for 40 steps"
    let found = outcome(
      of: """
        process p { state x = 1
          \(equation) }
        run r = p \(clauses) { record x
          stop when x < 0.4 }
        print final(r.x.positions) * (\(equation.contains("dt") ? "4" : "1")) - r.steps
        """)
    #expect(found.codes == [] && found.numbers == [0], "\(found.words) \(found.lines)")
  }

  /// Members of a sweep, in stacks or alone, with their own ends; means over seeds, slopes along an axis.
  @Test func sweepsOfEvents() {
    let found = outcome(
      of: """
        process decay(k) { state y ~ uniform(1, 2)
          dy = -k * y * dt }
        sweep s over k in [1, 2, 4], seed in 1...3 {
          run decay(k) dt 0.1 scheme rk4 until 3 { record y
            stop when y < 0.5 }
        }
        let hit = first(time where s.y < 0.5)
        print max(abs(final(s.y) - 0.5) over seed by k)
        print abs(slope(hit over k) + 1)
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.count > 3 && found.numbers.prefix(3).allSatisfy { $0 < 1e-12 }, "\(found.lines)")
    #expect(found.numbers.count > 3 && found.numbers[3] < 1e-3, "\(found.lines)")
  }

  /// The same in single precision; rounded states are looked at where steps end.
  @Test func formats() {
    let found = outcome(
      of: Self.decay + """
        run a = decay dt 0.1 scheme rk4 precision f32 until 3 { record y
          stop when y < 0.5 }
        run b = decay dt 0.125 precision bf16 until 3 { record y
          stop when y < 0.5 }
        print final(a.y.times) - log(2), final(b.y.times) * 8 - b.steps
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.count == 2 && abs(found.numbers[0]) < 1e-5 && found.numbers[1] == 0, "\(found.lines)")
  }

  /// The moment at which something first holds is no number of a run on its way.
  @Test func oneRunRecordsNoEvent() {
    let found = checking(
      Self.decay + "run r = decay dt 0.1 until 1 { record first(time where y < 0.5) as hit }")
    #expect(found.places == ["E0604 3"] && found.words.contains("stop when y < 0.5"), "\(found.words)")
  }
}
