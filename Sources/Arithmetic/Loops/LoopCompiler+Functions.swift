import Diagnostics
import Loops
import Syntax
import Tensors
import Values

// Built-in functions of single numbers. What each gives is what its body in `Builtins` gives.
extension LoopCompiler {
  /// Arguments of a built-in function, with their places.
  struct Given {
    var values: [LoopOperand]
    var spans: [Span]
    var span: Span
    var target: Int?
  }

  func call(
    _ builtin: Builtin, _ given: [GivenArgument], _ state: LoopState, at span: Span, into target: Int?, wantsReal: Bool
  ) throws(Unsuitable) -> LoopOperand {
    guard !builtin.isVariadic else { throw Unsuitable("`\(builtin.name)`") }
    let names = builtin.parameters.map(\.name)
    let matcher = ArgumentMatcher(callee: builtin.name, parameters: names, positionalMax: names.count, span: span)
    guard let slots = try? matcher.match(given) else { throw Unsuitable("arguments that do not fit") }
    let isReal = builtin.loopKernel != nil || Self.ofReals.contains(builtin.name)
    var arguments = Given(values: [], spans: [], span: span, target: target)
    for slot in slots {
      guard let slot else { continue }
      arguments.values.append(
        try value(slot.expression, state, wantsReal: isReal || wantsReal && builtin.name == "where"))
      arguments.spans.append(slot.span)
    }
    guard zip(slots, builtin.parameters).allSatisfy({ $0 != nil || !$1.isRequired }) else {
      throw Unsuitable("a missing argument")
    }
    return try result(of: builtin, arguments, wantsReal: wantsReal)
  }

  /// Functions that take a whole number as a real one.
  private static let ofReals: Set<String> = ["sqrt", "silu", "gelu", "atan2", "safe_divide", "real"]

  private func result(of builtin: Builtin, _ a: Given, wantsReal: Bool) throws(Unsuitable) -> LoopOperand {
    let (name, isTwo) = (builtin.name, a.values.count == 2)
    if let kernel = builtin.loopKernel {
      count(1, elements: 2)
      return unary(kernel, try a.real(0, self), into: a.target)
    }
    switch name {
    case "sqrt":
      count(1, elements: 2)
      return emitted(.squareRoot, .real, a.target, try a.real(0, self))
    case "silu":
      count(2, elements: 5)
      let x = try a.real(0, self)
      return emitted(.multiply, .real, a.target, x, unary(.sigmoid, x, into: nil))
    case "gelu":
      count(4, elements: 11)
      return gelu(try a.real(0, self), into: a.target)
    case "abs": return try magnitude(a)
    case "floor": return try rounded(.floor, a)
    case "ceil": return try rounded(.ceiling, a)
    case "round": return try rounded(.round, a)
    case "trunc": return try rounded(.truncate, a)
    case "int": return try rounded(.exact, a)
    case "real": return real(try a.real(0, self))
    case "is_finite":
      guard a.values[0].type != .truth else { throw Unsuitable("`is_finite` of a truth") }
      return emitted(.isFinite, .truth, a.target, try a.real(0, self))
    case "mod" where isTwo: return try remainder(a)
    case "atan2" where isTwo:
      count(1, elements: 3)
      return binary(.arcTangent2, try a.real(0, self), try a.real(1, self), into: a.target)
    case "safe_divide" where isTwo:
      return emitted(.ratio, .real, a.target, try a.real(0, self), try a.real(1, self))
    case "max" where isTwo: return try extremum(.maximumWhole, .maximum, a)
    case "min" where isTwo: return try extremum(.minimumWhole, .minimum, a)
    case "where" where a.values.count == 3: return try chosen(a, wantsReal: wantsReal)
    case "count" where a.values.count == 1: return try count(a)
    default: throw Unsuitable("`\(name)`")
    }
  }

  private func emitted(
    _ operation: LoopOperation, _ type: RegisterType, _ target: Int?, _ x: LoopOperand, _ y: LoopOperand? = nil,
    site: Int? = nil
  ) -> LoopOperand {
    let register = target ?? temporary()
    frame.assembler.emit(operation, register, x.register, y?.register ?? 0, site: site)
    return LoopOperand(register: register, type: type, isTemporary: target == nil)
  }

