import CKernels

/// Random numbers without state: element `i` of step `t` in lane `l` is a function of (key, t, l, i) alone,
/// the same computed alone or in an array, on every processor and thread.
///
/// The generator is Philox4x32-10 (Salmon et al., SC 2011, doi:10.1145/2063384.2063405) on the counter
/// (element group, lane, step).
package struct RandomStream: Hashable, Sendable {
  package var key: UInt64

  package init(key: UInt64) { self.key = key }

  /// The stream of one purpose in one replicate of an experiment: three rounds of SplitMix64's mixing.
  package init(seed: UInt64, purpose: UInt64, replicate: UInt64 = 0) {
    key = ck_key(seed, purpose, replicate)
  }

  /// The number that stands for a purpose by name: FNV-1a over its UTF-8 bytes.
  package static func purpose(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// Real numbers on [0, 1), multiples of 2⁻⁵³.
  package func uniform(_ count: Int, step: UInt64 = 0, lane: UInt32 = 0, first: Int = 0) -> [Double] {
    filled(count) { ck_uniform_f64($0, count, key, step, lane, first) }
  }

  /// Standard normal numbers.
  package func normal(_ count: Int, step: UInt64 = 0, lane: UInt32 = 0, first: Int = 0) -> [Double] {
    filled(count) { ck_normal_f64($0, count, key, step, lane, first) }
  }

  /// Exponential numbers of mean 1.
  package func exponential(_ count: Int, step: UInt64 = 0, lane: UInt32 = 0, first: Int = 0) -> [Double] {
    filled(count) { ck_exponential_f64($0, count, key, step, lane, first) }
  }

  /// -1 or 1 with equal probability.
  package func rademacher(_ count: Int, step: UInt64 = 0, lane: UInt32 = 0, first: Int = 0) -> [Double] {
    filled(count) { ck_rademacher_f64($0, count, key, step, lane, first) }
  }

  /// Whole numbers 0 ..< bound; 0 for a bound below 1.
  package func integers(_ count: Int, below bound: Int, step: UInt64 = 0, lane: UInt32 = 0, first: Int = 0) -> [Int] {
    wholes(count) { ck_integers_i64($0, count, key, step, lane, first, Int64(bound)) }
  }

  /// A permutation of 0 ..< count.
  package func permutation(_ count: Int, step: UInt64 = 0, lane: UInt32 = 0) -> [Int] {
    wholes(count) { ck_permutation_i64($0, count, key, step, lane) }
  }

  /// `count` distinct numbers of 0 ..< total, in the order drawn; all of them where there are not so many.
  package func sample(_ count: Int, of total: Int, step: UInt64 = 0, lane: UInt32 = 0) -> [Int] {
    let drawn = max(0, min(count, total))
    var scratch = [Int64](repeating: 0, count: max(total, 0))
    return wholes(drawn) { out in
      scratch.withUnsafeMutableBufferPointer { scratch in
        guard let room = scratch.baseAddress else { return }
        ck_sample_without_replacement_i64(out, drawn, total, room, key, step, lane)
      }
    }
  }

  private func filled<T>(_ count: Int, _ fill: (UnsafeMutablePointer<T>) -> Void) -> [T] {
    [T](unsafeUninitializedCapacity: max(count, 0)) { buffer, initialized in
      if let start = buffer.baseAddress, count > 0 { fill(start) }
      initialized = max(count, 0)
    }
  }

  private func wholes(_ count: Int, _ fill: (UnsafeMutablePointer<Int64>) -> Void) -> [Int] {
    filled(count, fill).map { Int($0) }
  }
}
