import CKernels

/// A value inside a tile program.
enum TileOperand: Hashable {
  /// Result of an operation of this program that is not kept.
  case virtual(Int)
  /// Memory with one element for each of the program.
  case full(Int32)
  /// Memory that broadcasts; index among the patterns.
  case pattern(Int)
  /// One element for all.
  case scalar(Int32)

  var isScalar: Bool { if case .scalar = self { true } else { false } }
}

/// One operation of a tile program, before its operands have numbers.
struct TileOperation {
  var code: ck_tile_code
  var sub = 0
  var result: TileOperand
  var a: TileOperand
  var b: TileOperand?
  var c: TileOperand?
  var e: TileOperand?
  /// Slot of a draw's key.
  var key: Int32?
  /// Slot of a reduction's result.
  var total: Int32?
  /// For `CK_TILE_BINARY`: stride of a + 2 · stride of b.
  var strides: Int?

  var operands: [TileOperand?] { [a, b, c, e] }

  /// Whether `result` means something: a reduction alone has none.
  var hasResult: Bool { total == nil || code == CK_TILE_MUL_VS_NORM }

  /// A sum or difference with a product whose first factor is a product itself, `previous`, which nothing else reads.
  func joined(after previous: TileOperation) -> TileOperation? {
    guard code == CK_TILE_SUBMUL_VSV || code == CK_TILE_MULADD_VSV, a == previous.result, c != previous.result,
      previous.code == CK_TILE_MUL_VS, let b
    else { return nil }
    var joined = self
    joined.code = code == CK_TILE_SUBMUL_VSV ? CK_TILE_SUB_SCALED : CK_TILE_ADD_SCALED
    (joined.a, joined.b, joined.e) = (previous.a, previous.b, b)
    return joined
  }

  /// The operation without its vector, which nothing reads.
  var withoutResult: TileOperation {
    var operation = self
    if code == CK_TILE_MUL_VS_NORM { operation.code = CK_TILE_SCALED_NORM }
    return operation
  }

  /// A vector times a scalar together with the dot of that product with itself; nil for other pairs.
  func joined(with next: TileOperation) -> TileOperation? {
    guard code == CK_TILE_MUL_VS || code == CK_TILE_MUL_SV, next.code == CK_TILE_DOT, let b,
      next.a == result, next.b == result
    else { return nil }
    var joined = self
    joined.code = CK_TILE_MUL_VS_NORM
    (joined.a, joined.b) = b.isScalar ? (a, b) : (b, a)
    joined.total = next.total
    return joined
  }
}

/// Numbers of operands in the order that `ck_tile_program` wants, with registers shared over time.
struct TileOperandNumbers {
  var fulls: [Int32] = []
  var scalars: [Int32] = []
  let patternCount: Int
  var registerCount = 0
  private var fullNumber: [Int32: Int] = [:]
  private var scalarNumber: [Int32: Int] = [:]
  private var register: [Int: Int] = [:]

  init(patternCount: Int) { self.patternCount = patternCount }

  mutating func note(_ operand: TileOperand) {
    switch operand {
    case .full(let slot) where fullNumber[slot] == nil:
      fullNumber[slot] = fulls.count
      fulls.append(slot)
    case .scalar(let slot) where scalarNumber[slot] == nil:
      scalarNumber[slot] = scalars.count
      scalars.append(slot)
    default: break
    }
  }

  /// Gives each virtual value a register from its definition to its last use.
  mutating func allocateRegisters(_ operations: [TileOperation]) {
    var lastUse: [Int: Int] = [:]
    for (position, operation) in operations.enumerated() {
      for case .virtual(let value)? in Self.virtualReads(operation) { lastUse[value] = position }
    }
    var free: [Int] = []
    for (position, operation) in operations.enumerated() {
      var ended: Set<Int> = []
      for case .virtual(let value)? in Self.virtualReads(operation) where lastUse[value] == position {
        if let own = register[value], ended.insert(own).inserted { free.append(own) }
      }
      guard operation.hasResult, case .virtual(let value) = operation.result else { continue }
      if let reused = free.popLast() {
        register[value] = reused
      } else {
        register[value] = registerCount
        registerCount += 1
      }
      if lastUse[value] == nil, let own = register[value] { free.append(own) }
    }
  }

  private static func virtualReads(_ operation: TileOperation) -> [TileOperand?] {
    operation.key != nil ? [] : [operation.a, operation.b, operation.c, operation.e]
  }

  func number(_ operand: TileOperand) -> UInt16 {
    switch operand {
    case .full(let slot): UInt16(fullNumber[slot] ?? 0)
    case .pattern(let index): UInt16(fulls.count + index)
    case .scalar(let slot): UInt16(fulls.count + patternCount + (scalarNumber[slot] ?? 0))
    case .virtual(let value): UInt16(fulls.count + patternCount + scalars.count + (register[value] ?? 0))
    }
  }
}
