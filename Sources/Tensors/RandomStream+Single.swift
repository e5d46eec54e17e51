import CKernels

// Draws in single precision. They take 32-bit words where doubles take 64: a stream of its own kind, not the
// doubles rounded.
extension RandomStream {
  /// Real numbers on [0, 1), multiples of 2⁻²⁴.
  package func singleUniform(_ count: Int, step: UInt64 = 0, lane: UInt32 = 0, first: Int = 0) -> [Float] {
    singles(count) { ck_uniform_f32($0, count, key, step, lane, first) }
  }

  /// Standard normal numbers.
  package func singleNormal(_ count: Int, step: UInt64 = 0, lane: UInt32 = 0, first: Int = 0) -> [Float] {
    singles(count) { ck_normal_f32($0, count, key, step, lane, first) }
  }

  /// Exponential numbers of mean 1.
  package func singleExponential(_ count: Int, step: UInt64 = 0, lane: UInt32 = 0, first: Int = 0) -> [Float] {
    singles(count) { ck_exponential_f32($0, count, key, step, lane, first) }
  }

  /// -1 or 1 with equal probability.
  package func singleRademacher(_ count: Int, step: UInt64 = 0, lane: UInt32 = 0, first: Int = 0) -> [Float] {
    singles(count) { ck_rademacher_f32($0, count, key, step, lane, first) }
  }

  private func singles(_ count: Int, _ fill: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    [Float](unsafeUninitializedCapacity: max(count, 0)) { buffer, initialized in
      if let start = buffer.baseAddress, count > 0 { fill(start) }
      initialized = max(count, 0)
    }
  }
}
