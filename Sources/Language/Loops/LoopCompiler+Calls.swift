import Diagnostics
import Loops
import Syntax

/// A function of the script that a program calls, for arguments of these types.
final class CompiledFunction {
  let owner: AnyObject
  /// nil for an argument that is left out.
  let arguments: [RegisterType?]
  let number: Int
  var result: RegisterType?
  var function: LoopFunction?

  init(_ owner: AnyObject, _ arguments: [RegisterType?], number: Int) {
    (self.owner, self.arguments, self.number) = (owner, arguments, number)
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
      let parameters = value.definition.parameters
      let callee = Callee(
        owner: value, code: value.code, scope: value.scope, name: value.definition.name.text, parameters: parameters)
      return try call(callee, value.definition.body, given, state, at: span, into: target)
    case .closure(let closure):
      let callee = Callee(
        owner: closure, code: closure.code, scope: closure.scope, name: "function", parameters: closure.parameters)
      return try call(callee, .expression(closure.body), given, state, at: span, into: target)
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
  }

  private func call(
    _ callee: Callee, _ body: DefinitionBody, _ given: [GivenArgument], _ state: LoopState, at span: Span,
    into target: Int?
  ) throws(Unsuitable) -> LoopOperand {
    // A message about another text would tell how one came there.
    guard callee.code.tree.file == tree.file else { throw Unsuitable("a function of another text") }
    guard callee.parameters.allSatisfy({ $0.shape == nil && $0.constraint == nil }) else {
      throw Unsuitable("parameters with constraints")
    }
    let operands = try matched(given, callee, state, at: span)
    let function = try compiled(callee, body, operands.map { $0?.type })
    guard let type = function.result else { throw Unsuitable("an unknown result") }
    // The first is there for the result, too.
    let first = temporary()
    for (index, operand) in operands.compactMap(\.self).enumerated() {
      frame.assembler.emit(.move, index == 0 ? first : temporary(), operand.register)
    }
    let result = LoopOperand(register: target ?? first, type: type, isTemporary: target == nil)
    frame.assembler.emit(.call, first, function.number, result.register, site: site(span, callee.name))
    return result
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
      }
      return known
    }
    guard functions.count < Self.functionsMax else { throw Unsuitable("too many functions") }
    let function = CompiledFunction(callee.owner, arguments, number: functions.count + 1)
    functions.append(function)
    let caller = frame
    frame = LoopFrame(code: callee.code, scope: callee.scope, isProgram: false)
    open.append((function, frame))
    defer {
      frame = caller
      open.removeLast()
    }
    try compileBody(callee, body, arguments)
    if let known = function.result, known != frame.result { throw Unsuitable("results of several types") }
    function.result = frame.result
    function.function = LoopFunction(
      code: frame.assembler, constants: frame.constants, arguments: arguments.count { $0 != nil })
    return function
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
      guard type == nil, let initial = parameter.initial else { throw Unsuitable("an argument after one that is left out") }
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
