import CKernels
import Testing

/// Programs on an accumulator have the bits of the tile interpreter.
struct StreamTests {
  private static let fulls = 6, scalars = 3, registers = 5, results = 2

  private static let unary = [
    CK_TILE_COPY, CK_TILE_FILL, CK_TILE_NEG, CK_TILE_ABS, CK_TILE_SQUARE, CK_TILE_SQRT, CK_TILE_RECIPROCAL,
    CK_TILE_RELU,
  ]
  private static let binary = [
    CK_TILE_ADD_VV, CK_TILE_SUB_VV, CK_TILE_MUL_VV, CK_TILE_DIV_VV, CK_TILE_MAX_VV, CK_TILE_MIN_VV,
  ]
  private static let ternary = [CK_TILE_MULADD_VVV, CK_TILE_MULSUB_VVV, CK_TILE_SUBMUL_VVV]
  private static let scaled = [CK_TILE_MULMUL, CK_TILE_ADD_SCALED, CK_TILE_SUB_SCALED, CK_TILE_MUL_VS_NORM]
  private static let sums = [CK_TILE_SUM, CK_TILE_DOT, CK_TILE_SCALED_NORM]

  /// A program of random operations, in which every register is written before it is read.
  private struct Script {
    var operations: [ck_tile_op] = []
    private var written: [Int] = Array(0..<StreamTests.fulls)

    init(_ dice: inout Dice, length: Int) {
      for register in 0..<StreamTests.registers { append(CK_TILE_COPY, StreamTests.number(register: register), &dice) }
      for _ in 0..<length { append(&dice) }
    }

    private mutating func append(_ dice: inout Dice) {
      let kinds = [StreamTests.unary, StreamTests.binary, StreamTests.ternary, StreamTests.scaled, StreamTests.sums]
      let kind = dice.below(6), codes = kind == 5 ? [CK_TILE_RATIO_VV] : kinds[kind]
      var code = codes[dice.below(codes.count)]
      if kind == 1 { code = ck_tile_code(rawValue: code.rawValue + UInt32(dice.below(3))) }
      if kind == 2 { code = ck_tile_code(rawValue: code.rawValue + UInt32(dice.below(4))) }
      // The first input is never replaced.
      let place = 1 + dice.below(StreamTests.fulls + StreamTests.registers - 1)
      let result = place < StreamTests.fulls ? place : StreamTests.number(register: place - StreamTests.fulls)
      append(code, result, &dice)
    }

    private mutating func append(_ code: ck_tile_code, _ result: Int, _ dice: inout Dice) {
      // Often what was made last, and often one operand twice.
      let recent = operations.last.map { Int($0.d) } ?? 0
      let pool = written
      func vector(_ dice: inout Dice) -> UInt16 {
        UInt16(dice.below(3) == 0 && pool.contains(recent) ? recent : pool[dice.below(pool.count)])
      }
      func scalar(_ dice: inout Dice) -> UInt16 { UInt16(StreamTests.fulls + dice.below(StreamTests.scalars)) }
      var op = ck_tile_op()
      op.code = UInt16(code.rawValue)
      (op.d, op.a, op.b, op.c) = (UInt16(result), vector(&dice), vector(&dice), vector(&dice))
      let variants = StreamTests.binary.first { (0...2).contains(Int(code.rawValue) - Int($0.rawValue)) }
      let products = StreamTests.ternary.first { (0...3).contains(Int(code.rawValue) - Int($0.rawValue)) }
      if let first = variants {
        if code.rawValue == first.rawValue + 1 { op.b = scalar(&dice) }
        if code.rawValue == first.rawValue + 2 { op.a = scalar(&dice) }
      }
      if let first = products {
        if (code.rawValue - first.rawValue) & 2 != 0 { op.b = scalar(&dice) }
        if (code.rawValue - first.rawValue) & 1 != 0 { op.c = scalar(&dice) }
      }
      if code == CK_TILE_FILL { op.a = scalar(&dice) }
      if StreamTests.scaled.contains(code) || code == CK_TILE_SCALED_NORM { op.b = scalar(&dice) }
      op.e = code == CK_TILE_MUL_VS_NORM ? UInt16(dice.below(StreamTests.results)) : scalar(&dice)
      if StreamTests.sums.contains(code) {
        op.d = UInt16(dice.below(StreamTests.results))
      } else if !written.contains(result) {
        written.append(result)
      }
      operations.append(op)
    }
  }

  private static func number(register: Int) -> Int { fulls + scalars + register }

  /// The same numbers, special ones among them, in both element types.
  private static func numbers(_ dice: inout Dice, _ count: Int) -> [Double] {
    let special: [Double] = [0, -0.0, 1, .infinity, -.infinity, .nan, 1e-40, -1e-310, 1e300, 3]
    return (0..<count).map { _ in dice.below(8) == 0 ? special[dice.below(special.count)] : dice.uniform(-4, 4) }
  }

