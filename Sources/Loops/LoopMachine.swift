import CKernels
package import Tensors

/// Why a program stopped before its end.
package enum LoopStop: Hashable, Sendable {
  case overflow, divisionByZero, depth
  /// More operations than there may be.
  case operations
  case index(Int, count: Int, axis: Int)
  case noWholeValue(Double)
  case turns(Int)
  /// For so many elements.
  case memory(Int)
}

/// How a program ended.
package enum LoopEnd: Hashable, Sendable {
  /// At the exit of this number.
  case exit(Int)
  /// At the visit of this number, from where it can go on.
  case visit(Int)
  /// At the place in the text of this number.
  case stopped(LoopStop, site: Int)
  case interrupted
}

/// A program that runs: registers, frames and arrays.
package final class LoopMachine {
  /// When it becomes machine code.
  package enum CodeUse { case never, atOnce, whenItPays }

  private let program: LoopProgram
  private let base: UnsafeMutablePointer<ck_loop_cell>
  private let cells: UnsafeMutablePointer<ck_loop_cell>
  private let functions: UnsafeMutablePointer<ck_loop_function>
  private let frames: UnsafeMutablePointer<ck_loop_frame>
  private var constants: [UnsafeMutablePointer<ck_loop_cell>] = []
  private var state = ck_loop_state()
  private let use: CodeUse
  /// Tensors whose elements arrays read.
  private var lent: [Tensor] = []

  /// Turns and calls between two looks at whether to go on: some tenths of a millisecond; fewer until there is machine
  /// code, and where it is left for a moment.
  private static let (budget, firstBudget, otherBudget): (Int64, Int64, Int64) = (1 << 16, 1 << 12, 1 << 8)
  /// Calls inside calls that machine code makes: each takes some of the stack.
  private static let callsMax: Int64 = 1000

  /// Precondition: inputs have the types that the program was made for.
  ///
  /// - Parameters:
  ///   - inputs: what constants name by number.
  ///   - variables: what the first registers hold when it starts.
  ///   - depthMax: calls inside calls at most.
  ///   - code: when it becomes machine code, which gives the same.
  package init(
    _ program: LoopProgram, inputs: [LoopValue], variables: [LoopValue], depthMax: Int, code: CodeUse = .whenItPays
  ) {
    self.program = program
    use = code
    let count = program.starts.count, depth = program.isRecursive ? depthMax : min(depthMax, count)
    cells = .allocate(capacity: (depth + 1) * program.extent + 1)
    cells.initialize(repeating: ck_loop_cell(whole: 0), count: program.extent + 1)
    functions = .allocate(capacity: count)
    frames = .allocate(capacity: max(1, depth))
    base = cells + program.constants[0].count
    state.depth_max = Int64(depthMax)
    let given = inputs.map(cell)
    for (number, own) in program.constants.enumerated() {
      let block = UnsafeMutablePointer<ck_loop_cell>.allocate(capacity: max(1, own.count))
      constants.append(block)
      // Number k lies at −1 − k: the last comes first.
      for (index, constant) in own.enumerated() { block[own.count - 1 - index] = Self.cell(constant, given) }
      (functions + number).initialize(
        to: ck_loop_function(
          start: Int64(program.starts[number]), arguments: Int64(program.arguments[number].count),
          constants: Int64(own.count), called: 0, constant: block))
    }
    for index in 0..<program.constants[0].count { cells[index] = constants[0][index] }
    for (index, variable) in variables.enumerated() { base[index] = cell(variable) }
    state.functions = functions
    state.frames = frames
    state.base = base
  }

  deinit {
    ck_loop_release(&state)
    for block in constants { block.deallocate() }
    cells.deallocate()
    functions.deallocate()
    frames.deallocate()
  }

  private static func cell(_ constant: LoopConstant, _ inputs: [ck_loop_cell]) -> ck_loop_cell {
    switch constant {
    case .whole(let n): ck_loop_cell(whole: Int64(n))
    case .real(let bits): ck_loop_cell(real: Double(bitPattern: bits))
    case .truth(let flag): ck_loop_cell(whole: flag ? 1 : 0)
    case .input(let number): inputs[number]
    }
  }

  private func cell(_ value: LoopValue) -> ck_loop_cell {
    switch value {
    case .whole(let n): return ck_loop_cell(whole: Int64(n))
    case .real(let x): return ck_loop_cell(real: x)
    case .truth(let flag): return ck_loop_cell(whole: flag ? 1 : 0)
    case .array(let tensor):
      lent.append(tensor)
      let rank = tensor.shape.rank
      let array = ck_loop_lend(
        &state, tensor.unsafeStart, Int64(tensor.count), Int64(tensor.shape[0]), rank == 2 ? Int64(tensor.shape[1]) : 0)
      return ck_loop_cell(array: array)
    }
  }

  // MARK: Counting

  /// Operations, and elements that they computed, since this was asked last.
  package func takeCounts() -> (operations: Int, elements: Int) {
    defer { (state.operations, state.elements) = (0, 0) }
    return (Int(state.operations), Int(state.elements))
  }

  /// Operations that there may be from now on, where they are counted.
  package func limit(operations: Int) { state.operations_max = Int64(operations) }

  /// Why there is no machine code although it was wanted.
  package var codeRefusal: String? { program.code.refusal }

  /// Numbers of the functions that were called, from 1 on.
  package var called: [Int] { program.starts.indices.filter { functions[$0].called != 0 } }

  // MARK: Running

  /// Runs to an end, and asks now and then whether to go on.
  package func run(while goesOn: () -> Bool) -> LoopEnd {
    withoutActuallyEscaping(goesOn) { goesOn in
      let question = LoopQuestion(goesOn)
      return withExtendedLifetime(question) {
        state.asker = Unmanaged.passUnretained(question).toOpaque()
        state.ask = { state in
          guard let state, let asker = state.pointee.asker else { return 1 }
          state.pointee.budget = LoopMachine.budget
          return Unmanaged<LoopQuestion>.fromOpaque(asker).takeUnretainedValue().goesOn() ? 0 : 1
        }
        state.calls_left = Self.callsMax
        return program.words.withUnsafeBufferPointer { words in
          state.code = words.baseAddress
          return run(question)
        }
      }
    }
  }

  private func run(_ question: LoopQuestion) -> LoopEnd {
    while true {
      if use != .never, let end = program.code.run(program, &state, atOnce: use == .atOnce) {
        if end == CK_LOOP_PAUSED { return .interrupted }
        return self.end(end)
      }
      let budget = interpreterBudget
      state.budget = budget
      let end = ck_loop_run(&state)
      if use == .whenItPays { program.code.count(turns: budget - state.budget) }
      if end != CK_LOOP_PAUSED { return self.end(end) }
      if !question.goesOn() { return .interrupted }
    }
  }

  private var interpreterBudget: Int64 {
    if use == .never || program.code.refusal != nil { return Self.budget }
    return program.code.isThere ? Self.otherBudget : Self.firstBudget
  }

  private func end(_ end: ck_loop_end) -> LoopEnd {
    switch end {
    case CK_LOOP_VISITED: .visit(Int(state.index))
    case CK_LOOP_ENDED: .exit(Int(state.index))
    default: .stopped(stop(end), site: program.site(at: Int(state.place)))
    }
  }

  private func stop(_ end: ck_loop_end) -> LoopStop {
    switch end {
    case CK_LOOP_OVERFLOW: .overflow
    case CK_LOOP_OPERATIONS_MAX: .operations
    case CK_LOOP_ZERO: .divisionByZero
    case CK_LOOP_INDEX: .index(Int(state.index), count: Int(state.count), axis: Int(state.axis))
    case CK_LOOP_NO_WHOLE: .noWholeValue(state.real)
    case CK_LOOP_TURN_COUNT: .turns(Int(state.index))
    case CK_LOOP_MEMORY: .memory(Int(state.count))
    default: .depth
    }
  }

  /// What a register of the first frame holds.
  package func value(of register: Int, _ type: RegisterType) -> LoopValue {
    let cell = base[register]
    switch type {
    case .number(.whole): return .whole(Int(cell.whole))
    case .number(.real): return .real(cell.real)
    case .number(.truth): return .truth(cell.whole != 0)
    case .array(let kind, let rank): return .array(tensor(cell.array.pointee, kind, rank))
    }
  }

  private func tensor(_ array: ck_loop_array, _ kind: ElementKind, _ rank: Int) -> Tensor {
    let shape: Shape = rank == 2 ? [Int(array.rows), Int(array.columns)] : [Int(array.count)]
    let type = TensorType(shape, kind == .whole ? .i64 : .f64)
    if let same = lent.first(where: { $0.unsafeStart == UnsafeMutableRawPointer(array.elements) && $0.type == type }) {
      return same
    }
    let result = Tensor(existing: UnsafeRawPointer(array.elements), type)
    return kind == .truth ? result.holdingTruth() : result
  }
}

/// Whether a program is to go on, as machine code asks it.
private final class LoopQuestion {
  let goesOn: () -> Bool
  init(_ goesOn: @escaping () -> Bool) { self.goesOn = goesOn }
}
