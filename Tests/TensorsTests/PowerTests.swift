import CKernels
import Testing

/// Powers by roots and products: how near they are, that they are chosen by the exponent alone, and on every level.
@Suite(.serialized) struct PowerTests {
  struct Fraction: Sendable {
    var part: Int
    var root: Int
    var isNegative: Bool
    var value: Double { (isNegative ? -1 : 1) * Double(part) / Double(root) }
  }

  static let fractions = [
    (1, 2), (3, 2), (5, 2), (1, 3), (2, 3), (4, 3), (5, 3), (7, 3), (8, 3), (1, 4), (3, 4), (5, 4), (11, 4),
  ]
  .flatMap { part, root in [false, true].map { Fraction(part: part, root: root, isNegative: $0) } }

  /// The error in units of the last place: y = x^(p/q) + e gives yᵠ / xᵖ ≈ 1 + q e / y, in 64 bits.
  private func error(_ y: Double, _ x: Double, _ f: Fraction, ulp: Double) -> Double {
    func power(_ x: Double, _ count: Int) -> Float80 { (0..<count).reduce(Float80(1)) { y, _ in y * Float80(x) } }
    let left = power(y, f.root), right = power(x, f.part)
    let ratio = f.isNegative ? left * right : left / right
    return abs(Double((ratio - 1) / Float80(f.root)) * y / ulp)
  }

  @Test(arguments: fractions) func errorsAreAHalfAndALittle(_ f: Fraction) {
    var dice = Dice(UInt64(f.part * 10 + f.root))
    let x = (0..<20_000).map { i in
      Double(
        sign: .plus, exponent: dice.below(i % 2 == 0 ? 20 : 640) - (i % 2 == 0 ? 10 : 320),
        significand: 1 + dice.uniform(0, 1))
    }
    let y = binary(CK_POW, x, [f.value])
    for (x, y) in zip(x, y) where y.isNormal { #expect(error(y, x, f, ulp: y.ulp) <= 0.51, "\(x)^\(f)") }
    let single = x.map { Float($0) }.filter { $0.isNormal }
    for (x, y) in zip(single, power(single, Float(f.value))) where y.isNormal {
      #expect(error(Double(y), Double(x), f, ulp: Double(y.ulp)) <= 0.51, "\(x)^\(f) in f32")
    }
  }

  /// The exponent of a derivative, a fraction less 1, means the fraction too.
  @Test func exponentsOfDerivativesAreFractions() {
    let x = [0.3, 2, 17, 1e5]
    let single = x.map { Float($0) }
    for (larger, smaller) in [(4, 1), (5, 2), (-1, -4), (-2, -5)] {
      let exponent = Double(larger) / 3 - 1, exact = Double(smaller) / 3
      let found = binary(CK_POW, x, [exponent]), meant = binary(CK_POW, x, [exact])
      #expect(found == meant)
      let foundSingle = power(single, Float(larger) / 3 - 1), meantSingle = power(single, Float(smaller) / 3)
      #expect(foundSingle == meantSingle)
    }
    #expect(4.0 / 3 - 1 != 1.0 / 3, "or there is nothing to see")
  }

  /// Others than these are not: the third with eight digits is another number.
  @Test func decimalExponentsStayAsTheyAre() {
    #expect(binary(CK_POW, [10], [0.33333333]) != binary(CK_POW, [10], [1.0 / 3]))
    #expect(abs(binary(CK_POW, [10], [0.33333333])[0] - 2.1544346734) < 1e-9)
  }

  /// One exponent for all, or one for each: the same bits, whatever stands beside.
  @Test func itDoesNotMatterHowTheExponentIsGiven() {
    var dice = Dice(5)
    let special: [Double] = [0, -0.0, 1, -8, .infinity, -.infinity, .nan, 5e-324, 1e-310, 1e308]
    let x = special + (0..<500).map { _ in Double(sign: .plus, exponent: dice.below(2000) - 1000, significand: 1.5) }
    for f in Self.fractions {
      for (level, result) in onEachLevel({ (binary(CK_POW, x, [f.value]), binary(CK_POW, x, x.map { _ in f.value })) })
      {
        #expect(result.0.map { pattern($0) } == result.1.map { pattern($0) }, "\(f) on level \(level)")
        #expect(result.0.map { pattern($0) } == binary(CK_POW, x, [f.value]).map { pattern($0) })
      }
      let mixed = binary(CK_POW, x, x.indices.map { $0 % 3 == 0 ? f.value : 0.7 }), own = binary(CK_POW, x, [f.value])
      for i in x.indices where i % 3 == 0 { #expect(pattern(mixed[i]) == pattern(own[i])) }
    }
  }

  /// What C's `pow` says of 0, infinities and negative numbers.
  @Test func specialValuesAreThoseOfC() {
    let x: [Double] = [0, -0.0, 1, -8, .infinity, -.infinity, .nan]
    let root: [Double] = [0, 0, 1, .nan, .infinity, .infinity, .nan]
    #expect(binary(CK_POW, x, [1.0 / 3]).map { pattern($0) } == root.map { pattern($0) })
    let inverse: [Double] = [.infinity, .infinity, 1, .nan, 0, 0, .nan]
    #expect(binary(CK_POW, x, [-0.5]).map { pattern($0) } == inverse.map { pattern($0) })
  }

  private func power(_ a: [Float], _ b: Float) -> [Float] {
    var out = [Float](repeating: 0, count: a.count)
    ck_binary_f32(CK_POW, &out, a, 1, [b], 0, a.count)
    return out
  }
}
