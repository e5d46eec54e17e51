/// Random words that are a function of (key, step, element): Philox4x32-10.
///
/// Word i of a step lies where the kernels of `Tensors` put it: counter (i / 16 · 8 + i mod 8, 0, step low, step
/// high), high word pair for even blocks of eight.
///
/// Reference: J. K. Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
enum CounterStream {
  /// The key of the stream for what a seed decides about data itself: splits and permutations of rows.
  static func dataKey(seed: UInt64) -> UInt64 {
    // "data" in ASCII keeps this stream apart from those of runs.
    mix(mix(seed &+ gamma) ^ 0x6461_7461 &+ gamma)
  }

  private static let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// The finalizer of SplitMix64.
  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// 64 random bits.
  static func bits(key: UInt64, step: UInt64, element: UInt64) -> UInt64 {
    var counter = SIMD4<UInt32>(
      UInt32(truncatingIfNeeded: element / 16 * 8 + element % 8), 0, UInt32(truncatingIfNeeded: step),
      UInt32(truncatingIfNeeded: step >> 32))
    var low = UInt32(truncatingIfNeeded: key)
    var high = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      let first = UInt64(counter.x) * 0xD251_1F53
      let second = UInt64(counter.z) * 0xCD9E_8D57
      counter = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ counter.y ^ low, UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ counter.w ^ high, UInt32(truncatingIfNeeded: first))
      low = low &+ 0x9E37_79B9
      high = high &+ 0xBB67_AE85
    }
    let isFirst = element / 8 % 2 == 0
    return UInt64(isFirst ? counter.x : counter.z) << 32 | UInt64(isFirst ? counter.y : counter.w)
  }
}
