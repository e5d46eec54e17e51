import CEmit
import CKernels
import Tensors

// Instructions that move elements: of few elements they only rename values.

extension StepTracer {
  /// Up to so many elements are moved one by one.
  static let fewMoves = 32

  mutating func traceCopy(_ i: Instruction) -> Bool {
    // A copy in its own place.
    if i.n == 0 { return true }
    if i.n == 8 || i.n == 4 {
      write(i.out, 0, read(i.a, 0, bytes: i.n))
      return true
    }
    guard i.n % 8 == 0, i.n <= Self.loopElements * 8, !range(i.a).overlaps(range(i.out)) else { return false }
    let count = i.n / 8
    if count <= Self.fewElements {
      // Halves of eight bytes stay halves.
      for offset in stride(from: 0, to: i.n, by: 8) {
        let bytes = isInHalves(i.a, offset) || isInHalves(i.out, offset) ? 4 : 8
        for part in stride(from: 0, to: 8, by: bytes) {
          write(i.out, offset + part, read(i.a, offset + part, bytes: bytes))
        }
      }
      return true
    }
    prepare(reading: i.a)
    let (from, to) = (pointer(i.a), pointer(i.out))
    prepare(writing: i.out)
    emit(EM_EACH, EM_F64, i: count)
    let element = emit(EM_ELEMENT, EM_F64, a: from)
    emit(EM_PUT, EM_F64, a: to, c: element)
    emit(EM_END, EM_NOTHING)
    return true
  }

  /// Copies bytes, a multiple of 4, from one place to another.
  mutating func copy(_ from: TraceValue, to: TraceValue, at offset: Int = 0, bytes: Int) {
    for (first, size, type) in [(0, bytes / 8 * 8, EM_F64), (bytes / 8 * 8, bytes % 8, EM_F32)] where size > 0 {
      emit(EM_EACH, type, i: size / byteCount(type))
      let element = emit(EM_ELEMENT, type, a: from, i: first)
      emit(EM_PUT, type, a: to, c: element, i: offset + first)
      emit(EM_END, EM_NOTHING)
    }
  }

  mutating func traceZero(_ i: Instruction) -> Bool {
    if i.n <= Self.fewElements * 8, i.n % 4 == 0 {
      writeZeros(i.out, i.n)
      return true
    }
    guard i.n % 8 == 0, i.n <= Self.loopElements * 8 else { return false }
    let to = pointer(i.out)
    prepare(writing: i.out)
    let first = operations.count
    fillZeros(to, i.n / 8, EM_F64)
    lastZeros = LastZeros(slot: i.out, operations: first..<operations.count)
    return true
  }

  mutating func fillZeros(_ to: TraceValue, _ count: Int, _ type: em_type) {
    let zero = constant(0, type)
    emit(EM_EACH, type, i: count)
    emit(EM_PUT, type, a: to, c: zero)
    emit(EM_END, EM_NOTHING)
  }

  mutating func traceStrided(_ i: Instruction) -> Bool {
    guard let layout = i.parameters?.assumingMemoryBound(to: StridedLayout.self).pointee else { return false }
    let rank = Int(layout.rank)
    let sizes = (0..<rank).map { layout.sizes[$0] }, strides = (0..<rank).map { layout.strides[$0] }
    let count = sizes.reduce(1, *), bytes = layout.elementBytes
    guard count <= Self.fewMoves, bytes == 4 || bytes == 8 else { return false }
    var moves: [(to: Int, value: TraceValue)] = []
    for number in 0..<count {
      var rest = number, place = layout.offset
      for axis in (0..<rank).reversed() {
        place += rest % sizes[axis] * strides[axis]
        rest /= sizes[axis]
      }
      let (from, to) = i.code == .stridedCopy ? (place, number) : (number, place)
      moves.append((to, read(i.a, from * bytes, bytes: bytes)))
    }
    for move in moves { write(i.out, move.to * bytes, move.value) }
    return true
  }

  mutating func traceTranspose(_ i: Instruction) -> Bool {
    guard i.m * i.n <= Self.fewMoves, i.k == 4 || i.k == 8 else { return false }
    var moves: [(to: Int, value: TraceValue)] = []
    for row in 0..<i.m {
      for column in 0..<i.n { moves.append((column * i.m + row, read(i.a, (row * i.n + column) * i.k, bytes: i.k))) }
    }
    for move in moves { write(i.out, move.to * i.k, move.value) }
    return true
  }

  // MARK: Indices

  mutating func traceRow(_ i: Instruction) -> Bool {
    let index = inside(read(i.b, 0, EM_I64), i.m, TraceFault(origin: i.origin, bound: i.m))
    let row = emit(EM_ADDRESS, EM_I64, a: pointer(i.a), b: index, i: i.n)
    show(i.out, at: row)
    return true
  }

  mutating func tracePoint(_ i: Instruction) -> Bool {
    show(i.out, at: emit(EM_ADDRESS, EM_I64, a: pointer(i.a), b: whole(i.n), i: 1))
    return true
  }

  // MARK: Whole arrays of few elements

  mutating func traceBinary(_ i: Instruction) -> Bool {
    let type = i.isSingle ? EM_F32 : EM_F64, operation = ck_binary_op(UInt32(i.flags))
    if i.n <= Self.fewElements {
      let (a, b) = (elements(i.a, i.n, type), elements(i.b, i.n, type))
      let results = zip(a, b).map { binary(operation, $0, $1) }
      for (place, result) in results.enumerated() { write(i.out, place * byteCount(type), result) }
      return true
    }
    return false
  }

  mutating func traceConvert(_ i: Instruction) -> Bool {
    guard i.n <= Self.fewElements, let from = Self.type(i.flags / 4), let to = Self.type(i.flags % 4) else {
      return false
    }
    let results = elements(i.a, i.n, from).map { convert($0, to) }
    for (place, result) in results.enumerated() { write(i.out, place * byteCount(to), result) }
    return true
  }

  private static func type(_ number: UInt16) -> em_type? {
    switch DType(rawValue: UInt8(number)) {
    case .f64: EM_F64
    case .f32: EM_F32
    case .i64: EM_I64
    default: nil
    }
  }

  /// Up to so many members draw one by one.
  private static let membersMax = 32

  mutating func traceDraw(_ i: Instruction) -> Bool {
    guard i.m > 0, i.m <= Self.membersMax, i.n > 0, i.n <= Self.loopElements else { return false }
    let isIndex = UInt32(i.flags) == CK_DRAW_INDEX.rawValue
    let type = isIndex ? EM_I64 : i.isSingle ? EM_F32 : EM_F64
    let keys = (0..<i.m).map { key(of: i.a, member: $0) }, last = argument(number: isIndex ? i.k : Int(i.flags))
    if i.n == 1 {
      let one = isIndex ? EM_INDEX : i.isSingle ? EM_DRAW_F32 : EM_DRAW_F64
      for (member, key) in keys.enumerated() { write(i.out, member * byteCount(type), call(one, type, key + [last])) }
      return true
    }
    let out = pointer(i.out)
    prepare(writing: i.out)
    let all = isIndex ? EM_INDICES : i.isSingle ? EM_DRAWS_F32 : EM_DRAWS_F64
    for (member, key) in keys.enumerated() {
      let to = member == 0 ? out : emit(EM_ADDRESS, EM_I64, a: out, b: whole(member * i.n * byteCount(type)), i: 1)
      call(all, EM_NOTHING, [argument(to), argument(number: i.n)] + key + [last])
    }
    return true
  }
}
