import CKernels
import Glibc
import Graph
import Tensors

/// A program with its instructions and all of its memory.
final class Plan {
  let machine: UnsafeMutablePointer<Machine>
  let inputTypes: [TensorType]
  let outputTypes: [TensorType]
  /// Inputs that a run replaces.
  let carriedInputs: Set<Int>
  /// Large tables whose rows an input selects.
  let rowReads: [(input: Int, table: Int32, rows: Int, rowBytes: Int)]
  let emitter: Emitter
  /// Memory of a copy that its instructions change; what they do not is that of `emitter`.
  private let own = PlanMemory()
  /// Instructions of constants only, which come first and were run once.
  private let prologueCount: Int
  let children: [Plan]
  private let fallbacks: FallbackTable
  private let arena: Block
  /// The plan's own memory of each input; nil where a tensor lends its own, until it is needed all the same.
  private var inputBlocks: [Block?]
  /// Inputs without memory, until they are bound.
  private var missingInputs: [Int]
  /// Inputs that have memory of their own only where nothing lends it to them.
  let lentInputs: Set<Int>
  /// Inputs whose memory tensors hold as well.
  private var sharedInputs: Set<Int> = []
  private let constantBlocks: [Block]
  private let cells: Block
  private let scratch: Block
  private let profile: Profile?

  /// Plans a program; with `lendsInputs` large inputs that a run does not replace get memory when they need it.
  init(_ program: Program, options: EngineOptions, lendsInputs: Bool = false) throws(EngineError) {
    let graph = try PlanGraph(program)
    let lowering = try Lowering(graph, options: options)
    inputTypes = graph.inputs.map { graph.nodes[$0].type }
    outputTypes = graph.outputs.map { graph.nodes[$0].type }
    carriedInputs = Set(graph.carried.map(\.input))
    let outputs = graph.outputs.map { lowering.slot(of: $0) }
    let carried = graph.carried.map { (input: $0.input, output: lowering.slot(of: $0.output)) }
    let inputs = graph.inputs.map { lowering.slot(of: $0) }
    var emitter = lowering.emitter
    let prologue = emitter.moveConstantsFirst()
    let storage = StoragePlan(emitter, carried: carried, kept: outputs, constantFirst: prologue)
    emitter.dropCopies { storage.isSamePlace($0, $1) }
    emitter.appendFinalCopies(storage.finalCopies.map { (inputs[$0.input], $0.source) })

    arena = try Block(byteCount: storage.arenaBytes)
    cells = try Block(byteCount: max(1, storage.cellCount) * MemoryLayout<ck_cell>.stride)
    scratch = try Block(byteCount: emitter.scratchBytes())
    lentInputs = lendsInputs ? Self.lentInputs(inputTypes, carried: carriedInputs) : []
    missingInputs = lentInputs.sorted()
    inputBlocks = try Self.blocks(inputTypes, except: missingInputs)
    constantBlocks = try Self.blocks(lowering.constants.map(\.type)).compactMap { $0 }
    for (block, constant) in zip(constantBlocks, lowering.constants) {
      block.fill(with: constant.values, constant.type.dtype)
    }
    let address = Addresses(
      storage: storage, arena: arena.start, cells: cells.start, inputs: inputBlocks.map { $0?.start },
      constants: constantBlocks.map(\.start))
    let slots = emitter.memory.store(address.all(emitter))
    emitter.numberCells(storage)
    let cellStart = cells.start.assumingMemoryBound(to: ck_cell.self)
    for (slot, value) in emitter.cellValues {
      if case .cell(let index) = storage.places[Int(slot)] { cellStart[index] = value }
    }
    fallbacks = FallbackTable(lowering.fallbacks, lowering.exchanges, by: options.exchange)
    children = lowering.children
    let code = emitter.memory.store(emitter.instructions)
    let parts = emitter.movableParts()
    machine = emitter.memory.store([
      Machine(
        code: code, count: emitter.instructions.count, slots: slots, cells: cellStart, cellBytes: cells.byteCount,
        scratch: scratch.start, inputs: emitter.memory.store(inputs),
        outputs: emitter.memory.store(outputs), inputBytes: emitter.memory.store(inputTypes.map(\.byteCount)),
        parts: emitter.memory.store(parts), partCount: parts.count, fallbacks: Unmanaged.passUnretained(fallbacks))
    ])
    rowReads = emitter.rowReads(inputs: inputs)
    self.emitter = emitter
    profile = options.profile
    prologueCount = prologue
    runPrologue(prologue)
    if profile != nil {
      machine.pointee.counts = emitter.memory.store(emitter.counts(from: prologue, of: machine.pointee))
    }
  }

