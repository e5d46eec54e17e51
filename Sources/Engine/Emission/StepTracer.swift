import CEmit
import CKernels
import Graph
import Tensors

// Note [Tracing]
//
// A plan's instructions are followed once, in order, and what they do to single elements is written down as operations
// on values (`em_op`). What lies in memory is a place, named by a key: the address, or for inputs whose memory may
// change a number of their own. While an element is known as a value, nothing is read or written: numbers go from
// instruction to instruction in registers, elements by constant indices never lie in memory, and moving them costs
// nothing. What cannot be written down is performed by the instruction loop (`EM_PERFORM`), or by a loop over elements in
// memory; then what is known of the memory that these read is stored before, and what they write is forgotten after.
//
// At the end of a step the elements that last (carried inputs, outputs, counters) are stored, or kept in registers from
// step to step where nothing but single numbers was done with them.

/// A value of a trace: the number of the operation that makes it.
typealias TraceValue = Int32

/// Writes down what the steps of a plan do.
struct StepTracer {
  /// The plan whose instructions are followed: the step's, or that of the body of a loop.
  var frame: TraceFrame
  var plan: Plan { frame.plan }
  var machine: Machine { frame.plan.machine.pointee }
  var operations: [em_op] = []
  var arguments: [em_argument] = []
  var variables: [em_variable] = []
  var products: [em_product] = []
  /// What an index outside of its bound is, by the numbers that the code gives.
  var faults: [TraceFault] = []
  /// Instructions that the instruction loop performs, by their places in the plan.
  var performed: [Int] = []
  /// The rows that the next step reads, by the inputs that select them.
  var rowsAhead: [Int: TraceValue] = [:]
  /// How many loops are around what is followed.
  var depth = 0
  /// Whether an operation was met that code has no form of: there is no code of the program then.
  private(set) var meetsUnknown = false

  /// What is known of memory.
  var memory: [Int: Entry] = [:]
  /// Memory that loops over elements or the instruction loop read or write.
  private var touched: [Range<Int>] = []
  /// What is known of whole numbers that lie in memory.
  var knownIndices: [KnownIndices] = []
  /// The last zeros that were written to a whole slot.
  var lastZeros: LastZeros?
  /// Memory of the code's own.
  let rooms = PlanMemory()
  /// Pointers to memory of the plan's own, behind which a vector may be read; and the bytes up to the end, if a vector that
  /// begins there in step may be written over it.
  private var ownEnds: [TraceValue: Int] = [:]
  /// Elements of the last loop over elements.
  private var eachCount = 0
  /// Operations that load an element as it was before the step.
  private var firstLoads: [Int: TraceValue] = [:]

  /// An element that is known.
  struct Entry {
    var value: TraceValue
    var type: em_type
    /// Whether memory does not hold it yet.
    var isDirty: Bool
    var home: Home
  }

  /// Operations that fill a slot with zeros.
  struct LastZeros {
    var slot: Int32
    var operations: Range<Int>
  }

  /// Bytes from where a pointer points.
  struct Home {
    var pointer: TraceValue
    var offset: Int
  }

  init(_ plan: Plan) { frame = TraceFrame(plan) }

  // MARK: Operations

  /// Bytes of the largest vector.
  private static let vectorBytes = 64

  @discardableResult
  mutating func emit(
    _ code: em_code, _ type: em_type, a: TraceValue = -1, b: TraceValue = -1, c: TraceValue = -1, i: Int = 0,
    sub: Int = 0
  ) -> TraceValue {
    var sub = sub
    switch code {
    case EM_DIV:
      // Division by a power of 2 is the product with its inverse, to the bit.
      if let inverse = exactInverse(b, type) { return emit(EM_MUL, type, a: a, b: constant(inverse, type)) }
    case EM_EACH: eachCount = i
    case EM_ELEMENT: sub = ownEnds[a] == nil ? 0 : 1
    case EM_PUT: sub = i % Self.vectorBytes == 0 && ownEnds[a] == i + eachCount * byteCount(type) ? 1 : 0
    default: break
    }
    operations.append(
      em_op(
        code: UInt8(code.rawValue), type: UInt8(type.rawValue), sub: UInt16(sub), a: a, b: b, c: c, i: Int64(i)))
    return TraceValue(operations.count - 1)
  }

  /// 1/b where that is a number as good as b: b is a power of 2.
  private func exactInverse(_ b: TraceValue, _ type: em_type) -> Double? {
    let operation = operations[Int(b)]
    guard operation.code == UInt8(EM_CONST.rawValue), type != EM_I64 else { return nil }
    let bits = UInt64(bitPattern: operation.i)
    let value = type == EM_F64 ? Double(bitPattern: bits) : Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    let isNormal = type == EM_F64 ? (1 / value).isNormal : Float(1 / value).isNormal
    return value.isNormal && value.significand == 1 && isNormal ? 1 / value : nil
  }

