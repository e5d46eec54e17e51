import CKernels
import Testing

/// A small seeded generator for tests, unrelated to what is tested (xorshift64*).
struct Dice {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func bits() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }

  mutating func below(_ bound: Int) -> Int { Int(bits() >> 33) % bound }

  mutating func uniform(_ low: Double = -1, _ high: Double = 1) -> Double {
    low + (high - low) * (Double(bits() >> 11) * 0x1p-53)
  }

  mutating func uniforms(_ count: Int, _ low: Double = -1, _ high: Double = 1) -> [Double] {
    (0..<count).map { _ in uniform(low, high) }
  }
}

/// Distance in units of the last place of the exact value, with the rules of the limits of f64.
func ulps(_ got: Double, _ exact: Double) -> Double {
  if got == exact || (got.isNaN && exact.isNaN) { return 0 }
  guard got.isFinite && exact.isFinite else { return .infinity }
  return abs(got - exact) / exact.ulp
}

/// Bits that tell values apart, all NaNs being one.
func pattern(_ x: Double) -> UInt64 { x.isNaN ? 0x7ff8_0000_0000_0000 : x.bitPattern }
func pattern(_ x: Float) -> UInt32 { x.isNaN ? 0x7fc0_0000 : x.bitPattern }

func unary(_ op: ck_unary_op, _ a: [Double]) -> [Double] {
  var out = [Double](repeating: 0, count: a.count)
  ck_unary_f64(op, &out, a, a.count)
  return out
}

func unary(_ op: ck_unary_op, _ a: [Float]) -> [Float] {
  var out = [Float](repeating: 0, count: a.count)
  ck_unary_f32(op, &out, a, a.count)
  return out
}

func binary(_ op: ck_binary_op, _ a: [Double], _ b: [Double]) -> [Double] {
  let count = a.count == 1 ? b.count : b.count == 1 ? a.count : min(a.count, b.count)
  var out = [Double](repeating: 0, count: count)
  ck_binary_f64(op, &out, a, a.count == 1 && count != 1 ? 0 : 1, b, b.count == 1 && count != 1 ? 0 : 1, count)
  return out
}

func binary(_ op: ck_binary_op, _ a: [Float], _ b: [Float]) -> [Float] {
  var out = [Float](repeating: 0, count: a.count)
  ck_binary_f32(op, &out, a, 1, b, 1, a.count)
  return out
}

/// Runs `body` on each instruction set of this processor.
///
/// Only for suites that are serialized.
func onEachLevel<T>(_ body: () throws -> T) rethrows -> [(level: Int32, result: T)] {
  defer { ck_select(0) }
  var results: [(level: Int32, result: T)] = []
  for level: Int32 in 1...4 where ck_select(level) == level {
    results.append((level, try body()))
  }
  return results
}
