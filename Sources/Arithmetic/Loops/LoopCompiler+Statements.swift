import Diagnostics
import Loops
import Syntax
import Values

extension LoopCompiler {
  /// Statements up to the first from which ways part, or to the end of the block.
  func statements(_ list: [StatementID], from: Int, outer: Int, _ point: LoopPoint, _ start: LoopState)
    throws(Unsuitable) -> (LoopPoint, LoopState)?
  {
    var state = start
    for index in from..<max(from, list.count) {
      let id = list[index]
      let after = LoopPoint(.statements(list, from: index + 1, outer: outer), next: point.next)
      frame.free = state.slots.count + 1
      if isCounted(id) { count(1) }
      switch tree[id] {
      case .binding(_, let value, _), .assignment(_, nil, let value):
        if let split = try split(value, list, at: index, outer: outer, point, state) { return split }
        try simple(id, value, &state)
      case .assignment(_, _, let value): try simple(id, value, &state)
      case .ifElse(let condition, let yes, let no):
        let otherwise = no.isEmpty ? after : block(no, state, next: after)
        try branch(on: condition, state, to: label(of: otherwise, state), when: false)
        return (block(yes, state, next: after), state)
      case .forLoop(let names, let source, let body):
        return try forLoop(names, source, body, at: tree.span(id), after, state)
      case .whileLoop(let condition, let body): return try whileLoop(condition, body, after, state)
      case .repeatLoop(let loop): return try repeatLoop(loop, after, state)
      case .returnValue(let value):
        if let value { return (LoopPoint(.result(value), next: nil), state) }
        guard frame.isProgram else { throw Unsuitable("a function without a value") }
        try exit(state, .nothing)
        return nil
      case .expression(let value) where index == list.count - 1 && isBody(point):
        return (LoopPoint(.result(value), next: nil), state)
      case .print, .expression: try visit(id, state)
      default: throw Unsuitable("a statement that is not of numbers alone")
      }
    }
    drop(&state, to: outer)
    return point.next.map { ($0, state) }
  }

  /// Whether the program counts a statement: not the loop itself, which was counted before, nor what is walked, nor the
  /// value of a function.
  private func isCounted(_ id: StatementID) -> Bool {
    switch tree[id] {
    case .expression, .print: false
    default: id != root || !frame.isProgram
    }
  }

  /// Whether statements are those of a function, and no block in it.
  private func isBody(_ point: LoopPoint) -> Bool {
    if case .end? = point.next?.kind { return !frame.isProgram }
    return false
  }

  private func block(_ statements: [StatementID], _ state: LoopState, next: LoopPoint) -> LoopPoint {
    LoopPoint(.statements(statements, from: 0, outer: state.slots.count), next: next)
  }

  /// A value that is one of two: each way goes on by itself, as the two may have different types.
  private func split(
    _ value: ExpressionID, _ list: [StatementID], at index: Int, outer: Int, _ point: LoopPoint, _ state: LoopState
  ) throws(Unsuitable) -> (LoopPoint, LoopState)? {
    guard case .conditional(let condition, let yes, let no) = tree[value] else { return nil }
    let first = LoopPoint(.replaced(yes, list, at: index, outer: outer), next: point.next)
    let second = LoopPoint(.replaced(no, list, at: index, outer: outer), next: point.next)
    try branch(on: condition, state, to: label(of: second, state), when: false)
    return (first, state)
  }

  func replaced(
    _ value: ExpressionID, _ list: [StatementID], at index: Int, outer: Int, _ point: LoopPoint, _ start: LoopState
  ) throws(Unsuitable) -> (LoopPoint, LoopState)? {
    if let split = try split(value, list, at: index, outer: outer, point, start) { return split }
    var state = start
    frame.free = state.slots.count + 1
    try simple(list[index], value, &state)
    // Where both ways have the same types they meet again.
    let meeting = frame.meetings[list[index], default: [:]][ObjectIdentifier(point.next ?? point)]
    let after = meeting ?? LoopPoint(.statements(list, from: index + 1, outer: outer), next: point.next)
    frame.meetings[list[index], default: [:]][ObjectIdentifier(point.next ?? point)] = after
    return (after, state)
  }

