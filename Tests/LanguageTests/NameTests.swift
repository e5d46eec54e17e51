import Data
import Testing

/// Names: nothing is captured or hidden in silence, and what has a name can be reached.
@Suite struct NameTests {
  private static let files: [String: String] = [
    "lib.opt": "let c = 3.0\noptimizer mygd(lr > 0) { x' = x - c * lr * g }\nfn f(x) = x * c\n",
    "more.opt": "let d = 7.0\nfn h(x) = x * d\n",
    "clash.opt": "let c = 7.0\n",
    "twice.opt": "problem p { param x = 1\n loss = x^2\n loss = x^4 }\n",
    "leak.opt": "fn q(x) = x * theirs\n",
  ]

  private func made(_ script: String) -> ScriptOutcome {
    outcome(of: script, host: MemoryHost(files: Self.files.mapValues { Array($0.utf8) }))
  }

  @Test(arguments: [
    (
      "a parameter and a value of the script",
      """
      let w = [3.0, 3.0]
      problem p { param w: [2] = 1
        loss = norm2(w) }
      run r = p with gd(lr = 0.1) for 3 steps { record distance(w) as gap }
      """, "E0307 4"
    ),
    (
      "a state and a value of the script",
      """
      let v = 4
      optimizer mine(lr > 0) { state v = 0
        v' = v + g
        x' = x - lr * v' }
      run r = quadratic([1]) with mine(lr = 0.1) for 3 steps { record v * loss as q }
      """, "E0307 5"
    ),
    (
      "a rate and a value of the script",
      """
      let lr = 4
      run r = quadratic([1]) with gd(lr = 0.1) for 3 steps { record lr * loss as q }
      """, "E0307 2"
    ),
    (
      "a loop and an axis",
      """
      sweep s over b in [1, 2] { run quadratic([1]) with gd(lr = 0.1 * b) for 3 steps { record loss } }
      for b in [1, 2] { print final(s.loss where b == b) }
      """, "E0307 2"
    ),
    (
      "the step and a value of the script",
      """
      let t = 4
      run r = quadratic([1]) with gd(lr = t / 40) for 3 steps
      """, "E0307 2"
    ),
    (
      "the step in a change",
      """
      let t = 4
      run r = quadratic([1]) with gd(lr = 0.1) for 3 steps { at step 1 { lr = 0.1 / t } }
      """, "E0307 2"
    ),
    ("two losses", "problem p { param x = 1\n loss = x^2\n loss = x^4 }\n", "E0307 3"),
    ("two objectives", "problem p { param x = 1\n loss = x^2\n objective = x\n objective = x^4 }\n", "E0307 4"),
    ("two updates", "optimizer o(lr > 0) { x' = x - lr * g\n x' = x }\n", "E0307 2"),
    ("two equations of a process", "process p { state u = 0.0\n du = dt\n du = 2 * dt }\n", "E0307 3"),
    ("a state that hides the gradient", "optimizer o(lr > 0) { state g = 0\n x' = x - lr * g }\n", "E0307 1"),
    ("a rate that hides the parameters", "optimizer o(lr, x) { x' = x - lr * g }\n", "E0307 1"),
    ("a rate that hides the gradient", "optimizer o(lr, g = 1) { x' = x - lr * g }\n", "E0307 1"),
    ("an argument of a process that is the time", "process p(t) { state u = 1.0\n u' = u * t }\n", "E0307 1"),
    ("a state that is the time", "process p { state u = 1.0, t = 2.0\n du = -u * t * dt }\n", "E0307 1"),
    (
      "a let that hides the time of a process", "process p { state u = 1.0\n let t = 3\n du = -u * t * dt }\n",
      "E0307 2"
    ),
    (
      "a parameter and the step",
      "problem p { param t = 1.0\n loss = t^2 }\nrun r = p with gd(lr = 0.1) for 3 steps { record t }\n", "E0307 3"
    ),
    ("a let that hides the time", "optimizer o(lr > 0) { let t = 3\n x' = x - lr * g / t }\n", "E0307 1"),
    ("a used file's name after it", "use \"lib.opt\"\nlet c = 1.0\n", "E0307 2"),
    ("a used file's name before it", "let c = 1.0\nuse \"lib.opt\"\n", "E0307 2"),
    ("two used files", "use \"lib.opt\"\nuse \"clash.opt\"\n", "E0307 2"),
    ("two losses in a used file", "use \"twice.opt\"\n", "E0307 3"),
    ("a used file sees its own names only", "let theirs = 3\nuse \"leak.opt\"\n", "E0301 1"),
  ])
  func twoMeaningsAreRefused(what: String, script: String, place: String) {
    let result = made(script)
    #expect(result.places == [place], "\(what): \(result.places)\n\(result.words)")
  }

