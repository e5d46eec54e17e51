import CEmit
import CKernels
import Graph

// Rows by index: read, added to, and which index stands first where one is twice.

/// What is known of whole numbers in memory.
struct KnownIndices {
  /// Where they begin.
  var start: TraceValue
  var count: Int
  /// The memory that they may lie in.
  var range: Range<Int>
  /// All are in 0 ..< bound.
  var bound: Int
  /// A whole number that is 1 where they are 0 ..< count.
  var isCounting: TraceValue?
}

extension StepTracer {
  // MARK: Bounds

  /// Ends the steps where one of the whole numbers of a slot is not in 0 ..< bound; returns where they lie.
  private mutating func checkInside(_ slot: Int32, _ count: Int, _ bound: Int, _ origin: Origin) -> TraceValue {
    prepare(reading: slot)
    let start = pointer(slot)
    if knownIndices.contains(where: { $0.start == start && $0.count >= count && $0.bound <= bound }) { return start }
    faults.append(TraceFault(origin: origin, bound: bound, place: 0, placeCount: count))
    emit(EM_RANGE, EM_NOTHING, a: start, b: Int32(faults.count), c: whole(bound), i: count)
    knownIndices.append(KnownIndices(start: start, count: count, range: range(slot), bound: bound))
    return start
  }

  /// Few indices as values.
  private mutating func indices(_ i: Instruction, _ count: Int, below bound: Int) -> [TraceValue] {
    (0..<count).map { place in
      let fault = TraceFault(origin: i.origin, bound: bound, place: place, placeCount: count)
      return inside(read(i.b, place * 8, EM_I64), bound, fault)
    }
  }

  /// Writes down what is done for each of some indices, first to last.
  ///
  /// - Parameter body: gets the index and its place: a whole number, and what is to be added to it.
  private mutating func eachIndex(
    _ start: TraceValue, _ count: Int, _ body: (inout StepTracer, TraceValue, TraceValue, Int) -> Void
  ) {
    let together = 8, grouped = count >= 2 * together ? count / together * together : 0
    if grouped > 0 {
      let turn = emit(EM_LOOP, EM_I64, b: 0, i: grouped / together)
      let first = emit(EM_MUL, EM_I64, a: turn, b: whole(together))
      for place in 0..<together {
        body(&self, emit(EM_LOAD, EM_I64, a: start, b: first, i: place * 8), first, place)
      }
      emit(EM_REPEAT, EM_NOTHING)
    }
    let none = whole(0)
    for place in grouped..<count { body(&self, emit(EM_LOAD, EM_I64, a: start, i: place * 8), none, place) }
  }

  // MARK: Reading

  /// Longest row of which copies are written out.
  private static let rowBytesMax = 1 << 14

  mutating func traceGatherRows(_ i: Instruction) -> Bool {
    guard i.n > 0, i.m > 0, i.k > 0, i.k % 4 == 0, i.k <= Self.rowBytesMax else { return false }
    if i.n <= Self.fewElements { return gatherFew(i) }
    let start = checkInside(i.b, i.n, i.m, i.origin)
    if i.k <= 8 {
      gatherElements(from: i.a, at: start, i.n, i.k == 8 ? EM_F64 : EM_F32, to: i.out)
      return true
    }
    prepare(reading: i.a)
    let table = pointer(i.a), out = pointer(i.out)
    prepare(writing: i.out)
    let turn = emit(EM_LOOP, EM_I64, b: 0, i: i.n)
    let index = emit(EM_LOAD, EM_I64, a: start, b: turn)
    let row = emit(EM_ADDRESS, EM_I64, a: table, b: index, i: i.k)
    let to = emit(EM_ADDRESS, EM_I64, a: out, b: turn, i: i.k)
    copy(row, to: to, bytes: i.k)
    emit(EM_REPEAT, EM_NOTHING)
    return true
  }

  private mutating func gatherFew(_ i: Instruction) -> Bool {
    let bytes = i.k % 8 == 0 ? 8 : 4
    let rows = indices(i, i.n, below: i.m)
    prepare(reading: i.a)
    let table = pointer(i.a)
    let starts = rows.map { emit(EM_ADDRESS, EM_I64, a: table, b: $0, i: i.k) }
    if i.n * i.k / bytes > Self.fewMoves {
      let out = pointer(i.out)
      prepare(writing: i.out)
      for (row, start) in starts.enumerated() { copy(start, to: out, at: row * i.k, bytes: i.k) }
      return true
    }
    var moves: [TraceValue] = []
    for start in starts {
      for offset in stride(from: 0, to: i.k, by: bytes) {
        moves.append(emit(EM_LOAD, bytes == 4 ? EM_F32 : EM_F64, a: start, i: offset))
      }
    }
    for (place, value) in moves.enumerated() { write(i.out, place * bytes, value) }
    return true
  }

