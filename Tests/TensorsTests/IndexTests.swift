import CKernels
import Testing

@Suite struct IndexTests {
  private static func order(_ a: [Double]) -> [Int64] {
    var out = [Int64](repeating: 0, count: a.count), scratch = out
    ck_argsort_f64(&out, a, a.count, &scratch)
    return out
  }

  private static func top(_ a: [Double], _ k: Int, magnitude: Bool) -> [Int64] {
    var out = [Int64](repeating: 0, count: k), scratch = [Int64](repeating: 0, count: a.count)
    ck_topk_f64(&out, a, a.count, k, magnitude ? 1 : 0, &scratch)
    return out
  }

  @Test(arguments: [0, 1, 2, 11, 12, 13, 24, 25, 100, 1000, 3001])
  func sortingIsAscendingAndStable(_ count: Int) {
    var dice = Dice(UInt64(count))
    let a = (0..<count).map { _ in Double(dice.below(max(2, count / 3))) }
    let expected = (0..<count).sorted { a[$0] != a[$1] ? a[$0] < a[$1] : $0 < $1 }
    #expect(Self.order(a) == expected.map { Int64($0) })
  }

  @Test func nanSortsLastAndZerosAreEqual() {
    #expect(Self.order([.nan, 1, -.infinity, .nan, 0, -0.0, .infinity]) == [2, 4, 5, 1, 6, 0, 3])
    var out: [Int64] = [0, 0, 0, 0], scratch = out
    ck_argsort_i64(&out, [5, -1, 5, 0], 4, &scratch)
    #expect(out == [1, 3, 0, 2])
  }

  @Test(arguments: [1, 2, 5, 17, 64, 500, 999, 1000])
  func selectionTakesTheLargestLowestPositionFirst(_ k: Int) {
    var dice = Dice(UInt64(k))
    let a = (0..<1000).map { _ in Double(dice.below(100) - 50) }
    for magnitude in [false, true] {
      let size = a.map { magnitude ? abs($0) : $0 }
      let expected = (0..<1000).sorted { size[$0] != size[$1] ? size[$0] > size[$1] : $0 < $1 }
      #expect(Self.top(a, k, magnitude: magnitude) == expected.prefix(k).map { Int64($0) }, "magnitude \(magnitude)")
    }
  }

  /// Magnitudes of all kinds, in numbers beside those of lanes: a few of many, ties, powers of ten, what is not finite.
  @Test(arguments: 0..<60) func fewOfManyAreThoseOfTheWholeOrder(_ number: Int) {
    var dice = Dice(UInt64(number + 1))
    let count = 256 + dice.below(3000), k = 4 + dice.below(count / 16 - 4), kind = number % 6
    let a: [Double] = (0..<count).map { _ in
      let u = dice.uniform()
      return switch kind {
      case 0: u
      case 1: (20 * u).rounded()
      case 2: u > 0.9 ? u : 0
      case 3: u * u * u * 1e30
      case 4: dice.below(count) < 3 ? .infinity * u : u
      default: dice.below(count) < 3 ? .nan : u * 1e-310
      }
    }
    func above(_ i: Int, _ j: Int) -> Bool {
      if a[i].isNaN != a[j].isNaN { return a[i].isNaN }
      return abs(a[i]) != abs(a[j]) && !a[i].isNaN ? abs(a[i]) > abs(a[j]) : i < j
    }
    let expected = (0..<count).sorted(by: above).prefix(k).map { Int64($0) }
    #expect(Self.top(a, k, magnitude: true) == expected, "\(k) of \(count), kind \(kind)")
    let single = a.map { Float($0) }
    var out = [Int64](repeating: 0, count: k), scratch = [Int64](repeating: 0, count: count)
    ck_topk_f32(&out, single, count, k, 1, &scratch)
    let singles = (0..<count).sorted {
      if single[$0].isNaN != single[$1].isNaN { return single[$0].isNaN }
      let (x, y) = (abs(single[$0]), abs(single[$1]))
      return x != y && !x.isNaN ? x > y : $0 < $1
    }
    #expect(out == singles.prefix(k).map { Int64($0) }, "\(k) of \(count), kind \(kind), single")
  }

