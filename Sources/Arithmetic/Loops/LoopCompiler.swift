package import Diagnostics
package import Loops
package import Syntax
import Tensors
package import Values

// Loops, and functions of numbers that they call, become programs of typed instructions (`Loops`), carried out some
// hundred times as fast as the tree is walked. What a program gives is to the last bit what the walk gives, messages
// included; whatever cannot be made one is left to the walk, before anything of it is carried out.
//
// Note [Versions]
// `var best = 0` and `best = x[i]` in an `if`: what type a variable has depends on the way. A place in the text is compiled
// once for each list of types that its variables have when it is reached (`LoopPoint`, `LoopVersion`), so that no
// instruction asks what a register holds.

/// What cannot be compiled, in words for whoever works on the compiler.
package struct Unsuitable: Error {
  package let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// A variable of a loop, in a register of its own: the slot's number is the register's.
package struct LoopSlot {
  /// Empty where no name of the text stands for it.
  package var name: String
  package var span: Span
  package var type: RegisterType
  package var isVariable: Bool
  /// Whether an array in it belongs to whoever called.
  var isBorrowed = false
  /// Whether it is a whole number that is never negative.
  var isNatural = false
  /// The register that has its value, where it is no variable but an argument of a call that was written out.
  var alias: Int?

  package init(
    name: String, span: Span, type: RegisterType, isVariable: Bool, isBorrowed: Bool = false, isNatural: Bool = false,
    alias: Int? = nil
  ) {
    self.name = name
    self.span = span
    self.type = type
    self.isVariable = isVariable
    self.isBorrowed = isBorrowed
    self.isNatural = isNatural
    self.alias = alias
  }
}

/// The names in sight at some place, from the outermost on.
package struct LoopState {
  package var slots: [LoopSlot] = []

  func slot(of name: String) -> Int? { slots.lastIndex { $0.name == name } }
  package var types: [RegisterType] { slots.map(\.type) }

  package init() {
  }
}

/// A place in the text from which the program goes on.
package final class LoopPoint {
  /// What comes next.
  package enum Kind {
    /// Statements of a block from one of them on; the block's names end with it, so many slots were there before.
    case statements([StatementID], from: Int, outer: Int)
    /// One of them with another expression as its value, and what comes after it.
    case replaced(ExpressionID, [StatementID], at: Int, outer: Int)
    /// The end of a turn of `for` and `repeat`, whose counter and limit are the slots from this one on.
    case nextTurn(counter: Int)
    /// The start of a turn, and the body.
    case turn([StatementID])
    /// The start of a turn of `for` over the vector in a register: a name for its element, and the body.
    case member(LoopSlot, of: Int, at: Int, [StatementID])
    case whileAgain(ExpressionID)
    /// The value of a function's body.
    case result(ExpressionID)
    case end
  }

  let kind: Kind
  /// What comes after it.
  let next: LoopPoint?
  /// The body of a loop, at the end of a turn.
  var body: LoopPoint?

  package init(_ kind: Kind, next: LoopPoint?) {
    self.kind = kind
    self.next = next
  }
}

/// A place together with the types of the variables there: Note [Versions].
struct LoopVersion: Hashable {
  let point: ObjectIdentifier
  let types: [RegisterType]
}

/// What the message of an instruction that stops needs.
package struct LoopSite {
  package var span: Span
  /// The operator, or the function that is called.
  package var symbol = ""
  /// The places of indices.
  package var indices: [Span] = []
}

/// How a program may end, with the types of the variables then.
package struct LoopExit {
  package enum Result { case none, nothing, value(Int, RegisterType) }
  package var types: [RegisterType]
  /// What is returned from the function around the loop.
  package var result = Result.none
}

/// A statement that is walked, from inside the program, with the names that it sees.
package struct LoopVisit {
  package var statement: StatementID
  package var slots: [LoopSlot]
}

/// A name that a program takes the value of when it starts.
package struct LoopInput {
  package enum Part { case value(RegisterType), lower, upper }
  package let name: String
  /// Where it is looked up; nil for where the loop stands.
  package let scope: Scope?
  package let part: Part
}

/// Compiles one loop, or one call.
package final class LoopCompiler {
  let evaluator: Evaluator
  /// The variables around the loop that it assigns to, in the order of the first registers.
  package let assigned: [String]
  package private(set) var inputs: [LoopInput] = []
  /// Functions by name that have to be the same when the program is used again.
  package private(set) var callees: [(name: String, scope: Scope?, function: Value)] = []
  package private(set) var sites: [LoopSite] = [LoopSite(span: Span(0, 0))]
  package var exits: [LoopExit] = []
  package var visits: [LoopVisit] = []
  package var functions: [CompiledFunction] = []
  /// Functions that are being compiled, inside each other.
  var open: [(function: CompiledFunction, frame: LoopFrame)] = []
  package var isRecursive = false
  /// Functions whose calls are being written out, inside each other.
  var written: [AnyObject] = []
  /// How many calls inside each other were written out at most, and whether one of them stands in a function.
  package var writtenDepth = 0
  var writesInFunctions = false
  /// Whether calls were written out that have to be counted, as functions call themselves.
  package var countsTooFew: Bool { isRecursive && writesInFunctions }
  /// Whether calls of functions that are one expression are written out.
  let writesCalls: Bool
  /// Whether operations are counted as the walk counts them while checking.
  let counts: Bool
  /// The loop itself; nil of a call.
  let root: StatementID?
  /// The function at hand.
  package var frame: LoopFrame
  /// Versions of places so far, in all functions.
  private var versionCount = 0

  private static let versionsMax = 3000
  static let wordsMax = 30_000

  package init(_ root: StatementID?, by evaluator: Evaluator, assigned: [String], scope: Scope, writesCalls: Bool) {
    (self.root, self.evaluator) = (root, evaluator)
    counts = evaluator.mode == .check
    // Whether a function was entered is known of those that are called.
    self.writesCalls = writesCalls && !counts
    self.assigned = assigned
    frame = LoopFrame(LoopText(code: evaluator.code, scope: scope, isLoop: true), isProgram: true)
  }

  var tree: Tree { frame.text.code.tree }

  // MARK: Registers below the frame

  func constant(_ constant: LoopConstant) -> Int {
    if let known = frame.constantNumbers[constant] { return -1 - known }
    frame.constants.append(constant)
    frame.constantNumbers[constant] = frame.constants.count - 1
    return -frame.constants.count
  }

  func real(_ x: Double) -> LoopOperand {
    LoopOperand(register: constant(.real(x.bitPattern)), type: .real, literal: .real(x))
  }

  func whole(_ n: Int) -> LoopOperand { LoopOperand(register: constant(.whole(n)), type: .whole, literal: .whole(n)) }

  /// The register of something that is known when the program starts.
  func input(_ name: String, _ part: LoopInput.Part) -> Int {
    let scope = frame.text.isLoop ? nil : frame.scope
    let known = inputs.firstIndex { input in
      guard input.name == name, input.scope === scope else { return false }
      switch (input.part, part) {
      case (.value, .value), (.lower, .lower), (.upper, .upper): return true
      default: return false
      }
    }
    if known == nil { inputs.append(LoopInput(name: name, scope: scope, part: part)) }
    return constant(.input(known ?? inputs.count - 1))
  }

  func require(_ name: String, _ function: Value) {
    let scope = frame.text.isLoop ? nil : frame.scope
    if callees.contains(where: { $0.name == name && $0.scope === scope }) { return }
    callees.append((name, scope, function))
  }

  func site(_ span: Span, _ symbol: String = "", indices: [Span] = []) -> Int {
    sites.append(LoopSite(span: span, symbol: symbol, indices: indices))
    return sites.count - 1
  }

  /// Counts operations of the walk, and the elements of those that it applies to numbers.
  func count(_ operations: Int, elements: Int = 0) {
    if counts { frame.assembler.emit(.operations, operations, elements) }
  }

  // MARK: The way through the text

  /// Compiles from a place on, with all that is reached from there.
  package func compile(from point: LoopPoint, _ state: LoopState) throws(Unsuitable) {
    try flow(into: point, state)
    while let (point, state) = frame.pending.popLast() {
      if try !frame.assembler.isPlaced(label(of: point, state)) { try flow(into: point, state) }
    }
  }

  /// The label of a place for variables of these types; what has none yet is compiled later.
  func label(of point: LoopPoint, _ state: LoopState) throws(Unsuitable) -> LoopLabel {
    let version = LoopVersion(point: ObjectIdentifier(point), types: state.types)
    if let known = frame.labels[version] { return known }
    versionCount += 1
    guard versionCount <= Self.versionsMax, frame.assembler.count <= Self.wordsMax else {
      throw Unsuitable("too many versions")
    }
    let label = frame.assembler.label()
    frame.labels[version] = label
    frame.points.append(point)
    frame.pending.append((point, state))
    return label
  }

  private func flow(into point: LoopPoint, _ state: LoopState) throws(Unsuitable) {
    var current: (LoopPoint, LoopState)? = (point, state)
    while let (point, state) = current {
      let label = try label(of: point, state)
      if frame.assembler.isPlaced(label) { return frame.assembler.jump(to: label) }
      frame.assembler.place(label)
      frame.assembler.use(registersBelow: state.slots.count + 2)
      current = try compile(point, state)
    }
  }

  /// Compiles one place, and says what comes right after it.
  private func compile(_ point: LoopPoint, _ state: LoopState) throws(Unsuitable) -> (LoopPoint, LoopState)? {
    switch point.kind {
    case .statements(let list, let from, let outer):
      return try statements(list, from: from, outer: outer, point, state)
    case .replaced(let value, let list, let index, let outer):
      return try replaced(value, list, at: index, outer: outer, point, state)
    case .nextTurn(let counter): return try nextTurn(counter, point, state)
    case .turn(let body):
      count(1)
      return (LoopPoint(.statements(body, from: 0, outer: state.slots.count), next: point.next), state)
    case .member(let slot, let array, let counter, let body):
      return try member(slot, of: array, at: counter, body, point, state)
    case .whileAgain(let condition): return try whileAgain(condition, point, state)
    case .result(let value): return try result(value, state)
    case .end:
      guard frame.isProgram else { throw Unsuitable("a function without a value") }
      try exit(state, .none)
      return nil
    }
  }

  /// The end of the program, where the variables of these types are given back.
  func exit(_ state: LoopState, _ result: LoopExit.Result) throws(Unsuitable) {
    exits.append(LoopExit(types: Array(state.types.prefix(assigned.count)), result: result))
    var register = 0
    if case .value(let result, _) = result, result >= 0 { register = result + 1 }
    frame.assembler.emit(.exit, exits.count - 1, assigned.count, register)
  }

  /// The end of names: of blocks, and of loops.
  func drop(_ state: inout LoopState, to count: Int) {
    for (register, slot) in state.slots.enumerated().dropFirst(count) where slot.type.isArray && !slot.isBorrowed {
      frame.assembler.emit(.drop, register)
    }
    state.slots.removeLast(state.slots.count - count)
  }
}

/// A text, and where its names are looked up.
struct LoopText {
  var code: Code
  var scope: Scope
  /// Whether the loop itself stands in it, which is carried out in several scopes.
  var isLoop = false
}

/// A function while it is compiled.
package final class LoopFrame {
  /// The text at hand: another one while a call is written out.
  var text: LoopText
  let isProgram: Bool
  package var assembler = LoopAssembler()
  package var constants: [LoopConstant] = []
  var constantNumbers: [LoopConstant: Int] = [:]
  var labels: [LoopVersion: LoopLabel] = [:]
  /// Keeps the points alive that labels name.
  var points: [LoopPoint] = []
  var pending: [(LoopPoint, LoopState)] = []
  /// The next register for an intermediate result.
  var free = 0
  /// Expressions inside each other.
  var depth = 0
  /// Where two ways meet after a statement, by what comes after its block.
  var meetings: [StatementID: [ObjectIdentifier: LoopPoint]] = [:]
  /// What the function gives, as far as that is known.
  var result: RegisterType?

  init(_ text: LoopText, isProgram: Bool) {
    self.text = text
    self.isProgram = isProgram
  }

  // A loop leads back to its body.
  deinit { for point in points { point.body = nil } }

  /// Where names are looked up that are not the function's own.
  var scope: Scope { text.scope }
}

/// A value while a program runs.
struct LoopOperand {
  enum Literal { case whole(Int), real(Double) }
  var register: Int
  var type: RegisterType
  /// What stands in the text.
  var literal: Literal?
  /// Whether nobody else reads its register.
  var isTemporary = false

  var place: LoopAssembler.Operand { (register, isTemporary) }
}
