import CKernels
import Glibc
import Testing

@Suite struct ReductionTests {
  /// The documented tree, element by element.
  private static func tree(_ a: [Double], _ neutral: Double, _ join: (Double, Double) -> Double) -> Double {
    var total: Double?
    for start in stride(from: 0, to: max(a.count, 1), by: 4096) {
      let block = Array(a[start..<min(start + 4096, a.count)])
      var lanes = [Double](repeating: neutral, count: 32)
      let padded = block + [Double](repeating: neutral, count: (8 - block.count % 8) % 8)
      for (i, x) in padded.enumerated() { lanes[i % 32] = join(lanes[i % 32], x) }
      let low = zip(lanes[0..<8], lanes[8..<16]).map(join), high = zip(lanes[16..<24], lanes[24..<32]).map(join)
      var eight = zip(low, high).map(join)
      for half in [4, 2, 1] { eight = (0..<half).map { join(eight[$0], eight[$0 + half]) } }
      total = total.map { join($0, eight[0]) } ?? eight[0]
    }
    return total ?? neutral
  }

  @Test(arguments: [0, 1, 3, 8, 9, 31, 32, 33, 40, 100, 4095, 4096, 4097, 8192, 10_000])
  func reductionsFollowTheDocumentedTree(_ count: Int) {
    var dice = Dice(UInt64(count))
    let x = dice.uniforms(count), near = x.map { 1 + $0 / 64 }
    #expect(ck_reduce_f64(CK_SUM, x, count) == Self.tree(x, 0, +))
    #expect(ck_reduce_f64(CK_PROD, near, count) == Self.tree(near, 1, *))
    #expect(ck_reduce_f64(CK_SUM_ABS, x, count) == Self.tree(x.map { abs($0) }, 0, +))
    #expect(ck_reduce_f64(CK_REDUCE_MAX, x, count) == x.max() ?? -.infinity)
    #expect(ck_reduce_f64(CK_REDUCE_MIN, x, count) == x.min() ?? .infinity)
    #expect(ck_reduce_f64(CK_MAX_ABS, x, count) == x.map { abs($0) }.max() ?? 0)
    let squares = x.map { $0 * $0 }.reduce(0, +)
    #expect(abs(ck_reduce_f64(CK_SUM_SQUARES, x, count) - squares) <= 1e-12 * (1 + squares))
    #expect(ck_dot_f64(x, x, count) == ck_reduce_f64(CK_SUM_SQUARES, x, count))
    let scaled = x.map { $0 * 0.3 }
    #expect(ck_scaled_norm_f64(x, 0.3, count) == ck_dot_f64(scaled, scaled, count))
    let single = x.map { Float($0) }
    let exact = single.reduce(0.0) { $0 + Double($1) }
    #expect(abs(Double(ck_reduce_f32(CK_SUM, single, count)) - exact) <= 1e-6 * Double(count + 1))
  }

  @Test func nanAnywhereIsTheResultOfEveryReduction() {
    for count in [1, 5, 32, 77, 5000] {
      for place in Set([0, count / 2, count - 1]).sorted() {
        var x = [Double](repeating: 1, count: count)
        x[place] = .nan
        for raw in 0...CK_MAX_ABS.rawValue {
          #expect(ck_reduce_f64(ck_reduce_op(rawValue: raw), x, count).isNaN, "\(raw) of \(count) at \(place)")
        }
        #expect(ck_all_finite_f64(x, count) == 0)
      }
    }
  }

  @Test(arguments: [(1, 1, 1), (2, 3, 4), (1, 300, 17), (3, 129, 16), (2, 5, 33), (4, 40, 1), (3, 0, 2)])
  func anyAxisIsReduced(_ outer: Int, _ n: Int, _ inner: Int) {
    var dice = Dice(UInt64(outer * 1000 + n * 10 + inner))
    let x = dice.uniforms(outer * n * inner)
    var sums = [Double](repeating: 9, count: outer * inner), largest = sums
    ck_reduce_axis_f64(CK_SUM, &sums, x, outer, n, inner)
    ck_reduce_axis_f64(CK_REDUCE_MAX, &largest, x, outer, n, inner)
    var places = [Int64](repeating: -1, count: outer * inner), least = places
    if n > 0 {
      #expect(ck_argmax_axis_f64(&places, x, outer, n, inner) == 0)
      #expect(ck_argmin_axis_f64(&least, x, outer, n, inner) == 0)
    }
    for o in 0..<outer {
      for i in 0..<inner {
        let column = (0..<n).map { x[(o * n + $0) * inner + i] }
        #expect(abs(sums[o * inner + i] - column.reduce(0, +)) <= 1e-13 * Double(n + 1))
        #expect(largest[o * inner + i] == column.max() ?? -.infinity)
        guard let most = column.max(), let fewest = column.min() else { continue }
        #expect(Int(places[o * inner + i]) == column.firstIndex(of: most))
        #expect(Int(least[o * inner + i]) == column.firstIndex(of: fewest))
      }
    }
  }