  @Test(arguments: [
    (
      "an argument of the same name and value",
      """
      let D = data([[1.0], [2.0]], [1.0, 2.0])
      let lr = 0.1
      problem p(D) { param w = 0.0
        sample (a, y) from D
        metric gap(E) = mean((w * a[0] - y)^2 for (a, y) in E)
        loss = (w * a[0] - y)^2 }
      run r = p(D) with gd(lr = lr) for 1 steps { record gap(D), lr * loss as q }
      print r.gap[0] == 2.5, r.q[0] == 0.25
      """, ["true  true"]
    ),
    (
      "an axis that is the batch",
      """
      problem p(D) { param w = 0.0
        sample a from D
        loss = (w - a[0])^2 }
      sweep s over batch in [1, 2] {
        run p(data(ones([2, 1]))) with gd(lr = 0.1 * batch) batch batch for 1 steps { record w }
      }
      print final(s.w where batch == 2)
      """, ["batch = 2: 0.4"]
    ),
    (
      "a script's names that no run uses",
      """
      let t = 4
      let w = 7
      run r = quadratic([1]) with gd(lr = 0.5) for 1 steps { record loss }
      print final(r.loss), t * w
      """, ["0.125  28"]
    ),
    (
      "a script's own name and a state of the library",
      """
      let v = 4
      run r = quadratic([1]) with heavy_ball(lr = 0.5) for 1 steps { record v * loss as q }
      print r.q[0], r.v
      """, ["2  [1]"]
    ),
    (
      "a function's own names",
      """
      fn f(x) {
        let M = 2 * x
        var k = 1
        k = k + M
        return k
      }
      let M = 7
      let k = 3
      print f(1), f(2), M, k
      """, ["3  5  7  3"]
    ),
    (
      "names of used files",
      """
      use "lib.opt"
      use "more.opt"
      use "lib.opt"
      run r = quadratic([1]) with mygd(lr = 0.1) for 2 steps { record norm(x) as n }
      print abs(final(r.n) - 0.49) < 1e-12, abs(threshold(mygd(), curvature = 1) - 2/3) < 1e-12, f(1.0), h(1.0), c
      """, ["true  true  3  7  3"]
    ),
    (
      "an optimizer whose step is left open in a function",
      """
      fn edge(o) = threshold(o, curvature = 1)
      print edge(heavy_ball(momentum = 0.9)) == threshold(heavy_ball(momentum = 0.9), curvature = 1)
      """, ["true"]
    ),
    (
      "states after a run",
      """
      problem two { param u: [2] = 1
        param w = 1.0
        loss = norm2(u) + w^2 }
      run r = two with heavy_ball(lr = 0.1, momentum = 0.5) for 1 steps { record norm(v) as n }
      run q = quadratic([1, 2]) with heavy_ball(lr = 0.1) for 1 steps
      print r.v, norm(r.v) == final(r.n), q.v
      """, ["[2, 2, 2]  true  [1, 2]"]
    ),
    (
      "both spellings of a path",
      """
      problem f { param net = mlp([1, 3, 1], activation = tanh)
        loss = norm2(net([1.0])) + norm2(net.layer[1].W) + norm2(net.layer2.W) }
      run r = f with gd(lr = 0.1) on net.layer[1], sgd(lr = 0.1) on rest for 2 steps {
        record norm(net.layer1.W) as a, norm(net.layer[1].W) as b
        at step 1 { freeze(net.layer[2]) }
      }
      print final(r.a) == final(r.b), max(abs(r.net.layer1.W - r.net.layer[1].W))
      """, ["true  0"]
    ),
    (
      "several names of one let in an optimizer",
      """
      optimizer polar(lr > 0) {
        let (P, z, Q) = svd(g)
        x' = x - lr * sum(z) * (P @ Q.T)
      }
      problem p { param W = [[2.0, 0.0], [0.0, 4.0]]
        loss = norm2(W) / 2 }
      run r = p with polar(lr = 0.5) for 1 steps
      print max(abs(r.W - [[-1.0, 0.0], [0.0, 1.0]])) < 1e-12
      """, ["true"]
    ),
    (
      "an axis of optimizers",
      """
      optimizer mine(lr > 0) { x' = x - lr * g }
      sweep s over method in [mine(lr = 0.1), sgd(lr = 0.1), sgd(lr = 0.2), adam] {
        run quadratic([1]) with method for 1 steps { record loss }
      }
      let one = final(s.loss where method is mine)
      print one
      print final(s.loss where method == sgd(lr = 0.1)), final(s.loss where method.lr > 0.15)
      print final(s.loss where method is sgd and method.lr < 0.15)
      print final(s.loss where not (method is adam) and method.lr > 0.15)
      """,
      [
        "method = mine: 0.405", "method = sgd(lr = 0.1): 0.405  method = sgd(lr = 0.2): 0.32000000000000006",
        "method = sgd(lr = 0.1): 0.405", "method = sgd(lr = 0.2): 0.32000000000000006",
      ]
    ),
  ])
  func oneMeaningIsTaken(what: String, script: String, lines: [String]) {
    let result = made(script)
    #expect(result.lines == lines && result.codes == [], "\(what): \(result.lines)\n\(result.words)")
  }

