import Arithmetic
package import Diagnostics
import Experiments
import Graph
import Messages
package import Syntax
import Tensors
package import Values

extension Evaluator {
  /// The form `callee(arguments) { block }`.
  func call(_ callee: ExpressionID, _ arguments: [Argument], block: ExpressionID?, in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    let target = try self.callee(callee, in: scope)
    let given = arguments.map { GivenArgument(name: $0.name, expression: $0.value, span: code.tree.span($0.value)) }
    let name = session.sources.text(code.tree.span(callee))
    switch target {
    case .function(.builtin(let builtin)):
      if let reduce = point?.reduce, let value = try reduce(builtin, given, scope, span) { return value }
      return try call(builtin, given, block: block.map { ($0, scope) }, in: scope, at: span)
    case .function(.method(let builtin, let first)):
      return try call(builtin, given, first: first, block: block.map { ($0, scope) }, in: scope, at: span)
    case .function(.closure(let closure)):
      return try apply(closure, try self.arguments(given, of: closure, named: name, in: scope, at: span), at: span)
    case .function(.native(let native)):
      if let lazy = native.lazy, given.count == 1, given[0].name == nil,
        let value = try lazy(given[0].expression, scope, span)
      {
        return value
      }
      return try call(target, try positional(given, of: name, in: scope), at: span)
    case .function(.definition(let value)):
      if value.definition.kind == .compressor, value.definition.parameters.isEmpty, given.count == 1 {
        // Without parameters its name is the compressor.
        let bare = Instance(
          definition: value.definition, code: value.code, scope: Scope(parent: value.scope), span: span)
        return try call(bare, try positional(given, of: name, in: scope), in: scope, at: span)
      }
      return try call(value, given, in: scope, at: span)
    case .instance(let instance) where session.vocabulary.calls[instance.definition.kind] != nil:
      return try call(instance, try positional(given, of: name, in: scope), in: scope, at: span)
    case .instance(let instance) where instance.definition.kind == .metric && given.isEmpty:
      return target
    case .unknown(.any):
      for argument in given { _ = try evaluate(argument.expression, in: scope) }
      return target
    case .group(let functions) where functions.members.allSatisfy({ $0.value.isCallable || $0.value.isOfAnyKind }):
      let values = try positional(given, of: name, in: scope)
      return .group(try functions.map { (one) throws(Diagnostic) in try call(one.value, values, at: span) })
    default: throw .notCallable(target.kind, at: code.tree.span(callee))
    }
  }

  /// What is being called: a metric by its name, not the value it has without arguments.
  private func callee(_ id: ExpressionID, in scope: Scope) throws(Diagnostic) -> Value {
    if case .member(let owner, let name) = code.tree[id], name.text == StepName.loss.rawValue,
      case .name = code.tree[owner]
    {
      let value = try evaluate(owner, in: scope)
      let view = try lossOver(value, name, isCalled: true, in: scope) ?? value
      if case .view(let names) = view, let own = names.local(StepName.lossAtPoint) { return own.value }
    }
    guard case .name(let name) = code.tree[id] else { return try evaluate(id, in: scope) }
    if case .function? = scope.lookup(name)?.value, let binding = scope.lookup(name) { return binding.value }
    if name == StepName.loss.rawValue, let own = lossAtPoint(in: scope) { return own }
    if scope.lookup(name) == nil, point?.names.lookup(name) == nil, let known = try libraryDefinition(name) {
      return known
    }
    return try evaluate(id, in: scope)
  }

  /// `loss(p)` of a step, where `loss` is its number.
  private func lossAtPoint(in scope: Scope) -> Value? {
    guard scope.lookup(.loss) == nil || scope.lookup(.loss)?.span == nil else { return nil }
    return (scope.lookup(StepName.lossAtPoint) ?? point?.names.lookup(StepName.lossAtPoint))?.value
  }

