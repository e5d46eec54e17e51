import Tensors

// Where each slot lies: cells, one arena for all temporaries (whose room is shared by values that do not live
// at the same time), and inputs replaced in place where nothing reads the old value later.

/// Addresses of slots before memory is there.
struct StoragePlan {
  enum Place: Hashable {
    case none
    case cell(Int)
    case arena(Int)
    case input(Int)
    case constant(Int)
  }
  /// Place of each slot that has memory of its own.
  private(set) var places: [Place]
  private(set) var arenaBytes = 0
  private(set) var cellCount = 0
  /// Copies that end a step: what could not be written in place.
  private(set) var finalCopies: [(input: Int, source: Int32)] = []
  /// Instructions of constants only, run once; they come first.
  private(set) var prologueCount = 0

  private let emitter: Emitter
  /// First write and last use of each slot's memory, by instruction.
  private var firstWrite: [Int]
  private var lastUse: [Int]
  /// Whether another slot lives on in a slot's memory.
  private var takenOver: [Bool]
  /// Who reads each input's memory.
  private var reads: [[(position: Int, access: Access)]]

  private static let forever = Int.max

  /// Plans slots.
  ///
  /// `carried` pairs an input with the slot of its next value; `kept` slots are read after runs.
  init(_ emitter: Emitter, carried: [(input: Int, output: Int32)], kept: [Int32], constantFirst: Int) {
    self.emitter = emitter
    prologueCount = constantFirst
    places = Array(repeating: .none, count: emitter.slots.count)
    firstWrite = Array(repeating: Self.forever, count: emitter.slots.count)
    lastUse = Array(repeating: -1, count: emitter.slots.count)
    takenOver = Array(repeating: false, count: emitter.slots.count)
    reads = Array(repeating: [], count: emitter.slots.count)
    measureLives(kept: kept + carried.map(\.output))
    placeInputs(carried)
    placeTemporaries()
  }

  private mutating func measureLives(kept: [Int32]) {
    for (position, list) in emitter.accesses.enumerated() {
      for access in list {
        let root = Int(emitter.root(access.slot))
        if access.isWrite && !isView(access.slot) { firstWrite[root] = min(firstWrite[root], position) }
        lastUse[root] = max(lastUse[root], position)
        if case .input = emitter.slots[root].storage, !access.isWrite { reads[root].append((position, access)) }
        if access.isWrite && position < prologueCount { lastUse[root] = Self.forever }
      }
    }
    for slot in kept { lastUse[Int(emitter.root(slot))] = Self.forever }
  }

  /// Whether two slots are the same memory.
  func isSamePlace(_ a: Int32, _ b: Int32) -> Bool { places[Int(a)] != .none && places[Int(a)] == places[Int(b)] }

  private func isView(_ slot: Int32) -> Bool {
    if case .view = emitter.slots[Int(slot)].storage { true } else { false }
  }
}

// MARK: - Inputs

extension StoragePlan {
  private mutating func placeInputs(_ carried: [(input: Int, output: Int32)]) {
    var slotOfInput: [Int: Int32] = [:]
    for (index, slot) in emitter.slots.enumerated() {
      guard case .input(let number) = slot.storage else { continue }
      slotOfInput[number] = Int32(index)
      places[index] = slot.isNumber ? newCell() : .input(number)
    }
    for (input, output) in carried {
      guard let slot = slotOfInput[input], slot != output else { continue }
      if canReplace(slot, by: output) {
        places[Int(output)] = places[Int(slot)]
        placeSource(of: output, in: slot)
      } else {
        finalCopies.append((input, output))
      }
    }
  }

  /// What is only there to be copied to a value in an input's memory may be computed there as well.
  private mutating func placeSource(of output: Int32, in input: Int32) {
    let written = firstWrite[Int(output)], copy = emitter.instructions[written]
    guard copy.code == .copy, copy.out == output, lastUse[Int(copy.a)] == written,
      emitter.slots[Int(copy.a)].byteCount == emitter.slots[Int(output)].byteCount, canReplace(input, by: copy.a)
    else { return }
    places[Int(copy.a)] = places[Int(input)]
    placeSource(of: copy.a, in: input)
  }

  private mutating func newCell() -> Place {
    cellCount += 1
    return .cell(cellCount - 1)
  }

