import Arithmetic
import Diagnostics
import Loops
import Messages
import Syntax
import Tensors
import Values

/// A loop that was compiled for values of certain types.
final class CompiledLoop {
  let program: LoopProgram
  let assigned: [(name: String, type: RegisterType)]
  let inputs: [LoopInput]
  let callees: [(name: String, scope: Scope?, function: Value)]
  let sites: [LoopSite]
  /// What is called, by number.
  let functions: [AnyObject]
  let exits: [LoopExit]
  let visits: [LoopVisit]
  /// Calls inside each other at most, where some of them are not counted, as they were written out.
  let depth: Int
  /// With more calls inside each other than this their frames would take too much memory.
  private static let depthMax = 100_000

  /// - Parameters:
  ///   - types: of the variables that it assigns to.
  ///   - first: of what the first registers hold when it starts.
  init?(_ compiler: LoopCompiler, types: [RegisterType], first: [RegisterType]) {
    var functions = [
      LoopFunction(code: compiler.frame.assembler, constants: compiler.frame.constants, arguments: first)
    ]
    for function in compiler.functions {
      guard let code = function.function else { return nil }
      functions.append(code)
    }
    let given = compiler.inputs.map(\.type)
    guard let program = LoopProgram(functions, inputs: given, isRecursive: compiler.isRecursive) else { return nil }
    self.program = program
    assigned = zip(compiler.assigned, types).map { ($0, $1) }
    depth = compiler.writtenDepth == 0 ? 0 : (compiler.writtenDepth + 1) * (compiler.functions.count + 1)
    (inputs, callees, sites) = (compiler.inputs, compiler.callees, compiler.sites)
    (exits, visits, self.functions) = (compiler.exits, compiler.visits, compiler.functions.map(\.owner))
  }

  /// The values that it starts with, where its names mean what they meant.
  func values(in scope: Scope, callsLeft: Int) -> (inputs: [LoopValue], variables: [LoopValue])? {
    guard callsLeft >= depth, !program.isRecursive || callsLeft <= Self.depthMax else { return nil }
    var variables: [LoopValue] = []
    for (name, type) in assigned {
      guard let value = scope.lookup(name)?.value.loopValue, value.type == type else { return nil }
      variables.append(value)
    }
    for callee in callees {
      guard let now = (callee.scope ?? scope).lookup(callee.name)?.value, now.isSameFunction(as: callee.function) else {
        return nil
      }
    }
    var given: [LoopValue] = []
    for input in inputs {
      guard let value = input.value(in: scope) else { return nil }
      given.append(value)
    }
    return (given, variables)
  }
}

extension LoopInput {
  fileprivate var type: RegisterType { if case .value(let type) = part { type } else { .whole } }

  /// Its value now; nil where that is of another type.
  func value(in here: Scope) -> LoopValue? {
    guard let now = (scope ?? here).lookup(name)?.value else { return nil }
    switch (part, now) {
    case (.lower, .range(let range)): return .whole(range.lowerBound)
    case (.upper, .range(let range)): return .whole(range.upperBound)
    case (.value(let type), _):
      guard let value = now.loopValue, value.type == type else { return nil }
      return value
    default: return nil
    }
  }
}

extension Value {
  /// Whether both are one function.
  fileprivate func isSameFunction(as other: Value) -> Bool {
    switch (self, other) {
    case (.function(.builtin(let a)), .function(.builtin(let b))): a === b
    case (.function(.definition(let a)), .function(.definition(let b))): a === b
    case (.function(.closure(let a)), .function(.closure(let b))): a === b
    default: false
    }
  }
}

/// The loops of one statement: for each list of types that its variables had.
final class CompiledLoops {
  var programs: [CompiledLoop] = []
  /// How often it could not be compiled.
  var refusals = 0
}

/// What an evaluator has compiled, and what could not be.
final class CompiledCode {
  var loops: [StatementPlace: CompiledLoops] = [:]
  /// By the identity of the function, which is kept.
  var calls: [ObjectIdentifier: CompiledCalls] = [:]
}

/// A statement of a text.
struct StatementPlace: Hashable {
  var file: UInt32
  var statement: StatementID
}

extension Evaluator {
  /// Programs for loops and calls of functions.
  var compiledCode: CompiledCode {
    if let known = annex[CompiledCode.self] { return known }
    let new = CompiledCode()
    annex[CompiledCode.self] = new
    return new
  }

  /// After so many refusals, or for so many lists of types, a loop is only walked.
  private static let (refusalsMax, programsMax) = (3, 8)

  /// Whether programs do here what the walk does.
  var mayCompile: Bool {
    session.loops != .walk && stagingDepth == 0 && point == nil && !isTabulating && session.limits.operations == nil
      && (mode == .run || checking.operationsLeft(of: operationCount) != nil)
  }

  /// Carries out a loop as a program of typed instructions; nil where it is to be walked.
  func compiledLoop(_ id: StatementID, in scope: Scope) throws(Diagnostic) -> Flow? {
    guard mayCompile else { return nil }
    let place = StatementPlace(file: code.tree.file, statement: id)
    let compiled = compiledCode
    let known = compiled.loops[place] ?? CompiledLoops()
    let callsLeft = max(0, session.limits.callDepth - callDepth)
    compiled.loops[place] = known
    for loop in known.programs {
      if let (inputs, variables) = loop.values(in: scope, callsLeft: callsLeft) {
        return try run(loop, inputs, variables, in: scope, at: code.tree.span(id))
      }
    }
    guard known.refusals < Self.refusalsMax, known.programs.count < Self.programsMax else { return nil }
    guard let loop = compileLoop(id, in: scope), let (inputs, variables) = loop.values(in: scope, callsLeft: callsLeft)
    else {
      known.refusals += 1
      return nil
    }
    known.programs.append(loop)
    return try run(loop, inputs, variables, in: scope, at: code.tree.span(id))
  }

