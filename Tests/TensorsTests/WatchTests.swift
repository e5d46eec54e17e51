import CKernels
import Tensors
import Testing

/// Long kernels look at a flag as they go: with the flag set they return before their work is done.
///
/// Nothing here depends on the clock: what a kernel has not written tells that it looked.
@Suite struct WatchTests {
  /// Does `body` with kernels of this thread watching a flag.
  private func watching(_ isSet: Bool, _ body: () -> Void) {
    var flag: Int32 = isSet ? 2 : 0
    withUnsafePointer(to: &flag) { flag in
      let before = ck_watch(flag)
      body()
      _ = ck_watch(before)
    }
  }

  /// The numbers that a kernel leaves where every place was −1.
  private func written(_ count: Int, isSet: Bool, _ kernel: (UnsafeMutablePointer<Double>) -> Void) -> [Double] {
    var out = [Double](repeating: -1, count: count)
    watching(isSet) { out.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.map(kernel) } }
    return out
  }

  @Test func productsBreakOff() {
    let n = 600
    let a = [Double](repeating: 1, count: n * n)
    func product(_ isSet: Bool) -> [Double] {
      written(n * n, isSet: isSet) { ck_gemm_f64(0, 0, n, n, n, 1, a, n, a, n, 0, $0, n) }
    }
    #expect(product(false).allSatisfy { $0 == Double(n) })
    #expect(product(true).allSatisfy { $0 == -1 })
  }

  /// A watched product is cut into more shares, which must not change a bit.
  @Test func watchedProductsHaveTheSameBits() {
    var dice = Dice(5)
    let (m, n, k) = (1_200, 1_500, 1_300)
    let a = dice.uniforms(m * k), b = dice.uniforms(k * n)
    var alone = [Double](repeating: 0, count: m * n)
    ck_gemm_f64(0, 0, m, n, k, 1, a, k, b, n, 0, &alone, n)
    let watched = written(m * n, isSet: false) { ck_gemm_f64(0, 0, m, n, k, 1, a, k, b, n, 0, $0, n) }
    #expect(watched == alone)
  }

  @Test func sortingBreaksOff() {
    let values = (0..<100_000).map { Double(($0 * 7919) % 100_003) }
    var scratch = [Int64](repeating: 0, count: values.count)
    for isSet in [false, true] {
      var order = [Int64](repeating: -1, count: values.count)
      watching(isSet) { ck_argsort_f64(&order, values, values.count, &scratch) }
      if isSet {
        #expect(order.allSatisfy { $0 == -1 })
      } else {
        #expect(order.map { values[Int($0)] } == values.sorted())
      }
    }
  }

  @Test func runningSumsAndTranspositionsBreakOff() {
    let ones = [Double](repeating: 1, count: 10_000)
    #expect(written(10_000, isSet: true) { ck_cumsum_f64($0, ones, 1, 10_000, 1, 0) }.allSatisfy { $0 == -1 })
    #expect(written(10_000, isSet: true) { ck_transpose2($0, ones, 100, 100, 8) }.allSatisfy { $0 == -1 })
    #expect(written(100, isSet: true) { ck_softmax_f64($0, ones, 10, 10) }.allSatisfy { $0 == -1 })
  }

  @Test func blocksBreakOff() {
    for threads in [1, 2] {
      var done = 0
      watching(true) {
        withUnsafeMutablePointer(to: &done) {
          ck_parallel(100, Int32(threads), { done, _ in done?.assumingMemoryBound(to: Int.self).pointee += 1 }, $0)
        }
      }
      #expect(done == 0)
    }
  }

  /// LAPACK watches nothing: what lasts is left to a thread of its own, on copies.
  @Test(.enabled(if: LinearAlgebra.libraryKernels != nil)) func callsOfTheLibraryAreAbandoned() {
    let n = 300
    var dice = Dice(9)
    let a = dice.uniforms(n * n)
    for isSet in [false, true] {
      var matrix = a, values = [Double](repeating: -1, count: n)
      var status: Int32 = 0
      watching(isSet) { status = ck_lapack_syevd(n, &matrix, &values) }
      if isSet {
        #expect(status == Int32(CK_ABANDONED))
        #expect(matrix == a && values.allSatisfy { $0 == -1 })
      } else {
        #expect(status == 0)
        #expect(values == values.sorted() && values != [Double](repeating: -1, count: n))
      }
    }
  }

  /// On a thread of its own a call has the bits that it has here.
  @Test(.enabled(if: LinearAlgebra.libraryKernels != nil)) func watchedCallsHaveTheSameBits() {
    let n = 260
    var dice = Dice(10)
    let a = dice.uniforms(n * n), b = dice.uniforms(n * 3)
    func solution() -> [Double] {
      var x = [Double](repeating: 0, count: n * 3)
      var reciprocal = 0.0
      _ = ck_solve(n, 3, 0x1p-52, a, b, &x, &reciprocal)
      return x
    }
    let alone = solution()
    var watched: [Double] = []
    watching(false) { watched = solution() }
    #expect(watched == alone)
  }
}