  private func unary(_ kernel: LoopKernel, _ x: LoopOperand, into target: Int?) -> LoopOperand {
    let register = target ?? temporary()
    frame.assembler.emit(.unary, register, x.register, kernel.number)
    return LoopOperand(register: register, type: .real, isTemporary: target == nil)
  }

  private func binary(_ kernel: LoopKernel, _ x: LoopOperand, _ y: LoopOperand, into target: Int?) -> LoopOperand {
    let register = target ?? temporary()
    frame.assembler.emit(.binary, register, x.register, y.register, then: kernel.number)
    return LoopOperand(register: register, type: .real, isTemporary: target == nil)
  }

  private func gelu(_ x: LoopOperand, into target: Int?) -> LoopOperand {
    let scaled = emitted(.multiply, .real, nil, x, real(-(0.5.squareRoot())))
    let share = emitted(.multiply, .real, nil, real(0.5), unary(.erfc, scaled, into: nil))
    return emitted(.multiply, .real, target, x, share)
  }

  private func magnitude(_ a: Given) throws(Unsuitable) -> LoopOperand {
    if a.values[0].type == .whole {
      return emitted(.magnitudeWhole, .whole, a.target, a.values[0], site: site(a.span, "abs"))
    }
    count(1, elements: 2)
    return emitted(.magnitude, .real, a.target, try a.real(0, self))
  }

  /// A real number as a whole one.
  private func rounded(_ operation: LoopOperation, _ a: Given) throws(Unsuitable) -> LoopOperand {
    switch a.values[0].type {
    case .whole: return a.values[0]
    case .real: return emitted(operation, .whole, a.target, a.values[0], site: site(a.spans[0]))
    default: throw Unsuitable("a whole number of no number")
    }
  }

  private func remainder(_ a: Given) throws(Unsuitable) -> LoopOperand {
    let (x, y) = (a.values[0], a.values[1])
    if x.type == .whole, y.type == .whole {
      return emitted(.moduloWhole, .whole, a.target, x, y, site: site(a.span, "mod"))
    }
    guard x.type != .truth, y.type != .truth else { throw Unsuitable("`mod` of truths") }
    count(1, elements: 3)
    return binary(.modulo, try a.real(0, self), try a.real(1, self), into: a.target)
  }

  private func extremum(_ whole: LoopOperation, _ real: LoopOperation, _ a: Given) throws(Unsuitable) -> LoopOperand {
    let (x, y) = (a.values[0], a.values[1])
    if x.type == .whole, y.type == .whole { return emitted(whole, .whole, a.target, x, y) }
    count(1, elements: 3)
    return emitted(real, .real, a.target, try a.real(0, self), try a.real(1, self))
  }

  private func chosen(_ a: Given, wantsReal: Bool) throws(Unsuitable) -> LoopOperand {
    var (yes, no) = (a.values[1], a.values[2])
    if wantsReal, yes.type == .whole { yes = real(yes) }
    if wantsReal, no.type == .whole { no = real(no) }
    guard a.values[0].type == .truth, yes.type == no.type, !yes.type.isArray else {
      throw Unsuitable("a choice of several types")
    }
    let register = temporary()
    frame.assembler.emit(.select, register, a.values[0].register, yes.register, then: no.register)
    return LoopOperand(register: register, type: yes.type, isTemporary: true)
  }

  private func count(_ a: Given) throws(Unsuitable) -> LoopOperand {
    guard case .array(let kind, _) = a.values[0].type, kind != .truth else { throw Unsuitable("`count` of no array") }
    return emitted(.count, .whole, a.target, a.values[0])
  }
}

extension Builtin {
  /// The kernel of a function of one number; nil where it has an instruction of its own, or is more than that.
  fileprivate var loopKernel: LoopKernel? {
    if name == "sign" { return LoopKernel(.sign) }
    return opcode == .squareRoot ? nil : opcode.map { LoopKernel($0) }
  }
}

extension LoopCompiler.Given {
  /// An argument as a real number; truths count as 0 and 1.
  func real(_ index: Int, _ compiler: LoopCompiler) throws(Unsuitable) -> LoopOperand {
    guard !values[index].type.isArray else { throw Unsuitable("a function of an array") }
    return compiler.real(values[index])
  }
}