  @Test(arguments: [
    ("adam(eps = 1e-8)", "did you mean `ε`?"), ("adamw(weight_decay = 0.1)", "did you mean `λ`?"),
    ("gd(learning_rate = 0.1)", "did you mean `lr`?"), ("heavy_ball(lr = 0.1, beta = 0.9)", "did you mean `momentum`?"),
    ("adam(betas = 0.9)", "did you mean `β1`?"), ("rmsprop(lr = 0.1, alpha = 0.9)", "did you mean"),
  ])
  func argumentsOfOtherToolsArePointedAtOurs(call: String, help: String) {
    let result = made("run r = quadratic([1]) with \(call) for 1 steps\n")
    #expect(result.codes == ["E0302"] && result.words.contains(help), "\(call): \(result.words)")
  }

  @Test(arguments: [
    ("optimizer o(lr > 0) { m' = 0.9 * m + g\n x' = x - lr * m' }\n", "E0301", "state m = 0"),
    (
      "optimizer o(lr > 0) { state L = eye(2)\n L' = L + g @ g.T\n x' = x - lr * g }\n"
        + "problem p { param W: [2, 3] = 1\n loss = norm2(W) }\nrun r = p with o(lr = 0.1) for 1 steps\n",
      "E0510", "state L: [x.rows, x.rows] = eye(2)"
    ),
    (
      "run r = quadratic([1]) with gd(lr = 0.1) for 9 steps { record loss every 2, norm(g) every 3 }\n", "E0202",
      "a second `record` line"
    ),
    ("let o = heavy_ball(momentum = 0.9)\nrun r = quadratic([1]) with o for 3 steps\n", "E0303", "lr = …"),
    (
      "sweep s over m in [adam(), sgd(lr = 0.1)] { run quadratic([1]) with m for 1 steps { record loss } }\n"
        + "print final(s.loss where m == sgd)\n", "E0401", "… is sgd"
    ),
    (
      "let net = mlp([1, 2])\nproblem f { param net = mlp([1, 2])\n loss = norm2(net([1.0])) }\n"
        + "metric m = norm(net([1.0]))\nrun r = f with gd(lr = 0.1) for 1 steps { record m }\n", "E0315",
      "no parameters"
    ),
    (
      "problem p { param w = 0.0\n sample i in 0..<2 weight [1.0, 3.0]\n loss = (w - i)^2 }\n"
        + "run r = p with gd(lr = 0.1) for 1 steps\n", "E0508", "weight [1.0, 3.0][i]"
    ),
  ])
  func whatIsMeantIsSaid(script: String, code: String, words: String) {
    let result = made(script)
    #expect(result.codes == [code] && result.words.contains(words), "\(result.codes)\n\(result.words)")
  }
}