  /// The same plan with memory of its own: what only planning changes is shared.
  ///
  /// - Precondition: the other is copyable, and has not run.
  init(copying other: Plan) throws(EngineError) {
    (inputTypes, outputTypes, carriedInputs) = (other.inputTypes, other.outputTypes, other.carriedInputs)
    (rowReads, emitter, children, fallbacks) = (other.rowReads, other.emitter, [], other.fallbacks)
    (constantBlocks, missingInputs, profile) = (other.constantBlocks, other.missingInputs, other.profile)
    lentInputs = other.lentInputs
    prologueCount = other.prologueCount
    arena = try Block(copying: other.arena)
    cells = try Block(copying: other.cells)
    scratch = try Block(byteCount: other.scratch.byteCount)
    inputBlocks = try Self.blocks(inputTypes, except: missingInputs)
    var moves = [(from: other.arena, to: arena), (from: other.cells, to: cells)]
    for (from, to) in zip(other.inputBlocks, inputBlocks) {
      if let from, let to { moves.append((from, to)) }
    }
    var copy = other.machine.pointee
    let slots = UnsafeBufferPointer(start: copy.slots, count: emitter.slots.count)
    copy.slots = own.store(slots.map { address in address.map { Self.moved($0, moves) } })
    copy.cells = cells.start.assumingMemoryBound(to: ck_cell.self)
    copy.scratch = scratch.start
    (copy.interrupt, copy.isBroken) = (nil, false)
    // Nothing is counted of what has not run.
    if let counts = copy.counts {
      copy.counts = own.store(Array(UnsafeBufferPointer(start: counts, count: copy.count)))
    }
    machine = own.store([copy])
  }

  /// Where an address lies in copies of blocks; itself outside of them.
  private static func moved(
    _ address: UnsafeMutableRawPointer, _ moves: [(from: Block, to: Block)]
  ) -> UnsafeMutableRawPointer {
    for (from, to) in moves {
      let distance = address - from.start
      if distance >= 0, distance <= from.byteCount { return to.start + distance }
    }
    return address
  }

  /// Whether no instruction keeps anything from run to run but in slots.
  var isCopyable: Bool { children.isEmpty && emitter.instructions.allSatisfy(\.code.isStateless) }

  deinit { count() }

  /// Bytes of all buffers, those of loop bodies and of inputs that tensors lend included.
  var byteCount: Int {
    let own = ([arena, cells, scratch] + constantBlocks).reduce(0) { $0 + $1.byteCount }
    return inputTypes.reduce(own) { $0 + $1.byteCount } + children.reduce(0) { $0 + $1.byteCount }
  }

  /// What an instruction of the machine touches.
  func accesses(_ position: Int) -> [Access] { emitter.accesses[prologueCount + position] }

  /// Computes what does not change from run to run, once.
  private func runPrologue(_ count: Int) {
    let all = machine.pointee.count
    machine.pointee.count = count
    machine.pointee.run()
    machine.pointee.standingFault = machine.pointee.fault
    machine.pointee.code += count
    machine.pointee.count = all - count
  }

  private static func blocks(_ types: [TensorType], except missing: [Int] = []) throws(EngineError) -> [Block?] {
    var result: [Block?] = []
    for (index, type) in types.enumerated() {
      result.append(missing.contains(index) ? nil : try Block(byteCount: type.byteCount))
    }
    return result
  }
}

// MARK: - Profiles

extension Plan {
  /// Ticks that all instructions took, those of loop bodies inside of theirs.
  private var countedTicks: UInt64 {
    guard let counts = machine.pointee.counts else { return 0 }
    return (0..<machine.pointee.count).reduce(0) { $0 &+ counts[$1].ticks }
  }

  /// Adds what the instructions took to the profile; a loop's own is what its body has not taken.
  private func count() {
    guard let profile, let counts = machine.pointee.counts else { return }
    var inBodies = children.reduce(0) { $0 &+ $1.countedTicks }
    profile.add(
      (0..<machine.pointee.count).map { index in
        let instruction = machine.pointee.code[index]
        var count = counts[index]
        if [.loop, .whileLoop, .lanczos].contains(instruction.code) {
          let inner = min(count.ticks, inBodies)
          count.ticks -= inner
          inBodies -= inner
          count.operations = 0
        }
        return (Profile.Place(origin: instruction.origin, instruction: instruction.profileName), count)
      })
  }
}