  mutating func constant(_ value: Double, _ type: em_type) -> TraceValue {
    let bits: Int
    switch type {
    case EM_F64: bits = Int(bitPattern: UInt(value.bitPattern))
    case EM_F32: bits = Int(Float(value).bitPattern)
    default: bits = Int(value)
    }
    return emit(EM_CONST, type, i: bits)
  }

  /// In place of an operation that code has no form of.
  mutating func unknown(_ type: em_type) -> TraceValue {
    meetsUnknown = true
    return constant(0, type)
  }

  mutating func whole(_ value: Int) -> TraceValue { emit(EM_CONST, EM_I64, i: value) }

  /// A call of a function of values and numbers.
  @discardableResult
  mutating func call(_ function: em_function, _ type: em_type, _ list: [em_argument]) -> TraceValue {
    let first = arguments.count
    arguments += list
    return emit(EM_CALL, type, a: Int32(first), b: Int32(list.count), sub: Int(function.rawValue))
  }

  func argument(_ value: TraceValue) -> em_argument { em_argument(value: value, number: 0) }
  func argument(number: Int) -> em_argument { em_argument(value: -1, number: Int64(number)) }

  func type(of value: TraceValue) -> em_type { em_type(rawValue: UInt32(operations[Int(value)].type)) }
  func isZero(_ value: TraceValue) -> Bool {
    let operation = operations[Int(value)]
    return operation.code == UInt8(EM_CONST.rawValue) && operation.i == 0
  }

  /// An index that ends the steps where it is not in 0 ..< bound.
  mutating func inside(_ index: TraceValue, _ bound: Int, _ fault: TraceFault) -> TraceValue {
    faults.append(fault)
    return emit(EM_INSIDE, EM_I64, a: index, b: Int32(faults.count), i: bound)
  }
}

/// What it means that an index is outside.
struct TraceFault {
  var origin: Origin
  var bound: Int
  var place = 0
  var placeCount = 1
}

// MARK: - Places

extension StepTracer {
  func byteCount(_ type: em_type) -> Int { type == EM_F32 ? 4 : 8 }

  func isView(_ slot: Int32) -> Bool {
    if case .view = plan.emitter.slots[Int(slot)].storage { true } else { false }
  }

  /// The keys of a slot's memory; of a view those of all that it may show.
  func range(_ slot: Int32) -> Range<Int> {
    if isView(slot) { return range(plan.emitter.root(slot)) }
    let start = frame.bases[Int(slot)]
    return start..<start + plan.emitter.slots[Int(slot)].byteCount
  }

  /// Where a slot's memory begins.
  mutating func pointer(_ slot: Int32) -> TraceValue {
    if let view = frame.views[slot] { return view.pointer }
    if let known = frame.pointers[slot] { return known }
    let value = newPointer(slot)
    frame.pointers[slot] = value
    ownEnds[value] = ownEnd(slot)
    return value
  }

  /// Memory is handed out in multiples of vectors, with one behind all of it (`StoragePlan`, `Block`).
  private func ownEnd(_ slot: Int32) -> Int? {
    let bytes = plan.emitter.slots[Int(slot)].byteCount, notToBeWritten = -1
    switch plan.emitter.slots[Int(slot)].storage {
    case .temporary: return bytes
    case .constant: return notToBeWritten
    case .input(let number): return !frame.isBody && plan.carriedInputs.contains(number) ? bytes : nil
    case .part: return ownEnd(plan.emitter.root(slot)).map { _ in notToBeWritten }
    case .cell, .view: return nil
    }
  }

  private mutating func newPointer(_ slot: Int32) -> TraceValue {
    if !frame.isBody { return emit(EM_POINTER, EM_I64, a: slot) }
    if case .part(let whole, let offset) = plan.emitter.slots[Int(slot)].storage {
      let start = pointer(whole)
      return emit(EM_ADDRESS, EM_I64, a: start, b: self.whole(offset), i: 1)
    }
    return emit(EM_POINTER, EM_I64, a: -3, i: Int(bitPattern: machine.slots[Int(slot)]))
  }

  private mutating func cellPointer() -> TraceValue {
    if let known = frame.pointers[-1] { return known }
    let start = Int(bitPattern: machine.cells)
    let value = frame.isBody ? emit(EM_POINTER, EM_I64, a: -3, i: start) : emit(EM_POINTER, EM_I64, a: -1)
    frame.pointers[-1] = value
    return value
  }

  private mutating func home(_ slot: Int32, _ offset: Int) -> Home {
    let key = frame.bases[Int(slot)] + offset, first = Int(bitPattern: machine.cells)
    if key >= first, key < first + machine.cellBytes { return Home(pointer: cellPointer(), offset: key - first) }
    return Home(pointer: pointer(slot), offset: offset)
  }

