import CKernels
import Glibc
import Testing

private let operations: [String: ck_unary_op] = [
  "exp": CK_EXP, "expm1": CK_EXPM1, "log": CK_LOG, "log1p": CK_LOG1P, "sigmoid": CK_SIGMOID,
  "softplus": CK_SOFTPLUS, "sin": CK_SIN, "cos": CK_COS, "tan": CK_TAN, "asin": CK_ASIN, "acos": CK_ACOS,
  "atan": CK_ATAN, "sinh": CK_SINH, "cosh": CK_COSH, "tanh": CK_TANH, "erf": CK_ERF, "erfc": CK_ERFC, "cbrt": CK_CBRT,
  "rsqrt": CK_RSQRT, "sqrt": CK_SQRT,
]

/// Words of a table, in groups; a group ends with a comma or a line.
private func split(_ table: String, every count: Int) -> [[String]] {
  let words = table.split { $0 == " " || $0 == "\n" || $0 == "," }.map(String.init)
  return stride(from: 0, to: words.count - words.count % count, by: count).map { Array(words[$0..<$0 + count]) }
}

@Suite struct ElementaryFunctionTests {
  @Test func valuesAreWithinOneAndAHalfUlpOfATableMadeWithFourHundredBits() throws {
    var lines = 0
    for line in elementaryTable.split(separator: "\n") {
      let parts = line.split(separator: " ").map(String.init)
      let op = try #require(operations[parts[0]])
      let x = try #require(Double(parts[1])), exact = try #require(Double(parts[2]))
      #expect(ulps(unary(op, [x])[0], exact) <= 1, "\(parts[0])(\(x))")
      let small = Float(x)
      if Double(small) == x { #expect(unary(op, [small])[0] == Float(exact), "\(parts[0])(\(small)) in f32") }
      lines += 1
    }
    #expect(lines > 250)
  }

  /// function, argument, value; in f32 where the argument is a number of f32.
  private static let specialValues = """
    exp -inf 0.0, exp inf inf, exp 710 inf, exp -746 0, exp -0.0 1, expm1 -0.0 -0.0, expm1 -inf -1,
    expm1 inf inf, expm1 5e-324 5e-324, log 0 -inf, log -0.0 -inf, log -1 nan, log inf inf, log 1 0,
    log1p -1 -inf, log1p -0.0 -0.0, log1p -1.5 nan, log1p inf inf, log1p 5e-324 5e-324, sigmoid inf 1,
    sigmoid -inf 0, sigmoid 0 0.5, softplus -inf 0, softplus inf inf, softplus 1000 1000, sin -0.0 -0.0,
    sin inf nan, cos 0 1, cos -inf nan, tan -0.0 -0.0, tan inf nan, asin 1.5 nan, asin -0.0 -0.0,
    asin 1 1.5707963267948966, acos 1 0, acos -1 3.141592653589793, acos -1.5 nan, atan inf 1.5707963267948966,
    atan -inf -1.5707963267948966, atan -0.0 -0.0, sinh inf inf, sinh -inf -inf, sinh -0.0 -0.0, cosh -inf inf,
    cosh 0 1, tanh inf 1, tanh -inf -1, tanh -0.0 -0.0, tanh 5e-324 5e-324, erf inf 1, erf -inf -1,
    erf -0.0 -0.0, erfc -inf 2, erfc inf 0, erfc 0 1, erfc 30 0, cbrt -0.0 -0.0, cbrt -inf -inf, cbrt 27 3, rsqrt 0 inf, rsqrt inf 0, rsqrt -1 nan,
    rsqrt 4 0.5, sqrt -0.0 -0.0, sqrt -1 nan
    """

  @Test func specialValuesAreThoseOfC() throws {
    for entry in split(Self.specialValues, every: 3) {
      let op = try #require(operations[entry[0]])
      let x = try #require(Double(entry[1])), expected = try #require(Double(entry[2]))
      #expect(pattern(unary(op, [x])[0]) == pattern(expected), "\(entry)")
      if x.isFinite && Double(Float(x)) != x || x.isFinite && expected.isInfinite { continue }
      #expect(pattern(unary(op, [Float(x)])[0]) == pattern(Float(expected)), "\(entry) in f32")
    }
  }

  /// Relative accuracy of 1 - erf x, where it is tiny too; below 1 it has the bits of the difference.
  @Test func complementOfTheErrorFunctionIsAccurateInItsTail() {
    let x = (0..<40_000).map { 1 + 25 * Double($0) / 40_000 }
    for (x, found) in zip(x, unary(CK_ERFC, x)) {
      let exact = Glibc.erfc(Float80(x))
      #expect(abs(Float80(found) / exact - 1) <= 1e-15, "erfc(\(x))")
    }
    let near = (-100..<100).map { Double($0) / 100 }
    #expect(zip(unary(CK_ERFC, near), unary(CK_ERF, near)).allSatisfy { $0 == 1 - $1 })
    let left = x.map { -$0 }
    #expect(zip(unary(CK_ERFC, left), unary(CK_ERF, x)).allSatisfy { $0 == 1 + $1 })
  }

  @Test func smallestNumbersKeepTheirPrecision() {
    let tiny = Double.leastNonzeroMagnitude
    #expect(abs(unary(CK_CBRT, [tiny])[0] / 0x1p-358 - 1) < 1e-15)
    #expect(abs(unary(CK_RSQRT, [tiny])[0] / 0x1p537 - 1) < 1e-15)
  }

  @Test func nanGivesNaN() {
    for op in operations.values.sorted(by: { $0.rawValue < $1.rawValue }) {
      #expect(unary(op, [Double.nan])[0].isNaN, "\(op.rawValue)")
      #expect(unary(op, [Float.nan])[0].isNaN, "\(op.rawValue)")
    }
  }

  /// Base, exponent, value.
  private static let powers = """
    2.0 3.0 8.0, -2 3 -8, -2 5 -32, -8 0.3333333333333333 nan, 0 0 1, nan 0 1, 1 nan 1, 0 -1 inf, -0.0 -1 -inf,
    -0.0 -3 -inf, -0.0 -2 inf, -0.0 7 -0.0, inf -1 0, inf 0.5 inf, -inf 3 -inf, -inf 0.5 inf, -inf -3 -0.0,
    0.5 inf 0, 0.5 -inf inf, 2 inf inf, -1 inf 1, -1 1e300 1, 2 1e300 inf, 2 -1e300 0, -0.0 0.5 0,
    2 -1074 5e-324, 10 308 1e308, -3 2 9, 4 0.5 2, 4 -1 0.25, -1.5 1 -1.5, nan 1 nan, 0 5.5 0
    """

  @Test func powerTakesCsSpecialValues() throws {
    for entry in split(Self.powers, every: 3) {
      let x = try #require(Double(entry[0])), y = try #require(Double(entry[1])),
        expected = try #require(Double(entry[2]))
      #expect(pattern(binary(CK_POW, [x], [y])[0]) == pattern(expected), "\(entry)")
      #expect(pattern(binary(CK_POW, [x, x], [y])[1]) == pattern(expected), "\(entry), one exponent")
    }
  }

  @Test func angleOfAPointAgreesWithC() {
    let values: [Double] = [0, -0.0, 1, -1, 2.5, -1e300, 1e-300, .infinity, -.infinity, .nan]
    for y in values {
      for x in values {
        let got = binary(CK_ATAN2, [y], [x])[0]
        #expect(ulps(got, atan2(y, x)) <= 1 && (got.isNaN || got.sign == atan2(y, x).sign), "atan2(\(y), \(x))")
      }
    }
  }

  #if arch(x86_64)
    private struct Scan: Sendable {
      var name: String
      var op: ck_unary_op
      var low: Double
      var high: Double
      var exact: @Sendable (Float80) -> Float80
    }

    private static let scans: [Scan] = [
      Scan(name: "exp", op: CK_EXP, low: -700, high: 700) { Glibc.exp($0) },
      Scan(name: "expm1", op: CK_EXPM1, low: -5, high: 5) { Glibc.expm1($0) },
      Scan(name: "log", op: CK_LOG, low: 0, high: 4) { Glibc.log($0) },
      Scan(name: "log1p", op: CK_LOG1P, low: -0.9, high: 4) { Glibc.log1p($0) },
      Scan(name: "sin", op: CK_SIN, low: -100, high: 100) { Glibc.sin($0) },
      Scan(name: "cos", op: CK_COS, low: -100, high: 100) { Glibc.cos($0) },
      Scan(name: "tan", op: CK_TAN, low: -100, high: 100) { Glibc.tan($0) },
      Scan(name: "asin", op: CK_ASIN, low: -1, high: 1) { Glibc.asin($0) },
      Scan(name: "acos", op: CK_ACOS, low: -1, high: 1) { Glibc.acos($0) },
      Scan(name: "atan", op: CK_ATAN, low: -8, high: 8) { Glibc.atan($0) },
      Scan(name: "sinh", op: CK_SINH, low: -8, high: 8) { Glibc.sinh($0) },
      Scan(name: "cosh", op: CK_COSH, low: -8, high: 8) { Glibc.cosh($0) },
      Scan(name: "tanh", op: CK_TANH, low: -8, high: 8) { Glibc.tanh($0) },
      Scan(name: "erf", op: CK_ERF, low: -4, high: 4) { Glibc.erf($0) },
      Scan(name: "sigmoid", op: CK_SIGMOID, low: -40, high: 40) { 1 / (1 + Glibc.exp(-$0)) },
    ]

    /// Arguments all over the range and, where it holds 0, at every magnitude down to 2⁻⁴⁰.
    private func arguments(_ scan: Scan, _ seed: Int) -> [Double] {
      var dice = Dice(UInt64(seed) + 1)
      var x = dice.uniforms(100_000, scan.low, scan.high)
      for i in stride(from: 0, to: x.count, by: 4) where scan.low <= 0 {
        let size = scan.low == 0 ? scan.high : min(-scan.low, scan.high)
        let magnitude = size * Glibc.exp2(dice.uniform(-40, 0))
        x[i] = scan.low < 0 && i % 8 == 0 ? -magnitude : magnitude
      }
      return x
    }

    @Test(arguments: 0..<15)
    func scansOfManyPointsStayWithinOneUlp(_ index: Int) {
      let scan = Self.scans[index], x = arguments(scan, index), single = x.map { Float($0) }
      let got = unary(scan.op, x), gotSingle = unary(scan.op, single)
      var worst = 0.0, worstSingle = 0.0
      for i in x.indices {
        let exact = scan.exact(Float80(x[i])), exactSingle = scan.exact(Float80(single[i]))
        worst = max(worst, Double(abs(Float80(got[i]) - exact)) / Double(exact).ulp)
        worstSingle = max(
          worstSingle, Double(abs(Float80(gotSingle[i]) - exactSingle)) / Double(Float(exactSingle).ulp))
      }
      #expect(worst <= 1, "\(scan.name)")
      #expect(worstSingle <= 0.51, "\(scan.name) in f32")
    }
  #endif
}