  @Test func theFirstOfEqualElementsIsNamedAndNaNIsReported() {
    var out: [Int64] = [0, 0]
    #expect(ck_argmax_axis_f64(&out, [1, 7, 7, 2, 9, 9], 2, 3, 1) == 0)
    #expect(out == [1, 1])
    #expect(ck_argmax_axis_f64(&out, [1, 7, 7, 2, 7, 9], 1, 3, 2) == 0)
    #expect(out == [1, 2])
    #expect(ck_argmax_axis_f64(&out, [1, 7, .nan, 2, 9, .nan], 2, 3, 1) == 1)
    #expect(out == [2, 2])
    #expect(ck_argmin_axis_f64(&out, [1, 7, .nan, 2, .nan, 1], 1, 3, 2) == 1)
    #expect(out == [1, 2])
  }

  @Test("short rows, which are reduced many at once, give what each gives alone")
  func shortRows() {
    var dice = Dice(12)
    let special: [Float] = [0, -0.0, 1, 1, -1, .infinity, -.infinity, .nan, 3]
    for n in 1...9 {
      let rows = 53, a = (0..<rows * n).map { _ in special[dice.below(special.count)] }
      for raw in 0...CK_MAX_ABS.rawValue {
        let op = ck_reduce_op(rawValue: raw)
        var all = [Float](repeating: 0, count: rows)
        ck_reduce_axis_f32(op, &all, a, rows, n, 1)
        let alone = (0..<rows).map { ck_reduce_f32(op, Array(a[$0 * n..<($0 + 1) * n]), n) }
        #expect(zip(all, alone).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN }, "\(raw), \(n)")
      }
      for find in [ck_argmax_axis_f32, ck_argmin_axis_f32] {
        var all = [Int64](repeating: 0, count: rows), one: [Int64] = [0]
        let hasNaN = find(&all, a, rows, n, 1)
        #expect((hasNaN != 0) == a.contains(where: \.isNaN))
        for row in 0..<rows {
          _ = find(&one, Array(a[row * n..<(row + 1) * n]), 1, n, 1)
          #expect(all[row] == one[0], "row \(row) of \(n)")
        }
      }
    }
  }

  @Test func softmaxSumsToOneAndShiftsDoNotMatter() {
    var dice = Dice(5)
    for (rows, cols) in [(3, 10), (1, 1), (20, 64), (2, 5000)] {
      let x = dice.uniforms(rows * cols, -5, 5)
      var p = [Double](repeating: 0, count: rows * cols), logs = p, lse = [Double](repeating: 0, count: rows)
      ck_softmax_f64(&p, x, rows, cols)
      ck_log_softmax_f64(&logs, x, rows, cols)
      ck_logsumexp_f64(&lse, x, rows, cols)
      for r in 0..<rows {
        let row = Array(x[r * cols..<(r + 1) * cols]), total = row.map { Glibc.exp($0) }.reduce(0, +)
        #expect(abs(lse[r] - Glibc.log(total)) <= 1e-13 * abs(lse[r]))
        for c in 0..<cols {
          #expect(abs(p[r * cols + c] * total / Glibc.exp(row[c]) - 1) <= 1e-13)
          #expect(abs(logs[r * cols + c] - (row[c] - lse[r])) <= 1e-13)
        }
      }
    }
  }

  @Test func logSumExpSurvivesExtremes() {
    var out = [Double](repeating: 0, count: 5)
    ck_logsumexp_f64(&out, [1000, 1000, -1000, -1000, -.infinity, -.infinity, .infinity, 0, .nan, 0], 5, 2)
    #expect(abs(out[0] - (1000 + Glibc.log(2))) < 1e-12 && abs(out[1] - (-1000 + Glibc.log(2))) < 1e-12)
    #expect(out[2] == -.infinity && out[3] == .infinity && out[4].isNaN)
    ck_logsumexp_f64(&out, [], 1, 0)
    #expect(out[0] == -.infinity)
  }

  @Test func runningSumsAndProductsGoBothWays() {
    let x: [Double] = [1, 2, 3, 4, 5, 6]
    var out = x
    ck_cumsum_f64(&out, x, 2, 3, 1, 0)
    #expect(out == [1, 3, 6, 4, 9, 15])
    ck_cumsum_f64(&out, x, 1, 3, 2, 1)
    #expect(out == [9, 12, 8, 10, 5, 6])
    ck_cumprod_f64(&out, x, 1, 6, 1, 0)
    #expect(out == [1, 2, 6, 24, 120, 720])
  }

  @Test func wholeNumbersAreReduced() {
    let x: [Int64] = [3, -5, 2, 7, 0, -1]
    #expect(ck_sum_i64(x, 6) == 6)
    func run(_ op: ck_reduce_op) -> [Int64] {
      var out: [Int64] = [0, 0]
      ck_reduce_axis_i64(op, &out, x, 1, 3, 2)
      return out
    }
    #expect(run(CK_SUM) == [5, 1] && run(CK_PROD) == [0, 35] && run(CK_REDUCE_MAX) == [3, 7])
    #expect(run(CK_REDUCE_MIN) == [0, -5] && run(CK_SUM_ABS) == [5, 13] && run(CK_MAX_ABS) == [3, 7])
  }
}
