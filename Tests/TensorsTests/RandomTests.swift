import CKernels
import Glibc
import Tensors
import Testing

@Suite struct RandomTests {
  @Test func philoxGivesThePublishedAnswers() {
    let cases: [([UInt32], [UInt32], [UInt32])] = [
      ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
      (
        [.max, .max, .max, .max], [.max, .max], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ]
    for (counter, key, expected) in cases {
      var out: [UInt32] = [0, 0, 0, 0]
      ck_philox(&out, counter, key)
      #expect(out == expected)
    }
  }

  @Test func vectorsAndTheScalarGeneratorAgreeByTheDocumentedLayout() {
    let key: UInt64 = 0x0123_4567_89ab_cdef, step: UInt64 = 0xfedc_ba98_7654_3210, lane: UInt32 = 77
    var words = [UInt64](repeating: 0, count: 100)
    ck_random_u64(&words, 100, key, step, lane, 1000)
    var singles = [Float](repeating: 0, count: 100)
    ck_uniform_f32(&singles, 100, key, step, lane, 1000)
    let keys = [UInt32(truncatingIfNeeded: key), UInt32(key >> 32)]
    for i in 0..<100 {
      let e = 1000 + i
      var out: [UInt32] = [0, 0, 0, 0]
      let steps = [UInt32(truncatingIfNeeded: step), UInt32(step >> 32)]
      ck_philox(&out, [UInt32(e / 16 * 8 + e % 8), lane] + steps, keys)
      let pair = e / 8 % 2 * 2
      #expect(words[i] == UInt64(out[pair]) << 32 | UInt64(out[pair + 1]))
      ck_philox(&out, [UInt32(e / 32 * 8 + e % 8), lane] + steps, keys)
      #expect(singles[i] == Float(out[e / 8 % 4] >> 8) * 0x1p-24)
    }
  }

  @Test func anElementAloneIsTheElementInAnArray() {
    let stream = RandomStream(seed: 5, purpose: RandomStream.purpose("noise"))
    let fills: [(Int, Int) -> [Double]] = [
      { stream.uniform($0, step: 9, lane: 2, first: $1) }, { stream.normal($0, step: 9, lane: 2, first: $1) },
      { stream.exponential($0, step: 9, lane: 2, first: $1) }, { stream.rademacher($0, step: 9, lane: 2, first: $1) },
      { stream.integers($0, below: 1000, step: 9, lane: 2, first: $1).map { Double($0) } },
    ]
    for fill in fills {
      let all = fill(203, 0)
      for i in 0..<203 { #expect(fill(1, i) == [all[i]]) }
      #expect(fill(50, 31) == Array(all[31..<81]))
    }
    typealias Fill = (UnsafeMutablePointer<Float>?, Int, UInt64, UInt64, UInt32, Int) -> Void
    let singles: [Fill] = [ck_uniform_f32, ck_normal_f32, ck_exponential_f32, ck_rademacher_f32]
    for fill in singles {
      var all = [Float](repeating: 0, count: 203)
      fill(&all, 203, 1, 2, 3, 0)
      for i in 0..<203 {
        var one: [Float] = [0]
        fill(&one, 1, 1, 2, 3, i)
        #expect(one[0] == all[i])
      }
    }
  }

  /// The numbers of every release: a change here changes every recorded run.
  @Test func distributionsAreFrozen() {
    let stream = RandomStream(key: 42)
    func digest(_ x: [Double]) -> UInt64 {
      x.reduce(0) { sum, value in
        let mixed = (sum ^ value.bitPattern) &* 0x100_0000_01B3
        return mixed ^ mixed >> 29
      }
    }
    #expect(RandomStream(seed: 1, purpose: 2, replicate: 3).key == 0xd073_4750_fde3_62b3)
    #expect(digest(stream.uniform(1000)) == 0x227f_2e0e_9025_6fe7)
    #expect(digest(stream.normal(1000)) == 0xd33d_01e6_f359_ec7b)
    #expect(digest(stream.exponential(1000)) == 0xcc7d_2fab_ccd6_c5f0)
    #expect(digest(stream.rademacher(1000)) == 0xe4a1_edb5_9eed_c0cd)
    #expect(digest(stream.permutation(1000).map { Double($0) }) == 0x1c5c_5bc2_99d5_b0b4)
  }

  @Test func momentsAreThoseOfTheDistributions() {
    let stream = RandomStream(seed: 7, purpose: 0), n = 400_000
    func moments(_ x: [Double]) -> [Double] {
      (1...4).map { p in x.reduce(0) { $0 + pow($1, Double(p)) } / Double(x.count) }
    }
    func expect(_ x: [Double], _ exact: [Double], _ variances: [Double], _ name: String) {
      for (i, (m, e)) in zip(moments(x), exact).enumerated() {
        #expect(abs(m - e) <= 5 * (variances[i] / Double(n)).squareRoot(), "moment \(i + 1) of \(name): \(m)")
      }
    }
    expect(stream.uniform(n), [1 / 2, 1 / 3, 1 / 4, 1 / 5], [1 / 12, 4 / 45, 9 / 112, 16 / 225], "uniform")
    expect(stream.normal(n), [0, 1, 0, 3], [1, 2, 15, 96], "normal")
    expect(stream.exponential(n), [1, 2, 6, 24], [1, 20, 684, 39744], "exponential")
    expect(stream.rademacher(n), [0, 1, 0, 1], [1, 0, 1, 0], "rademacher")
    var single = [Float](repeating: 0, count: n)
    ck_normal_f32(&single, n, stream.key, 1, 0, 0)
    expect(single.map { Double($0) }, [0, 1, 0, 3], [1, 2, 15, 96], "normal in f32")
  }

  @Test func streamsStepsAndLanesAreUnrelated() {
    let n = 20_000, base = RandomStream(seed: 1, purpose: 1).normal(n)
    let others = [
      RandomStream(seed: 2, purpose: 1).normal(n), RandomStream(seed: 1, purpose: 2).normal(n),
      RandomStream(seed: 1, purpose: 1, replicate: 1).normal(n), RandomStream(seed: 1, purpose: 1).normal(n, step: 1),
      RandomStream(seed: 1, purpose: 1).normal(n, lane: 1), RandomStream(seed: 1, purpose: 1).normal(n, first: 1),
      RandomStream(seed: 1, purpose: 1).normal(n, first: 8), RandomStream(seed: 1, purpose: 1).normal(n, first: 16),
    ]
    for other in others { #expect(abs(ck_dot_f64(base, other, n)) < 5 * Double(n).squareRoot()) }
  }

  @Test func permutationsArePermutationsAndAllAreAboutAsLikely() {
    for n in [0, 1, 2, 3, 255, 256, 257, 1000] {
      #expect(RandomStream(key: 3).permutation(n).sorted() == Array(0..<n))
    }
    var counts = [Int](repeating: 0, count: 256)
    for step in 0..<24_000 {
      let p = RandomStream(key: 3).permutation(4, step: UInt64(step))
      counts[p[0] * 64 + p[1] * 16 + p[2] * 4 + p[3]] += 1
    }
    let seen = counts.filter { $0 > 0 }
    #expect(seen.count == 24)
    #expect(seen.reduce(0) { $0 + pow(Double($1) - 1000, 2) / 1000 } < 60, "chi squared with 23 degrees of freedom")
  }

  @Test func samplesAreDistinctAndIntegersStayBelowTheirBound() {
    let stream = RandomStream(key: 4)
    let sample = stream.sample(300, of: 1000)
    #expect(Set(sample).count == 300 && sample.allSatisfy { (0..<1000).contains($0) })
    #expect(stream.sample(7, of: 3).sorted() == [0, 1, 2])
    #expect(stream.integers(5, below: 0) == [0, 0, 0, 0, 0])
    let numbers = stream.integers(60_000, below: 6)
    for face in 0..<6 { #expect(abs(numbers.count { $0 == face } - 10_000) < 500) }
  }
}
