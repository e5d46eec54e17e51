import Diagnostics
import Language
import Synchronization
import Testing
import Values

/// Mistakes of a user, each found before anything runs, at its line, in words that say what to do.
@Suite struct MessageTests {
  private static let problem = "problem p { param w = 1.0; loss = w^2 / 2 }\n"

  @Test(arguments: [
    ("print lerning\nlet learning = 1\n", "E0301 1", "`learning`"), ("print digts.count", "E0301 1", "`digits`"),
    ("let f = x => x\nprint f(y = 1)", "E0302 2", "accepts: x"),
    ("print zeros(shape = [3])", "E0302 1", "have no names"),
    ("print sum(1, axes = 0)", "E0302 1", "`axis`"), ("let f = (x, y) => x\nprint f(1)", "E0303 2", "`y`"),
    ("print exp(1, 2)", "E0305 1", "1 argument"), ("let x = 1\nprint x(2)", "E0311 2", "cannot be called"),
    ("print digits.colums", "E0310 1", "features"), ("var s = 0\nfn f() { s = 1 }\nprint f()", "E0317 2", "outside"),
    ("fn f() { s = 1 }\nvar s = 0\nprint f()", "E0317 1", "outside"), ("print svd(\"a\")", "E0402 1", "a text"),
    ("print all(\"x\")", "E0402 1", "a text"), ("print \"abc\".T", "E0402 1", "a text"),
    ("print shape(x => x)", "E0402 1", "a function"), ("print 1 + \"a\"", "E0401 1", "a whole number with a text"),
    ("print [1, 2][0.5]", "E0404 1", "whole number"), ("print [1, 2][3]", "E0504 1", "valid 0 … 1"),
    ("let i = -1\nprint [1, 2][i]", "E0504 2", "literal negative"), ("print [1, 2][0:3]", "E0505 1", "not clipped"),
    ("print one_hot(5, 3)", "E0504 1", "valid 0 … 2"), ("print gather([1, 2], [4])", "E0504 1", "valid 0 … 1"),
    ("var l = [1, \"a\"]\nl[0, 1] = 5", "E0407 2", "one axis"), ("print log_softmax(3.0)", "E0508 1", "a vector"),
    ("print [1, 2, 3] + [[1], [2], [3]]", "E0502 1", "[:, 0]"),
    ("print [[1, 2]] @ [1, 2, 3]", "E0503 1", "[1, 2] @ [3]"),
    ("print stack([1, 2], [3, 4], axis = 2)", "E0603 1", "between 0 and 1"),
    ("print momentum", "E0301 1", "did you mean `heavy_ball`?"), ("print randn(3)", "E0301 1", "draw(normal(), [n])"),
    ("print max(1, 2, 3)", "E0604 1", "max([a, b, c])"),
    ("print grad((a, b) => a * b, -1)(1.0, 2.0)", "E0603 1", "0 or more"),
    ("print grad(3)(1.0)", "E0403 1", "a function"),
    ("print hessian(g => 1.0)(x => x)", "E0403 1", "differentiate"),
    ("fn f(n > 0) = n\nprint f(0)", "E0601 2", "n > 0"),
    ("print load(\"a.csv\", header = 1)", "E0403 1", "`true` or `false`"),
    ("print load(\"a.csv\", separator = \";;\")", "E0603 1", "one ASCII character"),
    ("input n = 3\nprint [1, 2][n]", "E0504 2", "valid 0 … 1"), ("claim \"c\": 3", "E0406 1", "comparison"),
    ("print plateau([1, 2] where step > 1)", "E0604 1", "first(step where"),
    ("sweep s over b in [1, 2] { print b }", "E0661 1", "then one run"),
    ("table [1, 2] by x", "E0604 1", "sweep"), ("let nan = 0 / 0", "E0123 1", "a result"),
    ("print [] + [1]", "E0501 1", "`concat(a, b)`"), ("print zeros([0, 3]) + zeros([1, 3])", "E0501 1", "equal shapes"),
    ("print grad(x => [x, x])(1.0)", "E0506 1", "`grad` needs a function"),
    ("print hessian(x => 2 * x)([1.0, 2.0])", "E0506 1", "`hessian` needs a function"),
    ("fn f(x: [2]) = sum(x)\nprint f([1, 2, 3])", "E0508 2", "`f` needs 2 elements"),
    ("fn f(x: [n, 2]) = sum(x)\nprint f(zeros(4, 3))", "E0508 2", "a size of 2 along axis 1"),
    ("input n: [2] = [1, 2, 3]\nprint n", "E0508 1", "`input` needs 2 elements"),
    ("input n: [k] = 3\nprint n", "E0508 1", "rank 1"),
  ])
  func mistakesOfExpressions(script: String, place: String, words: String) {
    let result = checking(script, host: dataHost)
    #expect(result.places == [place], "\(result.words)")
    #expect(result.words.contains(words), "\(result.words)")
  }

