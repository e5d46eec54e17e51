import Diagnostics
import Language
import Messages
import Syntax
import Testing

/// Names and arguments of a whole file, found without running it.
@Suite struct ResolverTests {
  private static var surroundings: Surroundings {
    let sgd = Signature(name: "sgd", parameters: ["lr", "momentum", "η"], required: ["lr"], positionalMax: 2)
    let names: Set<String> = [
      "adam", "chebyshev", "dot", "exp", "mlp", "norm2", "plateau", "sgd", "sharpness", "sqrt", "sum", "zeros",
    ]
    return Surroundings(
      names: names, signature: { $0 == "sgd" ? sgd : nil }, canonical: { $0 == "η" ? "eta" : $0 })
  }

  private static func findings(_ text: String) -> [Diagnostic] {
    let parsed = Parser.parse(SourceText(name: "t.opt", text))
    #expect(parsed.diagnostics == [])
    return Resolver.resolve(parsed.tree, in: surroundings)
  }

  private static func codes(_ text: String) -> [String] {
    let source = SourceText(name: "t.opt", text)
    return findings(text).map { "\($0.code) \($0.span.map { source.line(at: Int($0.lower)) + 1 } ?? 0)" }
  }

  @Test(arguments: [
    "let D = chebyshev(degree = 5)\nproblem fit(D) {\n  param net = mlp([1])\n  sample (x, y) from D\n  loss = norm2(net(x) - y)\n}\n",
    "optimizer o(lr > 0, β = 0.9) {\n  state v = 0\n  let p = β * v + g\n  v' = p\n  x' = x - lr * v' + t + grad(x)\n}\n",
    "process p(s) {\n  state w = s\n  dw = -w * dt\n}\n",
    "fn f(x: [n, d]) {\n  var s = 0\n  for i in 0..<n { s += x[i, 0] * d }\n  return s\n}\n",
    "fn f(x) = if x > 1 { x * f(x - 1) } else { 1 }\nprint f(3)\n", "fn a(x) = b(x)\nfn b(x) = 2*x\n",
    "let square = x => x^2\nlet x = 3\nprint square(x)\n", "let k = sum(i for i in 0..<3 if i > 1)\nlet i = 3\n",
    "problem p { param w = 1; loss = w^2; facts { minimum = 0 } }\nrun r = p with sgd(lr = (loss - minimum) / norm2(g)) for 9 steps {\n  record loss, q every 2\n  at step 3 { lr = lr / 2 }\n  stop when anything < 1\n}\nplot r.loss vs step\nclaim \"c\": plateau(r.loss) < 1\n",
    "problem p { param w = 1; loss = w }\nsweep s over b in [1, 2], η in [0.1] where b * η < 1 { run p with sgd(lr = η) for 9 steps }\ntable s: plateau(loss) * η by b, η\n",
    "use \"other.opt\"\nprint whatever\n", "for i in 0..<3 { print i }\nfor i in 0..<3 { print i }\n",
    "problem p { param w = 1; loss = w; metric m = size(w) }\nmetric q(samples = 3) = unknown_here(samples)\n",
    "fn away(z) = norm2(z - start)\nfn move() = norm2(next.x - x)\n",
    "var a = 1\na = 2\na += 1\n", "let D = zeros(3)\nfn f(D) = D\n", "sgd(0.1, eta = 2)\n",
    "first(step where loss < 1)\n".replacing("first", with: "sum"),
  ])
  func soundFilesGiveNothing(text: String) {
    #expect(Self.codes(text) == [])
  }

  @Test(arguments: [
    ("let learning_rate = 0.1\nprint lerning_rate\n", "E0301 2", "learning_rate"),
    ("let learning_rate = 0.1\nlerning_rate = 0.2\n", "E0309 2", "learning_rate"),
    ("print a\nlet a = 1\n", "E0301 1", "defined only here"), ("fn f(x) = y\n", "E0301 1", "y"),
    ("fn f(x) { let a = b; return a }\n", "E0301 1", "b"), ("let a = 1\nlet a = 2\n", "E0307 2", "first defined here"),
    ("let a = 1\nfn a(x) = x\n", "E0307 2", "a"), ("let a = 1\na = 2\n", "E0308 2", "var a"),
    ("fn f(x) { x = 2; return x }\n", "E0308 1", "x"), ("for i in 0..<3 { i = 2 }\n", "E0308 1", "i"),
    ("let a = 1\nfor i in 0..<3 { let a = i }\n", "E0307 2", "a"), ("let k = sum(i for i in 0..<n)\n", "E0301 1", "n"),
    ("problem p { param w = 1; loss = w + v }\n", "E0301 1", "v"),
    ("problem p { param w = 1; let w = 2; loss = w }\n", "E0307 1", "w"),
    ("optimizer o(lr) { state mom = 0; mon' = mom + g; x' = x - lr * mom }\n", "E0301 1", "`mom`"),
    ("optimizer o(lr) { x' = x - lrr * g }\n", "E0301 1", "lr"),
    ("run p with sgd(0.1) for 9 steps\n", "E0301 1", "p"),
    ("problem p { param w = 1; loss = w }\nrun p with sdg(0.1) for 9 steps\n", "E0301 2", "sgd"),
    (
      "problem p { param w = 1; loss = w }\nrun p with sgd(lr = 0.1, momentumm = 0.9) for 9 steps\n", "E0302 2",
      "momentum"
    ),
    ("sgd(lr = 0.1, lr = 0.2)\n", "E0304 1", "lr"), ("sgd(0.1, lr = 0.2)\n", "E0304 1", "lr"),
    ("sgd(momentum = 0.9)\n", "E0303 1", "lr"),
    ("sgd(1, 2, 3)\n", "E0306 1", "η"), ("sgd(1, 2, 3, 4)\n", "E0306 1", "η"),
    ("fn f(x) = x\nprint f(1, 2)\n", "E0305 2", "1 argument"),
    ("fn f(x, y = 2) = x\nprint f()\n", "E0303 2", "x"),
    ("fn f(x, y = 2) = x\nprint f(1, z = 2)\n", "E0302 2", "accepts: x, y"),
  ])
  func mistakesAreFoundWhereTheyAre(text: String, place: String, words: String) {
    let found = Self.findings(text)
    #expect(Self.codes(text).first == place)
    let said = found.first.map { [$0.message, $0.label] + $0.help + $0.notes + $0.labels.map(\.text) } ?? []
    #expect(said.joined(separator: "\n").contains(words))
  }

  @Test func aNameIsReportedOnce() {
    #expect(Self.codes("print a\nprint a + a\n") == ["E0301 1"])
  }

  @Test func independentMistakesAreAllFound() {
    #expect(
      Self.codes("print a\nfn f(x) = y\nsgd()\nlet q = 1\nq = 2\n") == ["E0301 1", "E0301 2", "E0303 3", "E0308 5"])
  }

  @Test func longChainsTakeNoStack() {
    let chain = Array(repeating: "a", count: 100_000).joined(separator: " + ")
    #expect(Self.codes("let a = 1\nlet b = \(chain)\nprint c\n") == ["E0301 3"])
  }

  @Test func mergingDropsWhatIsSaidTwice() {
    let first = Diagnostic("E0301", "one", at: Span(5, 6))
    let again = Diagnostic("E0301", "two", at: Span(5, 6))
    let other = Diagnostic("E0301", "three", at: Span(1, 2))
    #expect(Resolver.merge([first], [again, other]).map(\.message) == ["three", "one"])
  }
}
