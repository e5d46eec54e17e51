import Diagnostics
import Language
import Testing

/// Schemes of processes: orders of convergence on paths that are the same for every step and scheme, and their conditions.
@Suite struct SchemeTests {
  /// 2,000 paths of geometric Brownian motion and of what drives it; Itô's and Stratonovich's sense; exact solutions.
  private static let motion = """
    let (μ, σ, n) = (1.5, 1, 2000)
    process ito { state x: [n] = 1, b: [n] = 0
      dx = μ * x * dt + σ * x * dB
      db = dB }
    process strat { state x: [n] = 1, b: [n] = 0
      stratonovich
      dx = μ * x * dt + σ * x * dB
      db = dB }
    fn rate(e) = log(e[0] / e[4]) / log(16)
    let hs = [2^-4, 2^-5, 2^-6, 2^-7, 2^-8]

    """

  private static func rates(_ process: String, _ scheme: String, exact: String) -> ScriptOutcome {
    outcome(
      of: motion + """
        fn end(h) {
          run r = \(process) dt h \(scheme) until 1 { record mean(x) at end }
          return r
        }
        fn strong(r) = mean(abs(r.x - exp(\(exact) + σ * r.b)))
        fn weak(r) = abs(mean(r.x) - mean(exp(\(exact) + σ * r.b)))
        print rate([strong(end(h)) for h in hs]), rate([weak(end(h)) for h in hs])
        """)
  }

  @Test(arguments: [
    ("ito", "", 0.5, 1.0), ("ito", "scheme euler", 0.5, 1.0), ("ito", "scheme milstein", 1, 1),
    ("ito", "scheme heun", 1, 1), ("strat", "scheme heun", 1, 1), ("strat", "scheme milstein", 1, 1),
    ("strat", "", 0.5, 1),
  ])
  func ordersOnGeometricMotion(process: String, scheme: String, strong: Double, weak: Double) {
    let found = Self.rates(process, scheme, exact: process == "ito" ? "μ - σ^2 / 2" : "μ")
    #expect(found.codes == [] && found.numbers.count == 2, "\(found.words)")
    #expect(found.numbers.count == 2 && abs(found.numbers[0] - strong) < 0.15, "\(found.numbers)")
    #expect(found.numbers.count == 2 && abs(found.numbers[1] - weak) < 0.15, "\(found.numbers)")
  }

  /// Additive noise: Euler's order is 1, against a path of a step 64 times shorter.
  @Test func eulerIsOfOrderOneForAdditiveNoise() {
    let found = outcome(
      of: """
        process ou { state x: [500] = 1
          dx = -2 * x * dt + dB }
        fn end(h) {
          run r = ou dt h until 1 { record mean(x) at end }
          return r.x
        }
        let exact = end(2^-13)
        print log(mean(abs(end(2^-3) - exact)) / mean(abs(end(2^-7) - exact))) / log(16)
        """)
    #expect(found.codes == [] && found.numbers.count == 1 && abs(found.numbers[0] - 1) < 0.15, "\(found)")
  }

