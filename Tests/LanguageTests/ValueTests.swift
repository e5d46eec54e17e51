import Language
import Testing

/// What scripts print, as a user would write them.
@Suite struct ValueTests {
  @Test(arguments: [
    ("print 7 // 2, -7 // 2, mod(-7, 2), 7 / 2, -2^2, 2^-1, 5%, 1_000", "3  -4  1  3.5  -4  0.5  0.05  1000"),
    ("let (a, b, c) = (1, 2.5, \"x\")\nprint a, b, c", "1  2.5  x"),
    ("let f = x => x^2\nprint f(x = 3), f(3)", "9  9"),
    ("print [x for x in 0..<10 if mod(x, 2) == 0]", "[0, 2, 4, 6, 8]"),
    ("print [i * j for i in 1...3 for j in 1...i]", "[1, 2, 4, 3, 6, 9]"),
    ("print (0..<1_000_000_000_000)[5], (10..<20)[-1], (10..<20)[2:4]", "5  19  12..<14"),
    ("let x = [1, 2, 3, 4]\nprint x[1:3], x[-1], x[:2], x[0..<3], x[[3, 0]]", "[2, 3]  4  [1, 2]  [1, 2, 3]  [4, 1]"),
    ("var v = [1.0, 2.0]\nv[1] = 5\nv[-1] += 2\nlet f = x => v[0] * x\nv[0] = 100\nprint v, f(2)", "[100, 7]  2"),
    ("fn f(n) = if n < 2 { 1 } else { n * f(n - 1) }\nprint f(20)", "2432902008176640000"),
    ("fn g(x: [n, d], y: [n]) = n * d\nprint g(zeros(3, 4), zeros(3))", "12"),
    ("fn f(x) { if x > 0 { return 1 }; return 2 }\nprint f(3), f(-3)", "1  2"),
    ("fn f(x, y = 2 * x) = x + y\nprint f(1), f(1, 1), f(y = 1, x = 2)", "3  2  3"),
    ("print \"{3.14159:.2f} {0.25:.1%} {7:d} {[1, 2]} {true}\"", "3.14 25.0% 7 [1, 2] true"),
    ("print stack([1, 2], [3, 4], axis = 1)[0]", "[1, 3]"),
    ("print one_hot(1, 1_000_000)[0], one_hot([2, 0], 3)[0]", "0  [0, 0, 1]"),
    ("for (x, y) in [(1, 2), (3, 4)] { print x * y }", "2"),
    ("print -[1, 2] + [[10, 20], [30, 40]][1]", "[29, 38]"),
    ("print max(1, 2.5), min([3, 1, 2]), max([[1, 5], [7, 2]], axis = 0)", "2.5  1  [7, 5]"),
    ("print median([3, 1, 2]), quantile([1, 2, 3, 4], 0.5), median([])", "2  2.5  nan"),
    ("print [[1, 2], [3, 4]][:, 0], [[1, 2], [3, 4]].T[0], [[1, 2], [3, 4]].rows", "[1, 3]  [1, 3]  2"),
  ])
  func printed(script: String, line: String) {
    let result = outcome(of: script)
    #expect(result.codes == [], "\(result.words)")
    #expect(result.lines.first == line)
  }

  /// A condition in a generator counts for every function, whether its members are looped over or batched.
  @Test(arguments: [5, 1000])
  func conditionsOfGeneratorsCount(members: Int) {
    let script = """
      let n = \(members)
      print count(i for i in 0..<n if i > 2), sum(i for i in 0..<n if i < 4), mean(i for i in 0..<n if i < 3)
      print var(i for i in 0..<n if i < 4), norm(i for i in 0..<n if i < 3), median(i for i in 0..<n if i < 3)
      print argmax(-i for i in 0..<n if i > 1), all(i > 1 for i in 0..<n if i > 1), any(i > 1 for i in 0..<n if i < 2)
      fn total(v) = sum(v)
      print total(i for i in 0..<n if i < 3), max(i for i in 0..<n if i < 3), cumsum(i for i in 0..<n if i < 3)
      """
    let result = outcome(of: script)
    #expect(result.codes == [], "\(result.words)")
    #expect(
      result.lines == [
        "\(members - 3)  6  1", "1.25  2.23606797749979  1", "0  true  false", "3  2  [0, 1, 3]",
      ])
  }

  @Test func wholeNumbersAreExact() {
    let result = outcome(
      of: """
        print sum([9007199254740993, 2]), prod([3037000499, 3037000499]), sum([[1, 2], [3, 4]], axis = 0)
        print [4611686018427387903] * 2, sum(0..<100_000_000), [7, -7] // 2, mod([7, -7], 3)
        """)
    #expect(
      result.lines == [
        "9007199254740995  9223372030926249001  [4, 6]", "[9223372036854775806]  4999999950000000  [3, -4]  [1, 2]",
      ])
  }

  @Test(arguments: [
    ("print 9223372036854775807 + 1", "E0701"), ("print [9223372036854775807] + 1", "E0701"),
    ("print [4611686018427387904] * 4", "E0701"), ("print sum([9223372036854775807, 1])", "E0701"),
    ("print -(-9223372036854775807 - 1)", "E0701"), ("print 5 // 0", "E0702"), ("print [1, 2] // [0, 1]", "E0702"),
    ("print mod([5, 7], 0)", "E0702"), ("print int(2.5)", "E0703"), ("print int(0.0 / 0.0)", "E0703"),
    ("print sort([1.0, 0.0 / 0.0])", "E0705"), ("print cholesky([[1, 2], [2, 1]])", "E0706"),
    ("print solve([[1, 1], [1, 1]], [1, 2])", "E0706"), ("fn f(n) = f(n)\nprint f(1)", "E0905"),
    ("print zeros(1_000_000, 1_000_000)", "E0907"), ("print diag(zeros(1_000_000))", "E0907"),
    ("print 2.0 * (0..<1_000_000_000_000)", "E0907"),
    // The derivative through an inner loop keeps what each turn needs.
    (
      "fn far(x) {\nvar y = x\nrepeat 100_000 { y = sin(y) }\nreturn sum(y)\n}\nprint grad(far)(ones([1_000_000]))",
      "E0907"
    ),
    ("var s = \"ab\"\nfor i in 0..<40 { s = \"{s}{s}\" }", "E0907"),
  ])
  func arithmeticAndLimitsStopTheScript(script: String, code: String) {
    #expect(checking(script).codes == [])
    let result = outcome(of: script)
    #expect(result.codes == [code], "\(result.words)")
    #expect(result.outcome == (code.hasPrefix("E09") ? .limitReached : .runtimeError))
  }
}
