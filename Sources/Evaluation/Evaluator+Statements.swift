import Arithmetic
package import Diagnostics
import Messages
package import Syntax
import Tensors
package import Values

/// How a block ended.
package enum Flow {
  case next
  case returned(Value)
}

extension Evaluator {
  /// Evaluates the statements of a text's top level, each on its own: while checking, a finding in one
  /// does not hide those of the next.
  package func evaluateTop(_ code: Code, in scope: Scope) throws(Diagnostic) {
    self.code = code
    for id in code.tree.body {
      if mode == .run {
        try session.counting(code.tree.span(id)) { () throws(Diagnostic) in try evaluateTop(id, in: scope) }
        continue
      }
      // What is not checked is not run either.
      if session.isInterrupted { return }
      checking.beginStatement()
      do {
        try evaluateTop(id, in: scope)
      } catch {
        if Self.isCheckFinding(error) { report(error) }
        poison(id, in: scope)
      }
    }
  }

  /// Carries out a statement of the top level; what it defined is taken back where it is stopped.
  package func evaluateTop(_ id: StatementID, in scope: Scope) throws(Diagnostic) {
    // A copy that nobody needs would cost the next change of a name.
    let outer = mode == .run ? scope.snapshot() : nil
    topSpan = code.tree.span(id)
    let look = session.vocabulary.look
    if let look, try look(self, id, scope, nil) { return }
    do {
      _ = try execute(id, in: scope)
    } catch {
      if let look, try look(self, id, scope, error) { return }
      if let outer { scope.restore(outer) }
      throw error
    }
  }

  /// Findings about arithmetic and limits belong to the run; they are left to it.
  package static func isCheckFinding(_ diagnostic: Diagnostic) -> Bool {
    switch diagnostic.effect {
    case .silent, .arithmetic, .memory, .limit, .interrupt: false
    default: true
    }
  }

  /// Names that a failed statement would have defined are unknown from there on.
  private func poison(_ id: StatementID, in scope: Scope) {
    let value = unknownResult(of: code.tree[id])
    for name in code.tree.names(definedBy: id) where scope.local(name.text) == nil {
      scope.define(name.text, value, span: name.span)
    }
    forget([id], in: scope)
  }

  /// What a statement that failed would have given: a run is one, whatever it has.
  private func unknownResult(of statement: Statement) -> Value {
    let name: String
    switch statement {
    case .run(let run), .session(.start(let run)): name = run.name?.text ?? ""
    case .fork(_, _, _, let own, _), .session(.fork(_, let own, _)): name = own.text
    default: return .unknown(.any)
    }
    let run = RunValue(name: name, series: [], finals: [], ending: nil, stepCount: 0, isKnown: false, header: [])
    run.isPartial = true
    return .run(run)
  }

  /// While checking, variables that statements of unknown effect assign to are unknown from there on.
  private func forget(_ statements: [StatementID], in scope: Scope) {
    for id in statements { forget(code.tree.parts(of: id), in: scope) }
  }

  private func forget(_ parts: [StatementPart], in scope: Scope) {
    for part in parts {
      switch part {
      case .target(let target):
        if case .name(let name) = code.tree[target] { scope.assign(name, .unknown(.any)) }
        if case .index(let base, _) = code.tree[target], case .name(let name) = code.tree[base] {
          scope.assign(name, .unknown(.any))
        }
      case .block(let statements): forget(statements, in: scope)
      case .scope(let inner): forget(inner, in: scope)
      default: break
      }
    }
  }

  /// While checking, what may or may not happen: looked at once, and nothing it changes is known afterwards.
  private func perhaps(_ statements: [StatementID], in scope: Scope) throws(Diagnostic) -> Flow {
    let flow = try block(statements, in: scope)
    forget(statements, in: scope)
    if case .returned(let value) = flow { return .returned(.unknown(kind(of: value))) }
    return .next
  }

  /// The same where what follows is looked at too: what it would return, the function may return.
  func perhapsOnce(_ statements: [StatementID], in scope: Scope) throws(Diagnostic) -> Flow {
    noteReturn(try perhaps(statements, in: scope))
    return .next
  }

  /// Notes that a function may have returned by now.
  private func noteReturn(_ flow: Flow) {
    guard case .returned(let value) = flow else { return }
    checking.noteReturn(kind(of: value))
  }