  func key(cell: Int32) -> Int { Int(bitPattern: machine.cells) + Int(cell) * MemoryLayout<ck_cell>.stride }

}

// MARK: - Elements

extension StepTracer {
  mutating func read(_ slot: Int32, _ offset: Int, _ type: em_type) -> TraceValue {
    if let view = frame.views[slot] {
      let key = 1 << 61 | Int(view.pointer) << 32 | offset
      if let known = memory[key], known.type == type { return known.value }
      let value = emit(EM_LOAD, type, a: view.pointer, i: offset)
      let home = Home(pointer: view.pointer, offset: offset)
      memory[key] = Entry(value: value, type: type, isDirty: false, home: home)
      return value
    }
    return read(frame.bases[Int(slot)] + offset, home(slot, offset), type)
  }

  mutating func read(cell: Int32, _ type: em_type) -> TraceValue {
    read(key(cell: cell), Home(pointer: cellPointer(), offset: Int(cell) * 8), type)
  }

  private mutating func read(_ key: Int, _ home: Home, _ type: em_type) -> TraceValue {
    if let known = memory[key], known.type == type { return known.value }
    let others = overlapping(key, byteCount(type))
    if others.isEmpty {
      if memory[key] == nil, let cell = frame.constants[key] { return constant(cell, type) }
    } else {
      if let first = others.first, byteCount(type) == 4, let known = memory[first], isZero(known.value) {
        return constant(0, type)
      }
      // Bytes that are read in two ways lie in memory, not in a register.
      for other in others { flush(min(key, other)..<max(key, other) + 8) }
    }
    let value = emit(EM_LOAD, type, a: home.pointer, i: home.offset)
    if others.isEmpty, firstLoads[key] == nil { firstLoads[key] = value }
    memory[key] = Entry(value: value, type: type, isDirty: false, home: home)
    return value
  }

  /// Where elements are known that share bytes with one, but are not of its place or not of its type.
  private func overlapping(_ key: Int, _ bytes: Int) -> [Int] {
    var result: [Int] = []
    if let before = memory[key - 4], byteCount(before.type) == 8 { result.append(key - 4) }
    if memory[key] != nil { result.append(key) }
    if bytes == 8, memory[key + 4] != nil { result.append(key + 4) }
    return result
  }

  private mutating func constant(_ cell: ck_cell, _ type: em_type) -> TraceValue {
    switch type {
    case EM_F64: emit(EM_CONST, type, i: Int(bitPattern: UInt(cell.f64.bitPattern)))
    case EM_F32: emit(EM_CONST, type, i: Int(cell.f32.bitPattern))
    default: emit(EM_CONST, type, i: Int(cell.i64))
    }
  }

  /// An element of so many bytes, whatever it is.
  mutating func read(_ slot: Int32, _ offset: Int, bytes: Int) -> TraceValue {
    let key = frame.bases[Int(slot)] + offset
    if frame.views[slot] == nil, let known = memory[key], byteCount(known.type) == bytes { return known.value }
    return read(slot, offset, bytes == 4 ? EM_F32 : EM_F64)
  }

  /// Whether one of the halves of eight bytes is known as an element.
  func isInHalves(_ slot: Int32, _ offset: Int) -> Bool {
    let key = frame.bases[Int(slot)] + offset
    return [key, key + 4].contains { place in memory[place].map { byteCount($0.type) == 4 } ?? false }
  }

  /// The type that a cell has as far as it is known; that of its eight bytes otherwise.
  func type(ofCell cell: Int32) -> em_type { memory[key(cell: cell)]?.type ?? EM_F64 }

  mutating func write(_ slot: Int32, _ offset: Int, _ value: TraceValue) {
    write(frame.bases[Int(slot)] + offset, home(slot, offset), value)
  }

  mutating func write(cell: Int32, _ value: TraceValue) {
    write(key(cell: cell), Home(pointer: cellPointer(), offset: Int(cell) * 8), value)
  }

  private mutating func write(_ key: Int, _ home: Home, _ value: TraceValue) {
    let type = type(of: value), bytes = byteCount(type)
    forgetIndices(key..<key + bytes)
    for other in overlapping(key, bytes) {
      guard let known = memory[other] else { continue }
      let end = other + byteCount(known.type)
      if other >= key && end <= key + bytes { memory[other] = nil } else { cut(other, known) }
    }
    memory[key] = Entry(value: value, type: type, isDirty: true, home: home)
  }