  private func positional(_ given: [GivenArgument], of name: String, in scope: Scope) throws(Diagnostic) -> [Value] {
    var values: [Value] = []
    for argument in given {
      if let label = argument.name {
        throw .positionalOnly(label.text, of: name, at: label.span)
      }
      values.append(try evaluate(argument.expression, in: scope))
    }
    return values
  }

  /// Calls any function value with positional values.
  package func call(_ function: Value, _ values: [Value], at span: Span) throws(Diagnostic) -> Value {
    switch function {
    case .function(.closure(let closure)): return try apply(closure, values, at: span)
    case .function(.native(let native)):
      return try answer { () throws(Diagnostic) in
        try byKind(values) { (known) throws(Diagnostic) in try native.body(self, known, span) }
      }
    case .function(.method(let builtin, let first)):
      return try call(.function(.builtin(builtin)), first + values, at: span)
    case .function(.builtin(let builtin)):
      let bound = BoundArguments(
        callee: builtin.name, span: span, values: values, spans: values.map { _ in span }, mask: nil, block: nil)
      return try value(of: builtin, bound)
    case .function(.definition(let value)):
      guard value.definition.kind == .function else { throw .notCallable(function.kind, at: span) }
      return try invoke(value, values.map(Optional.some), spans: values.map { _ in span }, at: span)
    case .instance(let instance) where session.vocabulary.calls[instance.definition.kind] != nil:
      return try call(instance, values, in: nil, at: span)
    case .unknown(.any): return function
    default: throw .notCallable(function.kind, at: span)
    }
  }

  /// Calls an instance, such as a network.
  private func call(_ instance: Instance, _ values: [Value], in scope: Scope?, at span: Span) throws(Diagnostic)
    -> Value
  {
    guard let call = session.vocabulary.calls[instance.definition.kind] else {
      throw .notCallable(instance.definition.kind.withArticle, at: span)
    }
    return try call(self, instance, values, scope, span)
  }

  // MARK: Built-in functions

  private func call(
    _ builtin: Builtin, _ given: [GivenArgument], first: [Value] = [], block: (ExpressionID, Scope)?, in scope: Scope,
    at span: Span
  ) throws(Diagnostic) -> Value {
    var bound = BoundArguments(callee: builtin.name, span: span, values: [], spans: [], mask: nil, block: nil)
    bound.block = block.map { (body: $0.0, scope: $0.1) }
    if builtin.isVariadic {
      try requireStackAxis(of: builtin, given)
      for argument in given {
        if let label = argument.name, label.text == "axis", builtin.takesAxis {
          bound.axis = try whole(evaluate(argument.expression, in: scope), what: "an axis", at: argument.span)
          continue
        }
        if let label = argument.name {
          throw .positionalOnly(label.text, of: builtin.name, at: label.span)
        }
        try evaluate(argument, of: builtin, into: &bound, in: scope)
      }
      return try value(of: builtin, bound)
    }
    bound.values = first
    bound.spans = first.map { _ in span }
    let parameters = builtin.parameters.dropFirst(first.count)
    let names = parameters.map(\.name)
    let matcher = ArgumentMatcher(callee: builtin.name, parameters: names, positionalMax: names.count, span: span)
    let slots = try matcher.match(given)
    try requireStackAxis(of: builtin, given)
    for (slot, parameter) in zip(slots, parameters) {
      if slot == nil, parameter.name == "axis", slots.contains(where: { $0.map(isOverStack) ?? false }) {
        // What is stacked stands along the first axis.
        bound.values.append(.integer(0))
        bound.spans.append(span)
      } else if let slot {
        try evaluate(slot, of: builtin, into: &bound, in: scope)
      } else if parameter.isRequired {
        throw .missingArgument(parameter.name, of: builtin.name, accepted: names, at: span)
      } else {
        bound.values.append(nil)
        bound.spans.append(span)
      }
    }
    return try value(of: builtin, bound)
  }

