import CKernels
import Tensors
import Testing

@Suite struct ProductTests {
  struct Case: Sendable {
    var ta = false, tb = false
    var m = 0, n = 0, k = 0
    var alpha = 1.0, beta = 0.0

    /// Whether the kernel documents dots of contiguous rows instead of one chain.
    var isRowDots: Bool { n == 1 && !ta && tb || m == 1 && tb && !ta }
  }

  private static func cases(_ count: Int) -> [Case] {
    var dice = Dice(77)
    let sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 17, 23, 24, 25, 32, 33, 48, 65]
    return (0..<count).map { _ in
      Case(
        ta: dice.below(2) == 0, tb: dice.below(2) == 0, m: sizes[dice.below(sizes.count)],
        n: sizes[dice.below(sizes.count)], k: sizes[dice.below(sizes.count)], alpha: dice.below(2) == 0 ? 1 : 0.3,
        beta: [0, 1, 0.7][dice.below(3)])
    }
  }

  /// alpha op(A) op(B) + beta C, each element as one chain of fused steps.
  private static func chain(_ p: Case, _ a: [Double], _ lda: Int, _ b: [Double], _ ldb: Int, _ c: [Double], _ ldc: Int)
    -> [Double]
  {
    var result = c
    for i in 0..<p.m {
      for j in 0..<p.n {
        var sum = 0.0
        for q in 0..<p.k { sum.addProduct(a[p.ta ? q * lda + i : i * lda + q], b[p.tb ? j * ldb + q : q * ldb + j]) }
        let old = c[i * ldc + j]
        result[i * ldc + j] = p.beta == 0 ? p.alpha * sum : (p.beta * old).addingProduct(p.alpha, sum)
      }
    }
    return result
  }

  @Test func everyElementIsOneChainOfFusedSteps() {
    var dice = Dice(78)
    for p in Self.cases(400) {
      let lda = (p.ta ? p.m : p.k) + 1, ldb = (p.tb ? p.k : p.n) + 2, ldc = p.n + 1
      let a = dice.uniforms((p.ta ? p.k : p.m) * lda + 1), b = dice.uniforms((p.tb ? p.n : p.k) * ldb + 1)
      let c = dice.uniforms(p.m * ldc + 1)
      var got = c
      ck_gemm_own_f64(p.ta ? 1 : 0, p.tb ? 1 : 0, p.m, p.n, p.k, p.alpha, a, lda, b, ldb, p.beta, &got, ldc)
      let expected = Self.chain(p, a, lda, b, ldb, c, ldc)
      if p.isRowDots {
        for (x, y) in zip(got, expected) { #expect(abs(x - y) <= 1e-13, "\(p)") }
      } else {
        #expect(got == expected, "\(p)")
      }
    }
  }

  @Test func singlePrecisionIsTheSameChain() {
    var dice = Dice(79)
    for (m, n, k) in [(10, 10, 10), (7, 35, 12), (64, 64, 64), (3, 16, 200), (8, 41, 1700)] {
      let a = dice.uniforms(m * k).map { Float($0) }, b = dice.uniforms(k * n).map { Float($0) }
      var got = [Float](repeating: 0, count: m * n), expected = got
      ck_gemm_own_f32(0, 0, m, n, k, 1, a, k, b, n, 0, &got, n)
      for i in 0..<m {
        for j in 0..<n {
          for q in 0..<k { expected[i * n + j].addProduct(a[i * k + q], b[q * n + j]) }
        }
      }
      #expect(got == expected)
    }
  }

  @Test func longAndPackedProductsAreTheSameChain() {
    var dice = Dice(80)
    for p in [
      Case(ta: false, tb: true, m: 5, n: 3, k: 2000), Case(ta: true, tb: true, m: 40, n: 90, k: 700),
      Case(ta: false, tb: false, m: 50, n: 130, k: 300), Case(ta: true, tb: false, m: 31, n: 257, k: 200),
      Case(ta: false, tb: false, m: 7, n: 36, k: 3001), Case(ta: true, tb: false, m: 9, n: 61, k: 1500),
    ] {
      let lda = p.ta ? p.m : p.k, ldb = p.tb ? p.k : p.n
      let a = dice.uniforms(p.m * p.k), b = dice.uniforms(p.n * p.k), zero = [Double](repeating: 0, count: p.m * p.n)
      var got = zero
      ck_gemm_own_f64(p.ta ? 1 : 0, p.tb ? 1 : 0, p.m, p.n, p.k, 1, a, lda, b, ldb, 0, &got, p.n)
      #expect(got == Self.chain(p, a, lda, b, ldb, zero, p.n))
    }
  }

  @Test func largeProductsAgreeWithTheChainWhoeverComputesThem() {
    var dice = Dice(81)
    let p = Case(m: 150, n: 130, k: 110)
    let a = dice.uniforms(p.m * p.k), b = dice.uniforms(p.k * p.n), zero = [Double](repeating: 0, count: p.m * p.n)
    var got = zero
    ck_gemm_f64(0, 0, p.m, p.n, p.k, 1, a, p.k, b, p.n, 0, &got, p.n)
    for (x, y) in zip(got, Self.chain(p, a, p.k, b, p.n, zero, p.n)) { #expect(abs(x - y) < 1e-12) }
  }

  @Test(
    arguments: [
      // Rows or columns are shared, whole shares or not, in more than one group of rows, and of few rows.
      (600, 410, 300), (410, 590, 300), (500, 3000, 50), (4300, 130, 120), (100, 3000, 230), (2048, 512, 70),
    ], [false, true])
  func threadsDoNotChangeLargeProducts(_ size: (m: Int, n: Int, k: Int), _ isTransposed: Bool) {
    var dice = Dice(82)
    let (m, n, k) = size, t: Int32 = isTransposed ? 1 : 0
    let a = dice.uniforms(m * k), b = dice.uniforms(k * n)
    let a32 = a.map { Float($0) }, b32 = b.map { Float($0) }
    let (lda, ldb) = isTransposed ? (m, k) : (k, n)
    func product(_ threads: Int) -> ([Double], [Float]) {
      Workers.productThreads = threads
      defer { Workers.productThreads = 1 }
      var c = [Double](repeating: 0, count: m * n), c32 = [Float](repeating: 0, count: m * n)
      ck_gemm_f64(t, t, m, n, k, 1, a, lda, b, ldb, 0, &c, n)
      ck_gemm_f32(t, t, m, n, k, 1, a32, lda, b32, ldb, 0, &c32, n)
      return (c, c32)
    }
    let one = product(1)
    for threads in [2, 3, 8] {
      let many = product(threads)
      // The differing places, not the arrays, whose difference would take minutes to print.
      #expect(one.0.indices.filter { one.0[$0] != many.0[$0] } == [])
      #expect(one.1.indices.filter { one.1[$0] != many.1[$0] } == [])
    }
  }

  @Test func batchesMultiplyMemberByMember() {
    var dice = Dice(83)
    let a = dice.uniforms(6 * 3 * 4), b = dice.uniforms(4 * 5)
    var c = [Double](repeating: 0, count: 6 * 3 * 5)
    ck_gemm_batched_f64(0, 0, 6, 3, 5, 4, 1, a, 4, 12, b, 5, 0, 0, &c, 5, 15)
    for i in 0..<6 {
      let part = Array(a[i * 12..<(i + 1) * 12]), zero = [Double](repeating: 0, count: 15)
      #expect(Array(c[i * 15..<(i + 1) * 15]) == Self.chain(Case(m: 3, n: 5, k: 4), part, 4, b, 5, zero, 5))
    }
  }

  @Test func matrixTimesVectorBothWaysAndRankOneUpdate() {
    var dice = Dice(84)
    for (m, n) in [(1, 1), (5, 7), (100, 33), (33, 500)] {
      let a = dice.uniforms(m * n), x = dice.uniforms(n), z = dice.uniforms(m)
      var y = dice.uniforms(m), w = dice.uniforms(n), rankOne = a
      let y0 = y, w0 = w
      ck_gemv_f64(0, m, n, 2, a, n, x, 0.5, &y)
      ck_gemv_f64(1, m, n, 2, a, n, z, 0.5, &w)
      ck_ger_f64(m, n, 0.25, z, x, &rankOne, n)
      for i in 0..<m {
        #expect(abs(y[i] - (2 * (0..<n).reduce(0) { $0 + a[i * n + $1] * x[$1] } + 0.5 * y0[i])) < 1e-12)
        for j in 0..<n { #expect(abs(rankOne[i * n + j] - (a[i * n + j] + 0.25 * z[i] * x[j])) < 1e-15) }
      }
      for j in 0..<n {
        #expect(abs(w[j] - (2 * (0..<m).reduce(0) { $0 + a[$1 * n + j] * z[$1] } + 0.5 * w0[j])) < 1e-12)
      }
    }
  }

  @Test func whatIsTakenOutOfAVectorLeavesItOrthogonal() {
    var dice = Dice(85)
    for (rows, n) in [(1, 3), (2, 40), (5, 515), (9, 4500), (70, 1100)] {
      // Orthonormal rows: each is what is left of a random one.
      var q: [Double] = [], numbers = [Double](repeating: 0, count: 2 * rows)
      for row in 0..<min(rows, n) {
        var next = dice.uniforms(n)
        let square = ck_take_out_f64(row, n, q, &next, &numbers)
        q += next.map { $0 / square.squareRoot() }
      }
      let start = dice.uniforms(n)
      var w = start
      let square = ck_take_out_f64(rows, n, q, &w, &numbers)
      #expect(abs(square - ck_dot_f64(w, w, n)) < 1e-13 * square + 1e-28)
      for row in 0..<rows {
        let own = Array(q[row * n..<(row + 1) * n])
        #expect(abs(ck_dot_f64(own, w, n)) < 1e-14 * Double(n).squareRoot())
        #expect(abs(numbers[row] + numbers[rows + row] - ck_dot_f64(own, start, n)) < 1e-12)
      }
      var single = start.map { Float($0) }
      _ = ck_take_out_f32(rows, n, q.map { Float($0) }, &single, &numbers)
      #expect(zip(single, w).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    }
  }

  @Test func sparseRowsTouchTheirColumnsOnly() {
    let value: [Double] = [2, -1, 4], column: [Int64] = [0, 3, 3]
    var x: [Double] = [1, 10, 100, 1000]
    #expect(ck_sparse_dot_f64(value, column, 3, x) == 2 - 1000 + 4000)
    ck_sparse_axpy_f64(&x, 0.5, value, column, 3)
    #expect(x == [2, 10, 100, 1001.5])
    var y: [Double] = [9, 9, 9]
    ck_csr_gemv_f64(&y, 3, [0, 1, 1, 3], [2, 0, 1], [5, 1, 2], [1, 2, 3])
    #expect(y == [15, 0, 5])
  }
}