  /// A block with `return`, or whose last expression is its value.
  package func evaluateBody(_ statements: [StatementID], in scope: Scope, at span: Span) throws(Diagnostic) -> Value {
    let (value, earlier) = try checking.notingReturns { () throws(Diagnostic) in
      try valueOfBody(statements, in: scope)
    }
    return earlier.map { .unknown(kind(of: value).joined($0)) } ?? value
  }

  private func valueOfBody(_ statements: [StatementID], in scope: Scope) throws(Diagnostic) -> Value {
    for (position, id) in statements.enumerated() {
      if position == statements.count - 1, case .expression(let value) = code.tree[id] {
        return try evaluate(value, in: scope)
      }
      if case .returned(let value) = try execute(id, in: scope) { return value }
    }
    return .nothing
  }

  /// Statements with names of their own, which end with them.
  func inner(_ statements: [StatementID], in scope: Scope) throws(Diagnostic) -> Flow {
    let flow = try block(statements, in: scope)
    guard mode == .run else { return flow }
    if case .returned(let value) = flow { scope.end(with: value) } else { scope.end(with: nil) }
    return flow
  }

  func block(_ statements: [StatementID], in scope: Scope) throws(Diagnostic) -> Flow {
    for id in statements {
      let flow = try execute(id, in: scope)
      if case .returned = flow { return flow }
    }
    return .next
  }

  /// Executes one statement.
  package func execute(_ id: StatementID, in scope: Scope) throws(Diagnostic) -> Flow {
    let span = code.tree.span(id)
    try tick(span)
    switch code.tree[id] {
    case .missing: break
    case .binding(let names, let value, let isVariable):
      try bind(names, value, isVariable: isVariable, in: scope, at: span)
    case .input(let parameter): try input(parameter, in: scope, at: span)
    case .assignment(let target, let operation, let value): try assign(target, operation, value, in: scope, at: span)
    case .definition(let definition): try define(definition, in: scope)
    case .expression(let value): try show(evaluate(value, in: scope), at: span)
    case .ifElse(let condition, let yes, let no): return try branch(condition, yes, no, in: scope)
    case .forLoop, .whileLoop, .repeatLoop:
      if let flow = try compiledLoop(id, in: scope) { return flow }
      return try loop(id, in: scope, at: span)
    case .returnValue(let value):
      guard let value else { return .returned(.nothing) }
      return .returned(try evaluate(value, in: scope))
    case .node(let node): try (node as? any ExecutableStatement)?.execute(by: self, in: scope, at: span)
    default:
      for execute in session.vocabulary.statements where try execute(self, id, scope, span) { break }
    }
    return .next
  }

  /// A loop, walked.
  private func loop(_ id: StatementID, in scope: Scope, at span: Span) throws(Diagnostic) -> Flow {
    switch code.tree[id] {
    case .forLoop(let names, let source, let body): return try forLoop(names, source, body, in: scope, at: span)
    case .whileLoop(let condition, let body): return try whileLoop(condition, body, in: scope, at: span)
    case .repeatLoop(let loop): return try repeatLoop(loop, in: scope, at: span)
    default: return .next
    }
  }

  // MARK: Names

  private func bind(_ names: [Name], _ value: ExpressionID, isVariable: Bool, in scope: Scope, at span: Span)
    throws(Diagnostic)
  {
    for name in names { try requireNew(name, in: scope) }
    let result = try evaluate(value, in: scope)
    if case .nothing = result { throw .lacks("this", "value", at: code.tree.span(value)) }
    if scope === globals { for name in names { noteHiddenMetric(name, result) } }
    try define(names, result, in: scope, isVariable: isVariable, at: span)
  }

  /// No shadowing: a second definition in sight is refused, except of built-in names.
  ///
  /// A function's own names are its own.
  package func requireNew(_ name: Name, in scope: Scope) throws(Diagnostic) {
    guard let old = scope.lookupInCall(name.text), let first = old.span, first != name.span else { return }
    // At a prompt a later input may define anew what an earlier one did.
    if session.allowsRedefinition, scope === globals || first.file != name.span.file { return }
    throw .alreadyDefined(name.text, first: first, at: name.span)
  }

  private func define(_ definition: Definition, in scope: Scope) throws(Diagnostic) {
    try requireNew(definition.name, in: scope)
    let value = DefinitionValue(definition, code: code, scope: scope.capturing())
    scope.define(definition.name.text, .function(.definition(value)), span: definition.name.span)
  }