  mutating func traceCheckIndices(_ i: Instruction) -> Bool {
    guard i.n > 0, i.m > 0, i.n <= Self.loopElements else { return false }
    if i.n <= Self.fewElements {
      for (place, index) in indices(i, i.n, below: i.m).enumerated() { write(i.out, place * 8, index) }
      return true
    }
    let start = checkInside(i.b, i.n, i.m, i.origin), out = pointer(i.out)
    prepare(writing: i.out)
    copy(start, to: out, bytes: i.n * 8)
    return true
  }

  /// out[r, j] ← a[r, b[r, j]].
  mutating func traceTakeAlongLast(_ i: Instruction) -> Bool {
    let type = i.isSingle ? EM_F32 : EM_F64, count = i.m * i.k
    guard count > 0, i.n > 0, count <= Self.fewElements || i.m == 1 else { return false }
    if count > Self.fewElements {
      gatherElements(from: i.a, at: checkInside(i.b, count, i.n, i.origin), count, type, to: i.out)
      return true
    }
    let places = indices(i, count, below: i.n)
    prepare(reading: i.a)
    let start = pointer(i.a)
    let values = places.enumerated().map { place, index in
      emit(EM_LOAD, type, a: start, b: index, i: place / i.k * i.n * byteCount(type))
    }
    for (place, value) in values.enumerated() { write(i.out, place * byteCount(type), value) }
    return true
  }

  private mutating func gatherElements(
    from slot: Int32, at start: TraceValue, _ count: Int, _ type: em_type, to target: Int32
  ) {
    prepare(reading: slot)
    let table = pointer(slot), out = pointer(target)
    prepare(writing: target)
    emit(EM_EACH, type, i: count)
    let element = emit(EM_GATHER, type, a: table, b: start)
    emit(EM_PUT, type, a: out, c: element)
    emit(EM_END, EM_NOTHING)
  }

  // MARK: Adding

  /// out[r, b[r, j]] += a[r, j].
  mutating func traceScatterAlongLast(_ i: Instruction) -> Bool {
    let type = i.flags == 1 ? EM_I64 : i.isSingle ? EM_F32 : EM_F64, count = i.m * i.k
    guard count > 0, i.n > 0 else { return false }
    if count <= Self.fewElements {
      addFew(i, count, below: i.n, perRow: i.k, type)
      return true
    }
    guard i.m == 1 else { return false }
    var rows = i
    (rows.m, rows.n, rows.k) = (i.n, i.k, 1)
    return traceScatterAddRows(rows)
  }

  /// out[b[j], ·] += a[j, ·], first to last: an index may come twice.
  mutating func traceScatterAddRows(_ i: Instruction) -> Bool {
    let isWhole = i.flags == 1, type = isWhole ? EM_I64 : i.isSingle ? EM_F32 : EM_F64
    guard i.n > 0, i.m > 0, i.k > 0, i.k * byteCount(type) <= Self.rowBytesMax, !isWhole || i.k == 1 else {
      return false
    }
    if i.n <= Self.fewElements && i.k == 1 {
      addFew(i, i.n, below: i.m, perRow: i.n, type)
      return true
    }
    let zeros = lastZeros.flatMap { $0.slot == i.out && $0.operations.upperBound == operations.count ? $0 : nil }
    let start = checkInside(i.b, i.n, i.m, i.origin)
    prepare(reading: i.a)
    let rows = pointer(i.a), out = pointer(i.out)
    prepare(reading: i.out)
    let known = knownIndices.first { $0.start == start && $0.count == i.n && $0.isCounting != nil }
    if let isCounting = known?.isCounting, addsInOrder(i) {
      addInOrder(i, rows, start, to: out, type, isCounting, zeros)
    } else {
      add(rows, start, to: out, i, type)
    }
    prepare(writing: i.out)
    return true
  }

  /// Whether rows are added to as many, so that where they are in order their indices need not be looked at.
  private func addsInOrder(_ i: Instruction) -> Bool {
    i.code == .scatterAddRows && i.m == i.n && i.flags != 1 && (i.n > Self.fewElements || i.k > 1)
      && i.n * i.k <= Self.loopElements && i.k * 8 <= Self.rowBytesMax
  }

  private mutating func addInOrder(
    _ i: Instruction, _ rows: TraceValue, _ start: TraceValue, to out: TraceValue, _ type: em_type,
    _ isCounting: TraceValue, _ zeros: LastZeros?
  ) {
    let count = i.n * i.k
    // Zeros that nothing else has seen need not be written.
    if let zeros { for place in zeros.operations { operations[place] = Self.nothing } }
    emit(EM_IF, EM_NOTHING, a: isCounting)
    addElements(rows, to: out, count, type, isToZeros: zeros != nil)
    emit(EM_ELSE, EM_NOTHING)
    if zeros != nil { fillZeros(out, count, type) }
    add(rows, start, to: out, i, type)
    emit(EM_FI, EM_NOTHING)
  }

