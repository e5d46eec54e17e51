import CEmit
import CKernels
import Glibc
import Tensors

/// The steps of a plan as machine code, for counters of one form.
final class CompiledStep {
  private let code: OpaquePointer
  private let plan: Plan
  private let faults: [TraceFault]
  private let counters: [CounterForm]
  private let records: Bool
  private let rooms: PlanMemory
  /// Instructions that the code leaves to the instruction loop, by their places.
  let performed: [Int]

  init(_ plan: Plan, _ counters: [CounterForm], records: Bool, level: Int) throws(CodeRefusal) {
    let trace = try StepTracer.trace(plan, counters, records: records)
    guard let code = trace.compiled(counters, records: records, level: level) else { throw .assembler }
    self.code = code
    self.plan = plan
    self.counters = counters
    self.records = records
    faults = trace.faults
    rooms = trace.rooms
    performed = trace.performed
  }

  deinit { em_free(code) }

  func fits(_ counters: [CounterInput], records: Bool) -> Bool {
    records == self.records && counters.count == self.counters.count
      && zip(counters, self.counters).allSatisfy { CounterForm($0) == $1 }
  }

  /// Bytes of machine code.
  var byteCount: Int { Int(em_bytes(code)) }

  /// Makes up to `count` steps.
  ///
  /// - Parameters:
  ///   - streams: what the streams among the counters read, in their order.
  ///   - record: the row of the next step.
  func run(
    _ count: Int, streams: [UnsafePointer<Int64>], record: inout UnsafeMutablePointer<Double>?,
    interrupt: UnsafePointer<Int32>?
  ) throws(ProgramFault) -> RunOutcome {
    let machine = plan.machine
    machine.pointee.fault = nil
    machine.pointee.isBroken = false
    let idle: Int32 = 0
    var context = em_context()
    let done = withUnsafePointer(to: idle) { never in
      context.cells = UnsafeMutableRawPointer(machine.pointee.cells)
      context.slots = machine.pointee.slots
      context.machine = UnsafeMutableRawPointer(machine)
      context.room = machine.pointee.scratch
      context.perform = { machine, index in
        guard let machine = machine?.assumingMemoryBound(to: Machine.self) else { return 1 }
        machine.pointee.perform(at: Int(index))
        return machine.pointee.fault == nil ? 0 : 1
      }
      context.interrupt = interrupt ?? never
      withUnsafeMutableBytes(of: &context.stream) { bytes in
        let all = bytes.bindMemory(to: UnsafePointer<Int64>.self)
        for (number, stream) in streams.enumerated() { all[number] = stream }
      }
      context.record = record
      context.steps = Int64(count)
      return Int(em_run(code, &context))
    }
    record = record.map { $0 + done * plan.outputTypes.count }
    leaveBatches(streams, after: context.fault == 0 ? done - 1 : done)
    if context.fault != 0 { throw fault(context, after: done) }
    return context.interrupted != 0 ? .interrupted(steps: done) : .completed
  }

  /// The inputs of streams hold what the last step saw, as if it had been copied in before it.
  private func leaveBatches(_ streams: [UnsafePointer<Int64>], after step: Int) {
    var number = 0
    for case .stream(let input, let batch) in counters {
      if let target = plan.machine.pointee.address(ofInput: input) {
        memcpy(target, streams[number] + step * batch, batch * 8)
      }
      number += 1
    }
  }

  private func fault(_ context: em_context, after steps: Int) -> ProgramFault {
    let met: ProgramFault?
    if context.fault == 1 {
      met = plan.machine.pointee.fault
    } else {
      let known = faults[Int(context.fault) - 2]
      met = ProgramFault(
        cause: .index(Int(context.index), count: known.bound), place: known.place + Int(context.place),
        placeCount: known.placeCount, origin: known.origin)
    }
    var fault = met ?? ProgramFault(cause: .index(Int(context.index), count: 0), place: 0, placeCount: 0, origin: 0)
    fault.steps = steps
    return fault
  }
}

/// How an input moves on from step to step, without what it reads.
enum CounterForm: Hashable {
  case increment(input: Int, element: Int)
  case stream(input: Int, batch: Int)

  init(_ counter: CounterInput) {
    switch counter {
    case .increment(let input, let element): self = .increment(input: input, element: element)
    case .stream(let input, _, let batch): self = .stream(input: input, batch: batch)
    }
  }
}

// MARK: - Following a plan

extension StepTracer {
  /// Most operations of a trace.
  private static let operationsMax = 6000
  private static let shortRowBytes = 1024
  /// Most numbers that are moved on from step to step: those of an ensemble are of each path, and registers for all of
  /// them at once take the assembler time by their square.
  private static let countersMax = 512
  /// Longest batch that is followed number by number.
  private static let batchMax = 8

  /// What the steps of a plan do, with its counters moved on.
  static func trace(_ plan: Plan, _ counters: [CounterForm], records: Bool) throws(CodeRefusal) -> StepTracer {
    guard counters.count <= countersMax else { throw .length }
    var trace = StepTracer(plan)
    guard trace.beginStreams(counters) else { throw .batch }
    let count = plan.machine.pointee.count
    for position in 0..<count {
      trace.bringNear(position, of: count)
      if !trace.follow(plan.machine.pointee.code[position]) { trace.perform(position) }
      if trace.operations.count > operationsMax { throw .length }
      if trace.meetsUnknown { throw .operation }
    }
    if trace.performed.count > 0, 8 * (count - trace.performed.count) < count { throw .kernels(trace.performed) }
    if records { trace.record() }
    trace.moveCounters(counters)
    guard let lasting = trace.lasting(counters) else { throw .view }
    trace.finish(lasting: lasting)
    return trace
  }