  /// `input lr > 0 = 0.1`, replaced by `--set lr=…`.
  private func input(_ parameter: Parameter, in scope: Scope, at span: Span) throws(Diagnostic) {
    try requireNew(parameter.name, in: scope)
    let name = parameter.name.text
    var value: Value = .unknown(.any)
    if let initial = parameter.initial { value = try evaluate(initial, in: scope) }
    session.declaredInputs.append(name)
    if let text = session.override(of: name) {
      value = try session.parsedOverride(text, name: name, like: value, at: span)
    } else if parameter.initial == nil {
      throw .needs(
        "the input `\(name)`", "a value", at: span, help: ["give it with `--set \(name)=…`, or write a default"])
    }
    if let sizes = parameter.shape {
      try unify(value, sizes, of: "input", code, in: Scope(parent: scope), at: parameter.name.span)
    }
    if let constraint = parameter.constraint {
      try check(value, constraint, name: name, callee: "input", code: code, in: scope, at: parameter.name.span)
    }
    scope.define(name, value, span: parameter.name.span)
  }

  // MARK: Assignment

  private func assign(
    _ target: ExpressionID, _ operation: BinaryOperator?, _ value: ExpressionID, in scope: Scope, at span: Span
  )
    throws(Diagnostic)
  {
    let place = OperandPlaces(whole: span, left: code.tree.span(target), right: code.tree.span(value))
    switch code.tree[target] {
    case .name(let name):
      let binding = try assignable(name, in: scope, at: place.left)
      var result = try evaluate(value, in: scope)
      if let operation { result = try binary(operation, binding.value, result, at: place) }
      scope.assign(name, result)
    case .index(let base, let subscripts):
      guard case .name(let name) = code.tree[base] else {
        throw .notAssignable("an element of this", at: place.left)
      }
      let binding = try assignable(name, in: scope, at: code.tree.span(base))
      var result = try evaluate(value, in: scope)
      if let operation { result = try binary(operation, evaluate(target, in: scope), result, at: place) }
      scope.assign(name, try replacing(binding.value, subscripts, with: result, in: scope, at: place))
    case .missing: return
    default: throw .notAssignable("this", at: place.left)
    }
  }

  private func assignable(_ name: String, in scope: Scope, at span: Span) throws(Diagnostic) -> Binding {
    guard let binding = scope.lookup(name), binding.span != nil else {
      throw .unknownAssignment(name, near: Suggestion.nearest(to: name, in: scope.names(like: name)), at: span)
    }
    guard scope.reaches(name) else { throw .outerVariable(name, defined: binding.span, at: span) }
    guard binding.isVariable else {
      if case .unknown = binding.value { throw .silent(at: span) }
      throw .fixedName(name, defined: binding.span, at: span)
    }
    return binding
  }

  /// `x[i] = value` on a concrete tensor or list.
  private func replacing(
    _ owner: Value, _ subscripts: [Subscript], with value: Value, in scope: Scope, at place: OperandPlaces
  )
    throws(Diagnostic) -> Value
  {
    if case .unknown = owner {
      for case .item(let id) in subscripts { _ = try evaluate(id, in: scope) }
      return owner
    }
    var positions: [Int] = []
    for part in subscripts {
      guard case .item(let id) = part else { throw .notAssignable("a slice", at: place.left) }
      let axis = positions.count
      let count: Int
      switch owner {
      case .list(let values): count = values.count
      case .tensor(let tensor) where axis < tensor.shape.rank: count = tensor.shape[axis]
      case .node, .condition: throw .notAssignable("an element of a tensor that only the run knows", at: place.left)
      default: throw .unsuitableOperand("[ ] =", owner.kind, at: place.left)
      }
      let index = try evaluate(id, in: scope)
      if index.isUnknownValue {
        _ = try byKind([index]) { (known) throws(Diagnostic) in
          .integer(try whole(known[0], what: "an index", at: code.tree.span(id)))
        }
        guard case .tensor(let tensor) = owner else { return .unknown(.any) }
        return unknownTensor(tensor.type)
      }
      if index.isSymbolic { throw .unknownCondition(at: code.tree.span(id)) }
      positions.append(try position(index, id, count: count))
    }
    if case .list(var values) = owner {
      guard positions.count == 1 else { throw .oneAxis(of: "a list", at: place.left) }
      values[positions[0]] = value
      return .list(values)
    }
    guard case .tensor(var tensor) = owner, positions.count == tensor.shape.rank else {
      throw .requires("an element", "one index for each axis", at: place.left)
    }
    let flat = zip(positions, tensor.shape.strides).map { $0 * $1 }.reduce(0, +)
    // Its value is not known while checking, so neither is the tensor's.
    if value.isUnknownValue {
      _ = try byKind([value]) { (known) throws(Diagnostic) in
        .real(try self.number(known[0], what: "an element", at: place.right))
      }
      return unknownTensor(tensor.type)
    }
    if value.isSymbolic { throw .unknownCondition(at: place.right) }
    let number = try number(value, what: "an element", at: place.right)
    if tensor.dtype == .i64, case .integer(let n) = value {
      tensor.set(flat, whole: n)
      return .tensor(tensor)
    }
    if tensor.dtype == .i64, case .real = value { tensor = tensor.converted(to: .f64) }
    tensor.set(flat, number)
    return .tensor(tensor)
  }

