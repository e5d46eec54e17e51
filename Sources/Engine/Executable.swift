import CKernels
import Glibc
package import Tensors

/// A planned program with its memory: inputs are set, a run executes all instructions, outputs are read.
///
/// Planning chooses every buffer and kernel; a run allocates nothing. One executable is used by one thread at a
/// time.
package final class Executable {
  package let program: Program
  package let options: EngineOptions
  let plan: Plan
  /// Machine code of its steps.
  var emission = Emission.waiting(steps: 0)
  /// Tensors that inputs read in place.
  var bound: [Tensor?]
  /// Inputs that read the memory of another executable.
  var readingOthers: Set<Int> = []
  /// Polled after each step, and within a long one; a run ends early, with the state of the last whole step, where it
  /// is not 0.
  package var interrupt: UnsafePointer<Int32>?
  /// Whether one step lasts so long that an interrupt should not wait for its end.
  package private(set) lazy var hasLongSteps = isLong()
  /// Where the next step writes the first element of each output, as a row of numbers; it moves on by a row each step.
  private(set) var record: UnsafeMutablePointer<Double>?

  /// Breaks a run off between two instructions where it is not 0; the outputs then mean nothing.
  ///
  /// Only for what carries nothing on: a step that is broken off would leave a state that is half of it.
  package var innerInterrupt: UnsafePointer<Int32>? {
    get { plan.machine.pointee.interrupt }
    set { plan.machine.pointee.interrupt = newValue }
  }

  /// Whether a long step may be broken off within itself.
  package var breaksLongSteps = true

  /// Whether the last run was broken off.
  package var isBroken: Bool { plan.machine.pointee.isBroken }

  package init(_ program: Program, options: EngineOptions = EngineOptions()) throws(EngineError) {
    self.program = program
    self.options = options
    let start = options.profile == nil ? 0 : Profile.now
    plan = try Plan(program, options: options, lendsInputs: true)
    options.profile?.notePlan(Double(Profile.now &- start))
    bound = Array(repeating: nil, count: plan.inputTypes.count)
  }

  /// The same program with memory of its own, in no time.
  ///
  /// - Precondition: the other is copyable, and has not run.
  init(copying other: Executable) throws(EngineError) {
    (program, options) = (other.program, other.options)
    plan = try Plan(copying: other.plan)
    bound = Array(repeating: nil, count: plan.inputTypes.count)
  }

  var isCopyable: Bool { plan.isCopyable }

  package var inputTypes: [TensorType] { plan.inputTypes }
  package var outputTypes: [TensorType] { plan.outputTypes }
  /// Bytes of all buffers of the plan.
  package var byteCount: Int { plan.byteCount }

  /// Memory of an input, row-major, for reading and writing single elements between runs.
  package func inputPointer(_ index: Int) -> UnsafeMutableRawPointer {
    plan.takeSharedBack()
    return plan.machine.pointee.address(ofInput: index) ?? plan.bindOwnMemory(input: index)
  }

  /// The same for reading alone.
  func inputValue(_ index: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(plan.machine.pointee.address(ofInput: index) ?? plan.bindOwnMemory(input: index))
  }

  /// Memory of an output, row-major, valid until the next run.
  package func outputPointer(_ index: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(plan.machine.pointee.raw(plan.machine.pointee.outputs[index]))
  }
}

// MARK: - Values

