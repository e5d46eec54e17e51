package import Diagnostics
package import Loops
import Syntax
package import Values

/// A function of the script that a program calls, for arguments of these types.
package final class CompiledFunction {
  package let owner: AnyObject
  /// nil for an argument that is left out.
  let arguments: [RegisterType?]
  let number: Int
  var result: RegisterType?
  package var function: LoopFunction?
  /// What it gives, as long as that is not known; and whether that was asked for.
  let guess: RegisterType?
  var isAsked = false

  init(_ owner: AnyObject, _ arguments: [RegisterType?], number: Int, guess: RegisterType?) {
    (self.owner, self.arguments, self.number, self.guess) = (owner, arguments, number, guess)
  }
}

extension LoopCompiler {
  private static let functionsMax = 40

  /// `name(arguments)`: a built-in function of numbers, or one of the script.
  func call(
    _ name: String, _ arguments: [Argument], _ state: LoopState, at span: Span, into target: Int?, wantsReal: Bool
  ) throws(Unsuitable) -> LoopOperand {
    guard state.slot(of: name) == nil, case .function(let function)? = frame.scope.lookup(name)?.value else {
      throw Unsuitable("a call of what is no function")
    }
    try outerFunction(name)
    let given = arguments.map { GivenArgument(name: $0.name, expression: $0.value, span: tree.span($0.value)) }
    switch function {
    case .builtin(let builtin):
      return try call(builtin, given, state, at: span, into: target, wantsReal: wantsReal)
    case .definition(let value) where value.definition.kind == .function:
      return try call(Callee(value), value.definition.body, given, state, at: span, into: target, wantsReal: wantsReal)
    case .closure(let closure):
      let callee = Callee(
        owner: closure, code: closure.code, scope: closure.scope, name: "function", parameters: closure.parameters)
      return try call(callee, .expression(closure.body), given, state, at: span, into: target, wantsReal: wantsReal)
    default: throw Unsuitable("a call of another kind")
    }
  }

  private func outerFunction(_ name: String) throws(Unsuitable) {
    require(name, try outer(name).value)
  }

  /// What is called.
  struct Callee {
    var owner: AnyObject
    var code: Code
    var scope: Scope
    var name: String
    var parameters: [Parameter]

    init(owner: AnyObject, code: Code, scope: Scope, name: String, parameters: [Parameter]) {
      (self.owner, self.code, self.scope, self.name, self.parameters) = (owner, code, scope, name, parameters)
    }

    init(_ value: DefinitionValue) {
      self.init(
        owner: value, code: value.code, scope: value.scope, name: value.definition.name.text,
        parameters: value.definition.parameters)
    }
  }

  /// A program that is one call, of arguments in its first registers.
  package func compileCall(of value: DefinitionValue, _ arguments: [RegisterType?], at span: Span) throws(Unsuitable) {
    let callee = Callee(value)
    try requireTaken(callee)
    let function = try compiled(callee, value.definition.body, arguments)
    guard let type = function.result else { throw Unsuitable("an unknown result") }
    frame.assembler.use(registersBelow: max(1, arguments.count))
    count(1)
    frame.assembler.emit(.call, 0, function.number, 0, site: site(span, callee.name))
    try exit(LoopState(), .value(0, type))
  }

  private func requireTaken(_ callee: Callee) throws(Unsuitable) {
    // A message about another text would tell how one came there.
    guard callee.code.tree.file == tree.file else { throw Unsuitable("a function of another text") }
    guard callee.parameters.allSatisfy({ $0.shape == nil && $0.constraint == nil }) else {
      throw Unsuitable("parameters with constraints")
    }
  }

  private func call(
    _ callee: Callee, _ body: DefinitionBody, _ given: [GivenArgument], _ state: LoopState, at span: Span,
    into target: Int?, wantsReal: Bool
  ) throws(Unsuitable) -> LoopOperand {
    try requireTaken(callee)
    if case .expression(let value) = body,
      let result = try written(
        callee, value, given, state, at: span, into: target, wantsReal: wantsReal)
    {
      return result
    }
    let operands = try matched(given, callee, state, at: span)
    let function = try compiled(callee, body, operands.map { $0?.type })
    guard let type = function.result else { throw Unsuitable("an unknown result") }
    let first = placed(operands.compactMap(\.self))
    let result = LoopOperand(register: target ?? first, type: type, isTemporary: target == nil)
    if !written.isEmpty { writesInFunctions = true }
    count(1)
    frame.assembler.emit(.call, first, function.number, result.register, site: site(span, callee.name))
    return result
  }

  /// The first of the registers, one after the other, that hold these arguments and nothing else; it is there for the
  /// result, too.
  private func placed(_ operands: [LoopOperand]) -> Int {
    if let first = operands.first?.register,
      operands.enumerated().allSatisfy({ $1.isTemporary && $1.register == first + $0 })
    {
      return first
    }
    let first = temporary()
    for (index, operand) in operands.enumerated() {
      frame.assembler.emit(.move, index == 0 ? first : temporary(), operand.register)
    }
    return first
  }

  /// Calls inside each other that are written out at most.
  private static let writtenMax = 6