  private mutating func beginStreams(_ counters: [CounterForm]) -> Bool {
    var number: Int32 = 0
    for case .stream(let input, let batch) in counters {
      if number >= Int32(EM_STREAMS) { return false }
      beginBatch(machine.inputs[input], number, batch)
      // Rows of a batch of many are near by the time they are read.
      if batch == 1, let rowBytes = plan.rowReads.filter({ $0.input == input }).map(\.rowBytes).max() {
        // A step on short rows ends before they are near.
        rowsAhead[input] = emit(EM_AHEAD, EM_I64, a: number, b: 0, c: rowBytes <= Self.shortRowBytes ? 2 : 1)
      }
      number += 1
    }
    return true
  }

  /// Numbers of a short batch are values; a long one is copied.
  private mutating func beginBatch(_ slot: Int32, _ number: Int32, _ batch: Int) {
    if batch > Self.batchMax {
      prepare(writing: slot)
      return copy(emit(EM_AT, EM_I64, a: number), to: pointer(slot), bytes: batch * 8)
    }
    for place in 0..<batch {
      let entry = emit(EM_STREAM, EM_I64, a: number, b: Int32(place))
      write(slot, place * 8, entry)
    }
  }

  /// Asks for the rows of large tables that the next step reads, a part of them before each instruction: all at once
  /// would wait for one another.
  private mutating func bringNear(_ position: Int, of count: Int) {
    for read in plan.rowReads {
      guard let row = rowsAhead[read.input] else { continue }
      let bytes = RowAhead.share(of: read.rowBytes, among: count, linesMin: 2), first = position * bytes
      guard first < read.rowBytes else { continue }
      let start = emit(EM_ADDRESS, EM_I64, a: pointer(read.table), b: row, i: read.rowBytes)
      emit(EM_PREFETCH, EM_NOTHING, a: start, b: Int32(first), i: min(bytes, read.rowBytes - first))
    }
  }

  /// Keeps the first element of each output as a number.
  private mutating func record() {
    for (number, type) in plan.outputTypes.enumerated() {
      guard let type = Self.type(type.dtype) else { continue }
      let value = read(machine.outputs[number], 0, type)
      emit(EM_RECORD, EM_F64, a: convert(value, EM_F64), b: Int32(number))
    }
  }

  private mutating func moveCounters(_ counters: [CounterForm]) {
    for case .increment(let input, let element) in counters {
      let type = plan.inputTypes[input].dtype == .i64 ? EM_I64 : EM_F64
      let value = read(machine.inputs[input], element * 8, type)
      write(machine.inputs[input], element * 8, emit(EM_ADD, type, a: value, b: constant(1, type)))
    }
  }

  /// What is read after the steps, or in the next one; nil where that may lie anywhere.
  private func lasting(_ counters: [CounterForm]) -> [Range<Int>]? {
    var result: [Range<Int>] = []
    for index in plan.outputTypes.indices {
      let slot = machine.outputs[index]
      if isView(slot) { return nil }
      result.append(range(slot))
    }
    for input in plan.carriedInputs.sorted() { result.append(range(machine.inputs[input])) }
    for case .increment(let input, _) in counters { result.append(range(machine.inputs[input])) }
    return result
  }

  /// Follows an instruction; false where the instruction loop has to perform it.
  mutating func follow(_ instruction: Instruction) -> Bool {
    switch instruction.code {
    case .scalars: traceScalars(instruction)
    case .tiles: traceTiles(instruction)
    case .copy: traceCopy(instruction)
    case .zero: traceZero(instruction)
    case .stridedCopy, .stridedStore: traceStrided(instruction)
    case .transpose: traceTranspose(instruction)
    case .row: traceRow(instruction)
    case .point: tracePoint(instruction)
    case .gatherRows: traceGatherRows(instruction)
    case .checkIndices: traceCheckIndices(instruction)
    case .firstPlaces: traceFirstPlaces(instruction)
    case .scatterAddRows: traceScatterAddRows(instruction)
    case .takeAlongLast: traceTakeAlongLast(instruction)
    case .scatterAlongLast: traceScatterAlongLast(instruction)
    case .dot: traceDot(instruction)
    case .scaledNorm: traceScaledNorm(instruction)
    case .gemv: traceVectorProduct(instruction)
    case .gemm: traceMatrixProduct(instruction)
    case .reduce: traceReduce(instruction)
    case .reduceAxis: traceReduceAxis(instruction)
    case .binary: traceBinary(instruction)
    case .convert: traceConvert(instruction)
    case .draw: traceDraw(instruction)
    case .loop, .whileLoop: traceTurns(instruction)
    default: false
    }
  }

  /// The code of a finished trace.
  func compiled(_ counters: [CounterForm], records: Bool, level: Int) -> OpaquePointer? {
    var batches: [Int64] = []
    for case .stream(_, let batch) in counters { batches.append(Int64(batch)) }
    return operations.withUnsafeBufferPointer { operations in
      arguments.withUnsafeBufferPointer { arguments in
        variables.withUnsafeBufferPointer { variables in
          products.withUnsafeBufferPointer { products in
            batches.withUnsafeBufferPointer { batches in
              var program = em_program(
                op: operations.baseAddress, argument: arguments.baseAddress, variable: variables.baseAddress,
                product: products.baseAddress, ops: Int32(operations.count), variables: Int32(variables.count),
                streams: Int32(batches.count), batch: batches.baseAddress,
                recorded: records ? Int64(plan.outputTypes.count) : 0)
              return em_compile(&program, Int32(level))
            }
          }
        }
      }
    }
  }
}
