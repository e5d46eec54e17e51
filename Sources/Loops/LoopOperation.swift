import CKernels
package import Tensors

/// What an instruction does; `ck_loop.h` says which registers it reads and writes.
package struct LoopOperation: Hashable, Sendable {
  let number: UInt16

  init(number: UInt16) { self.number = number }
  private init(_ operation: ck_loop_op) { number = UInt16(operation.rawValue) }

  package static let move = LoopOperation(CK_LOOP_MOVE)
  package static let toReal = LoopOperation(CK_LOOP_TO_REAL)
  package static let not = LoopOperation(CK_LOOP_NOT)
  package static let select = LoopOperation(CK_LOOP_SELECT)

  package static let addWhole = LoopOperation(CK_LOOP_ADD_WHOLE)
  package static let subtractWhole = LoopOperation(CK_LOOP_SUB_WHOLE)
  package static let multiplyWhole = LoopOperation(CK_LOOP_MUL_WHOLE)
  package static let multiplyAddWhole = LoopOperation(CK_LOOP_MULADD_WHOLE)
  package static let negateWhole = LoopOperation(CK_LOOP_NEG_WHOLE)
  package static let magnitudeWhole = LoopOperation(CK_LOOP_ABS_WHOLE)
  package static let maximumWhole = LoopOperation(CK_LOOP_MAX_WHOLE)
  package static let minimumWhole = LoopOperation(CK_LOOP_MIN_WHOLE)
  package static let divideWhole = LoopOperation(CK_LOOP_DIV_WHOLE)
  package static let moduloWhole = LoopOperation(CK_LOOP_MOD_WHOLE)
  package static let powerWhole = LoopOperation(CK_LOOP_POW_WHOLE)

  package static let add = LoopOperation(CK_LOOP_ADD)
  package static let subtract = LoopOperation(CK_LOOP_SUB)
  package static let multiply = LoopOperation(CK_LOOP_MUL)
  package static let divide = LoopOperation(CK_LOOP_DIV)
  package static let negate = LoopOperation(CK_LOOP_NEG)
  package static let magnitude = LoopOperation(CK_LOOP_ABS)
  package static let squareRoot = LoopOperation(CK_LOOP_SQRT)
  package static let power = LoopOperation(CK_LOOP_POW)
  package static let divideDown = LoopOperation(CK_LOOP_DIV_DOWN)
  package static let maximum = LoopOperation(CK_LOOP_MAX)
  package static let minimum = LoopOperation(CK_LOOP_MIN)
  package static let ratio = LoopOperation(CK_LOOP_RATIO)
  package static let unary = LoopOperation(CK_LOOP_UNARY)
  package static let binary = LoopOperation(CK_LOOP_BINARY)
  package static let isFinite = LoopOperation(CK_LOOP_FINITE)
  package static let floor = LoopOperation(CK_LOOP_FLOOR)
  package static let ceiling = LoopOperation(CK_LOOP_CEIL)
  package static let round = LoopOperation(CK_LOOP_ROUND)
  package static let truncate = LoopOperation(CK_LOOP_TRUNC)
  package static let exact = LoopOperation(CK_LOOP_EXACT)

  package static let lessWhole = LoopOperation(CK_LOOP_LESS_WHOLE)
  package static let atMostWhole = LoopOperation(CK_LOOP_AT_MOST_WHOLE)
  package static let equalWhole = LoopOperation(CK_LOOP_EQUAL_WHOLE)
  package static let less = LoopOperation(CK_LOOP_LESS)
  package static let atMost = LoopOperation(CK_LOOP_AT_MOST)
  package static let equal = LoopOperation(CK_LOOP_EQUAL)
  package static let lessMixed = LoopOperation(CK_LOOP_LESS_MIXED)
  package static let atMostMixed = LoopOperation(CK_LOOP_AT_MOST_MIXED)
  package static let greaterMixed = LoopOperation(CK_LOOP_GREATER_MIXED)
  package static let atLeastMixed = LoopOperation(CK_LOOP_AT_LEAST_MIXED)
  package static let equalMixed = LoopOperation(CK_LOOP_EQUAL_MIXED)

  package static let jump = LoopOperation(CK_LOOP_JUMP)
  package static let jumpTrue = LoopOperation(CK_LOOP_JUMP_TRUE)
  package static let jumpFalse = LoopOperation(CK_LOOP_JUMP_FALSE)
  package static let jumpLessWhole = LoopOperation(CK_LOOP_JUMP_LESS_WHOLE)
  package static let jumpAtMostWhole = LoopOperation(CK_LOOP_JUMP_AT_MOST_WHOLE)
  package static let jumpEqualWhole = LoopOperation(CK_LOOP_JUMP_EQUAL_WHOLE)
  package static let jumpUnequalWhole = LoopOperation(CK_LOOP_JUMP_UNEQUAL_WHOLE)
  package static let jumpLess = LoopOperation(CK_LOOP_JUMP_LESS)
  package static let jumpNotLess = LoopOperation(CK_LOOP_JUMP_NOT_LESS)
  package static let jumpAtMost = LoopOperation(CK_LOOP_JUMP_AT_MOST)
  package static let jumpNotAtMost = LoopOperation(CK_LOOP_JUMP_NOT_AT_MOST)
  package static let jumpEqual = LoopOperation(CK_LOOP_JUMP_EQUAL)
  package static let jumpUnequal = LoopOperation(CK_LOOP_JUMP_UNEQUAL)

  package static let range = LoopOperation(CK_LOOP_RANGE)
  package static let turns = LoopOperation(CK_LOOP_TURNS)
  package static let next = LoopOperation(CK_LOOP_NEXT)
  package static let tick = LoopOperation(CK_LOOP_TICK)

  package static let checkRow = LoopOperation(CK_LOOP_CHECK_ROW)
  package static let checkColumn = LoopOperation(CK_LOOP_CHECK_COLUMN)
  package static let indexRow = LoopOperation(CK_LOOP_INDEX_ROW)
  package static let indexColumn = LoopOperation(CK_LOOP_INDEX_COLUMN)
  package static let store = LoopOperation(CK_LOOP_STORE)
  package static let storeCell = LoopOperation(CK_LOOP_STORE_CELL)
  package static let allReal = LoopOperation(CK_LOOP_ALL_REAL)
  package static let count = LoopOperation(CK_LOOP_COUNT)
  package static let rows = LoopOperation(CK_LOOP_ROWS)
  package static let columns = LoopOperation(CK_LOOP_COLUMNS)

  package static let share = LoopOperation(CK_LOOP_SHARE)
  package static let drop = LoopOperation(CK_LOOP_DROP)
  package static let take = LoopOperation(CK_LOOP_TAKE)

  package static let call = LoopOperation(CK_LOOP_CALL)
  package static let `return` = LoopOperation(CK_LOOP_RETURN)
  package static let operations = LoopOperation(CK_LOOP_OPERATIONS)
  package static let visit = LoopOperation(CK_LOOP_VISIT)
  package static let exit = LoopOperation(CK_LOOP_EXIT)
}

