import Diagnostics
import Evaluation
import Messages
import Syntax
import Tensors
import Values

// Definitions that nothing in a text calls are looked into once, with arguments of which nothing is known: what is wrong
// there whatever they are is told before somebody calls them.

extension Evaluator {
  /// Runs at most in which definitions of one text are tried: each takes about a millisecond.
  private static let trialsMax = 64

  /// Definitions at most that are looked into: nobody writes so many and calls none of them.
  private static let entriesMax = 1000

  /// Looks into the definitions of a text that nothing has entered.
  func enterUncalled(_ code: Code, in scope: Scope) {
    var (trials, entries) = (0, 0)
    for id in code.tree.body {
      if session.isInterrupted || entries == Self.entriesMax { return }
      guard case .definition(let definition) = code.tree[id], !checking.hasEntered(definition.name.span),
        case .function(.definition(let value))? = scope.local(definition.name.text)?.value,
        value.definition.name.span == definition.name.span
      else { continue }
      checking.beginStatement()
      entries += 1
      if definition.kind != .function, trials < Self.trialsMax {
        trials += 1
        if hasTrial(of: value, within: code.tree.span(id)) { continue }
      }
      enter(value)
    }
  }

  private func enter(_ value: DefinitionValue) {
    let definition = value.definition
    let scope = Scope(parent: value.scope, isCall: true)
    let point = definition.kind == .function ? point : PointContext.probe
    telling { () throws(Diagnostic) in
      try at(point) { () throws(Diagnostic) in
        try within(value.code) { () throws(Diagnostic) in
          bindUnknown(definition.parameters, in: scope)
          look(into: definition.body, of: definition.kind, in: scope, at: definition.name.span)
        }
      }
    }
  }

  private func look(into body: DefinitionBody, of kind: DefinitionKind, in scope: Scope, at span: Span) {
    switch body {
    case .expression(let id): look(at: id, in: scope)
    case .statements(let statements):
      telling { () throws(Diagnostic) in _ = try evaluateBody(statements, in: scope, at: span) }
    case .members(let members):
      // Equations are simultaneous, and members stand in any order.
      for member in members { name(member, in: scope) }
      for member in members { look(at: member, in: scope) }
    }
  }

  /// Parameters as what their shapes say of them.
  private func bindUnknown(_ parameters: [Parameter], in scope: Scope) {
    for parameter in parameters {
      for case .name(let size) in (parameter.shape ?? []).map({ code.tree[$0] }) where scope.lookup(size) == nil {
        scope.define(size, .unknown(.whole), span: parameter.name.span)
      }
      let kind = parameter.shape.map { Kind(.array(rank: $0.count)) } ?? .any
      scope.define(parameter.name.text, .unknown(kind), span: parameter.name.span)
    }
  }

  // MARK: Members

  /// Defines what a member defines, unknown.
  private func name(_ member: Member, in scope: Scope) {
    switch member {
    case .parameter(let declaration, _), .draw(let declaration, _), .noise(let declaration, _):
      scope.define(declaration.name.text, .unknown(.any), span: declaration.name.span)
    case .state(let declarations, _, _):
      for declaration in declarations {
        scope.define(declaration.name.text, .unknown(.any), span: declaration.name.span)
        scope.define(declaration.name.text + "'", .unknown(.any))
      }
    case .sample(let names, _, _, _), .letBinding(let names, _, _):
      for name in names { scope.define(name.text, .unknown(.any), span: name.span) }
    case .equation(let name, _, _, _): scope.define(name.text + "'", .unknown(.any))
    case .metric(let definition, _), .function(let definition, _):
      scope.define(definition.name.text, .unknown(.any), span: definition.name.span)
    case .bits:
      for name in PriceNames.all where scope.lookup(name) == nil { scope.define(name, .unknown(.number)) }
      scope.define("result", .unknown(.numbers))
    case .apply(let definition, _):
      for parameter in definition.parameters where scope.lookup(parameter.name.text) == nil {
        scope.define(parameter.name.text, .unknown(.any), span: parameter.name.span)
      }
    case .loss, .objective, .facts, .test, .stratonovich: break
    }
  }

  private func look(at member: Member, in scope: Scope) {
    switch member {
    case .parameter(let declaration, _): lookAtTensor(declaration, in: scope)
    case .state(let declarations, _, _): for declaration in declarations { lookAtTensor(declaration, in: scope) }
    case .letBinding(let names, let id, _):
      let value = look(at: id, in: scope)
      if names.count == 1 { scope.rebind(names[0].text, value) }
    case .loss(let id, _):
      let value = look(at: id, in: scope)
      guard case .unknown(let kind) = value, let shape = kind.type?.shape, shape.rank > 0 else { return }
      report(.lossNotScalar(shape, at: code.tree.span(id)))
    case .objective(let id, _), .equation(_, let id, _, _), .bits(let id, _): look(at: id, in: scope)
    case .metric(let definition, let span), .function(let definition, let span), .apply(let definition, let span):
      let inner = Scope(parent: scope)
      bindUnknown(definition.parameters, in: inner)
      look(into: definition.body, of: definition.kind, in: inner, at: span)
    default: break
    }
  }

  /// A parameter or state of known sizes is a tensor of them.
  private func lookAtTensor(_ declaration: TensorDeclaration, in scope: Scope) {
    guard let sizes = declaration.shape, declaration.family == nil else { return }
    var known: [Int] = []
    for size in sizes {
      guard case .integer(let n) = look(at: size, in: scope) else { break }
      known.append(n)
    }
    let isKnown = known.count == sizes.count
    let kind = isKnown ? Kind(TensorType(Shape(known), .f64)) : Kind(.array(rank: sizes.count))
    scope.rebind(declaration.name.text, .unknown(kind))
  }

  // MARK: Findings

  @discardableResult
  private func look(at id: ExpressionID, in scope: Scope) -> Value {
    var value = Value.unknown(.any)
    telling { () throws(Diagnostic) in value = try evaluate(id, in: scope) }
    return value
  }

  /// Reports what is wrong whatever the arguments are.
  private func telling(_ body: () throws(Diagnostic) -> Void) {
    do { try body() } catch {
      if error.ground != .values { report(error) }
    }
  }
}
