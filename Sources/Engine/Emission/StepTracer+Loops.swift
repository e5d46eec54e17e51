import CEmit
import CKernels
import Tensors

// Loops: the body is followed once. What is carried from turn to turn is in registers where it is a few numbers.

extension StepTracer {
  /// A loop instruction while its body is followed.
  private struct Loop {
    let state: LoopState
    let body: Plan
    let condition: Plan?
    /// Where the body's inputs begin that the instruction names.
    var firstInput: Int { condition == nil ? 1 : 0 }
    /// The operations that carry each of the carried tensors; nil where it lies in memory.
    var carries: [[TraceValue]?] = []
  }

  /// Up to so many elements a carried tensor is in registers.
  private static let carriedMax = 8
  private static let depthMax = 3

  mutating func traceTurns(_ i: Instruction) -> Bool {
    guard let state = i.parameters?.assumingMemoryBound(to: LoopState.self).pointee, state.count > 0,
      let body = plan.children.first(where: { $0.machine == state.body }), depth < Self.depthMax
    else { return false }
    let condition = plan.children.first { $0.machine == state.condition }
    guard body.machine.pointee.standingFault == nil, condition?.machine.pointee.standingFault == nil,
      !(0..<state.sourceCount).contains(where: { frame.views[state.sources[$0]] != nil || isView(state.sources[$0]) })
    else { return false }
    let before = self
    depth += 1
    let isFollowed = follow(Loop(state: state, body: body, condition: condition), i)
    if !isFollowed { self = before }
    depth = before.depth
    return isFollowed
  }

  private mutating func follow(_ loop: Loop, _ i: Instruction) -> Bool {
    var loop = loop
    let state = loop.state, outer = frame
    let starts = (0..<state.carryCount).map { carry in start(state.sources[carry], loop.body, loop.firstInput + carry) }
    for source in 0..<state.sourceCount { prepare(reading: state.sources[source]) }
    prepare(writing: i.out)
    let out = pointer(i.out)
    // Nothing that the turns do is known outside of them, nor what they read there.
    let known = memory, indices = knownIndices
    knownIndices = []
    let turn = emit(EM_LOOP, EM_I64, b: state.isReversed ? 1 : 0, i: state.count)
    for start in starts { loop.carries.append(start?.map { emit(EM_CARRY, type(of: $0), a: $0) }) }
    let outerPointers = frame.pointers
    guard enterBody(loop, turn, outer) else { return false }
    if let condition = loop.condition, !test(condition, loop) { return false }
    guard followBody() else { return false }
    collect(loop, turn, out)
    let next = loop.carries.enumerated().flatMap { carry, values in
      values.map { values in
        values.indices.map { (values[$0], carried(loop, carry, $0, type(of: values[$0]))) }
      } ?? []
    }
    for (carry, value) in next { emit(EM_NEXT, EM_NOTHING, a: carry, b: value) }
    emit(EM_REPEAT, EM_NOTHING)
    let inner = frame
    frame = outer
    frame.pointers = outerPointers
    memory = known
    knownIndices = indices
    leave(loop, inner, i.out, out)
    return true
  }

  /// The values that carried elements start from; nil where they are copied to the body's memory.
  private mutating func start(_ source: Int32, _ body: Plan, _ input: Int) -> [TraceValue]? {
    let type = Self.type(body.inputTypes[input].dtype), count = body.inputTypes[input].count
    if let type, type != EM_I64, count <= Self.carriedMax { return elements(source, count, type) }
    prepare(reading: source)
    copy(pointer(source), to: address(body, input), bytes: body.inputTypes[input].byteCount)
    return nil
  }

  /// Where an input of a body has memory of its own.
  private mutating func address(_ body: Plan, _ input: Int) -> TraceValue {
    emit(EM_POINTER, EM_I64, a: -3, i: Int(bitPattern: body.machine.pointee.address(ofInput: input)))
  }

  // MARK: Turns

