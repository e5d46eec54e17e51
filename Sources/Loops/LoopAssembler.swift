import CKernels

typealias LoopWord = ck_loop_code

/// A place in the code of a function that jumps go to.
package struct LoopLabel: Hashable, Sendable {
  fileprivate let number: Int
}

/// The code of a function while it is written.
package struct LoopAssembler: Sendable {
  private var words: [LoopWord] = []
  /// Where labels stand; −1 where that is not known yet.
  private var places: [Int] = []
  /// Jumps, and the labels that they go to.
  private var jumps: [(place: Int, label: Int)] = []
  /// Numbers of places in the text, by positions.
  private(set) var sites: [Int: Int] = [:]
  /// One more than the largest register that is used.
  package private(set) var extent = 0
  private var isTooLarge = false
  /// Sums, differences and products that nobody has read, the last of them at the end of the code.
  private var recent: [Simple] = []

  /// An operation with its operands.
  private struct Simple {
    var operation: LoopOperation
    var a: Int, b: Int, c: Int
    var site: Int?
  }

  package init() {}

  /// Words so far.
  package var count: Int { words.count }

  /// Notes that registers below this number are used.
  package mutating func use(registersBelow end: Int) { extent = max(extent, end) }

  /// Adds an instruction; `site` is the number of its place in the text.
  package mutating func emit(_ operation: LoopOperation, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, site: Int? = nil) {
    if let site { sites[words.count] = site }
    append(operation.number, a, b, c)
    if operation.fusedIndex != nil || operation == .multiplyWhole {
      recent = recent.suffix(1) + [Simple(operation: operation, a: a, b: b, c: c, site: site)]
    } else {
      recent = []
    }
  }

  /// Adds an instruction of two words.
  package mutating func emit(
    _ operation: LoopOperation, _ a: Int, _ b: Int, _ c: Int, then d: Int, _ e: Int = 0, site: Int? = nil
  ) {
    emit(operation, a, b, c, site: site)
    recent = []
    append(0, d, e, 0)
  }

  private mutating func append(_ operation: UInt16, _ a: Int, _ b: Int, _ c: Int) {
    guard let first = Int16(exactly: a), let second = Int16(exactly: b), let third = Int16(exactly: c) else {
      isTooLarge = true
      return words.append(LoopWord(op: operation, a: 0, b: 0, c: 0))
    }
    words.append(LoopWord(op: operation, a: first, b: second, c: third))
  }

  // MARK: Several operations at once

  /// An operand: its register, and whether nobody else reads it.
  package typealias Operand = (register: Int, isTemporary: Bool)

  /// Takes back the last instruction, if it is one of `isWanted` that went to this register.
  private mutating func take(_ operand: Operand, _ isWanted: (LoopOperation) -> Bool) -> Simple? {
    guard operand.isTemporary, let last = recent.last, last.a == operand.register, isWanted(last.operation) else {
      return nil
    }
    recent.removeLast()
    words.removeLast()
    sites[words.count] = nil
    return last
  }

  /// Adds an operation on real numbers, together with those that have just made its operands.
  package mutating func emitReal(_ operation: LoopOperation, _ a: Int, _ left: Operand, _ right: Operand) {
    let isReal: (LoopOperation) -> Bool = { $0.fusedIndex != nil }
    let second = take(right, isReal), first = take(left, isReal)
    switch (first, second) {
    case (let x?, let y?):
      if let i = x.operation.fusedIndex, let j = y.operation.fusedIndex, let both = operation.fused(i, j) {
        return emit(both, a, x.b, x.c, then: y.b, y.c)
      }
    case (let x?, nil):
      if let i = x.operation.fusedIndex, let one = operation.fused(after: i, exchanged: false) {
        return emit(one, a, x.b, x.c, then: right.register)
      }
    case (nil, let y?):
      if let j = y.operation.fusedIndex, let one = operation.fused(after: j, exchanged: true) {
        return emit(one, a, y.b, y.c, then: left.register)
      }
    case (nil, nil): break
    }
    for part in [first, second].compactMap(\.self) { emit(part.operation, part.a, part.b, part.c) }
    emit(operation, a, left.register, right.register)
  }

  /// Adds a sum of whole numbers, together with a product that has just been made.
  package mutating func emitSum(_ a: Int, _ left: Operand, _ right: Operand, site: Int) {
    let isProduct: (LoopOperation) -> Bool = { $0 == .multiplyWhole }
    if let product = take(right, isProduct) {
      emit(.multiplyAddWhole, a, product.b, product.c, then: left.register, site: product.site)
    } else if let product = take(left, isProduct) {
      emit(.multiplyAddWhole, a, product.b, product.c, then: right.register, site: product.site)
    } else {
      return emit(.addWhole, a, left.register, right.register, site: site)
    }
    sites[words.count - 1] = site
  }

  // MARK: Jumps

  /// A label that is placed later.
  package mutating func label() -> LoopLabel {
    places.append(-1)
    return LoopLabel(number: places.count - 1)
  }

  /// Places a label here.
  package mutating func place(_ label: LoopLabel) {
    places[label.number] = words.count
    recent = []
  }

  /// Whether a label has its place.
  package func isPlaced(_ label: LoopLabel) -> Bool { places[label.number] >= 0 }

  /// Adds a jump.
  package mutating func jump(_ operation: LoopOperation = .jump, _ a: Int = 0, _ b: Int = 0, to label: LoopLabel) {
    jumps.append((words.count, label.number))
    emit(operation, a, b)
  }

  /// Makes the jump that was added last count a turn; whether there is such a jump.
  package mutating func countLastJump() -> Bool {
    guard let last = words.last, let counting = LoopOperation(number: last.op).counting else { return false }
    words[words.count - 1].op = counting.number
    return true
  }

  /// All words with their jumps; nil where something does not fit into a word.
  func finished() -> [LoopWord]? {
    guard !isTooLarge else { return nil }
    var result = words
    for (place, label) in jumps {
      guard places[label] >= 0, let distance = Int16(exactly: places[label] - place) else { return nil }
      if words[place].op == LoopOperation.jump.number { result[place].a = distance } else { result[place].c = distance }
    }
    return result
  }
}
