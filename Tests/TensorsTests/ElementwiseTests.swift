import CKernels
import Glibc
import Testing

@Suite struct ElementwiseTests {
  private static let values: [Double] = [
    0, -0.0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 3, -7, 0x1p-1060, 1e300, -1e300, .infinity, -.infinity, .nan,
    4503599627370497.5,
  ]

  private typealias Plain = (name: String, op: ck_unary_op, value: @Sendable (Double) -> Double)

  private static let plain: [Plain] = [
    ("copy", CK_COPY, { $0 }), ("neg", CK_NEG, { -$0 }), ("abs", CK_ABS, { abs($0) }),
    ("sign", CK_SIGN, { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }), ("square", CK_SQUARE, { $0 * $0 }),
    ("reciprocal", CK_RECIPROCAL, { 1 / $0 }), ("sqrt", CK_SQRT, { $0.squareRoot() }),
    ("relu", CK_RELU, { $0 <= 0 ? 0 : $0 }), ("floor", CK_FLOOR, { floor($0) }), ("ceil", CK_CEIL, { ceil($0) }),
    ("round", CK_ROUND, { rint($0) }), ("trunc", CK_TRUNC, { trunc($0) }),
    ("isfinite", CK_ISFINITE, { $0.isFinite ? 1 : 0 }), ("not", CK_NOT, { $0 == 0 ? 1 : 0 }),
  ]