  private func compileLoop(_ id: StatementID, in scope: Scope) -> CompiledLoop? {
    var state = LoopState()
    let names = variables(assignedIn: [id], in: scope)
    for name in names {
      guard let binding = scope.lookup(name), let type = binding.value.loopValue?.type, binding.rival == nil else {
        return nil
      }
      state.slots.append(LoopSlot(name: name, span: binding.span ?? Span(0, 0), type: type, isVariable: true))
    }
    do {
      var compiler = try compiled(id, state, names, in: scope, writesCalls: true)
      if compiler.countsTooFew {
        compiler = try compiled(id, state, names, in: scope, writesCalls: false)
      }
      return CompiledLoop(compiler, types: state.types, first: state.types)
    } catch {
      if mode == .run { session.onRefusedLoop?(error.reason, code.tree.span(id)) }
      return nil
    }
  }

  private func compiled(
    _ id: StatementID, _ state: LoopState, _ names: [String], in scope: Scope, writesCalls: Bool
  ) throws(Unsuitable) -> LoopCompiler {
    let compiler = LoopCompiler(id, by: self, assigned: names, scope: scope, writesCalls: writesCalls)
    let end = LoopPoint(.end, next: nil)
    try compiler.compile(from: LoopPoint(.statements([id], from: 0, outer: names.count), next: end), state)
    return compiler
  }

  func run(
    _ loop: CompiledLoop, _ inputs: [LoopValue], _ variables: [LoopValue], in scope: Scope, at span: Span
  ) throws(Diagnostic) -> Flow {
    let machine = LoopMachine(
      loop.program, inputs: inputs, variables: variables, depthMax: max(0, session.limits.callDepth - callDepth),
      code: codeUse)
    defer { if codeUse == .atOnce, let why = machine.codeRefusal { session.onRefusedLoop?("code: \(why)", span) } }
    var end = go(on: machine, of: loop)
    while case .visit(let number) = end {
      try visit(loop.visits[number], of: loop, machine, in: scope)
      end = go(on: machine, of: loop)
    }
    switch end {
    case .visit: return .next
    case .interrupted: throw session.interruption(at: span)
    case .stopped(let stop, let site): throw diagnostic(of: stop, loop.sites[site])
    case .exit(let number):
      let exit = loop.exits[number]
      for (register, (name, type)) in zip(loop.assigned.map(\.name), exit.types).enumerated() {
        scope.assign(name, Value(machine.value(of: register, type)))
      }
      switch exit.result {
      case .none: return .next
      case .nothing: return .returned(.nothing)
      case .value(let register, let type): return .returned(Value(machine.value(of: register, type)))
      }
    }
  }

  /// While checking operations are counted, which code does not do.
  private var codeUse: LoopMachine.CodeUse {
    guard mode == .run else { return .never }
    return session.loops == .best ? .whenItPays : session.loops == .code ? .atOnce : .never
  }

  /// Lets a program go on to its next end; while checking, what it does is counted.
  private func go(on machine: LoopMachine, of loop: CompiledLoop) -> LoopEnd {
    guard mode == .check else { return machine.run { !session.isInterrupted } }
    machine.limit(operations: checking.operationsLeft(of: operationCount) ?? 0)
    let end = machine.run { !session.isInterrupted }
    let counts = machine.takeCounts()
    checking.countOperations(counts.operations, after: operationCount, elements: counts.elements)
    operationCount += counts.operations
    for number in machine.called where number > 0 {
      if let value = loop.functions[number - 1] as? DefinitionValue { noteEntered(value.definition) }
    }
    return end
  }

  /// Walks a statement in sight of the names that the program has at this place.
  private func visit(_ visit: LoopVisit, of loop: CompiledLoop, _ machine: LoopMachine, in scope: Scope)
    throws(Diagnostic)
  {
    let inner = Scope(parent: scope)
    for (register, slot) in visit.slots.enumerated() where !slot.name.isEmpty {
      let value = Value(machine.value(of: register, slot.type))
      if register < loop.assigned.count {
        scope.assign(slot.name, value)
      } else {
        inner.define(slot.name, value, isVariable: slot.isVariable, span: slot.span)
      }
    }
    _ = try execute(visit.statement, in: inner)
  }

  /// The message that the walk would give.
  private func diagnostic(of stop: LoopStop, _ site: LoopSite) -> Diagnostic {
    switch stop {
    case .overflow: return .integerOverflow(site.symbol, at: site.span)
    case .divisionByZero: return .integerDivisionByZero(at: site.span)
    case .index(let n, let count, let axis):
      return .indexOutOfRange(n, count: count, at: axis < site.indices.count ? site.indices[axis] : site.span)
    case .noWholeValue(let x): return .noWholeValue(NumberText.short(x), at: site.span)
    case .turns(let n):
      do {
        _ = try whole(.integer(n), what: "the number of repetitions", in: 0...Self.wholeMax, at: site.span)
      } catch { return error }
      return .silent(at: site.span)
    case .operations: return .checkBudget(at: site.span)
    case .depth: return callDepthReached(in: site.symbol, at: site.span)
    case .memory(let count):
      let bytes = ByteCount.text(8 * count)
      return .tooLarge("a tensor of \(count) elements", needs: bytes, limit: bytes, at: site.span)
    }
  }
}