extension Executable {
  /// Copies a tensor of the input's shape in, converted to its element type.
  package func setInput(_ index: Int, _ tensor: Tensor) {
    let type = inputTypes[index]
    precondition(tensor.shape == type.shape, "\(tensor.shape) for an input of \(type)")
    unbind(index)
    tensor.converted(to: type.dtype).withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
      memcpy(inputPointer(index), start, bytes.count)
    }
  }

  /// Sets an input of one element.
  package func setInput(_ index: Int, _ value: Double) {
    precondition(inputTypes[index].count == 1, "an input of one element")
    Block.write(value, at: 0, of: inputPointer(index), inputTypes[index].dtype)
  }

  /// Sets an i64 input.
  package func setInput(_ index: Int, ints: [Int]) {
    setInput(index, Tensor(integers: ints, shape: inputTypes[index].shape))
  }

  /// Lets an input read the tensor's own elements; nothing is copied, and the tensor is kept alive.
  ///
  /// For large data that a run does not replace: carried inputs, single numbers and tensors of another element
  /// type are copied all the same.
  package func bindInput(_ index: Int, _ tensor: Tensor) {
    let type = inputTypes[index]
    guard !plan.carriedInputs.contains(index), type.count > 1, tensor.dtype == type.dtype else {
      return setInput(index, tensor)
    }
    precondition(tensor.shape == type.shape, "\(tensor.shape) for an input of \(type)")
    readingOthers.remove(index)
    bound[index] = tensor
    plan.machine.pointee.bind(input: index, to: tensor.unsafeStart)
  }

  func unbind(_ index: Int) {
    guard bound[index] != nil || readingOthers.contains(index) else { return }
    bound[index] = nil
    readingOthers.remove(index)
    plan.bindOwnMemory(input: index)
  }

  /// The current value of an input: for a carried one what the last run left.
  package func input(_ index: Int) -> Tensor { Tensor(existing: inputValue(index), inputTypes[index]) }

  /// The same; a large one in the memory where it is, which the executable leaves to it when it runs on.
  package func sharedInput(_ index: Int) -> Tensor {
    // Code may know where values lie.
    if !hasCode, let tensor = plan.shared(input: index) { return tensor }
    return input(index)
  }

  /// Whether all elements of an input are finite.
  package func isFinite(input index: Int) -> Bool { Tensor.isFinite(inputValue(index), inputTypes[index]) }

  /// The value of an output in the last run.
  package func output(_ index: Int) -> Tensor { Tensor(existing: outputPointer(index), outputTypes[index]) }

  /// The same, but nil where `innerInterrupt` is set before all is copied.
  package func outputUnlessInterrupted(_ index: Int) -> Tensor? {
    Tensor(existing: outputPointer(index), outputTypes[index], unless: innerInterrupt)
  }

  /// The first output, in the executable's own memory where it fills that; nil where `innerInterrupt` is set.
  ///
  /// Precondition: the executable does not run again.
  package func takeOutputUnlessInterrupted() -> Tensor? {
    if let flag = innerInterrupt, flag.pointee != 0 { return nil }
    return plan.outputInArena() ?? outputUnlessInterrupted(0)
  }

  /// The first element of an output.
  package func outputScalar(_ index: Int) -> Double {
    Block.read(at: 0, of: outputPointer(index), outputTypes[index].dtype)
  }

}

// MARK: - Running

extension Executable {
  /// Executes the program once.
  ///
  /// - Throws: what it cannot go on with, an index out of range or a singular matrix; the outputs then mean nothing.
  @discardableResult
  package func run() throws(ProgramFault) -> RunOutcome { try run(1, advancing: []) }

  /// Executes the program `count` times, moving counters on after each step.
  ///
  /// - Throws: what it cannot go on with, an index out of range or a singular matrix; the outputs and what is carried
  ///   then mean nothing.
  @discardableResult
  package func run(_ count: Int, advancing counters: [CounterInput]) throws(ProgramFault) -> RunOutcome {
    plan.bindMissingInputs()
    plan.takeSharedBack()
    if let step = code(for: count, counters) { return try run(count, counters, step) }
    return try withUnsafeTemporaryAllocation(of: Counter.self, capacity: counters.count) {
      (buffer) throws(ProgramFault) in
      for (position, counter) in counters.enumerated() {
        buffer.initializeElement(at: position, to: resolved(counter))
      }
      return try steps(count, buffer)
    }
  }

  /// Has each step of the runs in `body` write the first element of each output as a row of numbers.
  ///
  /// Precondition: there is room for a row of each step.
  package func recording<Result>(into rows: inout [Double], _ body: () -> Result) -> Result {
    rows.withUnsafeMutableBufferPointer { rows in
      record = rows.baseAddress
      defer { record = nil }
      return body()
    }
  }

  private func run(
    _ count: Int, _ counters: [CounterInput], _ step: CompiledStep
  ) throws(ProgramFault) -> RunOutcome {
    if options.threads > 0 { Workers.productThreads = options.threads }
    var streams: [UnsafePointer<Int64>] = []
    for case .stream(_, let values, _) in counters { streams.append(values) }
    return try step.run(count, streams: streams, record: &record, interrupt: interrupt)
  }

