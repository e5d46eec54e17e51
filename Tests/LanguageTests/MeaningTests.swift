import Diagnostics
import Language
import Testing

/// What was once taken though it makes no sense: refused where it stands, or given its right value.
@Suite struct MeaningTests {
  private static let head = """
    run r = quadratic([4, 1], start = 1) with gd(lr = 0.1) for 12 steps { record loss, gradient_norm }
    problem lin() { param W: [2] = 1; param b = 0; loss = norm2(W - 1) + b^2 }
    sweep m over width in [2, 4], rule in [sgd(0.1), adam(0.1)], seed in 1...3 {
      run quadratic([1, 2], start = width) with rule for 5 steps { record loss }
    }
    sweep n over name in ["b", "a"], seed in 1...3 {
      run quadratic([1, 2], start = 1) with sgd(0.1) for 5 steps { record loss }
    }
    let v = [3.0, 1, 2]

    """

  @Test(
    arguments: [
      ("run t = lin() with gd(0.1) for 3 steps { record loss as W }", "E0307"),
      ("problem q() { param w: [2] ~ 3; loss = norm2(w) }\nrun t = q() with gd(0.1) for 3 steps { }", "E0403"),
      ("problem q() { param w: [2] ~ [1, 2]; loss = norm2(w) }\nrun t = q() with gd(0.1) for 3 steps { }", "E0403"),
      ("run t = lin() with sgd(0.1) on matrices, sgd(0.1) on rest for 3 steps { }", "E0312"),
      ("plot v vs step", "E0403"), ("plot r.x vs epoch", "E0403"),
      ("plot final(m.loss), r.loss vs width", "E0604"), ("plot final(m.loss) vs rule", "E0403"),
      ("plot final(n.loss) vs name", "E0403"), ("plot final(m.loss) vs width, color rule, band width", "E0604"),
      ("run t = lin() with gd(0.1) for 3 steps { record with_error(loss, -1) as e }", "E0603"),
    ])
  func whatMakesNoSenseIsFoundByChecking(line: String, code: String) {
    let found = checking(Self.head + line)
    #expect(found.codes == [code], "\(line): \(found.words)")
  }

  @Test(
    arguments: [
      ("print breast_cancer.only([0, 5])", "E0824"),
      ("claim \"c\": increasing(final(m.loss where width == 2) by rule)", "E0403"),
      ("claim \"c\": increasing(final(n.loss) by name)", "E0403"),
      (
        "process ou() { state y = 1.0; dy = -y * dt }\nrun p = ou() dt 0.1 for 1 time { record y as z }\ncompare r, p",
        "E0604"
      ),
    ])
  func whatMakesNoSenseIsRefused(line: String, code: String) {
    let found = outcome(of: Self.head + line, host: dataHost)
    #expect(found.codes == [code], "\(line): \(found.words)")
  }

  @Test func whatMakesSenseStays() {
    let found = outcome(
      of: Self.head + """
        run t = lin() with gd(0.1) for 3 steps { record mean(W) as W, loss; at step 2 { b = 7; x = 0.5 * x } }
        print t.W[0], t.b
        let e = final(n.loss where name == "a")
        print "{e:.3f}"
        plot v
        """)
    #expect(found.lines.prefix(2).count == 2, "\(found.lines)")
  }

  @Test func aStepSizeWithAnErrorIsRefusedAtTheCall() {
    let found = outcome(of: Self.head + "run t = lin() with gd(lr = plateau(r.loss)) for 3 steps { }")
    #expect(found.codes.first == "E0403" && found.words.contains("(plateau(r.loss)).value"), "\(found.words)")
    #expect(!found.words.contains("`*` cannot"), "\(found.words)")
  }
}
