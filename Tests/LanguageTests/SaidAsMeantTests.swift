import Diagnostics
import Language
import Testing

/// What was accepted without a meaning, or meant something other than it says.
@Suite struct SaidAsMeantTests {
  private static let problem = """
    let X = draw(normal(), [60, 3])
    let Y = X @ [1, -2, 0.5] + 0.3 * draw(normal(), [60])
    problem lin() {
      param w: [3] ~ normal(0, 1)
      sample (a, b) from (X, Y)
      loss = (dot(a, w) - b)^2 / 2
    }

    """

  /// A recorded hyper-parameter that speaks of the loss or the gradient is the one that the next update takes.
  @Test(arguments: ["0.1 * loss", "0.1 / norm2(g)", "0.05 * loss / norm(x)", "0.02 * loss(x - 0.1 * g)"])
  func recordedStepSizeIsThatOfTheUpdate(rate: String) {
    let found = outcome(
      of: Self.problem + """
        run r = lin() with sgd(lr = \(rate)) batch 4 for 6 steps { record lr, norm(live.g) as size, w }
        run whole = lin() with sgd(lr = \(rate)) for 6 steps { record lr, norm(g) as size, w }
        for s in [r, whole] {
          let moves = [norm(s.w.at(k + 1) - s.w.at(k)) for k in 0..<6]
          print max(abs(moves - s.lr.values[:6] * s.size.values[:6]) / moves)
        }
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.count == 2 && found.numbers.allSatisfy { $0 < 1e-9 }, "\(found.lines)")
  }

  /// What stands before `dt` is the drift, before `dB` the diffusion: nothing else is an equation.
  @Test(arguments: [
    ("-x * dt + dB^2", false), ("-x * dt + sin(dB)", false), ("-x * dt + abs(dB)", false), ("-x * dt^2", false),
    ("-x * sqrt(dt) + dB", false), ("x * dt * dB", false), ("-x * dt + max(dB, 0)", false), ("dB1 * dB2", false),
    ("-x * dt + x * dB", true), ("(1 - x^3) * dt", true), ("sqrt(abs(x)) * (dB1 - 2 * dB2) + dt / (1 + x^2)", true),
  ])
  func incrementsAreLinear(side: String, isSound: Bool) {
    let found = outcome(
      of: """
        process p { state x = 1
          dx = \(side) }
        run r = p() dt 0.01 until 0.1 { record x }
        """)
    #expect(found.codes == (isSound ? [] : ["E0407"]), "\(side): \(found.words)")
  }

  @Test func everyStatisticOverPathsKnowsTheOthers() {
    let found = outcome(
      of: """
        process two { state x = 1, y = 0
          dx = -x * dt + dB
          dy = -y * dt + 0.5 * dB }
        ensemble e = two() paths 50 dt 0.1 until 1 {
          record mean(x * y over path) - mean(x over path) * mean(y over path) as c
          record mean(x over path) - mean(y over path) as d, mean(x over path) + mean(y over path) as s
          record median(x over path) - median(x over path) as none, var(x over path) - 4 * var(y over path) as v
          record x, y at end
        }
        fn deviation(u) = sqrt(sum((u - mean(u))^2) / 49)
        let (x, y) = (e.x.values, e.y.values)
        let product = (x - mean(x)) * (y - mean(y))
        print final(e.c.error) - deviation(product) / sqrt(50)
        print final(e.d.error) - deviation(x - y) / sqrt(50), final(e.s.error) - deviation(x + y) / sqrt(50)
        print final(e.none.error), final(e.v.error) < 0.5
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.numbers.prefix(3).allSatisfy { abs($0) < 1e-12 } && found.numbers.count == 4, "\(found.lines)")
    #expect(found.numbers.last.map { abs($0) < 1e-6 } == true, "\(found.lines)")
  }

  /// The order of paths has no place for what is not a number.
  @Test func orderOfNoNumbers() {
    let found = outcome(
      of: """
        process p { state x = 1
          dx = -x * dt + dB }
        ensemble e = p() paths 50 dt 0.1 until 1 { record median(log(x) over path) as m, median(x over path) as k }
        print is_finite(final(e.m.values)), is_finite(final(e.k.values))
        """)
    #expect(found.lines.last == "false  true", "\(found.lines)\n\(found.words)")
  }

  @Test func oneMistakeIsToldOnce() {
    let found = checking("process p { state x = 1\n dx = -x * dt }\nrun r = p() dt 0 until 1 { record x }")
    #expect(found.codes == ["E0603"], "\(found.words)")
  }

  /// Along one axis of a recorded matrix.
  @Test func oneAxisOfTensors() {
    let found = outcome(
      of: Self.problem + """
        run r = lin() with sgd(lr = 0.1) batch 4 for 20 steps {
          record [[w[0], w[1], 1], [w[2], w[1], 2]] as A every 5
        }
        let rows = mean(r.A over row)
        let columns = max(r.A over column)
        let A = r.A.at(10)
        print max(abs(rows.at(10) - mean(A, axis = 0))), max(abs(columns.at(10) - max(A, axis = 1)))
        print rows.at(10).shape, columns.at(10).shape
        print max(abs(mean(r.A over (column, row)).values - mean(r.A over (row, column)).values))
        """)
    #expect(found.codes == [], "\(found.words)")
    #expect(found.lines.first == "0  0" || found.numbers.prefix(2).allSatisfy { abs($0) < 1e-15 }, "\(found.lines)")
    #expect(found.lines.contains("[3]  [2]") && found.lines.last == "0", "\(found.lines)")
    let twice = "run r = lin() with gd(0.1) for 3 steps { record outer(w, w) as A }\nprint mean(r.A over (row, row))"
    #expect(checking(Self.problem + twice).codes == ["E0603"])
  }

