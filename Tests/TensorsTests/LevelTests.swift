import CKernels
import Testing

/// Every instruction set gives the same bits; with D7's spirit, whatever the processor can do.
@Suite(.serialized) struct LevelTests {
  private static let unaryCount = CK_NOT.rawValue + 1
  private static let binaryCount = CK_OR.rawValue + 1

  private static let arguments: [Double] = {
    var dice = Dice(3)
    let special: [Double] = [
      0, -0.0, 1, -1, .infinity, -.infinity, .nan, 0x1p-1074, -0x1p-1060, 1e308, 0.5, 2, 3, 4, 709.9, -745.2,
    ]
    let wide = (0..<300).map { (_: Int) -> Double in
      let exponent = 1000 - dice.below(2000)
      return Double(sign: .plus, exponent: exponent, significand: dice.uniform())
    }
    return special + wide + dice.uniforms(301, -20, 20) + dice.uniforms(100, -2e9, 2e9)
  }()

  private func expectEqualBits<T: Equatable>(_ what: String, _ body: () -> T) {
    let results = onEachLevel(body)
    for (level, result) in results.dropFirst() { #expect(result == results[0].result, "\(what) on level \(level)") }
  }

  @Test func levelsCanBeChosenAndAnUnknownOneIsNot() {
    #expect(ck_select(0) == ck_best_level())
    #expect(ck_select(9) == ck_best_level())
    #expect(onEachLevel { ck_level() }.allSatisfy { $0.level == $0.result })
  }

  @Test func unaryOperations() {
    let x = Self.arguments, y = x.map { Float($0) }
    for raw in 0..<Self.unaryCount {
      let op = ck_unary_op(rawValue: raw)
      expectEqualBits("unary \(raw)") { unary(op, x).map { pattern($0) } }
      expectEqualBits("unary \(raw) in f32") { unary(op, y).map { pattern($0) } }
    }
  }

  @Test func binaryOperations() {
    let x = Self.arguments, y = Array(x.reversed()), x32 = x.map { Float($0) }, y32 = y.map { Float($0) }
    for raw in 0..<Self.binaryCount {
      let op = ck_binary_op(rawValue: raw)
      expectEqualBits("binary \(raw)") { binary(op, x, y).map { pattern($0) } }
      expectEqualBits("binary \(raw) in f32") { binary(op, x32, y32).map { pattern($0) } }
    }
  }

  @Test func convolutions() {
    var dice = Dice(10)
    for (width, outputs, stride, padding) in [(17, 9, 1, 1), (40, 3, 2, 0), (12, 16, 3, 2)] {
      let window = ck_window(
        images: 2, channels: 3, height: 7, width: width, kernelHeight: 3, kernelWidth: 2, strideHeight: 1,
        strideWidth: stride, padHeight: 1, padWidth: padding)
      var form = ck_convolution(window: window, outputs: outputs)
      let places = 2 * outputs * 7 * ((width + 2 * padding - 2) / stride + 1), taps = outputs * 18
      let x = dice.uniforms(42 * width, -1, 1), filters = dice.uniforms(taps, -1, 1), g = dice.uniforms(places, -1, 1)
      expectEqualBits("\(width) columns") {
        var room = [Double](repeating: 0, count: ck_convolve_room(&form, 8))
        var out = [Double](repeating: 0, count: places), sums = [Double](repeating: 0, count: taps)
        ck_convolve_f64(&out, x, filters, &form, &room)
        ck_convolve_filters_f64(&sums, x, g, &form, &room)
        return (out + sums).map(\.bitPattern)
      }
      let (x32, filters32, g32) = (x.map { Float($0) }, filters.map { Float($0) }, g.map { Float($0) })
      expectEqualBits("\(width) columns in f32") {
        var room = [Float](repeating: 0, count: ck_convolve_room(&form, 4))
        var out = [Float](repeating: 0, count: places), sums = [Float](repeating: 0, count: taps)
        ck_convolve_f32(&out, x32, filters32, &form, &room)
        ck_convolve_filters_f32(&sums, x32, g32, &form, &room)
        return (out + sums).map(\.bitPattern)
      }
    }
  }

  @Test func partsTakenOutOfAVector() {
    var dice = Dice(9)
    for (rows, n) in [(1, 1), (3, 17), (6, 700), (40, 5000)] {
      let q = dice.uniforms(rows * n, -0.02, 0.02), w = dice.uniforms(n)
      expectEqualBits("\(rows) × \(n)") {
        var w = w, numbers = [Double](repeating: 0, count: 2 * rows)
        let square = ck_take_out_f64(rows, n, q, &w, &numbers)
        return w + numbers + [square]
      }
      expectEqualBits("\(rows) × \(n) in f32") {
        var w = w.map { Float($0) }, numbers = [Double](repeating: 0, count: 2 * rows)
        let square = ck_take_out_f32(rows, n, q.map { Float($0) }, &w, &numbers)
        return w.map { Double($0) } + numbers + [square]
      }
    }
  }

  @Test func reductions() {
    var dice = Dice(8)
    for count in [0, 1, 7, 8, 31, 33, 64, 100, 4095, 4096, 4097, 9000] {
      let x = dice.uniforms(count), y = dice.uniforms(count), x32 = x.map { Float($0) }, y32 = y.map { Float($0) }
      for raw in 0...CK_MAX_ABS.rawValue {
        expectEqualBits("reduce \(raw) of \(count)") { ck_reduce_f64(ck_reduce_op(rawValue: raw), x, count) }
        expectEqualBits("reduce \(raw) of \(count) in f32") { ck_reduce_f32(ck_reduce_op(rawValue: raw), x32, count) }
      }
      expectEqualBits("dot \(count)") { ck_dot_f64(x, y, count) }
      expectEqualBits("dot \(count) in f32") { ck_dot_f32(x32, y32, count) }
      expectEqualBits("scaled norm \(count)") { ck_scaled_norm_f64(x, 0.3, count) }
      expectEqualBits("scaled norm \(count) in f32") { ck_scaled_norm_f32(x32, 0.3, count) }
      expectEqualBits("softmax \(count)") {
        var out = x
        ck_softmax_f64(&out, x, 1, count)
        return out
      }
    }
  }

  @Test func columnReductionsAndLogSumExp() {
    var dice = Dice(9)
    let x = dice.uniforms(300 * 37, -30, 30)
    for raw in 0...CK_MAX_ABS.rawValue {
      expectEqualBits("columns \(raw)") {
        var out = [Double](repeating: 0, count: 37)
        ck_reduce_axis_f64(ck_reduce_op(rawValue: raw), &out, x, 1, 300, 37)
        return out
      }
    }
    expectEqualBits("logsumexp") {
      var out = [Double](repeating: 0, count: 300)
      ck_logsumexp_f64(&out, x, 300, 37)
      return out
    }
  }

  @Test func products() {
    var dice = Dice(10)
    let a = dice.uniforms(70 * 70), b = dice.uniforms(70 * 70), a32 = a.map { Float($0) }, b32 = b.map { Float($0) }
    for (m, n, k) in [
      (1, 1, 1), (3, 5, 7), (10, 10, 10), (17, 33, 9), (70, 70, 70), (1, 50, 20), (50, 1, 20), (9, 24, 64),
    ] {
      for flags in 0..<4 {
        let ta: Int32 = flags & 1 == 0 ? 0 : 1, tb: Int32 = flags & 2 == 0 ? 0 : 1
        expectEqualBits("gemm \(m) \(n) \(k) \(flags)") {
          var c = [Double](repeating: 1, count: m * n)
          ck_gemm_own_f64(ta, tb, m, n, k, 1.5, a, ta == 0 ? k : m, b, tb == 0 ? n : k, 0.5, &c, n)
          return c
        }
        expectEqualBits("gemm \(m) \(n) \(k) \(flags) in f32") {
          var c = [Float](repeating: 1, count: m * n)
          ck_gemm_own_f32(ta, tb, m, n, k, 1, a32, ta == 0 ? k : m, b32, tb == 0 ? n : k, 0, &c, n)
          return c
        }
      }
    }
  }

  @Test func randomNumbers() {
    typealias Fill<T> = (UnsafeMutablePointer<T>?, Int, UInt64, UInt64, UInt32, Int) -> Void
    let fills: [Fill<Double>] = [ck_uniform_f64, ck_normal_f64, ck_exponential_f64, ck_rademacher_f64]
    let fills32: [Fill<Float>] = [ck_uniform_f32, ck_normal_f32, ck_exponential_f32, ck_rademacher_f32]
    for (i, fill) in fills.enumerated() {
      expectEqualBits("fill \(i)") {
        var out = [Double](repeating: 0, count: 1003)
        fill(&out, 1003, 11, 1 << 40, 5, 7)
        return out
      }
    }
    for (i, fill) in fills32.enumerated() {
      expectEqualBits("fill \(i) in f32") {
        var out = [Float](repeating: 0, count: 1003)
        fill(&out, 1003, 11, 1 << 40, 5, 7)
        return out
      }
    }
  }
}
