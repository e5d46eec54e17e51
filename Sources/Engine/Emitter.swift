import CKernels
import Graph
import Tensors

/// Memory of a plan that does not change after planning: operation lists, layouts, sizes.
final class PlanMemory {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit { for block in blocks { block.deallocate() } }

  /// A copy of `values` that lives as long as the plan.
  func store<T: BitwiseCopyable>(_ values: [T]) -> UnsafeMutablePointer<T> {
    let bytes = max(1, values.count) * MemoryLayout<T>.stride
    let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    blocks.append(block)
    let typed = block.bindMemory(to: T.self, capacity: max(1, values.count))
    typed.initialize(from: values, count: values.count)
    return typed
  }
}

/// A list of instructions under construction, with its slots.
struct Emitter {
  var slots: [Slot] = []
  var instructions: [Instruction] = []
  /// What each instruction touches.
  var accesses: [[Access]] = []
  let memory = PlanMemory()
  /// Initial contents of cells.
  var cellValues: [(slot: Int32, value: ck_cell)] = []
  /// Where the instructions that are emitted come from.
  var origin: Origin = 0

  /// A new slot for a value of `type`: a cell where it is one number.
  mutating func slot(for type: TensorType) -> Int32 {
    type.count == 1 ? slot(.cell, 8) : slot(.temporary, type.byteCount)
  }

  /// The slot of an input: a cell where it is one number.
  mutating func inputSlot(_ index: Int, _ type: TensorType) -> Int32 {
    slots.append(Slot(storage: .input(index), byteCount: type.byteCount, isNumber: type.count == 1))
    return Int32(slots.count - 1)
  }

  mutating func slot(_ storage: Slot.Storage, _ byteCount: Int) -> Int32 {
    slots.append(Slot(storage: storage, byteCount: byteCount))
    return Int32(slots.count - 1)
  }

  /// A cell that holds `value` from the start.
  mutating func constantCell(_ value: ck_cell) -> Int32 {
    let slot = slot(.cell, 8)
    cellValues.append((slot, value))
    return slot
  }

  mutating func emit(_ instruction: Instruction, accesses list: [Access]) {
    instructions.append(instruction)
    instructions[instructions.count - 1].origin = origin
    accesses.append(list)
  }

  /// Appends an instruction that reads a, b, c and writes out, each where it is named.
  mutating func emit(_ instruction: Instruction) {
    var list: [Access] = []
    for slot in [instruction.a, instruction.b, instruction.c] where slot >= 0 {
      list.append(Access(slot: slot, isWrite: false))
    }
    if instruction.out >= 0 { list.append(Access(slot: instruction.out, isWrite: true)) }
    emit(instruction, accesses: list)
  }

  /// Leaves nothing of copies between slots that are planned in one place.
  mutating func dropCopies(where isSamePlace: (Int32, Int32) -> Bool) {
    for index in instructions.indices where instructions[index].code == .copy {
      guard isSamePlace(instructions[index].out, instructions[index].a) else { continue }
      instructions[index].n = 0
      accesses[index] = []
    }
  }

  /// The slot whose memory a slot shows, through parts and views.
  func root(_ slot: Int32) -> Int32 {
    var slot = slot
    while true {
      switch slots[Int(slot)].storage {
      case .part(let whole, _): slot = whole
      case .view(let whole): slot = whole
      default: return slot
      }
    }
  }

  /// Whether the slot's address never changes while a plan runs.
  func isFixed(_ slot: Int32) -> Bool {
    switch slots[Int(slot)].storage {
    case .part(let whole, _): isFixed(whole)
    case .view: false
    default: true
    }
  }

  /// A layout for strided copies.
  func layout(_ sizes: [Int], _ strides: [Int], offset: Int = 0, elementBytes: Int) -> UnsafeMutableRawPointer {
    let layout = StridedLayout(
      rank: Int32(sizes.count), elementBytes: elementBytes, offset: offset, sizes: memory.store(sizes),
      strides: memory.store(strides))
    return UnsafeMutableRawPointer(memory.store([layout]))
  }
}