  @Test(arguments: [
    ("run r = p with gd(lr = 0.1) batch 4 for 3 steps", "E0604 2", "no samples"),
    ("run r = p with gd(lr = -1) for 3 steps", "E0601 2", "lr > 0"),
    ("run r = p with gd(lr = 1/0) for 3 steps", "E0601 2", "finite"),
    ("run r = p with gd(0.1) for 2.5 steps", "E0404 2", "whole number"),
    ("run r = p with gd(0.1) for 1e3 steps", "E0404 2", "write `1000`"),
    ("run r = p with gd(0.1) for 1e30 steps", "E0404 2", "outside their range"),
    ("run r = p with gd(0.1) for -1 steps", "E0603 2", "0 or more"),
    ("run r = p with gd(0.1) for 3 steps { record loss every 0 }", "E0603 2", "1 or more"),
    ("run r = p with gd(0.1) for 3 steps { at step 5 { lr = 1 } }", "E0603 2", "between 0 and"),
    ("run r = p with gd(0.1) for 3 steps { at step 1 { lrr = 1 } }", "E0309 2", "hyper-parameters: lr"),
    ("run r = p with gd(0.1) for 3 steps { at step 1 { lr = -1 } }", "E0601 2", "lr > 0"),
    ("run r = p with gd(0.1) for 3 steps { record zeros([5000]) as v }", "E0509 2", "reduce it"),
    ("run r = p with gd(0.1) for 3 steps { record loss as a, loss^2 as a }", "E0307 2", "a second of this name"),
    (
      "run r = p with gd(0.1) for 3 steps { stop when [w, 2] > 0 }", "E0509 2",
      "`any([w, 2] > 0)`, or `all([w, 2] > 0)`"
    ),
    ("run r = p with gd(0.1) for 3 steps { record w as v when [w, 2] > 0 }", "E0509 2", "`any([w, 2] > 0)`"),
    ("run r = p with mem_sgd(0.1) delay 3 for 3 steps", "E0603 2", "less than the run's 3 steps"),
    ("run r = p with gd(0.1) for 3 steps { record loss as steps }", "E0307 2", "`steps`"),
    ("run r = p with gd(0.1) for 3 steps { record loss }\nprint r.los", "E0310 3", "loss"),
    ("run r = p with gd(0.1) for 3 steps { record loss }\nprint r.w[0]", "E0402 3", "a number"),
    ("run r = p with gd(0.1) for 3 steps { record loss }\nprint r.loss[0.5]", "E0404 3", "whole number"),
    (
      "run r = p with gd(0.1) for 3 steps { record loss }\nclaim \"c\": final(r.loss) < 1 and final(r.w) < 2",
      "E0403 3", "a series"
    ),
    (
      "sweep s over b in [1, 2] { run p with gd(b / 9) for 3 steps { record loss } }\ntable s.loss", "E0403 3",
      "final(…)"
    ),
    (
      "sweep s over b in [1, 2] { run p with gd(b / 9) for 3 steps { record loss } }\ntable s: final(sharpness) by b",
      "E0403 3", "`record sharpness` in the run"
    ),
    ("sweep s over b in [1, 2] { run p with gd(b / 9) for 3 steps }\nsave s to \"s.npy\"", "E0604 3", "a table"),
    ("run r = p with gd(0.1) for 3 steps { record loss }\nsave r to \"r.npy\"", "E0604 3", "several series"),
    ("sweep s over b in [1, 2, 1] { run p with gd(b / 9) for 3 steps }", "E0603 2", "got 1 twice"),
    ("sweep s over seed in 1...3 { run p with gd(0.1) seed 4 for 3 steps }", "E0604 2", "given twice"),
    ("run r = p with gd(0.1) for 3 steps { record alignment }", "E0303 2", "direction"),
    ("run r = p with gd(0.1) for 3 steps { at step 1 { optimizer = 1 } }", "E0309 2", "besides them: batch"),
    ("optimizer o(lr) { state v = ones; x' = x - lr * v }\nrun r = p with o(0.1) for 3 steps", "E0403 2", "numbers"),
    ("problem q { param w = ones; loss = 1.0 }\nrun r = q with gd(0.1) for 3 steps", "E0403 2", "numbers"),
    ("problem q { param w = 1; loss = [w, w] }\nrun r = q with gd(0.1) for 3 steps", "E0506 2", "single number"),
    (
      "problem q { param w = 1; loss = w; facts { d = norm(w) } }\nrun r = q with gd(0.1) for 3 steps { record d }",
      "E0315 2", "inside a run"
    ),
    (
      "process q { stratonovich; state w = 1.0; w' = w }\nrun r = q for 10 steps { record w }", "E0604 3", "map"
    ),
    (
      "problem q { param w = 1; sample z ~ normal(0, 1); loss = (w - z)^2 }\nrun r = q with gd(0.1) for 3 steps",
      "E0604 3", "batch 16"
    ),
  ])
  func mistakesOfRuns(script: String, place: String, words: String) {
    let result = checking(Self.problem + script)
    #expect(result.places == [place], "\(result.words)")
    #expect(result.words.contains(words), "\(result.words)")
  }

