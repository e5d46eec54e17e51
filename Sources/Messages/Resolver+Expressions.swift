import Diagnostics
import Syntax

extension Resolver {
  /// Visits an expression and all that it is made of; chains of any length take no stack.
  func visit(_ root: ExpressionID) {
    var pending = [root]
    while let id = pending.popLast() {
      switch tree[id] {
      case .name(let name), .primed(let name): use(name, at: tree.span(id))
      case .call(let callee, let arguments, let block):
        checkCall(callee, arguments, mayLackSome: block != nil, at: tree.span(id))
        if let block { visit(block) }
        pending += arguments.reversed().map(\.value)
        pending.append(callee)
      case .lambda, .comprehension, .generator, .block, .filtered: visitScoped(id)
      default: pending += children(id).reversed()
      }
    }
  }

  /// Parts of an expression that binds no names.
  private func children(_ id: ExpressionID) -> [ExpressionID] {
    switch tree[id] {
    case .negate(let value), .not(let value), .member(let value, _), .transpose(let value), .grouped(let value, _),
      .gathered(let value, _):
      [value]
    case .binary(_, let left, let right, _), .and(let left, let right), .or(let left, let right): [left, right]
    case .range(let lower, let upper, _): [lower, upper]
    case .isCall(let value, let kind): [value, kind]
    case .comparison(let operands, _), .list(let operands), .tuple(let operands): operands
    case .approximately(let left, let right, let tolerance, _): [left, right] + (tolerance.map { [$0] } ?? [])
    case .conditional(let condition, let value, let otherwise): [condition, value, otherwise]
    case .index(let value, let subscripts): [value] + subscripts.flatMap { parts($0) }
    case .string(let parts): parts.compactMap { if case .value(let value, _) = $0 { value } else { nil } }
    // What stands behind `on` is a path into parameters, not a name of the file.
    case .restricted(let value, _): [value]
    default: []
    }
  }

  func visit(_ place: Subscript) {
    for part in parts(place) { visit(part) }
  }

  private func parts(_ place: Subscript) -> [ExpressionID] {
    switch place {
    case .item(let value): [value]
    case .slice(let lower, let upper): [lower, upper].compactMap { $0 }
    }
  }

  /// An expression with names of its own.
  private func visitScoped(_ id: ExpressionID) {
    switch tree[id] {
    case .lambda(let parameters, let body):
      definitionDepth += 1
      inScope {
        for parameter in parameters {
          parameter.initial.map { visit($0) }
          switch parameter.constraint {
          case .compare(_, let bound)?: visit(bound)
          case .inside(let range)?: visit(range)
          case nil: break
          }
        }
        for parameter in parameters { declareParameter(parameter.name) }
        visit(body)
      }
      definitionDepth -= 1
    case .comprehension(let value, let generators), .generator(let value, let generators):
      inScope {
        for generator in generators {
          visit(generator.source)
          for name in generator.pattern { declareParameter(name) }
          generator.condition.map { visit($0) }
        }
        visit(value)
      }
    case .block(let statements): visit(statements)
    case .filtered(let value, let condition):
      leniently {
        visit(value)
        visit(condition)
      }
    default: break
    }
  }

  /// An update rule of a run: its name must be known, its arguments may speak of the step.
  func visitRule(_ id: ExpressionID) {
    guard case .call(let callee, let arguments, _) = tree[id] else { return visit(id) }
    checkCall(callee, arguments, mayLackSome: false, isRule: true, at: tree.span(id))
    visit(callee)
    leniently { for argument in arguments { visit(argument.value) } }
  }

  // MARK: - Arguments

  /// Compares the arguments of a call with what its definition takes.
  private func checkCall(
    _ callee: ExpressionID, _ arguments: [Argument], mayLackSome: Bool, isRule: Bool = false, at span: Span
  ) {
    guard case .name(let name) = tree[callee], let signature = signature(of: name) else { return }
    var given: [String] = []
    for (position, argument) in arguments.enumerated() {
      guard let parameter = parameter(of: signature, for: argument, position, count: arguments.count) else { continue }
      if given.contains(parameter) {
        diagnostics.append(.repeatedArgument(parameter, of: signature.name, at: tree.span(argument.value)))
      }
      given.append(parameter)
    }
    // A wrong name probably stands for a missing one: one message is enough.
    guard given.count == arguments.count, !mayLackSome, isRule || !signature.mayStayOpen else { return }
    for required in signature.required where !given.contains(required) {
      diagnostics.append(
        .missingArgument(required, of: signature.name, accepted: signature.parameters, at: span))
    }
  }

  private func signature(of name: String) -> Signature? {
    if let entry = entry(name) {
      guard let definition = definitions[name], entry.span == definition.name.span else { return nil }
      return Signature(definition)
    }
    if let definition = definitions[name] { return Signature(definition) }
    // Inside a run a problem's own metric may have the name of an outer definition.
    return isStrict ? surroundings.signature(name) : nil
  }

  /// The parameter that an argument is for; nil when that has been reported.
  private func parameter(of signature: Signature, for argument: Argument, _ position: Int, count: Int) -> String? {
    let parameters = signature.parameters
    if let name = argument.name {
      if parameters.contains(name.text) { return name.text }
      let wanted = surroundings.canonical(name.text)
      if let same = parameters.first(where: { surroundings.canonical($0) == wanted }) { return same }
      diagnostics.append(
        .unknownArgument(
          name.text, of: signature.name, accepted: parameters, near: Suggestion.nearest(to: name.text, in: parameters),
          at: name.span))
      return nil
    }
    if position >= parameters.count {
      if position == parameters.count {
        diagnostics.append(
          .tooManyArguments(of: signature.name, given: count, accepted: parameters, at: tree.span(argument.value)))
      }
      return nil
    }
    if position >= signature.positionalMax {
      diagnostics.append(
        .tooManyPositional(of: signature.name, name: parameters[position], at: tree.span(argument.value)))
      return nil
    }
    return parameters[position]
  }
}