  @Test func nanCountsAsTheLargest() {
    #expect(Self.top([1, .nan, 3, .nan, .infinity], 3, magnitude: false) == [1, 3, 4])
    let a = (0..<100).map { $0 == 40 ? Double.nan : Double($0) }
    #expect(Self.top(a, 2, magnitude: true) == [40, 99])
  }

  @Test func rowsAreGatheredAndAddedBackInOrder() {
    let a = (0..<12).map { Double($0) }
    var rows = [Double](repeating: 0, count: 9)
    ck_gather_rows(&rows, a, [3, 0, 3], 3, 24)
    #expect(rows == [9, 10, 11, 0, 1, 2, 9, 10, 11])
    var out = [Double](repeating: 1, count: 12)
    ck_scatter_add_rows_f64(&out, rows, [3, 0, 3], 3, 3)
    #expect(out == [1, 2, 3, 1, 1, 1, 1, 1, 1, 19, 21, 23])
    var elements: [Double] = [0, 0, 0]
    ck_gather_elements(&elements, a, [3, 0, 1], 3, 4, 8)
    #expect(elements == [3, 4, 9])
    ck_scatter_add_elements_f64(&out, elements, [3, 0, 1], 3, 4)
    #expect(out == [1, 2, 3, 4, 5, 1, 1, 1, 1, 28, 21, 23])
  }

  @Test func transposesOfEverySize() {
    for (rows, cols) in [(1, 1), (3, 5), (8, 8), (17, 9), (16, 40)] {
      let a = (0..<rows * cols).map { Double($0) }, a32 = a.map { Float($0) }
      var out = a, out32 = a32
      ck_transpose2(&out, a, rows, cols, 8)
      ck_transpose2(&out32, a32, rows, cols, 4)
      let expected = (0..<rows * cols).map { a[$0 % rows * cols + $0 / rows] }
      #expect(out == expected && out32 == expected.map { Float($0) })
    }
  }

