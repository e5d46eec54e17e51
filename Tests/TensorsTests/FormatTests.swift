import CKernels
import Tensors
import Testing

/// Rounding to formats with fewer bits, beside the language's own `Float16` and exact distances.
@Suite(.serialized) struct FormatTests {
  private static let bfloat = FloatFormat.bf16, half = FloatFormat.f16

  /// Numbers of all sizes, those half-way between two of a format, and their neighbours.
  private static func numbers(_ format: FloatFormat) -> [Float] {
    var dice = Dice(UInt64(format.code))
    var result: [Float] = [0, -0.0, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
    for _ in 0..<20_000 {
      let any = Float(bitPattern: UInt32(truncatingIfNeeded: dice.bits()))
      result.append(any)
      let near = Float(format.rounded(Double(any))), unit = Float(format.spacing(at: Double(any)))
      for middle in [near + unit / 2, near - unit / 2] { result += [middle, middle.nextUp, middle.nextDown] }
    }
    return result
  }

  @Test func halvesAreThoseOfTheLanguage() {
    for x in Self.numbers(Self.half) {
      let exact = Double(Float16(x)), found = Self.half.rounded(Double(x))
      #expect(pattern(found) == pattern(exact), "\(x): \(found), not \(exact)")
    }
    for bits in UInt16.min...UInt16.max where Float16(bitPattern: bits).isFinite {
      let x = Double(Float16(bitPattern: bits))
      #expect(Self.half.rounded(x).bitPattern == x.bitPattern && Self.half.truncated(x).bitPattern == x.bitPattern)
    }
  }

  /// Of all numbers whose bits end in 16 zeros the nearest, of two as near the even one.
  @Test func bfloatsAreUpperHalvesOfFloats() {
    for x in Self.numbers(Self.bfloat) where x.isFinite {
      let below = x.bitPattern & 0xFFFF_0000, above = below &+ 0x1_0000
      func value(_ bits: UInt32) -> Double {
        // The number after the largest, as if the exponent went on.
        bits & 0x7FFF_FFFF == 0x7F80_0000
          ? (bits >> 31 == 0 ? 0x1p128 : -0x1p128) : Double(Float(bitPattern: bits))
      }
      let down = abs(Double(x) - value(below)), up = abs(value(above) - Double(x))
      let isEven = below & 0x1_0000 == 0
      let exact = Float(bitPattern: down < up || down == up && isEven ? below : above)
      #expect(pattern(Self.bfloat.rounded(Double(x))) == pattern(Double(exact)), "\(x)")
    }
  }

  @Test(arguments: [(7, 8), (10, 5), (1, 8), (3, 4), (15, 8), (22, 8), (4, 5), (22, 7)])
  func kernelsAreThoseOfTheFormatInF32(_ mantissa: Int, _ exponent: Int) {
    let format = FloatFormat(mantissa: mantissa, exponentBits: exponent)
    let numbers = Self.numbers(format), code = Float(format.code)
    for (level, result) in onEachLevel({ [code, -code].map { all(CK_ROUND_TO, numbers, $0) } }) {
      for (x, y) in zip(numbers, result[0]) {
        #expect(pattern(Double(y)) == pattern(format.rounded(Double(x))), "\(x) \(format) on level \(level)")
      }
      for (x, y) in zip(numbers, result[1]) {
        #expect(pattern(Double(y)) == pattern(format.truncated(Double(x))), "\(x) \(format) on level \(level)")
      }
    }
    for (level, result) in onEachLevel({ all(CK_SPACING, numbers, code) }) {
      for (x, y) in zip(numbers, result) where !x.isNaN {
        #expect(Double(y) == Double(Float(format.spacing(at: Double(x)))), "\(x) \(format) on level \(level)")
      }
    }
    // A code for each element says the same as one for all.
    let each = binary(CK_ROUND_TO, numbers, [Float](repeating: code, count: numbers.count))
    #expect(each.map { pattern($0) } == all(CK_ROUND_TO, numbers, code).map { pattern($0) })
  }

  @Test(arguments: [(7, 11), (20, 11), (51, 11), (10, 5), (7, 8)])
  func kernelsAreThoseOfTheFormatInF64(_ mantissa: Int, _ exponent: Int) {
    let format = FloatFormat(mantissa: mantissa, exponentBits: exponent)
    var dice = Dice(9)
    let numbers =
      [0, -0.0, .infinity, .nan, .greatestFiniteMagnitude, 5e-324]
      + (0..<20_000).map { _ in Double(bitPattern: dice.bits()) } + dice.uniforms(5000, -70_000, 70_000)
    for code in [format.code, -format.code] {
      for (level, result) in onEachLevel({ binary(CK_ROUND_TO, numbers, [code]) }) {
        for (x, y) in zip(numbers, result) {
          let exact = code > 0 ? format.rounded(x) : format.truncated(x)
          #expect(pattern(y) == pattern(exact), "\(x) \(format) on level \(level)")
        }
      }
    }
  }

  private func all(_ op: ck_binary_op, _ a: [Float], _ b: Float) -> [Float] {
    var out = [Float](repeating: 0, count: a.count)
    ck_binary_f32(op, &out, a, 1, [b], 0, a.count)
    return out
  }
}