  private func evaluate(
    _ argument: GivenArgument, of builtin: Builtin, into bound: inout BoundArguments, in scope: Scope
  ) throws(Diagnostic) {
    switch code.tree[argument.expression] {
    case .generator(let value, let generators):
      let generated = try generatedTensor(value, generators, in: scope, at: argument.span)
      if builtin.readsMask, let mask = generated.mask, mask.isSymbolic || generated.values.isSymbolic {
        bound.values.append(generated.values)
        bound.mask = mask
      } else {
        bound.values.append(try counted(generated, by: "`\(builtin.name)`", at: argument.span))
      }
    case .grouped(let value, let names) where builtin.takesOrder && !code.tree.isGathered(value):
      // What is left besides is judged apart.
      bound.values.append(try grouped(value, by: names, isOrder: true, in: scope, at: argument.span))
    case .filtered(let value, let condition):
      if builtin.name == "first", case .name(let unit) = code.tree[value], ["step", "time"].contains(unit) {
        bound.values.append(try along(unit, evaluate(condition, in: scope), at: argument.span))
      } else {
        bound.values.append(try evaluate(argument.expression, in: scope))
      }
    default:
      bound.values.append(try evaluate(argument.expression, in: scope))
    }
    bound.spans.append(argument.span)
  }

  /// The value of a built-in function; of values that only a run knows it is known by its kind.
  private func value(of builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    let operands = bound.values.compactMap(\.self) + [bound.mask].compactMap(\.self)
    guard operands.contains(where: \.holdsUnknown) else { return try answer(of: builtin, bound) }
    return try byKind(operands) { (known) throws(Diagnostic) in
      var one = bound
      var next = known.makeIterator()
      for index in one.values.indices where one.values[index] != nil { one.values[index] = next.next() }
      if one.mask != nil { one.mask = next.next() }
      return try answer(of: builtin, one)
    }
  }

  /// The same of values that are known; see Note [Answers].
  private func answer(of builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    try answer(of: builtin.result) { () throws(Diagnostic) in try valueOfKnown(builtin, bound) }
  }

  /// The value of a built-in function; of values of a sweep it is taken for each member.
  private func valueOfKnown(_ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    let hasGroup = bound.values.contains { if case .group? = $0 { true } else { false } }
    if hasGroup, !builtin.takesGroups { try requireSeveral(builtin, bound) }
    if isTabulating { try requireSeveralInColumn(builtin, bound) }
    guard hasGroup, !builtin.takesGroups else {
      return try noted(keepingAxis(propagated(builtin, bound), builtin, bound), builtin, bound)
    }
    let result = try overMembers(bound.values, at: bound.span) { (parts) throws(Diagnostic) in
      var one = bound
      one.values = parts
      guard parts.contains(where: { $0?.holdsUnknown ?? false }) else {
        return try keepingAxis(propagated(builtin, one), builtin, one)
      }
      return try value(of: builtin, one)
    }
    return noted(result, builtin, bound)
  }

  private func noted(_ result: Value, _ builtin: Builtin, _ bound: BoundArguments) -> Value {
    if builtin.name == "plateau" { noteDrift(of: result, series: bound.values.first ?? nil, at: bound.span) }
    if builtin.name == "final" { noteEnd(bound.values.first ?? nil, at: bound.span) }
    return result
  }

  /// A function of estimates or of series whose values have errors, with those.
  private func propagated(_ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    if builtin.isMethodOfSeries { return try builtin.body(self, bound) }
    if bound.values.contains(where: { $0?.isTensorSeries ?? false }) { return try overElements(builtin, bound) }
    if bound.values.contains(where: { $0?.isAcross ?? false }) { return try statistic(builtin, bound) }
    let isElementwise = builtin.isElementwise
    if isElementwise, bound.values.count == 1, case .series(let series)? = bound.values[0], series.errors != nil {
      return .series(
        try mapped(series) { (x) throws(Diagnostic) in
          var one = bound
          one.values[0] = .real(x)
          return try builtin.body(self, one)
        })
    }
    return try propagating(builtin, bound)
  }