  /// What is recorded under the text of an element is what that text gives.
  @Test func recordedElements() {
    let found = outcome(
      of: Self.problem + """
        run r = lin() with sgd(lr = 0.1) batch 4 for 5 steps { record w[2], loss }
        print r.w[2].values.count, final(r.w[2]) - r.w[-1], r.w[1] - r.w[1]
        """)
    #expect(found.codes == [] && found.numbers == [6, 0, 0], "\(found.words) \(found.lines)")
  }

  /// What running refuses is refused before.
  @Test(arguments: [
    ("table s: final(w)", "E0403"), ("plot s.w", "E0604"), ("plot s.w[0]", ""), ("plot max(s.w over index)", ""),
    ("table s: final(loss)", ""),
  ])
  func checkedAsRun(line: String, code: String) {
    let script =
      Self.problem + """
        sweep s over lr in [0.01, 0.1], seed in 1...2 {
          run lin() with sgd(lr = lr) batch 4 for 5 steps { record loss, w } }
        \(line)
        """
    let codes = code.isEmpty ? [] : [code]
    #expect(checking(script).codes == codes, "\(checking(script).words)")
    #expect(outcome(of: script).codes == codes, "\(outcome(of: script).words)")
  }

  /// An event that did not happen comes after what was seen.
  @Test func eventsThatDoNotHappen() {
    let found = outcome(
      of: Self.problem + """
        run r = lin() with sgd(lr = 0.1) batch 4 for 50 steps { record loss }
        print first(step where r.loss < 0)
        process p { state x = 1
          dx = -x * dt + dB }
        ensemble e = p() paths 2 dt 0.5 until 1 { record first(time where x > 100) as t }
        print e.t
        """)
    #expect(
      found.codes == [] && found.lines == ["> 50", "path = 0: > 1", "path = 1: > 1"], "\(found.lines) \(found.words)")
  }

  @Test func axesOfPlaces() {
    let found = outcome(
      of: """
        let A = [[1.0, 5, 2], [4, 3, 9]]
        let K = [[1, 5, 2], [4, 3, 9]]
        print argmax(A, axis = 0), argmax(A, axis = 1), argmin(A, axis = -1), argmax(A), argmin(K, axis = 0)
        """)
    #expect(found.lines == ["[1, 0, 1]  [1, 2]  [0, 1]  [1, 2]  [0, 1, 0]"], "\(found.lines) \(found.words)")
    #expect(checking("print argmax([[1, 2]], axis = 2)").codes == ["E0603"])
  }

  @Test(arguments: [
    ("print logspace(-3, -1, 5)", "logspace(1e-3, 1e-1, 5)"), ("print warmup(100)", "linear_warmup"),
    ("print 5 % (3)", "mod(5, b)"), ("print [1, 2].mean()", "`mean(…)`"), ("let v = [1, 2]\nprint v.size", "`.count`"),
    ("print round(1.234, 2)", "{x:.2f}"), ("print norm([1, 2], 1)", "sum(abs(x))"), ("print \"a\" + \"b\"", "{a}{b}"),
    ("print cov([1, 2])", "mean((x - mean(x))"), ("print np.mean([1, 2])", "mean(x)"),
  ])
  func wordsOfOtherTools(script: String, advice: String) {
    let found = checking(script)
    #expect(found.words.contains(advice), "\(script)\n\(found.words)")
  }

  /// Shares of values over the widths of bins, with the errors of shares.
  @Test func histograms() {
    let found = outcome(
      of: """
        let x = draw(normal(), [4000])
        let h = histogram(x, bins = 20, from = -2, to = 2)
        let inside = count(u >= -2 and u <= 2 for u in x) / 4000
        let v = [h[k].value for k in 0..<20]
        print sum(v) * 0.2 - inside, h.positions[0] + 1.9, h.positions.count
        let p = count(u >= 0 and u < 0.2 for u in x) / 4000
        print v[10] - p / 0.2, abs(h[10].error - sqrt(p * (1 - p) / 4000) / 0.2) < 0.01
        print count(abs(v - exp(-h.positions^2 / 2) / sqrt(2 * pi)) < 0.06) >= 19
        print histogram([2, 2, 2], bins = 1)[0].value, histogram([0, 1, 1, 4]).positions.count
        process p0 { state y ~ normal(0, 1)
          dy = -y * dt + dB }
        ensemble e = p0() paths 300 dt 0.1 until 1 { record y at end }
        plot histogram(e.y)
        """)
    #expect(found.codes == [], "\(found.words)")
    let numbers = found.numbers.filter { abs($0) > 1e-12 }
    #expect(numbers.prefix(1) == [20] && found.lines.contains { $0.hasSuffix("true") }, "\(found.lines)")
    #expect(found.lines.contains("1  4"), "\(found.lines)")
    for (script, code) in [
      ("print histogram([1, 2], bins = 0)", "E0603"), ("print histogram([1, 2], from = 3, to = 1)", "E0603"),
      ("print histogram([])", "E0407"), ("print histogram([1, 0.0 / 0.0])", "E0407"),
    ] {
      let found = outcome(of: script)
      #expect(found.codes == [code], "\(script) \(found.words)")
    }
  }
}