  /// Whether `output` may be computed in the memory of `input`: nothing reads the old value afterwards, and
  /// what computes it reads the old value element by element before it writes.
  private func canReplace(_ input: Int32, by output: Int32) -> Bool {
    let storage = emitter.slots[Int(output)].storage
    guard storage == .temporary || storage == .cell, places[Int(output)] == .none else { return false }
    let written = firstWrite[Int(output)]
    guard written >= prologueCount, written < emitter.instructions.count else { return false }
    return reads[Int(input)].allSatisfy { position, access in
      position < written
        || position == written && isHarmless(access, input: input, output: output, emitter.accesses[position])
    }
  }

  /// Whether a program that writes `output` has read the same elements of `input` by then.
  private func isHarmless(_ access: Access, input: Int32, output: Int32, _ list: [Access]) -> Bool {
    guard access.isAligned && access.slot == input else { return false }
    return list.allSatisfy { !($0.isWrite && $0.slot == output) || ($0.isAligned && access.position <= $0.position) }
  }
}

// MARK: - Temporaries

extension StoragePlan {
  private mutating func placeTemporaries() {
    var starts: [[Int]] = Array(repeating: [], count: emitter.instructions.count)
    var ends: [[Int]] = Array(repeating: [], count: emitter.instructions.count)
    for (index, slot) in emitter.slots.enumerated() where places[index] == .none {
      switch slot.storage {
      case .cell: places[index] = newCell()
      case .constant(let number): places[index] = .constant(number)
      case .temporary where slot.byteCount == 0: places[index] = .arena(0)
      case .temporary where firstWrite[index] < starts.count:
        starts[firstWrite[index]].append(index)
        if lastUse[index] < ends.count { ends[lastUse[index]].append(index) }
      default: break
      }
    }
    var room = FreeRoom()
    for position in emitter.instructions.indices {
      for slot in starts[position] where !takeOver(slot, at: position) { place(slot, at: position, &room) }
      for slot in ends[position] {
        if case .arena(let offset) = places[slot], !takenOver[slot] { room.release(offset, rounded(slot)) }
      }
    }
    arenaBytes = room.end
  }

  /// Memory is handed out in multiples of 64 bytes: kernels write whole vectors.
  private func rounded(_ slot: Int) -> Int { (emitter.slots[slot].byteCount + 63) / 64 * 64 }

  /// Writes a tile program's result over an operand that ends there, where it was read before.
  private mutating func takeOver(_ slot: Int, at position: Int) -> Bool {
    let list = emitter.accesses[position]
    guard let write = list.first(where: { $0.isWrite && $0.slot == Int32(slot) && $0.isAligned }) else { return false }
    for read in list where !read.isWrite && read.isAligned && read.position <= write.position {
      let source = Int(read.slot)
      guard case .arena = places[source], lastUse[source] == position, !takenOver[source],
        emitter.slots[source].byteCount == emitter.slots[slot].byteCount,
        list.allSatisfy({ $0.isAligned && $0.slot == read.slot || emitter.root($0.slot) != read.slot })
      else { continue }
      places[slot] = places[source]
      takenOver[source] = true
      return true
    }
    return false
  }

  private mutating func place(_ slot: Int, at position: Int, _ room: inout FreeRoom) {
    places[slot] = .arena(room.take(rounded(slot)))
  }

  /// Free parts of the arena, by offset; neighbours are joined.
  private struct FreeRoom {
    private var parts: [(offset: Int, size: Int)] = []
    private(set) var end = 0

    /// The smallest part that is large enough, or new room at the end.
    mutating func take(_ size: Int) -> Int {
      var best = -1
      for (index, part) in parts.enumerated() where part.size >= size {
        if best < 0 || part.size < parts[best].size { best = index }
      }
      if best >= 0 {
        let offset = parts[best].offset
        parts[best] = (offset + size, parts[best].size - size)
        if parts[best].size == 0 { parts.remove(at: best) }
        return offset
      }
      if let last = parts.last, last.offset + last.size == end {
        parts.removeLast()
        end = last.offset + size
        return last.offset
      }
      end += size
      return end - size
    }

    mutating func release(_ offset: Int, _ size: Int) {
      if size == 0 { return }
      var index = parts.firstIndex { $0.offset > offset } ?? parts.count
      parts.insert((offset, size), at: index)
      if index + 1 < parts.count && parts[index].offset + parts[index].size == parts[index + 1].offset {
        parts[index].size += parts[index + 1].size
        parts.remove(at: index + 1)
      }
      if index > 0 && parts[index - 1].offset + parts[index - 1].size == parts[index].offset {
        parts[index - 1].size += parts[index].size
        parts.remove(at: index)
        index -= 1
      }
    }
  }
}