  /// Where the gradient moves in jumps only; a linear loss has a Hessian, which is 0.
  @Test(arguments: [
    ("abs(w[0])", "sharpness", true), ("sum(sort(w) * [1.0, 2, 3])", "hessian_trace", true),
    ("max(w[0], 2 * w[1])", "sharpness", true), ("sum(w)", "sharpness", false), ("sum(abs(w))^2", "sharpness", false),
  ])
  func curvatureNeedsSecondDerivatives(loss: String, metric: String, isRefused: Bool) {
    let result = checking(
      "problem q { param w: [3] = [3.0, 1, 2]; loss = \(loss) }\nrun r = q with gd(0.1) for 3 steps { record \(metric) }"
    )
    #expect(result.codes == (isRefused ? ["E0622"] : []), "\(result.words)")
  }

  /// What checking cannot know it does not complain about, and what depends on it neither.
  @Test(arguments: [
    "var n = 0\nif final(r.loss) < 1 { n = 2 } else { n = 5 }\nprint [1, 2, 3][n]",
    "let n = if final(r.loss) > 1 { 10 } else { 2 }\nprint [1, 2, 3][n]",
    "let xs = [i for i in 0..<10 if i < r.steps]\nprint xs + zeros(3)",
    "var k = 9\nfor x in r.loss.values { k = 1 }\nprint [1, 2][k]",
    "var k = 9\nwhile k > final(r.loss) { k = 0 }\nprint [1, 2][k]",
    "fn f(x) { if x > 1 { return [1, 2, 3] }; return 1 }\nprint f(final(r.loss)) + [1, 2]",
    "var v = zeros(3)\nv[0] = final(r.loss)\nprint v", "var v = zeros(3)\nv[r.steps - 3] = 1\nprint v",
    "let w = zeros(2000, 200) + 1\nprint [i for i in 0..<10 if w[i, 0] > 0]", "print first(step where r.loss < 0.41)",
    "print first(step where 0.41 > r.loss), -r.loss, 2 * r.loss, r.loss[0] - r.w",
    "let D = digits.split(final(r.loss), seed = -1)\nprint 1",
  ])
  func whatIsNotKnownYetIsNoMistake(script: String) {
    let run = "run r = p with gd(lr = 0.1) for 3 steps { record loss }\n"
    let result = outcome(of: Self.problem + run + script, host: dataHost)
    #expect(result.codes == [], "\(result.words)")
  }

  /// Values that only a step has cannot choose a branch or an index of an assignment.
  @Test(arguments: ["{ var a = w; if w > 0 { a = 2 * w }; return a }", "{ var v = zeros(2); v[0] = w; return sum(v) }"])
  func whatOnlyAStepKnowsCannotChooseABranch(body: String) {
    let result = checking(
      "fn f(w) \(body)\nproblem p { param w = 1.0; loss = f(w) }\nrun r = p with gd(0.1) for 3 steps")
    #expect(result.codes == ["E0405"], "\(result.words)")
  }

  @Test func limitsAreNamedWithTheirOption() {
    var options = SessionOptions()
    options.limits.operations = 1000
    #expect(outcome(of: "while true { }", options: options).codes == ["E0908"])
    options.limits.operations = nil
    options.limits.printedLines = 10
    #expect(outcome(of: "for i in 0..<20 { print i }", options: options).codes == ["E0910"])
    options.limits.seconds = 0.05
    let clock = CountingClock()
    options.now = { clock.next() }
    let late = outcome(of: "while true { }", options: options)
    #expect(late.codes == ["E0909"] && late.outcome == .limitReached)
    options.limits = Limits()
    options.limits.callDepth = 50
    #expect(outcome(of: "fn f(n) = if n > 0 { f(n - 1) } else { 0 }\nprint f(40)", options: options).codes == [])
    #expect(outcome(of: "fn f(n) = if n > 0 { f(n - 1) } else { 0 }\nprint f(60)", options: options).codes == ["E0905"])
  }
}

/// A clock that goes on by a millisecond whenever somebody looks.
private final class CountingClock: @unchecked Sendable {
  private let looks = Mutex(0)

  func next() -> Double {
    looks.withLock { looks in
      looks += 1
      return Double(looks) * 1e-3
    }
  }
}