  /// In place of an operation that is not needed.
  private static let nothing = em_op(
    code: UInt8(EM_CONST.rawValue), type: UInt8(EM_F64.rawValue), sub: 0, a: -1, b: -1, c: -1, i: 0)

  private mutating func addFew(_ i: Instruction, _ count: Int, below bound: Int, perRow: Int, _ type: em_type) {
    let places = indices(i, count, below: bound), values = elements(i.a, count, type)
    prepare(reading: i.out)
    let out = pointer(i.out)
    for (place, value) in values.enumerated() {
      let index = places[place], offset = place / perRow * bound * byteCount(type)
      let before = emit(EM_LOAD, type, a: out, b: index, i: offset)
      emit(EM_STORE, type, a: out, b: index, c: emit(EM_ADD, type, a: before, b: value), i: offset)
    }
    prepare(writing: i.out)
  }

  private mutating func add(
    _ rows: TraceValue, _ start: TraceValue, to out: TraceValue, _ i: Instruction, _ type: em_type
  ) {
    if i.k == 1 {
      return eachIndex(start, i.n) { trace, index, first, place in
        let before = trace.emit(EM_LOAD, type, a: out, b: index)
        let value = trace.emit(EM_LOAD, type, a: rows, b: first, i: place * trace.byteCount(type))
        trace.emit(EM_STORE, type, a: out, b: index, c: trace.emit(EM_ADD, type, a: before, b: value))
      }
    }
    let turn = emit(EM_LOOP, EM_I64, b: 0, i: i.n), bytes = i.k * byteCount(type)
    let index = emit(EM_LOAD, EM_I64, a: start, b: turn)
    let to = emit(EM_ADDRESS, EM_I64, a: out, b: index, i: bytes)
    addElements(emit(EM_ADDRESS, EM_I64, a: rows, b: turn, i: bytes), to: to, i.k, type)
    emit(EM_REPEAT, EM_NOTHING)
  }

  private mutating func addElements(
    _ from: TraceValue, to: TraceValue, _ count: Int, _ type: em_type, isToZeros: Bool = false
  ) {
    emit(EM_EACH, type, i: count)
    let before = isToZeros ? constant(0, type) : emit(EM_ELEMENT, type, a: to)
    let value = emit(EM_ELEMENT, type, a: from)
    emit(EM_PUT, type, a: to, c: emit(EM_ADD, type, a: before, b: value))
    emit(EM_END, EM_NOTHING)
  }

  // MARK: The same index twice

  /// Most rows of a table that have marks.
  private static let marksMax = 1 << 20

  /// Most often no index is twice: then the places are 0 ..< n, and what adds rows to them need not look at them.
  mutating func traceFirstPlaces(_ i: Instruction) -> Bool {
    guard i.m == 1, i.n > 0, i.n <= Self.loopElements else { return false }
    if i.n == 1 {
      write(i.out, 0, whole(0))
      return true
    }
    prepare(reading: i.b)
    let start = pointer(i.b), out = pointer(i.out)
    prepare(writing: i.out)
    let bound = knownIndices.filter { $0.start == start && $0.count >= i.n }.map(\.bound).min() ?? .max
    let rows = bound <= Self.marksMax ? bound : 0
    let room = rooms.store([Int](repeating: 0, count: Int(em_marks_bytes(Int64(rows), Int64(i.k)) + 7) / 8))
    em_marks_begin(room, Int64(rows), Int64(i.k))
    let marks = emit(EM_POINTER, EM_I64, a: -4, i: Int(bitPattern: room))
    var known = KnownIndices(start: out, count: i.n, range: range(i.out), bound: i.n)
    if rows == 0 {
      call(EM_FIRST_PLACES, EM_I64, [argument(out), argument(start), argument(number: i.n), argument(marks)])
    } else {
      if !isReadInOrder(i.out) {
        let counting = emit(EM_POINTER, EM_I64, a: -4, i: Int(bitPattern: rooms.store(Array(0..<i.n))))
        copy(counting, to: out, bytes: i.n * 8)
      }
      known.isCounting = emit(EM_DISTINCT, EM_I64, a: start, b: marks, c: out, i: i.n)
    }
    knownIndices.append(known)
    return true
  }

  /// Whether only what does not look at places in order reads them.
  private func isReadInOrder(_ places: Int32) -> Bool {
    let emitter = plan.emitter
    return emitter.instructions.indices.allSatisfy { position in
      let reads = emitter.accesses[position].filter { !$0.isWrite && emitter.root($0.slot) == emitter.root(places) }
      let instruction = emitter.instructions[position]
      return reads.allSatisfy { $0.slot == places && $0.slot == instruction.b && addsInOrder(instruction) }
    }
  }
}
