import Diagnostics
package import Loops
import Syntax
import Values

extension LoopCompiler {
  /// Expressions inside each other at most: longer chains are walked.
  private static let depthMax = 150

  /// A register for an intermediate result.
  func temporary() -> Int {
    frame.free += 1
    frame.assembler.use(registersBelow: frame.free)
    return frame.free - 1
  }

  /// Compiles an expression.
  ///
  /// - Parameters:
  ///   - target: where the result is best put.
  ///   - wantsReal: whether a whole number that stands in the text may as well be real.
  func value(_ id: ExpressionID, _ state: LoopState, into target: Int? = nil, wantsReal: Bool = false)
    throws(Unsuitable) -> LoopOperand
  {
    frame.depth += 1
    defer { frame.depth -= 1 }
    guard frame.depth < Self.depthMax else { throw Unsuitable("a long expression") }
    let span = tree.span(id)
    switch tree[id] {
    case .integer(let n): return whole(n)
    case .real(let x): return real(x)
    case .boolean(let flag): return LoopOperand(register: constant(.truth(flag)), type: .truth)
    case .name(let name): return try named(name, state)
    case .negate(let operand): return try negated(operand, state, at: span, into: target)
    case .binary(let operation, let left, let right, _):
      let first = try value(left, state)
      let second = try value(right, state, wantsReal: first.type == .real)
      let isNatural = operation == .power && isNatural(right, state)
      return try binary(operation, first, second, at: span, into: target, isNatural: isNatural)
    case .not, .and, .or, .comparison: return try truth(id, state, into: target)
    case .call(let callee, let arguments, nil):
      guard case .name(let name) = tree[callee] else { throw Unsuitable("a call of no name") }
      return try call(name, arguments, state, at: span, into: target, wantsReal: wantsReal)
    case .member(let owner, let name): return try member(name, of: value(owner, state))
    case .index(let base, let subscripts): return try element(of: value(base, state), subscripts, state, into: target)
    case .conditional(let condition, let yes, let no):
      return try conditional(condition, yes, no, state, wantsReal: wantsReal)
    default: throw Unsuitable("an expression that is not of numbers alone")
    }
  }

  // MARK: Names

  private func named(_ name: String, _ state: LoopState) throws(Unsuitable) -> LoopOperand {
    if let slot = state.slot(of: name) {
      return LoopOperand(register: state.slots[slot].alias ?? slot, type: state.slots[slot].type)
    }
    let binding = try outer(name)
    guard let type = binding.value.loopValue?.type else { throw Unsuitable("`\(name)` is no number") }
    return LoopOperand(register: input(name, .value(type)), type: type)
  }

  /// What a name means that is not the function's own, which is the same all the time.
  func outer(_ name: String) throws(Unsuitable) -> Binding {
    guard let binding = frame.scope.lookup(name), binding.rival == nil else { throw Unsuitable("`\(name)` is unknown") }
    // A function may see a variable that was defined after it.
    guard !binding.isVariable || !assigned.contains(name) else { throw Unsuitable("`\(name)` changes") }
    return binding
  }

  private func member(_ name: Name, of owner: LoopOperand) throws(Unsuitable) -> LoopOperand {
    guard case .array(_, let rank) = owner.type else { throw Unsuitable("a member of no array") }
    let operation: LoopOperation
    switch name.text {
    case "count": operation = .count
    case "rows": operation = .rows
    case "cols" where rank == 2, "columns" where rank == 2: operation = .columns
    default: throw Unsuitable("a member that is no size")
    }
    let result = temporary()
    frame.assembler.emit(operation, result, owner.register)
    return LoopOperand(register: result, type: .whole, isTemporary: true)
  }

  // MARK: Arithmetic

  /// The same number in the real type.
  func real(_ operand: LoopOperand) -> LoopOperand {
    switch (operand.type, operand.literal) {
    case (.real, _): return operand
    case (_, .whole(let n)?): return real(Double(n))
    default:
      let result = temporary()
      frame.assembler.emit(.toReal, result, operand.register)
      return LoopOperand(register: result, type: .real, isTemporary: true)
    }
  }