  /// What a function, or the function around the loop, gives.
  func result(_ value: ExpressionID, _ state: LoopState) throws(Unsuitable) -> (LoopPoint, LoopState)? {
    frame.free = state.slots.count + 1
    if case .conditional(let condition, let yes, let no) = tree[value] {
      let otherwise = LoopPoint(.result(no), next: nil)
      try branch(on: condition, state, to: label(of: otherwise, state), when: false)
      return (LoopPoint(.result(yes), next: nil), state)
    }
    let operand = try self.value(value, state)
    guard !frame.isProgram else {
      try exit(state, .value(operand.register, operand.type))
      return nil
    }
    if let known = frame.result, known != operand.type { throw Unsuitable("results of several types") }
    guard !operand.type.isArray else { throw Unsuitable("a function that gives an array") }
    frame.result = operand.type
    var rest = state
    drop(&rest, to: 0)
    frame.assembler.emit(.return, operand.register)
    return nil
  }

  /// A statement that shows something: it is walked, and changes nothing.
  private func visit(_ id: StatementID, _ state: LoopState) throws(Unsuitable) {
    var values: [ExpressionID] = []
    switch tree[id] {
    case .print(let all): values = all
    case .expression(let value): values = [value]
    default: break
    }
    guard frame.isProgram, values.allSatisfy({ isShown($0, state) }) else {
      throw Unsuitable("what is shown in a function")
    }
    visits.append(LoopVisit(statement: id, slots: state.slots))
    frame.assembler.emit(.visit, visits.count - 1, state.slots.count)
  }

  // MARK: Names

  /// `let`, `var` and assignments.
  private func simple(_ id: StatementID, _ value: ExpressionID, _ state: inout LoopState) throws(Unsuitable) {
    switch tree[id] {
    case .binding(let names, _, let isVariable):
      guard names.count == 1 else { return try bind(names, value, isVariable: isVariable, &state) }
      try requireNew(names[0], state)
      let register = state.slots.count
      let operand = try self.value(value, state, into: register)
      try settle(operand, in: register)
      state.slots.append(
        LoopSlot(name: names[0].text, span: names[0].span, type: operand.type, isVariable: isVariable))
    case .assignment(let target, let operation, _):
      switch tree[target] {
      case .name(let name): try assign(name, operation, value, at: id, target, &state)
      case .index(let base, let subscripts):
        try assign(elementOf: base, subscripts, operation, value, at: id, target, &state)
      default: throw Unsuitable("a target that is no name")
      }
    default: throw Unsuitable("not an assignment")
    }
  }

  /// `let (a, b) = (…, …)`.
  private func bind(_ names: [Name], _ value: ExpressionID, isVariable: Bool, _ state: inout LoopState)
    throws(Unsuitable)
  {
    guard case .tuple(let values) = tree[value], values.count == names.count else {
      throw Unsuitable("several names for one value")
    }
    for name in names { try requireNew(name, state) }
    let first = state.slots.count
    frame.free = first + names.count
    frame.assembler.use(registersBelow: frame.free)
    var slots: [LoopSlot] = []
    for (index, (name, value)) in zip(names, values).enumerated() {
      let operand = try self.value(value, state, into: first + index)
      try settle(operand, in: first + index)
      slots.append(LoopSlot(name: name.text, span: name.span, type: operand.type, isVariable: isVariable))
    }
    state.slots += slots
  }

  /// Moves a value to the register where it is to be.
  func settle(_ operand: LoopOperand, in register: Int) throws(Unsuitable) {
    guard operand.register != register else { return }
    if operand.type.isArray {
      frame.assembler.emit(operand.isTemporary ? .move : .share, register, operand.register)
    } else {
      frame.assembler.emit(.move, register, operand.register)
    }
  }

  /// A name that is in sight already is left to whoever refuses it.
  func requireNew(_ name: Name, _ state: LoopState) throws(Unsuitable) {
    if state.slot(of: name.text) != nil { throw Unsuitable("a name twice") }
    guard frame.isProgram, let old = frame.scope.lookupInCall(name.text), let first = old.span, first != name.span
    else { return }
    guard evaluator.session.allowsRedefinition, first.file != name.span.file else { throw Unsuitable("a name twice") }
  }

  private func variable(_ name: String, _ state: LoopState) throws(Unsuitable) -> Int {
    guard let slot = state.slot(of: name), state.slots[slot].isVariable else { throw Unsuitable("no variable") }
    return slot
  }

