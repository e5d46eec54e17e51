import Testing

/// Functions that leave the block in which they were bound keep everything that they speak of.
@Suite struct EscapingFunctionTests {
  @Test(arguments: [
    ("fn make(x) {\n let g = y => x * y\n let h = y => g(y) + 1\n return h\n}\nprint make(3)(2), make(4)(2)", [7, 9]),
    ("fn make(x) {\n fn g(y) = x * y\n fn h(y) = g(y) + 1\n return h\n}\nlet f = make(3)\nprint f(2), f(2)", [7, 7]),
    ("fn make(x) {\n var k = 2\n let g = y => k * x * y\n k = 5\n return y => g(y)\n}\nprint make(3)(2)", [12]),
    (
      "fn make(x) {\n var k = 2\n let g = y => k * x * y\n k = 5\n return [g, y => g(y) + k]\n}\n"
        + "let f = make(3)\nprint f[0](2), f[1](2)", [12, 17]
    ),
    ("var f = x => x\nfor i in 1..<4 {\n let g = y => i * y\n f = x => g(x) + i\n}\nprint f(2)", [9]),
    ("let fs = [(x => { let g = y => x * y; y => g(y) })(k) for k in [2, 3]]\nprint fs[0](5), fs[1](5)", [10, 15]),
    (
      "fn sum_to(n) {\n fn s(k) {\n  if k <= 0 { return 0 }\n  return k + s(k - 1)\n }\n return s(n)\n}\n"
        + "print sum_to(10), sum_to(4)", [55, 10]
    ),
    ("fn slope(a) {\n let f = x => a * x^2\n let d = grad(f)\n return d\n}\nprint slope(3.0)(2.0)", [12]),
  ])
  func namesStayWithAFunction(script: String, values: [Double]) {
    let result = outcome(of: script)
    #expect(result.numbers == values, "\(script) gave \(result.lines) \(result.words)")
  }
}
