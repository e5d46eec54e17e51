import Diagnostics
import Language
import Testing

/// States of processes that are stepped in a coordinate, and stay where it is defined.
@Suite struct CoordinateTests {
  /// Of geometric motion the logarithm has constant coefficients: every scheme is exact at every step, by Itô's formula.
  @Test(arguments: ["", "scheme milstein", "scheme heun"]) func geometricMotionIsExact(scheme: String) {
    let found = outcome(
      of: """
        let (μ, σ) = (1.5, 1)
        process ito { state x: [200] = 1 by log, b: [200] = 0
          dx = μ * x * dt + σ * x * dB
          db = dB }
        process strat { stratonovich
          state x: [200] = 1 by log, b: [200] = 0
          dx = μ * x * dt + σ * x * dB
          db = dB }
        fn gap(r, rate) = norm((log(r.x) - rate - σ * r.b).values)
        run r = ito dt 0.5 \(scheme) until 1 { record x, b at end }
        run s = strat dt 0.5 \(scheme) until 1 { record x, b at end }
        print gap(r, μ - σ^2 / 2), gap(s, μ)
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.count == 2 && found.numbers.allSatisfy { $0 < 1e-12 }, "\(found.lines)")
  }

  /// dx = x (1 − x) dB: the logit moves by dB and ½ (2x − 1) dt, and converges to the paths of smaller steps.
  @Test func logitsStayBetweenTheirBounds() {
    let found = outcome(
      of: """
        process share(σ) { state x: [400] = 0.5 by logit
          dx = σ * x * (1 - x) * dB }
        process plain(σ) { state y: [400] = 0
          dy = σ^2 * (1 / (1 + exp(-y)) - 0.5) * dt + σ * dB }
        run r = share(1) dt 2^-6 until 4 { record x at end
          record min(x) as low, max(x) as high }
        run s = plain(1) dt 2^-6 until 4 { record y at end }
        print norm((r.x - 1 / (1 + exp(-s.y))).values), min(r.low.values) > 0, max(r.high.values) < 1
        run e = share(1) dt 2^-6 scheme euler until 4 { record x at end }
        print norm((r.x - e.x).values)
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.count == 2 && found.numbers.allSatisfy { $0 < 1e-9 }, "\(found.lines)")
    #expect(found.lines.first?.contains("true  true") == true, "\(found.lines)")
  }

  /// A square root process that Euler's steps take below 0; its mean is m + (x₀ − m) e^-kt.
  ///
  /// Without noise, orders stay.
  @Test func squareRootsStayPositive() {
    let found = outcome(
      of: """
        process cir(k = 2, m = 1, σ = 1) { state x = 0.2 by log
          dx = k * (m - x) * dt + σ * sqrt(x) * dB }
        ensemble e = cir paths 20_000 dt 0.01 until 1 { record mean(x over path), min(x over path) every 0.1 time }
        print abs(final(e.mean).value - (1 - 0.8 * exp(-2))) < 0.015, min(e.min.values) > 0
        process decay { state x = 1 by log
          dx = -x * cos(t) * dt }
        fn end(h) {
          run r = decay dt h scheme rk4 until 1 { record x at end }
          return abs(final(r.x) - exp(-sin(1)))
        }
        print log(end(2^-3) / end(2^-5)) / log(4)
        run a = decay dt 0.5 scheme adaptive tolerance 1e-11 until 1.5 { record x
          stop when x < 0.5 }
        print final(a.x.times) - asin(log(2))
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.lines.first == "true  true", "\(found.lines)")
    #expect(found.numbers.count == 2 && abs(found.numbers[0] - 4) < 0.15, "\(found.lines)")
    #expect(found.numbers.count == 2 && abs(found.numbers[1]) < 1e-9, "\(found.lines)")
  }

  @Test(arguments: [
    ("state x = -1 by log\n dx = -x * dt", "E0603 1"), ("state x = 1 by logit\n dx = -x * dt", "E0603 1"),
    ("state x = 0.5 by lg\n dx = -x * dt", "E0301 1"),
    ("state x: [2] = 0.5 by log\n let A = [[1.0, 2], [0.5, 1]]\n dx = A @ dB", "E0407 4"),
    ("state x = 0.5 by log, n = 0\n dx = -x * dt\n n' = n + 1", "E0407 3"),
  ])
  func whatHasNoCoordinateIsRefused(members: String, place: String) {
    let found = outcome(of: "process p { \(members) }\nrun r = p dt 0.1 for 3 steps { record x at end }")
    #expect(found.places == [place], "\(found.words) \(found.places)")
  }

  @Test func aRuleHasNone() {
    let found = checking("optimizer o(lr) { state m = 1 by log\n  x' = x - lr * g }")
    #expect(found.codes.first == "E0203", "\(found.words)")
  }
}