  /// The increment over a step is the sum of those over its halves, in every scheme; elements and seeds have their own.
  @Test(arguments: ["0.1", "0.01", "1", "3", "0.3", "16"]) func motionsAreThoseOfTime(dt: String) {
    let found = outcome(
      of: """
        process b { state x: [3] = 0
          dx = dB }
        let h = \(dt)
        run r = b dt h for 16 steps { record x[0] as a, x[2] as c }
        run half = b dt h / 2 for 32 steps { record x[0] as a every 2 }
        run fine = b dt h / 8 scheme heun for 128 steps { record x[0] as a every 8 }
        run other = b dt h seed 1 for 16 steps { record x[0] as a }
        fn gap(x, y) = max(abs(x.values - y.values))
        print gap(r.a, half.a), gap(r.a, fine.a), gap(r.a, r.c) > 0, gap(r.a, other.a) > 0
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.count >= 2 && found.numbers.prefix(2).allSatisfy { abs($0) < 1e-12 }, "\(found.lines)")
    #expect(found.lines.last?.contains("true  true") == true, "\(found.lines)")
  }

  /// The law of increments: 60,000 of them are normal with variance dt, and those of other steps are independent of them.
  @Test func incrementsAreNormal() {
    let found = outcome(
      of: """
        process b { state x: [20_000] = 0, y: [20_000] = 0
          dx = dB
          dy = dB - x / dt * dt }
        run one = b dt 0.01 for 1 steps { record x[0] at end }
        run two = b dt 0.01 for 2 steps { record x[0] at end }
        let (u, v) = (one.x / 0.1, (two.x - one.x) / 0.1)
        print same_law(u, normal(), within = 2%), same_law(v, normal(), within = 2%)
        print abs(mean(u * v)) < 0.03, abs(std(u) - 1) < 0.02
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(!found.lines.contains { $0.contains("refuted") || $0.contains("false") }, "\(found.lines)")
  }

  @Test(arguments: [
    ("state x: [2] = 1\n let A = [[1.0, 2], [0.5, 1]]\n dx = -x * dt + x * (A @ dB)", "milstein", "E0407 4"),
    ("state x: [2] = 1\n let A = [[1.0, 2], [0.5, 1]]\n dx = -x * dt + A @ dB", "milstein", ""),
    ("state x: [2] = 1\n let A = [[1.0, 2], [0.5, 1]]\n dx = -x * dt + x * (A @ dB)", "heun", "E0407 4"),
    ("state x = 1, y = 1\n dx = dB1\n dy = x * dB2", "milstein", "E0407 4"),
    ("state x = 1, y = 1\n dx = y * dB1\n dy = y * dB1", "milstein", ""),
    ("state x: [3] = 1\n\n dx = x * dB", "milstein", ""),
    ("state x = 1\n\n dx = -x * dt + dB * dB - dt", "tamed", "E0407 3"),
    ("state x = 1\n\n dx = -x * dt", "milstein", "E0604 4"), ("state x = 1\n\n dx = -x * dt", "heun", ""),
    ("state x = 1\n\n dx = -x * dt + dB", "rk4", "E0604 4"), ("state x = 1\n\n x' = -x", "heun", "E0604 4"),
    ("state x = 1, y = 0\n dx = dB\n y' = y + 1", "heun", "E0407 3"),
  ])
  func conditionsOfSchemes(members: String, scheme: String, place: String) {
    let lines = members.replacing("\n\n", with: "\n").split(separator: "\n").map(String.init)
    let padded = lines.joined(separator: lines.count == 2 ? "\n\n" : "\n")
    let script =
      "process p { \(padded) }\nrun r = p\(members.contains("'") && !members.contains("dx") ? "" : " dt 0.1") scheme \(scheme) for 3 steps"
    let found = outcome(of: script)
    #expect(found.places == (place.isEmpty ? [] : [place]), "\(found.words)")
  }

  /// Equations with superlinear coefficients: Euler's steps blow up, with the equation and the scheme to try; tamed ones do not.
  @Test func tamedStepsStayBounded() {
    let equation = """
      process steep { state x = 3
        dx = -x^3 * dt + x^2 * dB }

      """
    let plain = outcome(of: equation + "run r = steep dt 0.5 until 20 { record x every 1 time }")
    #expect(plain.codes == ["W0701"] && plain.words.contains("scheme tamed"), "\(plain.words)")
    #expect(plain.words.contains("by `dx = -x^3 * dt + x^2 * dB`"), "\(plain.words)")
    let tamed = outcome(
      of: equation + "run r = steep dt 0.5 scheme tamed until 20 { record x at end }\nprint final(r.x)")
    #expect(tamed.codes == [] && tamed.numbers.count == 1 && tamed.numbers[0].isFinite, "\(tamed.words)")
  }

  @Test(arguments: [("rk4", 4.0), ("heun", 2), ("euler", 1)]) func ordersWithoutNoise(scheme: String, order: Double) {
    let found = outcome(
      of: """
        process p { state x = 1
          dx = -x * cos(t) * dt }
        fn end(h) {
          run r = p dt h scheme \(scheme) until 1 { record x at end }
          return abs(final(r.x) - exp(-sin(1)))
        }
        print log(end(2^-3) / end(2^-5)) / log(4)
        """)
    #expect(found.numbers.count == 1 && abs(found.numbers[0] - order) < 0.15, "\(found.words) \(found.numbers)")
  }

  /// Steps that are chosen keep the tolerance, through a stiff bend too; within an ensemble each path chooses its own.
  @Test func adaptiveStepsKeepTheTolerance() {
    let found = outcome(
      of: """
        process p { state x = 1, y: [2] = [1, 2]
          dx = -x * cos(t) * dt
          dy = -y * dt }
        run r = p dt 1 scheme adaptive tolerance 1e-10 until 4 { record x, y[1] as y }
        print max(abs(r.x.values - exp(-sin(r.x.times)))), max(abs(r.y.values - 2 * exp(-r.y.times)))
        process bend(k = 1000) { state z ~ uniform(0.1, 0.2)
          dz = k * z * (1 - z) * dt }
        ensemble e = bend() paths 20 dt 1 scheme adaptive until 1 { record z at end }
        print max(abs(e.z.values - 1))
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.count == 3 && found.numbers.allSatisfy { $0 < 1e-7 }, "\(found.lines)")
    let explodes = outcome(
      of: "process p { state x = 1; dx = x^2 * dt }\nrun r = p dt 0.25 scheme adaptive until 2 { record x }")
    #expect(explodes.codes == ["W0701"] && explodes.words.contains("time 1"), "\(explodes.words)")
    for (clauses, code) in [("tolerance 1e-3", "E0604"), ("scheme adaptive tolerance 0", "E0603")] {
      let script = "process p { state x = 1; dx = x * dt }\nrun r = p dt 0.25 \(clauses) until 2"
      #expect(checking(script).codes == [code], "\(checking(script).words)")
    }
  }
}
