import Arithmetic
import Diagnostics
import Loops
import Syntax
import Values

/// Programs for the calls of one function from statements that are walked, by the types of its arguments.
final class CompiledCalls {
  /// Keeps the function, by whose identity this is found.
  let function: DefinitionValue
  /// How often it was called.
  var count = 0
  var programs: [(types: [RegisterType?], program: CompiledLoop)] = []
  var refusals = 0

  init(_ function: DefinitionValue) { self.function = function }
}

extension Evaluator {
  /// A function becomes a program when it has been called so often; so many lists of types are tried.
  private static let (callsMin, programsMax, functionsMax) = (8, 4, 256)

  /// The value of a call, by a program of typed instructions; nil where it is to be walked.
  func compiledCall(of value: DefinitionValue, _ values: [Value?], at span: Span) throws(Diagnostic) -> Value? {
    guard mayCompile, value.definition.kind == .function, value.code.tree.file == code.tree.file,
      values.count == value.definition.parameters.count
    else { return nil }
    let compiled = compiledCode
    let known = compiled.calls[ObjectIdentifier(value)] ?? CompiledCalls(value)
    if known.count == 0 {
      if compiled.calls.count >= Self.functionsMax { compiled.calls = [:] }
      compiled.calls[ObjectIdentifier(value)] = known
    }
    known.count += 1
    let callsLeft = session.limits.callDepth - callDepth
    guard known.count > Self.callsMin, known.refusals < Self.programsMax, callsLeft > 0 else { return nil }
    var arguments: [LoopValue] = []
    var types: [RegisterType?] = []
    for value in values {
      guard let value else {
        types.append(nil)
        continue
      }
      guard let given = value.loopValue, let type = given.type else { return nil }
      arguments.append(given)
      types.append(type)
    }
    guard let program = program(for: known, types, at: span),
      let (inputs, _) = program.values(in: value.scope, callsLeft: callsLeft)
    else { return nil }
    guard case .returned(let result) = try run(program, inputs, arguments, in: value.scope, at: span) else {
      return nil
    }
    return result
  }

  private func program(for known: CompiledCalls, _ types: [RegisterType?], at span: Span) -> CompiledLoop? {
    if let same = known.programs.first(where: { $0.types == types }) { return same.program }
    guard known.programs.count < Self.programsMax else { return nil }
    var compiler = LoopCompiler(nil, by: self, assigned: [], scope: known.function.scope, writesCalls: true)
    do {
      try compiler.compileCall(of: known.function, types, at: span)
      if compiler.countsTooFew {
        compiler = LoopCompiler(nil, by: self, assigned: [], scope: known.function.scope, writesCalls: false)
        try compiler.compileCall(of: known.function, types, at: span)
      }
    } catch {
      known.refusals += 1
      return nil
    }
    guard let program = CompiledLoop(compiler, types: [], first: types.compactMap(\.self)) else { return nil }
    known.programs.append((types, program))
    return program
  }
}