  private func result(_ target: Int?, _ type: RegisterType) -> LoopOperand {
    LoopOperand(register: target ?? temporary(), type: type, isTemporary: target == nil)
  }

  private func negated(_ operand: ExpressionID, _ state: LoopState, at span: Span, into target: Int?)
    throws(Unsuitable) -> LoopOperand
  {
    switch tree[operand] {
    case .integer(let n): return whole(-n)
    case .real(let x): return real(-x)
    default: break
    }
    let x = try value(operand, state)
    let result = result(target, x.type)
    switch x.type {
    case .whole: frame.assembler.emit(.negateWhole, result.register, x.register, site: site(span, "-"))
    case .real: frame.assembler.emit(.negate, result.register, x.register)
    default: throw Unsuitable("the negative of no number")
    }
    return result
  }

  /// `left operation right`; `isNatural` of an exponent that is never negative.
  func binary(
    _ operation: BinaryOperator, _ left: LoopOperand, _ right: LoopOperand, at span: Span, into target: Int? = nil,
    isNatural: Bool = false
  ) throws(Unsuitable) -> LoopOperand {
    guard !left.type.isArray, !right.type.isArray else { throw Unsuitable("arithmetic of arrays") }
    guard left.type == .whole, right.type == .whole else { return try reals(operation, left, right, into: target) }
    let whole: LoopOperation
    switch operation {
    case .add: whole = .addWhole
    case .subtract: whole = .subtractWhole
    case .multiply: whole = .multiplyWhole
    case .floorDivide: whole = .divideWhole
    case .divide: return try reals(.divide, left, right, into: target)
    case .power:
      if case .whole(let n)? = right.literal, n < 0 { return try reals(.power, left, right, into: target) }
      guard isNatural else { throw Unsuitable("a power that may be real") }
      whole = .powerWhole
    case .matrix, .after: throw Unsuitable("a product of no matrices")
    }
    let result = result(target, .whole)
    let site = site(span, operation.rawValue)
    if whole == .addWhole {
      frame.assembler.emitSum(result.register, left.place, right.place, site: site)
    } else {
      frame.assembler.emit(whole, result.register, left.register, right.register, site: site)
    }
    return result
  }

  private func reals(_ operation: BinaryOperator, _ left: LoopOperand, _ right: LoopOperand, into target: Int?)
    throws(Unsuitable) -> LoopOperand
  {
    if operation == .power { return try power(left, right, into: target) }
    let (a, b) = (real(left), real(right))
    let code: LoopOperation
    switch operation {
    case .add: code = .add
    case .subtract: code = .subtract
    case .multiply: code = .multiply
    case .divide: code = .divide
    case .floorDivide: code = .divideDown
    case .power, .matrix, .after: throw Unsuitable("a product of no matrices")
    }
    let result = result(target, .real)
    if code == .divideDown {
      frame.assembler.emit(code, result.register, a.register, b.register)
    } else {
      frame.assembler.emitReal(code, result.register, a.place, b.place)
    }
    return result
  }

  /// As `Scalar.power` has it.
  private func power(_ base: LoopOperand, _ exponent: LoopOperand, into target: Int?) throws(Unsuitable) -> LoopOperand
  {
    let x = real(base)
    let result = result(target, .real)
    switch exponent.literal {
    case .whole(2)?, .real(2)?: frame.assembler.emit(.multiply, result.register, x.register, x.register)
    case .real(0.5)?: frame.assembler.emit(.squareRoot, result.register, x.register)
    default: frame.assembler.emit(.power, result.register, x.register, real(exponent).register)
    }
    return result
  }

  /// Whether a whole number is never negative, as far as the text shows it.
  func isNatural(_ id: ExpressionID, _ state: LoopState) -> Bool {
    switch tree[id] {
    case .integer(let n): n >= 0
    case .name(let name): state.slot(of: name).map { state.slots[$0].isNatural } ?? false
    case .binary(.add, let left, let right, _), .binary(.multiply, let left, let right, _):
      isNatural(left, state) && isNatural(right, state)
    default: false
    }
  }

  // MARK: Choices

