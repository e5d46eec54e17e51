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
  /// Where a product was written to a register that nobody has read.
  private var lastProduct = -1

  package init() {}

  /// Words so far.
  package var count: Int { words.count }

  /// Notes that registers below this number are used.
  package mutating func use(registersBelow end: Int) { extent = max(extent, end) }

  /// Adds an instruction; `site` is the number of its place in the text.
  package mutating func emit(_ operation: LoopOperation, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, site: Int? = nil) {
    if let site { sites[words.count] = site }
    lastProduct = operation == .multiply ? words.count : -1
    append(operation.number, a, b, c)
  }

  /// Adds an instruction of two words.
  package mutating func emit(
    _ operation: LoopOperation, _ a: Int, _ b: Int, _ c: Int, then d: Int, _ e: Int = 0, site: Int? = nil
  ) {
    emit(operation, a, b, c, site: site)
    lastProduct = -1
    append(0, d, e, 0)
  }

  private mutating func append(_ operation: UInt16, _ a: Int, _ b: Int, _ c: Int) {
    guard let first = Int16(exactly: a), let second = Int16(exactly: b), let third = Int16(exactly: c) else {
      isTooLarge = true
      return words.append(LoopWord(op: operation, a: 0, b: 0, c: 0))
    }
    words.append(LoopWord(op: operation, a: first, b: second, c: third))
  }

  /// Takes back the instruction before, if it is a product that went to this register; its factors.
  package mutating func takeProduct(in register: Int) -> (Int, Int)? {
    guard lastProduct == words.count - 1, let last = words.last, last.a == register, lastProduct >= 0 else { return nil }
    words.removeLast()
    lastProduct = -1
    return (Int(last.b), Int(last.c))
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
    lastProduct = -1
  }

  /// Whether a label has its place.
  package func isPlaced(_ label: LoopLabel) -> Bool { places[label.number] >= 0 }

  /// Adds a jump.
  package mutating func jump(_ operation: LoopOperation = .jump, _ a: Int = 0, _ b: Int = 0, to label: LoopLabel) {
    jumps.append((words.count, label.number))
    emit(operation, a, b)
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