extension Instruction {
  /// What it is called in a profile.
  fileprivate var profileName: String {
    guard code == .members, let members = parameters?.assumingMemoryBound(to: MemberInstruction.self) else {
      return "\(code)"
    }
    return "\(members.pointee.instruction.code) of each member"
  }
}

// MARK: - Inputs that tensors lend

extension Plan {
  /// From this size on an input that a run does not replace has no memory of its own at first.
  private static let lentBytesMin = 1 << 16

  private static func lentInputs(_ types: [TensorType], carried: Set<Int>) -> Set<Int> {
    Set(types.indices.filter { types[$0].byteCount >= lentBytesMin && !carried.contains($0) })
  }

  /// The plan's own memory for an input, bound to it.
  @discardableResult
  func bindOwnMemory(input index: Int) -> UnsafeMutableRawPointer {
    let block = inputBlocks[index] ?? Block(beyondLimit: inputTypes[index].byteCount)
    inputBlocks[index] = block
    machine.pointee.bind(input: index, to: block.start)
    return block.start
  }

  /// Gives inputs that were never set memory full of zeros.
  func bindMissingInputs() {
    if missingInputs.isEmpty { return }
    for index in missingInputs where machine.pointee.address(ofInput: index) == nil { bindOwnMemory(input: index) }
    missingInputs = []
  }
}

// MARK: - Values in memory of the plan

extension Plan {
  /// From this size on a value is worth its memory.
  private static let sharedBytesMin = 1 << 20

  /// A large input as a tensor in its own memory, until the plan writes to it; nil where it lies elsewhere.
  func shared(input index: Int) -> Tensor? {
    let type = inputTypes[index]
    guard type.byteCount >= Self.sharedBytesMin, let block = inputBlocks[index],
      machine.pointee.address(ofInput: index) == block.start
    else { return nil }
    sharedInputs.insert(index)
    return block.tensor(type)
  }

  /// Gives inputs that tensors hold memory of their own again, before they are written to.
  func takeSharedBack() {
    if sharedInputs.isEmpty { return }
    for index in sharedInputs.sorted() {
      guard let block = inputBlocks[index] else { continue }
      let copy = Block(beyondLimit: block.byteCount)
      copy.start.copyMemory(from: block.start, byteCount: block.byteCount)
      for slot in emitter.slots.indices {
        machine.pointee.slots[slot] = machine.pointee.slots[slot].map { Self.moved($0, [(block, copy)]) }
      }
      inputBlocks[index] = copy
    }
    sharedInputs = []
  }

  /// The first output as a tensor in the memory that it fills, for a plan that does not run again.
  func outputInArena() -> Tensor? {
    let type = outputTypes[0]
    guard type.byteCount >= Self.sharedBytesMin, arena.byteCount < type.byteCount + 64,
      machine.pointee.raw(machine.pointee.outputs[0]) == arena.start
    else { return nil }
    return arena.tensor(type)
  }
}

/// Where slots lie, now that there is memory.
private struct Addresses {
  var storage: StoragePlan
  var arena: UnsafeMutableRawPointer
  var cells: UnsafeMutableRawPointer
  var inputs: [UnsafeMutableRawPointer?]
  var constants: [UnsafeMutableRawPointer]

  func all(_ emitter: Emitter) -> [UnsafeMutableRawPointer?] {
    var result: [UnsafeMutableRawPointer?] = storage.places.map(address)
    // A part comes after what it is a part of: slots are made in that order.
    for (index, slot) in emitter.slots.enumerated() {
      if case .part(let whole, let offset) = slot.storage { result[index] = result[Int(whole)].map { $0 + offset } }
    }
    return result
  }

  private func address(_ place: StoragePlan.Place) -> UnsafeMutableRawPointer? {
    switch place {
    case .none: nil
    case .cell(let index): cells + index * MemoryLayout<ck_cell>.stride
    case .arena(let offset): arena + offset
    case .input(let index): inputs[index]
    case .constant(let index): constants[index]
    }
  }
}