  private func conditional(
    _ condition: ExpressionID, _ yes: ExpressionID, _ no: ExpressionID, _ state: LoopState, wantsReal: Bool
  ) throws(Unsuitable) -> LoopOperand {
    let result = temporary()
    let otherwise = frame.assembler.label(), end = frame.assembler.label()
    try branch(on: condition, state, to: otherwise, when: false)
    var first = try value(yes, state, into: result, wantsReal: wantsReal)
    if wantsReal, first.type == .whole { first = real(first) }
    try settle(first, in: result)
    frame.assembler.jump(to: end)
    frame.assembler.place(otherwise)
    var second = try value(no, state, into: result, wantsReal: wantsReal)
    if wantsReal, second.type == .whole { second = real(second) }
    guard first.type == second.type, !first.type.isArray else { throw Unsuitable("a choice of several types") }
    try settle(second, in: result)
    frame.assembler.place(end)
    return LoopOperand(register: result, type: first.type, isTemporary: true)
  }

  // MARK: Elements

  /// An index in its register, which has been looked at where it counts from the end.
  struct Index {
    var register: Int
    var span: Span
  }

  func indices(of array: Int, rank: Int, _ subscripts: [Subscript], _ state: LoopState)
    throws(Unsuitable) -> [Index]
  {
    var result: [Index] = []
    for (axis, part) in subscripts.enumerated() {
      guard case .item(let id) = part else { throw Unsuitable("a slice") }
      let span = tree.span(id)
      let index = try value(id, state)
      guard index.type == .whole else { throw Unsuitable("an index that is not whole") }
      var register = index.register
      // Those before are looked at first.
      if axis == 1, !isSimple(id) { try check([result[0]], of: array, rank: 1) }
      if case .whole(let n)? = index.literal, n < 0 {
        register = temporary()
        frame.assembler.emit(
          axis == 0 ? .indexRow : .indexColumn, register, array, index.register, site: site(span, indices: [span]))
      }
      result.append(Index(register: register, span: span))
    }
    return result
  }

  /// Whether nothing can go wrong with an expression.
  private func isSimple(_ id: ExpressionID) -> Bool {
    switch tree[id] {
    case .integer(let n): n >= 0
    case .name: true
    default: false
    }
  }

  /// Stops where an index is outside.
  func check(_ places: [Index], of array: Int, rank: Int) throws(Unsuitable) {
    for (axis, place) in places.enumerated() {
      frame.assembler.emit(
        axis == 0 ? .checkRow : .checkColumn, place.register, array, site: site(place.span, indices: [place.span]))
    }
  }

  func element(of owner: LoopOperand, _ subscripts: [Subscript], _ state: LoopState, into target: Int? = nil)
    throws(Unsuitable) -> LoopOperand
  {
    guard case .array(let kind, let rank) = owner.type, subscripts.count == rank else {
      throw Unsuitable("an index that gives no number")
    }
    // Of a matrix the walk takes a row first, with all its elements.
    guard rank == 1 || !counts else { throw Unsuitable("an element of a matrix while checking") }
    let places = try indices(of: owner.register, rank: rank, subscripts, state)
    let result = result(target, .number(kind))
    let site = site(places[0].span, indices: places.map(\.span))
    if rank == 1 {
      frame.assembler.emit(.load(kind), result.register, owner.register, places[0].register, site: site)
    } else {
      frame.assembler.emit(
        .loadCell(kind), result.register, owner.register, places[0].register, then: places[1].register, site: site)
    }
    return result
  }
}

extension Value {
  /// The value as registers hold it; nil for what they do not.
  package var loopValue: LoopValue? {
    switch self {
    case .integer(let n): .whole(n)
    case .real(let x): .real(x)
    case .boolean(let flag): .truth(flag)
    case .tensor(let tensor) where LoopValue.array(tensor).type != nil: .array(tensor)
    default: nil
    }
  }

  package init(_ value: LoopValue) {
    switch value {
    case .whole(let n): self = .integer(n)
    case .real(let x): self = .real(x)
    case .truth(let flag): self = .boolean(flag)
    case .array(let tensor): self = .tensor(tensor)
    }
  }
}