  private func assign(
    _ name: String, _ operation: BinaryOperator?, _ value: ExpressionID, at id: StatementID, _ target: ExpressionID,
    _ state: inout LoopState
  ) throws(Unsuitable) {
    let slot = try variable(name, state)
    let old = LoopOperand(register: slot, type: state.slots[slot].type)
    let isArray = old.type.isArray
    let operand: LoopOperand
    if let operation {
      let right = try self.value(value, state, wantsReal: old.type == .real)
      operand = try binary(operation, old, right, at: tree.span(id), into: isArray ? nil : slot)
    } else {
      operand = try self.value(value, state, into: isArray ? nil : slot)
    }
    guard operand.type.isArray == isArray else { throw Unsuitable("a number that becomes an array") }
    if isArray {
      guard operand.register != slot else { return }
      let new = operand.isTemporary ? operand.register : temporary()
      if !operand.isTemporary { frame.assembler.emit(.share, new, operand.register) }
      frame.assembler.emit(.take, slot, new)
      state.slots[slot].isBorrowed = false
    } else {
      try settle(operand, in: slot)
    }
    state.slots[slot].type = operand.type
  }

  /// `x[i] = value`: the value first, then the indices, as in the walk.
  private func assign(
    elementOf base: ExpressionID, _ subscripts: [Subscript], _ operation: BinaryOperator?, _ value: ExpressionID,
    at id: StatementID, _ target: ExpressionID, _ state: inout LoopState
  ) throws(Unsuitable) {
    guard case .name(let name) = tree[base] else { throw Unsuitable("an element of no name") }
    let slot = try variable(name, state)
    guard case .array(let kind, let rank) = state.slots[slot].type, kind != .truth, rank == subscripts.count else {
      throw Unsuitable("an element of no array")
    }
    var operand = try self.value(value, state, wantsReal: kind == .real)
    if let operation {
      let old = try element(of: LoopOperand(register: slot, type: state.slots[slot].type), subscripts, state)
      operand = try binary(operation, old, operand, at: tree.span(id))
    }
    guard case .number(let given) = operand.type, given != .truth else { throw Unsuitable("an element of truths") }
    if kind == .real { operand = real(operand) }
    let places = try indices(of: slot, rank: rank, subscripts, state)
    if kind == .whole, given == .real {
      // Once the indices are seen to be inside.
      try check(places, of: slot, rank: rank)
      frame.assembler.emit(.allReal, slot)
      state.slots[slot].type = .array(.real, rank: rank)
    }
    let site = site(tree.span(target), indices: places.map(\.span))
    if rank == 1 {
      frame.assembler.emit(.store, slot, places[0].register, operand.register, site: site)
    } else {
      frame.assembler.emit(
        .storeCell, slot, places[0].register, operand.register, then: places[1].register, site: site)
    }
  }

  // MARK: Loops

  private func forLoop(
    _ names: [Name], _ source: ExpressionID, _ body: [StatementID], at span: Span, _ after: LoopPoint,
    _ start: LoopState
  ) throws(Unsuitable) -> (LoopPoint, LoopState)? {
    guard names.count == 1 else { throw Unsuitable("several names at once") }
    try requireNew(names[0], start)
    var state = start
    let counter = state.slots.count
    var counts = LoopSlot(name: names[0].text, span: names[0].span, type: .whole, isVariable: false)
    let hidden = LoopSlot(name: "", span: span, type: .whole, isVariable: false)
    frame.free = counter + 2
    guard case .range(let lower, let upper, let closed) = tree[source] else {
      return try forMembers(names[0], source, body, after, state)
    }
    let first = try value(lower, state)
    let last = try value(upper, state)
    guard first.type == .whole, last.type == .whole else { throw Unsuitable("a range of no whole numbers") }
    try settle(first, in: counter)
    try settle(last, in: counter + 1)
    frame.assembler.emit(
      .range, counter, counter + 1, closed ? 1 : 0, site: site(tree.span(source), closed ? "..." : "..<"))
    counts.isNatural = isNatural(lower, start)
    state.slots += [counts, hidden]
    return try turns(body, counter: counter, outer: start, after, state)
  }

  /// A loop over a range or a vector that has a name.
  private func forMembers(
    _ name: Name, _ source: ExpressionID, _ body: [StatementID], _ after: LoopPoint, _ start: LoopState
  ) throws(Unsuitable) -> (LoopPoint, LoopState)? {
    var state = start
    let counter = state.slots.count
    let hidden = LoopSlot(name: "", span: name.span, type: .whole, isVariable: false)
    guard case .name(let text) = tree[source] else { throw Unsuitable("members of an expression") }
    if state.slot(of: text) == nil, case .range? = frame.scope.lookup(text)?.value {
      frame.assembler.emit(.move, counter, input(text, .lower))
      frame.assembler.emit(.move, counter + 1, input(text, .upper))
      var counts = hidden
      counts.name = name.text
      state.slots += [counts, hidden]
      return try turns(body, counter: counter, outer: start, after, state)
    }
    let array = try value(source, state)
    guard case .array(let kind, rank: 1) = array.type else { throw Unsuitable("members of no vector") }
    // The vector as it is now, whatever becomes of the name.
    frame.assembler.emit(.move, counter, constant(.whole(0)))
    frame.assembler.emit(.count, counter + 1, array.register)
    frame.assembler.emit(.share, counter + 2, array.register)
    var owner = hidden
    owner.type = array.type
    state.slots += [hidden, hidden, owner]
    let member = LoopSlot(name: name.text, span: name.span, type: .number(kind), isVariable: false)
    let next = LoopPoint(.nextTurn(counter: counter), next: ending(at: start.slots.count, after))
    let inside = LoopPoint(.member(member, of: counter + 2, at: counter, body), next: next)
    next.body = inside
    frame.assembler.jump(
      .jumpAtMostWhole, counter + 1, counter, to: try label(of: ending(at: start.slots.count, after), state))
    return (inside, state)
  }