  /// The value of a function that is one expression, its parameters being the registers of its arguments.
  ///
  /// nil where it is to be called. Nothing assigns to them while it is computed.
  private func written(
    _ callee: Callee, _ body: ExpressionID, _ given: [GivenArgument], _ state: LoopState, at span: Span,
    into target: Int?, wantsReal: Bool
  ) throws(Unsuitable) -> LoopOperand? {
    guard writesCalls, written.count < Self.writtenMax, !written.contains(where: { $0 === callee.owner }),
      !open.contains(where: { $0.function.owner === callee.owner })
    else { return nil }
    let operands = try matched(given, callee, state, at: span)
    var inner = LoopState()
    let outer = frame.text
    written.append(callee.owner)
    defer {
      frame.text = outer
      written.removeLast()
    }
    writtenDepth = max(writtenDepth, written.count)
    if !frame.isProgram { writesInFunctions = true }
    let texts = given.map { isNatural($0.expression, state) }
    frame.text = LoopText(code: callee.code, scope: callee.scope)
    for (index, (parameter, operand)) in zip(callee.parameters, operands).enumerated() {
      let value: LoopOperand
      if let operand {
        value = operand
      } else {
        guard let initial = parameter.initial else { throw Unsuitable("a missing argument") }
        value = try self.value(initial, inner)
      }
      var slot = LoopSlot(name: parameter.name.text, span: parameter.name.span, type: value.type, isVariable: false)
      slot.alias = value.register
      slot.isNatural = given.count > index && given[index].name == nil && texts[index]
      inner.slots.append(slot)
    }
    return try value(body, inner, into: target, wantsReal: wantsReal)
  }

  /// The arguments in the order of the parameters, which is the order in which they are evaluated.
  private func matched(_ given: [GivenArgument], _ callee: Callee, _ state: LoopState, at span: Span)
    throws(Unsuitable) -> [LoopOperand?]
  {
    let names = callee.parameters.map(\.name.text)
    let matcher = ArgumentMatcher(callee: callee.name, parameters: names, positionalMax: names.count, span: span)
    guard let slots = try? matcher.match(given) else { throw Unsuitable("arguments that do not fit") }
    var operands: [LoopOperand?] = []
    for (slot, parameter) in zip(slots, callee.parameters) {
      guard let slot else {
        guard parameter.initial != nil else { throw Unsuitable("a missing argument") }
        operands.append(nil)
        continue
      }
      operands.append(try value(slot.expression, state))
    }
    return operands
  }

  /// The function for arguments of these types, compiled at the first call.
  private func compiled(_ callee: Callee, _ body: DefinitionBody, _ arguments: [RegisterType?])
    throws(Unsuitable) -> CompiledFunction
  {
    if let known = functions.first(where: { $0.owner === callee.owner && $0.arguments == arguments }) {
      if known.function == nil {
        isRecursive = true
        // What has been returned so far tells the type.
        known.result = known.result ?? open.first { $0.function === known }?.frame.result
        if known.result == nil {
          known.isAsked = true
          known.result = known.guess
        }
      }
      return known
    }
    var reason = Unsuitable("too many functions")
    let count = functions.count
    for guess in [nil, .whole, .real, .truth] as [RegisterType?] where count < Self.functionsMax {
      let function = CompiledFunction(callee.owner, arguments, number: count + 1, guess: guess)
      do {
        try compile(function, callee, body)
        return function
      } catch {
        reason = error
        functions.removeLast(functions.count - count)
        if !function.isAsked { break }
      }
    }
    throw reason
  }

  private func compile(_ function: CompiledFunction, _ callee: Callee, _ body: DefinitionBody) throws(Unsuitable) {
    let arguments = function.arguments
    functions.append(function)
    let caller = frame
    frame = LoopFrame(LoopText(code: callee.code, scope: callee.scope), isProgram: false)
    let outer = written
    written = []
    open.append((function, frame))
    defer {
      frame = caller
      written = outer
      open.removeLast()
    }
    try compileBody(callee, body, arguments)
    if let known = function.result, known != frame.result { throw Unsuitable("results of several types") }
    function.result = frame.result
    function.function = LoopFunction(
      code: frame.assembler, constants: frame.constants, arguments: arguments.compactMap(\.self), result: frame.result)
  }

  private func compileBody(_ callee: Callee, _ body: DefinitionBody, _ arguments: [RegisterType?])
    throws(Unsuitable)
  {
    var state = LoopState()
    for (parameter, type) in zip(callee.parameters, arguments) {
      guard let type else { break }
      state.slots.append(
        LoopSlot(name: parameter.name.text, span: parameter.name.span, type: type, isVariable: false, isBorrowed: true))
    }
    // Those that are left out come last, or names would not be where arguments are.
    for (parameter, type) in zip(callee.parameters, arguments).dropFirst(state.slots.count) {
      guard type == nil, let initial = parameter.initial else {
        throw Unsuitable("an argument after one that is left out")
      }
      let register = state.slots.count
      frame.free = register + 1
      let operand = try value(initial, state, into: register)
      guard operand.literal != nil else { throw Unsuitable("a default that is computed") }
      try settle(operand, in: register)
      state.slots.append(
        LoopSlot(
          name: parameter.name.text, span: parameter.name.span, type: operand.type, isVariable: false,
          isBorrowed: true))
    }
    switch body {
    case .expression(let value): try compile(from: LoopPoint(.result(value), next: nil), state)
    case .statements(let statements):
      let end = LoopPoint(.end, next: nil)
      try compile(from: LoopPoint(.statements(statements, from: 0, outer: state.slots.count), next: end), state)
    case .members: throw Unsuitable("a function of members")
    }
  }
}