  /// A function of values of which one stands along axes of a sweep.
  private func statistic(_ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    guard let statistic = session.vocabulary.statistic else { return try builtin.body(self, bound) }
    return try statistic(self, builtin, bound)
  }

  /// The same for arguments that have been taken off the axis of a sweep.
  package func valueWithoutAxes(_ builtin: Builtin, _ bound: BoundArguments) throws(Diagnostic) -> Value {
    try value(of: builtin, bound)
  }

  // MARK: Closures

  /// The arguments of a lambda in the order of its parameters; they may be named.
  private func arguments(
    _ given: [GivenArgument], of closure: Closure, named name: String, in scope: Scope, at span: Span
  )
    throws(Diagnostic) -> [Value]
  {
    let names = closure.parameters.map(\.name.text)
    let matcher = ArgumentMatcher(callee: name, parameters: names, positionalMax: names.count, span: span)
    var values: [Value] = []
    for (slot, name) in zip(try matcher.match(given), names) {
      guard let slot else { throw .missingArgument(name, of: matcher.callee, accepted: names, at: span) }
      values.append(try evaluate(slot.expression, in: scope))
    }
    return values
  }

  package func apply(_ closure: Closure, _ values: [Value], at span: Span) throws(Diagnostic) -> Value {
    guard values.count == closure.parameters.count else {
      let names = closure.parameters.map(\.name.text)
      if values.count > names.count {
        throw .tooManyArguments(of: "the function", given: values.count, accepted: names, at: span)
      }
      throw .missingArgument(names[values.count], of: "the function", accepted: names, at: span)
    }
    return try entering("function", at: span) { () throws(Diagnostic) in
      let scope = Scope(parent: closure.scope, isCall: true)
      for (parameter, value) in zip(closure.parameters, values) {
        scope.define(parameter.name.text, value, span: parameter.name.span)
      }
      let result = try within(closure.code) { () throws(Diagnostic) in try evaluate(closure.body, in: scope) }
      if mode == .run { scope.end(with: result) }
      return result
    }
  }

  func callDepthReached(in name: String, at span: Span) -> Diagnostic {
    .callDepth(session.limits.callDepth, trace: ["calls inside calls; the innermost is `\(name)`"], at: span)
  }

  /// Counts the depth of calls; a recursion without end is a finding, not a crash.
  func entering<T>(_ name: String, at span: Span, _ body: () throws(Diagnostic) -> T) throws(Diagnostic) -> T {
    try tick(span)
    let limit = session.limits.callDepth
    guard callDepth < limit else { throw callDepthReached(in: name, at: span) }
    callDepth += 1
    defer { callDepth -= 1 }
    return try within(.call(span), body)
  }

  // MARK: Definitions

  private func call(_ value: DefinitionValue, _ given: [GivenArgument], in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    let definition = value.definition
    let names = definition.parameters.map(\.name.text)
    let positionalMax = [.function, .metric, .network].contains(definition.kind) ? names.count : 2
    let matcher = ArgumentMatcher(
      callee: definition.name.text, parameters: names, positionalMax: positionalMax, span: span)
    let slots = try matcher.match(given)
    if definition.kind == .optimizer { return try optimizer(value, slots, in: scope, at: span) }
    var values: [Value?] = []
    var spans: [Span] = []
    for slot in slots {
      values.append(try slot.map { (argument) throws(Diagnostic) in try evaluate(argument.expression, in: scope) })
      spans.append(slot?.span ?? span)
    }
    if definition.kind == .function { return try invoke(value, values, spans: spans, at: span) }
    if definition.kind == .metric, point != nil { return try metricValue(value, values, at: span) }
    let arguments = try bind(value, values, spans: spans, at: span)
    return .instance(Instance(definition: definition, code: value.code, scope: arguments, span: span))
  }