  @inline(__always)
  private func keepRow() {
    guard let row = record else { return }
    for output in outputTypes.indices { row[output] = outputScalar(output) }
    record = row + outputTypes.count
  }

  /// A counter with its memory.
  private struct Counter {
    enum Kind { case whole, real, stream }
    var kind: Kind
    var target: UnsafeMutableRawPointer
    var source: UnsafePointer<Int64>?
    var batch: Int
    /// A large table whose rows the stream selects: those of the next step are brought near.
    var table: UnsafeMutableRawPointer?
    var rows = 0
    var rowBytes = 0
    var bytesAtOnce = 0
  }

  private func resolved(_ counter: CounterInput) -> Counter {
    switch counter {
    case .increment(let input, let element):
      let type = inputTypes[input]
      precondition(element < type.count && type.dtype != .f32, "an element of an i64 or f64 input")
      return Counter(
        kind: type.dtype == .i64 ? .whole : .real, target: inputPointer(input) + element * 8, source: nil, batch: 0)
    case .stream(let input, let values, let batch):
      precondition(inputTypes[input].count == batch && inputTypes[input].dtype == .i64, "an i64 input of one batch")
      var counter = Counter(kind: .stream, target: inputPointer(input), source: values, batch: batch)
      if let read = plan.rowReads.first(where: { $0.input == input }) {
        counter.table = plan.machine.pointee.raw(read.table)
        (counter.rows, counter.rowBytes) = (read.rows, read.rowBytes)
        counter.bytesAtOnce = RowAhead.share(of: read.rowBytes, among: plan.machine.pointee.count)
      }
      return counter
    }
  }

  private func steps(_ count: Int, _ counters: UnsafeMutableBufferPointer<Counter>) throws(ProgramFault) -> RunOutcome {
    let machine = plan.machine
    machine.pointee.fault = machine.pointee.standingFault
    if options.threads > 0 { Workers.productThreads = options.threads }
    let kept = interrupt != nil && breaksLongSteps && hasLongSteps ? KeptState(self) : nil
    let inner = machine.pointee.interrupt
    if kept != nil { machine.pointee.interrupt = interrupt }
    defer { machine.pointee.interrupt = inner }
    for step in 0..<count {
      for counter in counters { Self.feed(counter, step, isLast: step + 1 == count, machine) }
      kept?.keep()
      machine.pointee.run()
      if let kept, isBroken {
        kept.restore()
        return .interrupted(steps: step)
      }
      keepRow()
      for counter in counters { Self.increment(counter) }
      if machine.pointee.fault != nil { throw fault(after: step) }
      if let interrupt, interrupt.pointee != 0 { return .interrupted(steps: step + 1) }
    }
    return .completed
  }

  @inline(never)
  private func fault(after steps: Int) -> ProgramFault {
    let none = ProgramFault(cause: .index(0, count: 0), place: 0, placeCount: 0, origin: 0)
    var fault = plan.machine.pointee.fault ?? none
    fault.steps = steps
    return fault
  }

  @inline(__always)
  private static func feed(
    _ counter: Counter, _ step: Int, isLast: Bool, _ machine: UnsafeMutablePointer<Machine>
  ) {
    guard let source = counter.source else { return }
    let batch = counter.batch, indices = source + step &* batch
    memcpy(counter.target, indices, batch &* 8)
    guard let table = counter.table, !isLast else { return }
    if batch > 1 { return ck_prefetch_rows(table, indices + batch, batch, counter.rows, counter.rowBytes) }
    let row = Int(indices[1])
    if UInt(bitPattern: row) >= UInt(bitPattern: counter.rows) { return }
    let start = table + row &* counter.rowBytes
    machine.pointee.ahead = RowAhead(start, byteCount: counter.rowBytes, atOnce: counter.bytesAtOnce)
  }

  @inline(__always)
  private static func increment(_ counter: Counter) {
    switch counter.kind {
    case .whole: counter.target.assumingMemoryBound(to: Int64.self).pointee &+= 1
    case .real: counter.target.assumingMemoryBound(to: Double.self).pointee += 1
    case .stream: break
    }
  }
}