  /// What the body's inputs are in a turn.
  private mutating func enterBody(_ loop: Loop, _ turn: TraceValue, _ outer: TraceFrame) -> Bool {
    let state = loop.state
    var places: [Int: TraceFrame.Place] = [:]
    var numbers: [Int: TraceValue] = loop.condition == nil ? [0: turn] : [:]
    for source in state.carryCount..<state.sourceCount {
      let slot = state.sources[source], input = loop.firstInput + source, bytes = state.inputBytes[source]
      let isScanned = source < state.carryCount + state.scannedCount
      let isNumber = loop.body.machine.pointee.isCell(input: input)
      guard let type = Self.type(loop.body.inputTypes[input].dtype) else { return false }
      switch (isScanned, isNumber) {
      case (true, true): numbers[input] = emit(EM_LOAD, type, a: pointer(slot), b: turn)
      case (false, true): numbers[input] = read(slot, 0, type)
      case (true, false):
        let row = emit(EM_ADDRESS, EM_I64, a: pointer(slot), b: turn, i: bytes)
        places[input] = .init(key: TraceFrame.row(row), pointer: row)
      case (false, false): places[input] = .init(key: outer.bases[Int(slot)], pointer: pointer(slot))
      }
    }
    frame = TraceFrame(body: loop.body, inputs: places)
    for input in numbers.keys.sorted() { if let value = numbers[input] { write(machine.inputs[input], 0, value) } }
    for (carry, values) in loop.carries.enumerated() {
      for (place, value) in (values ?? []).enumerated() {
        write(machine.inputs[loop.firstInput + carry], place * byteCount(type(of: value)), value)
      }
    }
    return true
  }

  /// The condition looks at the body's inputs.
  private mutating func test(_ condition: Plan, _ loop: Loop) -> Bool {
    let body = frame
    var places: [Int: TraceFrame.Place] = [:]
    var numbers: [Int: TraceValue] = [:]
    for input in 0..<loop.state.sourceCount {
      let slot = machine.inputs[input]
      guard let type = Self.type(condition.inputTypes[input].dtype) else { return false }
      if condition.machine.pointee.isCell(input: input) {
        numbers[input] = read(slot, 0, type)
      } else {
        places[input] = .init(key: body.bases[Int(slot)], pointer: pointer(slot))
      }
    }
    let pointers = frame.pointers
    frame = TraceFrame(body: condition, inputs: places)
    for input in numbers.keys.sorted() { if let value = numbers[input] { write(machine.inputs[input], 0, value) } }
    guard followBody() else { return false }
    emit(EM_WHILE, EM_NOTHING, a: read(machine.outputs[0], 0, loop.state.isSingle ? EM_F32 : EM_F64))
    frame = body
    frame.pointers = pointers
    return true
  }

  private mutating func followBody() -> Bool {
    let instructions = machine
    return (0..<instructions.count).allSatisfy { follow(instructions.code[$0]) }
  }

  /// The next value of an element that is carried.
  private mutating func carried(_ loop: Loop, _ carry: Int, _ place: Int, _ type: em_type) -> TraceValue {
    read(machine.inputs[loop.firstInput + carry], place * byteCount(type), type)
  }

  /// Keeps what a turn gives besides, each a row of its own.
  private mutating func collect(_ loop: Loop, _ turn: TraceValue, _ out: TraceValue) {
    var offset = (0..<loop.state.carryCount).reduce(0) { $0 + loop.state.inputBytes[$1] }
    for output in 0..<loop.state.collectedCount {
      let bytes = loop.state.collectedBytes[output], slot = machine.outputs[output]
      let row = emit(EM_ADDRESS, EM_I64, a: out, b: turn, i: bytes)
      let type = loop.state.isSingle ? EM_F32 : EM_F64, count = bytes / byteCount(type)
      if count <= Self.carriedMax {
        for (place, value) in elements(slot, count, type).enumerated() {
          emit(EM_STORE, type, a: row, c: value, i: offset + place * byteCount(type))
        }
      } else {
        prepare(reading: slot)
        copy(pointer(slot), to: row, at: offset, bytes: bytes)
      }
      offset += bytes * loop.state.count
    }
    // What is carried in memory lies there in the next turn.
    for (carry, values) in loop.carries.enumerated() where values == nil {
      prepare(reading: machine.inputs[loop.firstInput + carry])
    }
  }

  /// Packs the last values of the carried tensors.
  private mutating func leave(_ loop: Loop, _ body: TraceFrame, _ slot: Int32, _ out: TraceValue) {
    var offset = 0
    for (carry, values) in loop.carries.enumerated() {
      let bytes = loop.state.inputBytes[carry]
      if let values {
        for (place, value) in values.enumerated() { write(slot, offset + place * byteCount(type(of: value)), value) }
      } else {
        copy(address(loop.body, loop.firstInput + carry), to: out, at: offset, bytes: bytes)
      }
      offset += bytes
    }
  }

  static func type(_ dtype: DType) -> em_type? {
    switch dtype {
    case .f64: EM_F64
    case .f32: EM_F32
    case .i64: EM_I64
    default: nil
    }
  }
}