  @Test(arguments: 0..<14)
  func plainOperationsAreExact(_ index: Int) {
    let (name, op, expected) = Self.plain[index]
    let x = Self.values + Self.values
    #expect(unary(op, x).map { pattern($0) } == x.map { pattern(expected($0)) }, "\(name)")
    let single = x.map { Float($0) }
    #expect(
      unary(op, single).map { pattern($0) } == single.map { pattern(Float(expected(Double($0)))) }, "\(name) in f32")
  }

  private typealias Pair = (name: String, op: ck_binary_op, value: @Sendable (Double, Double) -> Double)

  private static let pairs: [Pair] = [
    ("add", CK_ADD, { $0 + $1 }), ("sub", CK_SUB, { $0 - $1 }), ("mul", CK_MUL, { $0 * $1 }),
    ("div", CK_DIV, { $0 / $1 }), ("lt", CK_LT, { $0 < $1 ? 1 : 0 }), ("le", CK_LE, { $0 <= $1 ? 1 : 0 }),
    ("eq", CK_EQ, { $0 == $1 ? 1 : 0 }), ("ne", CK_NE, { $0 != $1 ? 1 : 0 }),
    ("and", CK_AND, { $0 != 0 && $1 != 0 ? 1 : 0 }), ("or", CK_OR, { $0 != 0 || $1 != 0 ? 1 : 0 }),
    ("max", CK_MAX, { larger($0, $1) }), ("min", CK_MIN, { -larger(-$0, -$1) }),
    ("mod", CK_MOD, { modulo($0, $1) }),
  ]

  private static func larger(_ x: Double, _ y: Double) -> Double {
    if x.isNaN || y.isNaN { return .nan }
    if x == y { return x.sign == .minus ? y : x }
    return x > y ? x : y
  }

  private static func modulo(_ x: Double, _ y: Double) -> Double {
    let r = fmod(x, y)
    if r == 0 { return y < 0 ? -0.0 : 0 }
    return (r < 0) != (y < 0) ? r + y : r
  }

  @Test(arguments: 0..<13)
  func pairsAreCombinedExactlyInEveryPattern(_ index: Int) {
    let (name, op, expected) = Self.pairs[index]
    for x in Self.values {
      let row = Self.values
      let wanted = row.map { pattern(expected(x, $0)) }
      #expect(binary(op, [x], row).map { pattern($0) } == wanted, "\(name), one on the left: \(x)")
      #expect(binary(op, row.map { _ in x }, row).map { pattern($0) } == wanted, "\(name), both: \(x)")
      #expect(
        binary(op, row, [x]).map { pattern($0) } == row.map { pattern(expected($0, x)) },
        "\(name), one on the right: \(x)")
    }
    var out = [Double](repeating: 9, count: 5)
    ck_binary_f64(op, &out, [3], 0, [2], 0, 5)
    #expect(out == [Double](repeating: expected(3, 2), count: 5))
  }

  @Test func wholeQuotientsRoundDown() {
    let x: [Double] = [7, -7, 7, -7, 6, -1, 1, 1, 0, 0.3]
    let y: [Double] = [2, 2, -2, -2, 3, .infinity, .infinity, 0, 5, 0.1]
    #expect(binary(CK_FLOORDIV, x, y) == [3, -4, -4, 3, 2, -1, 0, .infinity, 0, 2])
  }

  @Test func everyLengthWritesItsElementsAndNoMore() {
    for count in 0...40 {
      let x = (0..<count).map { Double($0) }
      var out = [Double](repeating: -5, count: count + 3)
      ck_unary_f64(CK_NEG, &out, x, count)
      #expect(out == x.map { -$0 } + [-5, -5, -5])
      ck_unary_f64(CK_EXP, &out, x, count)
      #expect(out[count...] == [-5, -5, -5])
      var single = [Float](repeating: -5, count: count + 3)
      ck_binary_f32(CK_ADD, &single, x.map { Float($0) }, 1, [1], 0, count)
      #expect(single == x.map { Float($0) + 1 } + [-5, -5, -5])
    }
  }

  @Test func selectionTakesOneOperandOrTheOtherInEveryPattern() {
    let condition: [Double] = [1, 0, -0.0, .nan, 2, 0, 0, 1, 0, 1, 1], a = (0..<11).map { Double($0) },
      b = a.map { -$0 }
    for flags in 0..<8 {
      let (sc, sa, sb) = (flags & 1, flags >> 1 & 1, flags >> 2 & 1)
      var out = [Double](repeating: 0, count: 11)
      ck_select_f64(&out, condition, sc, a, sa, b, sb, 11)
      #expect(out == (0..<11).map { condition[$0 * sc] != 0 ? a[$0 * sa] : b[$0 * sb] })
    }
  }

  @Test func rowsAndColumnsOfAMatrixAreCombined() {
    let a = (0..<12).map { Double($0) }
    var out = [Double](repeating: 0, count: 12)
    ck_binary_row_f64(CK_MUL, &out, a, [1, 10, 100, 1000], 3, 4)
    #expect(out == (0..<12).map { a[$0] * [1, 10, 100, 1000][$0 % 4] })
    ck_binary_column_f64(CK_SUB, &out, a, [1, 2, 3], 3, 4)
    #expect(out == (0..<12).map { a[$0] - Double($0 / 4 + 1) })
  }

  @Test func wholeNumbersWrapAndDivideDownwards() {
    let x: [Int64] = [7, -7, .min, 5, .max], y: [Int64] = [2, 2, -1, 0, .max]
    func run(_ op: ck_binary_op) -> [Int64] {
      var out = [Int64](repeating: 0, count: 5)
      ck_binary_i64(op, &out, x, 1, y, 1, 5)
      return out
    }
    #expect(run(CK_FLOORDIV) == [3, -4, .min, 0, 1])
    #expect(run(CK_MOD) == [1, 1, 0, 0, 0])
    #expect(run(CK_ADD) == [9, -5, .max, 5, -2])
    #expect(run(CK_LT) == [0, 1, 1, 0, 0])
  }

  @Test func axpyFusesTheProductIntoTheSum() {
    var dice = Dice(4)
    let x = dice.uniforms(37)
    var y = dice.uniforms(37)
    let expected = zip(x, y).map { $1.addingProduct(0.3, $0) }
    ck_axpy_f64(&y, 0.3, x, 37)
    #expect(y == expected)
  }
}