// MARK: - Finishing the instructions

extension Emitter {
  /// Tables whose rows an input selects, for bringing the next rows near while a step runs.
  ///
  /// Small tables stay near by themselves.
  func rowReads(inputs: [Int32]) -> [(input: Int, table: Int32, rows: Int, rowBytes: Int)] {
    instructions.compactMap { instruction in
      guard instruction.code == .row || instruction.code == .gatherRows,
        let input = inputs.firstIndex(of: instruction.b)
      else { return nil }
      let rowBytes = instruction.code == .row ? instruction.n : instruction.k
      let isLarge = instruction.m * rowBytes > 1 << 20 && rowBytes <= 1 << 14
      return isLarge && isFixed(instruction.a) ? (input, instruction.a, instruction.m, rowBytes) : nil
    }
  }

  /// Moves what depends on constants only to the front, and returns how many instructions that is.
  mutating func moveConstantsFirst() -> Int {
    var varies = slots.map { slot in if case .input = slot.storage { true } else { false } }
    // What others send is never known before.
    var instructionVaries = instructions.map { $0.code == .exchange }
    for position in instructions.indices where instructionVaries[position] {
      for access in accesses[position] where access.isWrite { varies[Int(root(access.slot))] = true }
    }
    var isChanged = true
    while isChanged {
      isChanged = false
      for position in instructions.indices where !instructionVaries[position] {
        if !accesses[position].contains(where: { varies[Int(root($0.slot))] }) { continue }
        instructionVaries[position] = true
        isChanged = true
        for access in accesses[position] where access.isWrite { varies[Int(root(access.slot))] = true }
      }
    }
    let order =
      instructions.indices.filter { !instructionVaries[$0] } + instructions.indices.filter { instructionVaries[$0] }
    instructions = order.map { instructions[$0] }
    accesses = order.map { accesses[$0] }
    return instructionVaries.count { !$0 }
  }

  /// Ends the step by replacing inputs whose next value lies elsewhere.
  mutating func appendFinalCopies(_ copies: [(input: Int32, source: Int32)]) {
    for (input, source) in copies {
      var instruction = Instruction(code: .copy, out: input, a: source)
      instruction.n = slots[Int(input)].byteCount
      emit(instruction)
    }
  }

  /// Bytes for the registers of the largest tile program.
  func scratchBytes() -> Int {
    var registers = 1
    for instruction in instructions where instruction.code == .tiles {
      guard let program = instruction.parameters?.assumingMemoryBound(to: ck_tile_program.self).pointee else {
        continue
      }
      registers = max(registers, Int(program.registers + program.patterns))
    }
    return registers * Int(CK_TILE_F64) * 8
  }

  /// Names cells by their numbers in scalar programs.
  mutating func numberCells(_ storage: StoragePlan) {
    func cell(_ slot: Int32) -> Int32 {
      if slot >= 0, case .cell(let index) = storage.places[Int(slot)] { Int32(index) } else { slot }
    }
    for instruction in instructions where instruction.code == .scalars {
      guard let operations = instruction.parameters?.assumingMemoryBound(to: ck_scalar_op.self) else { continue }
      for index in 0..<instruction.n {
        let code = ck_scalar_code(rawValue: UInt32(operations[index].code))
        let namesSlot =
          code == CK_SCALAR_LOAD_F64 || code == CK_SCALAR_LOAD_F32
          || code == CK_SCALAR_DRAW_F64 || code == CK_SCALAR_DRAW_F32
        if code == CK_SCALAR_END { continue }
        operations[index].d = cell(operations[index].d)
        if namesSlot { continue }
        if code == CK_SCALAR_ELEMENT_F64 || code == CK_SCALAR_ELEMENT_F32 {
          operations[index].b = cell(operations[index].b)
          continue
        }
        operations[index].a = cell(operations[index].a)
        operations[index].b = cell(operations[index].b)
        operations[index].c = cell(operations[index].c)
      }
    }
  }

  /// Parts of inputs, whose addresses move when an input is bound.
  func movableParts() -> [SlotPart] {
    slots.indices.compactMap { index in
      guard case .part(let whole, let offset) = slots[index].storage,
        case .input = slots[Int(root(Int32(index)))].storage, isFixed(Int32(index))
      else { return nil }
      return SlotPart(slot: Int32(index), whole: whole, byteOffset: offset)
    }
  }
}