  func member(
    _ slot: LoopSlot, of array: Int, at counter: Int, _ body: [StatementID], _ point: LoopPoint, _ start: LoopState
  ) throws(Unsuitable) -> (LoopPoint, LoopState)? {
    guard case .number(let kind) = slot.type else { throw Unsuitable("members of no vector") }
    frame.assembler.emit(.load(kind), start.slots.count, array, counter)
    var state = start
    state.slots.append(slot)
    return (LoopPoint(.statements(body, from: 0, outer: start.slots.count), next: point.next), state)
  }

  /// The end of names of a loop, on the way to what comes after it.
  private func ending(at count: Int, _ after: LoopPoint) -> LoopPoint {
    LoopPoint(.statements([], from: 0, outer: count), next: after)
  }

  /// Turns of which a counter and its limit are known.
  private func turns(
    _ body: [StatementID], counter: Int, outer: LoopState, _ after: LoopPoint, _ state: LoopState
  ) throws(Unsuitable) -> (LoopPoint, LoopState)? {
    let next = LoopPoint(.nextTurn(counter: counter), next: ending(at: outer.slots.count, after))
    let inside = LoopPoint(.turn(body), next: next)
    next.body = inside
    frame.assembler.jump(.jumpAtMostWhole, counter + 1, counter, to: try label(of: after, outer))
    return (inside, state)
  }

  func nextTurn(_ counter: Int, _ point: LoopPoint, _ state: LoopState) throws(Unsuitable) -> (LoopPoint, LoopState)? {
    guard let body = point.body, let next = point.next else { throw Unsuitable("a loop without a body") }
    frame.assembler.jump(.next, counter, counter + 1, to: try label(of: body, state))
    return (next, state)
  }

  private func repeatLoop(_ loop: RepeatStatement, _ after: LoopPoint, _ start: LoopState)
    throws(Unsuitable) -> (LoopPoint, LoopState)?
  {
    guard loop.truncation == nil else { throw Unsuitable("turns that gradients do not go through") }
    var state = start
    let counter = state.slots.count
    frame.free = counter + 2
    let count = try value(loop.count, state)
    guard count.type == .whole else { throw Unsuitable("a number of turns that is not whole") }
    frame.assembler.emit(.turns, count.register, site: site(tree.span(loop.count)))
    try settle(count, in: counter + 1)
    frame.assembler.emit(.move, counter, constant(.whole(0)))
    let hidden = LoopSlot(name: "", span: tree.span(loop.count), type: .whole, isVariable: false)
    state.slots += [hidden, hidden]
    return try turns(loop.body, counter: counter, outer: start, after, state)
  }

  private func whileLoop(_ condition: ExpressionID, _ body: [StatementID], _ after: LoopPoint, _ state: LoopState)
    throws(Unsuitable) -> (LoopPoint, LoopState)?
  {
    let again = LoopPoint(.whileAgain(condition), next: after)
    let inside = block(body, state, next: again)
    again.body = inside
    count(1)
    try branch(on: condition, state, to: label(of: after, state), when: false)
    return (inside, state)
  }

  func whileAgain(_ condition: ExpressionID, _ point: LoopPoint, _ state: LoopState)
    throws(Unsuitable) -> (LoopPoint, LoopState)?
  {
    guard let body = point.body, let next = point.next else { throw Unsuitable("a loop without a body") }
    frame.free = state.slots.count + 1
    let target = try label(of: body, state)
    count(1)
    if case .comparison = tree[condition] {
      try branch(on: condition, state, to: target, when: true)
      guard frame.assembler.countLastJump() else { throw Unsuitable("a condition without a jump") }
    } else {
      frame.assembler.emit(.tick)
      try branch(on: condition, state, to: target, when: true)
    }
    return (next, state)
  }
}