extension LoopOperation {
  /// Takes an element of a vector.
  package static func load(_ kind: ElementKind) -> LoopOperation {
    switch kind {
    case .real: LoopOperation(CK_LOOP_LOAD)
    case .whole: LoopOperation(CK_LOOP_LOAD_WHOLE)
    case .truth: LoopOperation(CK_LOOP_LOAD_TRUTH)
    }
  }

  /// Takes an element of a matrix.
  package static func loadCell(_ kind: ElementKind) -> LoopOperation {
    switch kind {
    case .real: LoopOperation(CK_LOOP_LOAD_CELL)
    case .whole: LoopOperation(CK_LOOP_LOAD_CELL_WHOLE)
    case .truth: LoopOperation(CK_LOOP_LOAD_CELL_TRUTH)
    }
  }

  /// Sums, differences and products of real numbers, which can be fused with the operation that takes them.
  var fusedIndex: Int? {
    switch self {
    case .add: 0
    case .subtract: 1
    case .multiply: 2
    default: nil
    }
  }

  private var outerIndex: Int? { self == .divide ? 3 : fusedIndex }

  private init?(_ first: ck_loop_op, plus offset: Int) {
    guard let number = UInt16(exactly: Int(first.rawValue) + offset) else { return nil }
    self.number = number
  }

  /// `(b inner c) self d`, or with the operands of `self` exchanged.
  func fused(after inner: Int, exchanged: Bool) -> LoopOperation? {
    guard let outer = outerIndex else { return nil }
    // Sums and products are the same both ways.
    let place = exchanged && outer == 1 ? 4 : exchanged && outer == 3 ? 5 : outer
    return LoopOperation(CK_LOOP_ADD_THEN_ADD, plus: inner * 6 + place)
  }

  /// `(b left c) self (d right e)`.
  func fused(_ left: Int, _ right: Int) -> LoopOperation? {
    outerIndex.flatMap { LoopOperation(CK_LOOP_ADD_ADD_ADD, plus: (left * 3 + right) * 4 + $0) }
  }

  /// The jump that counts a turn in place of this one; nil where there is none.
  var counting: LoopOperation? {
    let first = Int(CK_LOOP_JUMP_TRUE.rawValue), end = Int(CK_LOOP_JUMP_UNEQUAL.rawValue)
    guard (first...end).contains(Int(number)) else { return nil }
    return LoopOperation(CK_LOOP_AGAIN_TRUE, plus: Int(number) - first)
  }
}

/// A function of the kernels, for `unary` and `binary`.
package struct LoopKernel: Hashable, Sendable {
  /// What the instruction takes it by.
  package let number: Int

  package init(_ opcode: UnaryOpcode) { number = Int(opcode.kernel.rawValue) }
  private init(_ operation: ck_binary_op) { number = Int(operation.rawValue) }

  package static let sigmoid = LoopKernel(.sigmoid)
  package static let erfc = LoopKernel(.erfc)
  package static let modulo = LoopKernel(CK_MOD)
  package static let arcTangent2 = LoopKernel(CK_ATAN2)
}