  // MARK: Control

  private func branch(_ condition: ExpressionID, _ yes: [StatementID], _ no: [StatementID], in scope: Scope)
    throws(Diagnostic) -> Flow
  {
    let test = try asCondition(evaluate(condition, in: scope))
    switch test {
    case .boolean(let flag): return try inner(flag ? yes : no, in: Scope(parent: scope))
    case .unknown(let kind):
      try requireCondition(kind, at: code.tree.span(condition))
      let first = try perhaps(yes, in: Scope(parent: scope))
      let second = try perhaps(no, in: Scope(parent: scope))
      if case .returned(let one) = first, case .returned(let other) = second {
        return .returned(.unknown(self.kind(of: one).joined(self.kind(of: other))))
      }
      noteReturn(first)
      noteReturn(second)
      return .next
    case .condition: throw .unknownCondition(at: code.tree.span(condition))
    default: throw .expected("a condition", found: test.kind, at: code.tree.span(condition))
    }
  }

  private func forLoop(_ names: [Name], _ source: ExpressionID, _ body: [StatementID], in scope: Scope, at span: Span)
    throws(Diagnostic) -> Flow
  {
    for name in names { try requireNew(name, in: scope) }
    let collection = try evaluate(source, in: scope)
    if case .range(let range) = collection { return try rangeLoop(names, range, body, in: scope, at: span) }
    guard let members = try members(of: collection, at: code.tree.span(source)) else {
      let inner = Scope(parent: scope)
      try define(names, unknownMember(of: collection, at: code.tree.span(source)), in: inner, at: span)
      return try perhapsOnce(body, in: inner)
    }
    for (turn, member) in members.enumerated() {
      let inner = Scope(parent: scope)
      try define(names, member, in: inner, at: span)
      let flow = try within(.turn(turn)) { () throws(Diagnostic) in try self.inner(body, in: inner) }
      if case .returned = flow { return flow }
    }
    return .next
  }

  private func rangeLoop(_ names: [Name], _ range: Range<Int>, _ body: [StatementID], in scope: Scope, at span: Span)
    throws(Diagnostic) -> Flow
  {
    for index in range {
      try tick(span)
      let inner = Scope(parent: scope)
      try define(names, .integer(index), in: inner, at: span)
      let flow = try within(.turn(index - range.lowerBound)) { () throws(Diagnostic) in try self.inner(body, in: inner)
      }
      if case .returned = flow { return flow }
    }
    return .next
  }

  private func whileLoop(_ condition: ExpressionID, _ body: [StatementID], in scope: Scope, at span: Span)
    throws(Diagnostic) -> Flow
  {
    for turn in 0... {
      try tick(span)
      let test = try within(.turn(turn)) { () throws(Diagnostic) in try asCondition(evaluate(condition, in: scope)) }
      switch test {
      case .boolean(false): return .next
      case .boolean(true):
        let flow = try within(.turn(turn)) { () throws(Diagnostic) in try inner(body, in: Scope(parent: scope)) }
        if case .returned = flow { return flow }
      case .unknown(let kind):
        try requireCondition(kind, at: code.tree.span(condition))
        return try perhapsOnce(body, in: Scope(parent: scope))
      case .condition: throw .unknownCondition(at: code.tree.span(condition))
      case let other: throw .expected("a condition", found: other.kind, at: code.tree.span(condition))
      }
    }
    return .next
  }
}