  /// Optimizer arguments stay expressions; what is known already is checked here, at the call's own line.
  private func optimizer(_ value: DefinitionValue, _ slots: [GivenArgument?], in scope: Scope, at span: Span)
    throws(Diagnostic) -> Value
  {
    let definition = value.definition
    let instance = Instance(definition: definition, code: value.code, scope: Scope(parent: value.scope), span: span)
    let known = Scope(parent: value.scope)
    for (slot, parameter) in zip(slots, definition.parameters) {
      let name = parameter.name.text
      if let slot {
        instance.thunks.append((name, Thunk(expression: slot.expression, code: code, scope: scope)))
        try checkingOfMember { () throws(Diagnostic) in
          try tolerating(()) { () throws(Diagnostic) in
            guard let argument = try knownBeforehand(slot.expression, in: scope) else { return }
            known.define(name, argument)
            try check(argument, parameter, of: value, in: known, at: slot.span)
          }
        }
      } else if let initial = parameter.initial {
        instance.thunks.append((name, Thunk(expression: initial, code: value.code, scope: instance.scope)))
      } else {
        instance.open = instance.open ?? name
      }
    }
    return .instance(instance)
  }

  /// Checks what each member of a sweep has for itself.
  private func checkingOfMember(_ body: () throws(Diagnostic) -> Void) throws(Diagnostic) {
    guard let axisReads else { return try body() }
    try axisReads.checking(body)
  }

  /// The value of an argument when it does not speak of the step (`t`, `loss`, `g`, …).
  private func knownBeforehand(_ id: ExpressionID, in scope: Scope) throws(Diagnostic) -> Value? {
    let value = try at(.probe) { () throws(Diagnostic) in try evaluate(id, in: scope) }
    return value.isSymbolic ? nil : value
  }

  /// Calls a `fn` with values in parameter order.
  package func invoke(_ value: DefinitionValue, _ values: [Value?], spans: [Span], at span: Span) throws(Diagnostic)
    -> Value
  {
    if let result = try compiledCall(of: value, values, at: span) { return result }
    let definition = value.definition
    return try entering(definition.name.text, at: span) { () throws(Diagnostic) in
      let scope = try bind(value, values, spans: spans, at: span)
      let result = try pointing(from: span, "called here") { () throws(Diagnostic) in
        try within(value.code) { () throws(Diagnostic) in try body(definition, in: scope, at: span) }
      }
      if mode == .run { scope.end(with: result) }
      return result
    }
  }

  /// Notes that the body of a definition is evaluated.
  package func noteEntered(_ definition: Definition) {
    if mode == .check { checking.noteEntered(definition.name.span) }
  }

  /// The value of a function's or metric's body.
  func body(_ definition: Definition, in scope: Scope, at span: Span) throws(Diagnostic) -> Value {
    noteEntered(definition)
    switch definition.body {
    case .expression(let id): return try evaluate(id, in: scope)
    case .statements(let statements): return try evaluateBody(statements, in: scope, at: span)
    case .members: return .nothing
    }
  }

  /// A scope with every parameter bound: given values, then defaults, with shapes and constraints checked.
  package func bind(_ value: DefinitionValue, _ values: [Value?], spans: [Span], at span: Span) throws(Diagnostic)
    -> Scope
  {
    let definition = value.definition
    let scope = Scope(parent: value.scope, isCall: true)
    for (index, parameter) in definition.parameters.enumerated() {
      let name = parameter.name.text
      if index < values.count, let given = values[index] {
        scope.define(name, given, span: parameter.name.span)
        try check(given, parameter, of: value, in: scope, at: spans[index])
      } else if let initial = parameter.initial {
        // A draw in it is another one for each call.
        let start = try within(.call(span)) { () throws(Diagnostic) in
          try within(value.code) { () throws(Diagnostic) in try evaluate(initial, in: scope) }
        }
        scope.define(name, start, span: parameter.name.span)
      } else {
        throw .missingArgument(
          name, of: definition.name.text, accepted: definition.parameters.map(\.name.text), at: span)
      }
    }
    guard values.count <= definition.parameters.count else {
      throw .tooManyArguments(
        of: definition.name.text, given: values.count, accepted: definition.parameters.map(\.name.text), at: span)
    }
    return scope
  }
}
