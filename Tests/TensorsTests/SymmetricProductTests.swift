import CKernels
import Testing

/// Products that are symmetric take half of the work: they are symmetric bit for bit, whatever the number of threads.
@Suite(.serialized) struct SymmetricProductTests {
  struct Case: Sendable {
    var ta = false
    var tb = true
    var n: Int
    var k: Int
  }

  /// Sizes around blocks, at ends that the library treats otherwise, and with sums that it splits.
  static let cases =
    [128, 130, 200, 256, 259].flatMap { n in
      [n, 64, 333, 777].flatMap { k in [Case(n: n, k: k), Case(ta: true, tb: false, n: n, k: k)] }
    } + [256, 300, 520].map { Case(ta: false, tb: false, n: $0, k: $0) } + [Case(n: 520, k: 256)]

  @Test(arguments: cases) func halvesAreTheWholeProductInF64(_ p: Case) {
    var dice = Dice(UInt64(p.n * 1000 + p.k))
    let a = Self.matrix(p) { dice.uniforms($0) }, copy = a + [0]
    var whole = [Double](repeating: 0, count: p.n * p.n)
    ck_gemm_f64(
      p.ta ? 1 : 0, p.tb ? 1 : 0, p.n, p.n, p.k, 1, copy, p.ta ? p.n : p.k, a, p.tb ? p.k : p.n, 0, &whole, p.n)
    var first: [Double] = []
    for threads: Int32 in 1...3 {
      ck_set_threads(threads)
      var got = [Double](repeating: 7, count: p.n * p.n)
      let ld = p.ta ? p.n : p.k
      a.withUnsafeBufferPointer { x in
        ck_gemm_f64(p.ta ? 1 : 0, p.tb ? 1 : 0, p.n, p.n, p.k, 1, x.baseAddress, ld, x.baseAddress, ld, 0, &got, p.n)
      }
      if first.isEmpty { first = got }
      #expect(got.map(\.bitPattern) == first.map(\.bitPattern), "\(p), \(threads) threads")
      for i in 0..<p.n {
        for j in 0..<i where got[i * p.n + j].bitPattern != got[j * p.n + i].bitPattern {
          Issue.record("\(p): \(i), \(j)")
        }
      }
    }
    // Numbers up to 1 in magnitude: a sum of k products makes about the square root of k rounding errors of up to k.
    let worst = zip(first, whole).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(worst <= 8 * .ulpOfOne * .init(p.k), "\(p)")
    ck_set_threads(1)
  }

  @Test(arguments: cases) func halvesAreTheWholeProductInF32(_ p: Case) {
    var dice = Dice(UInt64(p.n * 1001 + p.k))
    let a = Self.matrix(p) { dice.uniforms($0) }.map { Float($0) }, copy = a + [0]
    var whole = [Float](repeating: 0, count: p.n * p.n)
    ck_gemm_f32(
      p.ta ? 1 : 0, p.tb ? 1 : 0, p.n, p.n, p.k, 1, copy, p.ta ? p.n : p.k, a, p.tb ? p.k : p.n, 0, &whole, p.n)
    var first: [Float] = []
    for threads: Int32 in 1...3 {
      ck_set_threads(threads)
      var got = [Float](repeating: 7, count: p.n * p.n)
      let ld = p.ta ? p.n : p.k
      a.withUnsafeBufferPointer { x in
        ck_gemm_f32(p.ta ? 1 : 0, p.tb ? 1 : 0, p.n, p.n, p.k, 1, x.baseAddress, ld, x.baseAddress, ld, 0, &got, p.n)
      }
      if first.isEmpty { first = got }
      #expect(got.map(\.bitPattern) == first.map(\.bitPattern), "\(p), \(threads) threads")
      for i in 0..<p.n {
        for j in 0..<i where got[i * p.n + j].bitPattern != got[j * p.n + i].bitPattern {
          Issue.record("\(p): \(i), \(j)")
        }
      }
    }
    // Numbers up to 1 in magnitude: a sum of k products makes about the square root of k rounding errors of up to k.
    let worst = zip(first, whole).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(worst <= 8 * .ulpOfOne * .init(p.k), "\(p)")
    ck_set_threads(1)
  }

  /// A product with itself that is not symmetric, by one bit in a corner, is computed as it is.
  @Test func oneBitBesideSymmetryIsSeen() {
    let n = 256
    var a = [Double](repeating: 0, count: n * n)
    (a[n - 1], a[(n - 1) * n]) = (0.5.nextUp, 0.5)
    (a[2 * n - 1], a[(n - 1) * n + 1]) = (1, 1)
    let copy = a + [0]
    var whole = [Double](repeating: 0, count: n * n), got = whole
    ck_gemm_f64(0, 0, n, n, n, 1, copy, n, a, n, 0, &whole, n)
    a.withUnsafeBufferPointer { x in ck_gemm_f64(0, 0, n, n, n, 1, x.baseAddress, n, x.baseAddress, n, 0, &got, n) }
    #expect(got == whole)
    #expect(got[1] == 0.5.nextUp && got[n] == 0.5)
  }

  /// n × k numbers, symmetric where the case is a square.
  private static func matrix(_ p: Case, _ numbers: (Int) -> [Double]) -> [Double] {
    var a = numbers(p.n * p.k)
    if p.ta == p.tb { for i in 0..<p.n { for j in 0..<i { a[i * p.n + j] = a[j * p.n + i] } } }
    return a
  }
}