  /// Takes eight bytes apart of which some are about to be written.
  private mutating func cut(_ key: Int, _ known: Entry) {
    if known.isDirty && isZero(known.value) {
      let zero = constant(0, EM_F32)
      memory[key] = nil
      for half in 0..<2 {
        let home = Home(pointer: known.home.pointer, offset: known.home.offset + 4 * half)
        memory[key + 4 * half] = Entry(value: zero, type: EM_F32, isDirty: true, home: home)
      }
      return
    }
    flush(key..<key + 8)
    memory[key] = nil
  }

  /// Zeros in all elements of some bytes, a multiple of 4.
  mutating func writeZeros(_ slot: Int32, _ bytes: Int) {
    let zero = constant(0, EM_F64)
    for offset in stride(from: 0, to: bytes & ~7, by: 8) { write(slot, offset, zero) }
    if bytes % 8 != 0 { write(slot, bytes & ~7, constant(0, EM_F32)) }
  }
}

// MARK: - Memory that others read and write

extension StepTracer {
  /// Stores what is known and not yet in memory.
  mutating func flush(_ range: Range<Int>) {
    for key in keys(range) {
      guard let known = memory[key], known.isDirty else { continue }
      store(known)
      memory[key]?.isDirty = false
    }
    touched.append(range)
  }

  /// Known elements in a range, in order: what is emitted must not depend on the order of a dictionary.
  private func keys(_ range: Range<Int>) -> [Int] {
    let first = range.lowerBound & ~3
    func isInside(_ key: Int) -> Bool {
      guard let known = memory[key] else { return false }
      return key + byteCount(known.type) > range.lowerBound
    }
    if range.count / 4 < memory.count { return stride(from: first - 4, to: range.upperBound, by: 4).filter(isInside) }
    return memory.keys.filter { $0 >= first - 4 && $0 < range.upperBound && isInside($0) }.sorted()
  }

  private mutating func store(_ entry: Entry) {
    emit(EM_STORE, entry.type, a: entry.home.pointer, c: entry.value, i: entry.home.offset)
  }

  /// Memory is about to be read by others than this trace.
  mutating func prepare(reading slot: Int32) { flush(range(slot)) }

  /// Memory is about to be written by others: what is known of it is stored, for it may be written in part, and
  /// forgotten.
  mutating func prepare(writing slot: Int32) {
    let range = range(slot)
    flush(range)
    forget(range)
  }

  private mutating func forgetIndices(_ range: Range<Int>) {
    if !knownIndices.isEmpty { knownIndices.removeAll { $0.range.overlaps(range) } }
  }

  private mutating func forget(_ range: Range<Int>) {
    forgetIndices(range)
    for key in keys(range) { memory[key] = nil }
    for (_, view) in frame.views where view.range.overlaps(range) {
      let first = 1 << 61 | Int(view.pointer) << 32
      for key in memory.keys where key >= first && key < first + 1 << 32 { memory[key] = nil }
    }
  }

  /// Slot `out` shows what begins at a pointer into another.
  mutating func show(_ out: Int32, at pointer: TraceValue) {
    let whole = range(out)
    flush(whole)
    frame.views[out] = (pointer, whole)
    frame.viewsInMemory.remove(out)
  }

  /// Leaves an instruction to the instruction loop.
  mutating func perform(_ position: Int) {
    let accesses = plan.accesses(position)
    for access in accesses {
      if isView(access.slot), let view = frame.views[access.slot], frame.viewsInMemory.insert(access.slot).inserted {
        emit(EM_VIEW, EM_NOTHING, a: view.pointer, b: access.slot)
      }
      if access.isWrite { prepare(writing: access.slot) } else { prepare(reading: access.slot) }
    }
    let fault = call(EM_PERFORM, EM_I64, [argument(number: position)])
    emit(EM_CHECK, EM_NOTHING, a: fault)
    performed.append(position)
  }

  // MARK: The end of a step

  /// Keeps what lasts: in registers where only this trace knows it, else in memory.
  mutating func finish(lasting: [Range<Int>]) {
    var sets: [(variable: Int32, value: TraceValue)] = []
    for key in memory.keys.sorted() {
      guard let known = memory[key], known.isDirty, lasting.contains(where: { $0.contains(key) }) else { continue }
      let bytes = key..<key + byteCount(known.type)
      if let load = firstLoads[key], type(of: load) == known.type, !touched.contains(where: { $0.overlaps(bytes) }) {
        let variable = Int32(variables.count)
        variables.append(
          em_variable(
            type: Int32(known.type.rawValue), pointer: known.home.pointer, offset: Int64(known.home.offset)))
        operations[Int(load)].code = UInt8(EM_VARIABLE.rawValue)
        operations[Int(load)].a = variable
        sets.append((variable, known.value))
      } else {
        store(known)
      }
    }
    for set in sets { emit(EM_SET, EM_NOTHING, a: set.variable, b: set.value) }
  }
}