  /// Memory of all slots after a run, as bits.
  private static func run<T: BinaryFloatingPoint & BitwiseCopyable>(
    _ script: Script, streams: Bool, _ values: [[Double]], _ count: Int, _ type: T.Type,
    _ body: (UnsafePointer<ck_tile_program>, UnsafePointer<UnsafeMutableRawPointer?>, UnsafeMutablePointer<T>) -> Void
  ) -> [[T]] {
    let room = count + 64
    let places = values.map { list in
      let place = UnsafeMutableRawPointer.allocate(byteCount: room * 8, alignment: 64)
      let typed = place.bindMemory(to: T.self, capacity: room)
      for i in 0..<room { typed[i] = i < list.count ? T(list[i]) : 0 }
      return typed
    }
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: registers * 4096, alignment: 64)
    defer {
      places.forEach { $0.deallocate() }
      scratch.deallocate()
    }
    var program = ck_tile_program()
    program.count = count
    program.ops = Int32(script.operations.count)
    program.fulls = Int32(fulls)
    program.scalars = Int32(scalars)
    program.registers = Int32(registers)
    program.results = Int32(results)
    let slot = (0..<Int32(fulls + scalars)).map { $0 },
      result = (0..<Int32(results)).map { Int32(fulls + scalars) + $0 }
    let slots = places.map { UnsafeMutableRawPointer($0) as UnsafeMutableRawPointer? }
    script.operations.withUnsafeBufferPointer { op in
      slot.withUnsafeBufferPointer { slot in
        result.withUnsafeBufferPointer { result in
          (program.op, program.slot, program.result) = (op.baseAddress, slot.baseAddress, result.baseAddress)
          var stream = [ck_stream_op](repeating: ck_stream_op(), count: op.count * Int(CK_STREAM_GROWTH) + 1)
          let made = ck_stream_make(&program, &stream)
          #expect(made > 0 && made <= stream.count)
          stream.withUnsafeBufferPointer { stream in
            if streams { program.stream = stream.baseAddress }
            body(&program, slots, scratch.assumingMemoryBound(to: T.self))
          }
        }
      }
    }
    return places.enumerated().map { number, place in
      Array(UnsafeBufferPointer(start: place, count: number < fulls ? count : 1))
    }
  }

  @Test(
    "random programs have the bits of the tile interpreter", arguments: 0..<120,
    [1, 31, 64, 65, 255, 256, 4096, 4097, 10_007])
  func bits(_ seed: Int, _ count: Int) {
    var dice = Dice(UInt64(seed) * 31 + UInt64(count))
    let script = Script(&dice, length: 1 + dice.below(20))
    let values =
      (0..<Self.fulls).map { _ in Self.numbers(&dice, count) }
      + (0..<Self.scalars + Self.results).map { _ in Self.numbers(&dice, 1) }
    let doubles = [false, true].map { streams in
      Self.run(script, streams: streams, values, count, Double.self) { ck_tile_run_f64($0, $1, $2, 0, count) }
    }
    #expect(doubles[0].map { $0.map { pattern($0) } } == doubles[1].map { $0.map { pattern($0) } })
    let floats = [false, true].map { streams in
      Self.run(script, streams: streams, values, count, Float.self) { ck_tile_run_f32($0, $1, $2, 0, count) }
    }
    #expect(floats[0].map { $0.map { pattern($0) } } == floats[1].map { $0.map { pattern($0) } })
  }

  /// Quotients by one number: of all sizes, and of those whose quotients lie near the middle between two.
  @Test func quotientsByOneNumberAreRoundedOnce() {
    var dice = Dice(77)
    for round in 0..<400 {
      let exponent = round % 3 == 0 ? 0 : dice.below(round % 3 == 1 ? 240 : 1800) - (round % 3 == 1 ? 120 : 900)
      let divisor = Double(sign: .plus, exponent: exponent, significand: 1 + dice.uniform(0, 1))
      let x = (0..<512).map { _ -> Double in
        Double(sign: .minus, exponent: dice.below(60) - 30 + exponent / 2, significand: 1 + dice.uniform(0, 1))
      }
      var script = Script(&dice, length: 0)
      var op = ck_tile_op()
      op.code = UInt16(CK_TILE_DIV_VS.rawValue)
      (op.d, op.a, op.b) = (1, 0, UInt16(Self.fulls))
      script.operations.append(op)
      let values = [x] + (1..<Self.fulls).map { _ in x } + (0..<Self.scalars + Self.results).map { _ in [divisor] }
      let doubles = Self.run(script, streams: true, values, 512, Double.self) { ck_tile_run_f64($0, $1, $2, 0, 512) }
      #expect(doubles[1].map(\.bitPattern) == x.map { ($0 / divisor).bitPattern })
      let floats = Self.run(script, streams: true, values, 512, Float.self) { ck_tile_run_f32($0, $1, $2, 0, 512) }
      #expect(floats[1].map { pattern($0) } == x.map { pattern(Float($0) / Float(divisor)) })
    }
  }
}