  @Test func axesArePermutedWhateverTheOrder() {
    let sizes = [2, 3, 1, 4, 5], strides = [60, 20, 20, 5, 1], a = (0..<120).map { Double($0) }
    for permutation in [
      [0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [1, 0, 2, 4, 3], [0, 1, 2, 4, 3], [3, 4, 0, 1, 2], [2, 1, 0, 3, 4],
    ] {
      var out = a
      ck_transpose(&out, a, 5, sizes, permutation.map { Int32($0) }, 8)
      let newSizes = permutation.map { sizes[$0] }
      for position in 0..<120 {
        var rest = position, from = 0
        for d in (0..<5).reversed() {
          from += rest % newSizes[d] * strides[permutation[d]]
          rest /= newSizes[d]
        }
        #expect(out[position] == a[from], "\(permutation)")
      }
    }
  }

  @Test func stridedViewsAreCopiedStoredAndAdded() {
    let a = (0..<20).map { Double($0) }
    var out = [Double](repeating: 0, count: 6)
    a.withUnsafeBufferPointer { ck_strided_copy(&out, $0.baseAddress.map { $0 + 19 }, 2, [2, 3], [-10, -2], 8) }
    #expect(out == [19, 17, 15, 9, 7, 5])
    ck_strided_copy(&out, a, 2, [2, 3], [0, 1], 8)
    #expect(out == [0, 1, 2, 0, 1, 2])
    var target = [Double](repeating: -1, count: 20)
    let dense: [Double] = [1, 2, 3, 4, 5, 6]
    ck_strided_store(&target, dense, 2, [2, 3], [10, 4], 8)
    #expect([0, 4, 8, 10, 14, 18].map { target[$0] } == dense && target[1] == -1)
    ck_strided_add_f64(&target, [1, 1, 1, 1], 2, [2, 2], [0, 1])
    #expect(target[0] == 3 && target[1] == 1)
    var one = 0.0
    ck_strided_copy(&one, a, 0, [], [], 8)
    ck_strided_add_f64(&one, [5], 0, [], [])
    #expect(one == 5)
  }

  static let windows: [ck_window] = [
    window([2, 3, 5, 6], kernel: [3, 2], stride: [1, 1], pad: [0, 0]),
    window([1, 2, 7, 7], kernel: [3, 3], stride: [2, 2], pad: [1, 1]),
    window([1, 1, 4, 4], kernel: [2, 2], stride: [2, 2], pad: [0, 0]),
    window([2, 1, 3, 3], kernel: [5, 5], stride: [1, 1], pad: [2, 2]),
    window([1, 1, 2, 2], kernel: [3, 3], stride: [1, 1], pad: [0, 0]),
    window([1, 1, 3, 1], kernel: [1, 3], stride: [1, 1], pad: [0, 4]),
    window([2, 2, 9, 8], kernel: [5, 5], stride: [1, 2], pad: [2, 2]),
    window([1, 3, 6, 5], kernel: [2, 2], stride: [1, 3], pad: [1, 0]),
    window([1, 2, 8, 9], kernel: [4, 3], stride: [3, 2], pad: [2, 4]),
  ]

  /// Images, channels, height and width; then height and width of kernel, stride and padding.
  private static func window(_ image: [Int], kernel: [Int], stride: [Int], pad: [Int]) -> ck_window {
    ck_window(
      images: image[0], channels: image[1], height: image[2], width: image[3], kernelHeight: kernel[0],
      kernelWidth: kernel[1], strideHeight: stride[0], strideWidth: stride[1], padHeight: pad[0], padWidth: pad[1])
  }

  @Test(arguments: 0..<9)
  func windowsShowTheImageAndTheAdjointGivesItBack(_ index: Int) {
    var w = Self.windows[index]
    var dice = Dice(UInt64(index))
    let (rows, columns) = (ck_window_rows(&w), ck_window_columns(&w))
    let x = dice.uniforms(w.images * w.channels * w.height * w.width)
    let count = w.images * rows * columns * w.channels * w.kernelHeight * w.kernelWidth
    var patches = [Double](repeating: 9, count: count), next = 0
    ck_patches_f64(&patches, x, &w)
    for n in 0..<w.images {
      for r in 0..<rows {
        for c in 0..<columns {
          for channel in 0..<w.channels {
            for i in 0..<w.kernelHeight {
              for j in 0..<w.kernelWidth {
                let (y, z) = (r * w.strideHeight + i - w.padHeight, c * w.strideWidth + j - w.padWidth)
                let inside = y >= 0 && y < w.height && z >= 0 && z < w.width
                let expected = inside ? x[((n * w.channels + channel) * w.height + y) * w.width + z] : 0
                #expect(patches[next] == expected)
                next += 1
              }
            }
          }
        }
      }
    }
    #expect(next == count)
    let v = dice.uniforms(count)
    var back = [Double](repeating: 0, count: x.count)
    ck_patches_adjoint_f64(&back, v, &w)
    let left = zip(patches, v).reduce(0) { $0 + $1.0 * $1.1 }, right = zip(x, back).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(left - right) < 1e-12)
  }

  @Test func poolingTakesTheFirstLargestAndSendsItsAdjointThere() {
    var w = Self.windows[2]
    let x: [Double] = [1, 5, 2, 0, 5, 3, 0, 0, -1, -2, 7, 7, -3, -4, 7, 8]
    var out: [Double] = [0, 0, 0, 0], position: [Int64] = [0, 0, 0, 0]
    ck_max_pool_f64(&out, &position, x, &w)
    #expect(out == [5, 2, -1, 8] && position == [1, 2, 8, 15])
    var back = [Double](repeating: 0, count: 16)
    ck_max_pool_adjoint_f64(&back, [1, 2, 3, 4], position, &w)
    #expect(back[1] == 1 && back[2] == 2 && back[8] == 3 && back[15] == 4)
  }
}
